"""The rooms of the library: packages that know their public names, load them on first use, and propose others.

`from picojoule import LIF` is the one place where help cannot come: Python writes that message itself.
"""

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from types import MappingProxyType, ModuleType
from typing import Any

from picojoule.core.errors import PicojouleError

ROOT = "picojoule"
ROOMS = ("connect", "data", "decode", "encode", "energy", "layers", "learn", "models", "neurons", "plot")
MOST_SHOWN = 3
OTHER_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({  # what people call it who come from elsewhere
    "DiehlAndCook2015": ("models.DiehlCook2015",),
    "ExpLeak": ("neurons.LeakyIntegrator",),
    "IAF": ("neurons.IF",),
    "Input": ("Network",),  # add_input
    "Leaky": ("neurons.LIF", "neurons.LeakyIntegrator"),
    "Monitor": ("Recorder",),
    "ParametricLIFNode": ("Spiking",),
    "PostPre": ("learn.PairSTDP",),
    "RLeaky": ("Recurrent",),
    "Synaptic": ("neurons.CubaLIF",),
    "load": ("load_data", "load_network"),
    "save": ("save_network",),
})  # fmt: skip


class UnknownAttributeError(PicojouleError, AttributeError):
    """A room has no such name. The message is made when it is read: `hasattr` asks for names that nobody means.

    Args:
        room: the package that was asked.
        wanted: the name it was asked for.
    """

    def __init__(self, room: str, wanted: str) -> None:
        super().__init__(room, wanted)
        self.name, self.obj = wanted, None  # else Python would add a proposal of its own

    def __str__(self) -> str:
        room, wanted = self.args
        near = _either([_short(path) for path in nearest(room, wanted)])
        hint = f"did you mean {near}?" if near else f"dir({_short(room)}) lists what there is"
        return f"{room} has no {wanted!r}; {hint}"


class Room(ModuleType):
    """A package whose public names come from its modules."""

    __all__: list[str]
    _homes: Mapping[str, str] = MappingProxyType({})

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # every public name
        if name not in self._homes:
            raise UnknownAttributeError(self.__name__, name)
        module, _, own = self._homes[name].partition(":")
        found = importlib.import_module(module)
        value = getattr(found, own) if own else found
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        # Python hangs a module into its package under its own name when it is imported, which may be that of a function
        if not (isinstance(value, ModuleType) and self._homes.get(name, name).endswith(f":{name}")):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted(self.__all__)

    def __reduce__(self) -> tuple[Callable[[str], ModuleType], tuple[str]]:
        return importlib.import_module, (self.__name__,)  # what carries functions to other processes asks for it


def furnish(room: str, homes: Mapping[str, str] = MappingProxyType({}), *, rooms: Iterable[str] = ()) -> list[str]:
    """Make a room of a package; stands at the end of its `__init__`.

    Args:
        room: the package's `__name__`.
        homes: by public name, the module that it is loaded from, `module:name` where it has another name there.
            Names that the package has imported already are public, too.
        rooms: packages inside, loaded when they are first used.

    Returns:
        All public names, for `__all__`.
    """
    module = sys.modules[room]
    here = [name for name, value in vars(module).items() if name[0] != "_" and not isinstance(value, ModuleType)]
    lazy = {name: home if ":" in home else f"{home}:{name}" for name, home in homes.items()}
    lazy |= {name: f"{room}.{name}" for name in rooms}
    module.__dict__["_homes"] = lazy
    module.__class__ = Room
    return sorted({*here, *lazy} - {"TYPE_CHECKING"})


def nearest(room: str, wanted: str) -> list[str]:
    """What somebody may have meant who asked a room for a name that it does not have.

    Args:
        room: the package that was asked.
        wanted: the name.

    Returns:
        Whole paths, the nearest first, a few at most.

    Example:
        >>> nearest("picojoule", "lif")
        ['picojoule.neurons.LIF']
    """
    if wanted in OTHER_NAMES:
        return [f"{ROOT}.{path}" for path in OTHER_NAMES[wanted]]
    plain, known = _plain(wanted), list(_known(room))
    if equal := [path for path, name in known if name == plain]:
        return equal
    within = [pair for pair in known if min(len(pair[1]), len(plain)) > 2 and (plain in pair[1] or pair[1] in plain)]
    alike = [(SequenceMatcher(None, plain, name).ratio(), path) for path, name in within or known]
    best = sorted((pair for pair in alike if within or pair[0] >= 0.6), key=lambda pair: -pair[0])
    return [path for _, path in best[:MOST_SHOWN]]


def _known(room: str) -> Iterator[tuple[str, str]]:
    """Path and plain name of all that is public: what is near first, what the root repeats once."""
    seen: set[str] = set()
    for place in dict.fromkeys((room, ROOT, *(f"{ROOT}.{name}" for name in ROOMS))):
        names = [name for name in importlib.import_module(place).__all__ if name not in seen]
        yield from ((f"{place}.{name}", _plain(name)) for name in names)
        seen |= set(names) if place in (room, ROOT) else set()


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()


def _short(path: str) -> str:
    return f"pj{path.removeprefix(ROOT)}"


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
