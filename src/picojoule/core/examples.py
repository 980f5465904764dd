"""Objects in words: what a user would write to make one, and what was found in its place."""

import inspect
from collections.abc import Iterator
from difflib import get_close_matches

import numpy as np
from torch import Tensor

_LIBRARY = __name__.partition(".")[0]
_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_LONGEST = 40  # letters of a value that is repeated in a message


def example(owner: type) -> str:
    """How to come by an object of a class.

    Args:
        owner: a class, abstract or not.

    Example:
        >>> example(np.ndarray)
        'a numpy ndarray'
    """
    if issubclass(owner, tuple):  # handed back by a call, and on to the next
        return f"a {owner.__name__} as a call gives it"
    known = list(_makeable(owner))
    if known == [owner]:
        return written(owner)
    package = owner.__module__.partition(".")[0]
    name = owner.__name__ if package in ("builtins", _LIBRARY) else f"{package} {owner.__name__}"
    such = f" such as {written(min(known, key=lambda one: (len(one.__name__), one.__name__)))}" if known else ""
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}{such}"


def written(owner: type) -> str:
    """The call that makes an object of a class, with dots where it needs arguments.

    Example:
        >>> from picojoule.core.errors import PicojouleError, UnknownNameError
        >>> written(PicojouleError), written(UnknownNameError)
        ('PicojouleError()', 'UnknownNameError(…)')
    """
    try:
        parameters = list(inspect.signature(owner).parameters.values())
    except (TypeError, ValueError):  # made in C
        parameters = []
    needed = any(one.default is one.empty and one.kind not in _VARIABLE for one in parameters)
    return f"{owner.__name__}({'…' if needed else ''})"


def found(value: object) -> str:
    """What a value is, in few words.

    Example:
        >>> found(np.zeros((2, 3))), found("atan"), found(dict)
        ('an array float64 [2, 3]', "'atan'", 'the class dict')
    """
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, Tensor | np.ndarray):
        kind = "a tensor" if isinstance(value, Tensor) else "an array"
        return f"{kind} {str(value.dtype).removeprefix('torch.')} {list(value.shape)}"
    words = repr(value) if isinstance(value, str | int | float | list | tuple | dict | set | None) else ""
    return words if 0 < len(words) <= _LONGEST and "\n" not in words else f"an object of {type(value).__name__}"


def way_out(owners: tuple[type, ...], value: object) -> str:
    """What to write in place of a class or a text.

    Args:
        owners: the classes of which an object is wanted; one may know a way out itself, `otherwise(value)`.
        value: what was given.
    """
    for owner in owners:
        if words := getattr(owner, "otherwise", lambda _: "")(value):
            return f"; {words}"
    if isinstance(value, type) and issubclass(value, owners):
        return f"; write {written(value)}"
    if isinstance(value, str):
        names = {one.__name__.lower(): one for owner in owners for one in _makeable(owner)}
        folded = value.lower().replace("_", "").replace("-", "")
        near = [name for name in names if folded and name.startswith(folded)] or get_close_matches(folded, names, n=1)
        return f"; write {written(names[near[0]])}" if near else ""
    return ""


def _makeable(owner: type) -> Iterator[type]:
    """The class and those derived from it, of this library, that a user makes objects of."""
    ours = owner.__module__.partition(".")[0] == _LIBRARY
    if ours and not inspect.isabstract(owner) and not owner.__name__.startswith("_"):
        yield owner
    if ours:
        subclasses: list[type] = owner.__subclasses__()
        for derived in subclasses:
            yield from _makeable(derived)
