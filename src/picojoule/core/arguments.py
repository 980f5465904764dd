"""Public entries check their arguments once, against their annotations, and take arrays and the like as they come.

`@public` does it for a function, a method or a constructor, `validate` for the fields of a dataclass. What an
annotation allows, and what is converted to it, says `picojoule.core.kinds`.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields
from types import SimpleNamespace
from typing import Any, TypeVar, cast, get_type_hints

import torch

from picojoule.core.errors import ParameterError
from picojoule.core.kinds import Kind, kind_of, take

Function = TypeVar("Function", bound=Callable[..., Any])
_UNNAMED = ("__call__", "__getitem__", "forward", "advance", "step")  # users see an object that they call


def public(function: Function) -> Function:
    """A function whose arguments are checked and converted before it runs.

    Its annotations are read at its first call. While torch compiles a call, the arguments pass as they are.

    Args:
        function: with annotations; of a method, `self` needs none.

    Example:
        >>> @public
        ... def show(steps: int) -> int:
        ...     return steps
        >>> show(2.5)
        Traceback (most recent call last):
        picojoule.core.errors.ParameterError: show: steps must be a whole number, got 2.5
    """
    known: dict[type | None, _Arguments] = {}  # by the class whose method it is, from its first call on
    method = next(iter(inspect.signature(function).parameters), "") in ("self", "cls")

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        if torch.compiler.is_compiling():
            return function(*args, **kwargs)
        owner = (args[0] if isinstance(args[0], type) else type(args[0])) if method and args else None
        if owner not in known:
            known[owner] = _Arguments(function, owner)
        given, named = known[owner].taken(args, kwargs)
        return function(*given, **named)

    return cast(Function, checked)


def only_checks(function: object) -> bool:
    """Whether a function is one that `public` made, and no wrapper around such a one.

    Args:
        function: anything.

    Example:
        >>> only_checks(public(len)), only_checks(len)
        (True, False)
    """
    return getattr(function, "__code__", None) is getattr(public(only_checks), "__code__", ...)


class _Arguments:
    """What a function asks of its arguments: a message's name, and a kind, of each."""

    def __init__(self, function: Callable[..., Any], owner: type | None) -> None:
        where = f"{function.__name__}: "
        if owner is not None:
            dotted = function.__name__ not in _UNNAMED
            where = f"{owner.__name__}{'.' if dotted else ': '}{where if dotted else ''}".replace("__init__: ", "")
        hints = known_hints(function)
        self.places: list[tuple[str, Kind]] = []
        self.rest: tuple[str, Kind] | None = None
        self.named: dict[str, tuple[str, Kind]] = {}
        for parameter in inspect.signature(function).parameters.values():
            asked = where + parameter.name, kind_of(hints.get(parameter.name, Any))
            if parameter.kind is parameter.VAR_POSITIONAL:
                self.rest = asked
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                self.places.append(asked)
            if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                self.named[parameter.name] = asked

    def taken(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments as the function gets them; Python itself says which are missing or unknown."""
        given = [
            value if type(value) in kind.passes else take(name, kind, value)
            for (name, kind), value in zip(self.places, args, strict=False)
        ]
        if self.rest is not None:
            name, kind = self.rest
            given += [take(f"{name}[{i}]", kind, value) for i, value in enumerate(args[len(given) :])]
        given += args[len(given) :]
        return given, {n: take(*self.named[n], value) if n in self.named else value for n, value in kwargs.items()}


def validate(parameters: object) -> None:
    """Check every field of a dataclass against its annotation, and keep what was converted.

    Args:
        parameters: a dataclass instance.

    Raises:
        ParameterError: names the field, what it may be with bound and unit, and the value found.

    Example:
        >>> from dataclasses import dataclass
        >>> from picojoule.core.params import Time
        >>> @dataclass(frozen=True)
        ... class Membrane:
        ...     tau: Time = 20.0
        >>> validate(Membrane(tau=-5.0))
        Traceback (most recent call last):
        picojoule.core.errors.ParameterError: Membrane.tau must be > 0 ms, got -5
    """
    for name, asked in _fields(type(parameters)).items():  # type: ignore[arg-type]  # mypy holds classes to be unhashable
        value = getattr(parameters, name)
        if (taken := take(*asked, value)) is not value:
            object.__setattr__(parameters, name, taken)


@functools.lru_cache
def _fields(owner: type) -> dict[str, tuple[str, Kind]]:
    hints = known_hints(owner)
    return {one.name: (f"{owner.__name__}.{one.name}", kind_of(hints[one.name])) for one in fields(owner) if one.init}


def known_hints(owner: Any) -> dict[str, Any]:  # noqa: ANN401
    """The annotations of the fields of a class, or of the arguments of a function.

    Args:
        owner: a class or function.

    Raises:
        ParameterError: if one names something that its module does not know.
    """
    asked = owner
    if not isinstance(owner, type):  # what comes back may be of a library that is imported only when it is used
        given = {name: hint for name, hint in owner.__annotations__.items() if name != "return"}
        asked = SimpleNamespace(__annotations__=given, __globals__=inspect.unwrap(owner).__globals__)
    try:
        return get_type_hints(asked, include_extras=True)
    except NameError as error:
        raise ParameterError(
            f"{owner.__qualname__} annotates {error.name!r}, which its module does not know; import it at its top"
        ) from error
