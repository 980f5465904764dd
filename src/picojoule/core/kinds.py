"""What an annotation says of a value: in words, and as a check that also converts what is simply taken."""

import sys
from collections import abc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import numpy as np
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError, ShapeError, UnknownNameError
from picojoule.core.examples import example, found, way_out
from picojoule.core.unit import Unit, array_of, check, plain

_REAL = {
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool, torch.uint8),
    *(torch.int8, torch.int16, torch.int32, torch.int64),
}
WITHOUT_VALUES = object()  # extra of an annotated tensor: it may be on the meta device
REFUSED: Any = object()  # what a check gives for a value of another kind
_ROWS = (list, tuple, set, frozenset, range, np.ndarray, Tensor)
_MADE: dict[type, type] = {abc.Sequence: tuple, abc.Iterable: tuple, abc.Collection: tuple, abc.Set: frozenset}


@dataclass(frozen=True, eq=False)
class Kind:
    """What a value may be.

    Args:
        words: for messages, for instance `a number`.
        take: given a name and a value, the value that is used from then on, or `REFUSED`.
        types: classes whose objects are of this kind as they are; of several kinds, such a one is asked first.
        passes: those of them that need not be looked at.
    """

    words: str
    take: Callable[[str, Any], Any]
    types: tuple[type, ...] = ()
    passes: frozenset[type] = frozenset()


@cache
def kind_of(hint: Any) -> Kind:  # noqa: ANN401  # annotations have no type in common
    """What an annotation allows: anything, where it says nothing that could be checked.

    Args:
        hint: an annotation, as `typing.get_type_hints(…, include_extras=True)` gives it.

    Example:
        >>> kind_of(int | None).words, kind_of(tuple[float, ...]).words
        ('a whole number or None', 'several values, each a finite number')
    """
    hint = (hint.__bound__ or Any) if isinstance(hint, TypeVar) else hint
    origin, parts = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if origin is Annotated:
        units = [extra for extra in parts[1:] if isinstance(extra, Unit)]
        return _in_range(parts[0], units[0]) if units else kind_of(parts[0])
    if origin in (Union, UnionType):
        return _either([kind_of(part) for part in parts])
    if origin is Literal:
        return _choice(parts)
    if origin is tuple and parts[1:] != (...,):
        return _tuple([kind_of(part) for part in parts])
    return _of_class(origin or hint, parts)


def _of_class(owner: Any, parts: tuple[Any, ...]) -> Kind:  # noqa: ANN401
    if not isinstance(owner, type) or getattr(owner, "_is_protocol", False):
        return _ANYTHING
    if len(parts) == 2 and owner in (dict, abc.Mapping):
        return _mapping(kind_of(parts[1]))
    if parts and (owner in _MADE or owner in (tuple, list, set, frozenset)):
        return _several(owner, kind_of(parts[0]))
    words = "a class" if owner is type else "a function" if owner is abc.Callable else example(owner)
    return _plain(words, lambda value: value if isinstance(value, owner) else REFUSED, owner)


def _plain(words: str, convert: Callable[[Any], Any], *types: type) -> Kind:
    return Kind(words, lambda _, value: convert(value), types, frozenset(types) - {float})  # which may be NaN


def _in_range(inner: Any, unit: Unit) -> Kind:  # noqa: ANN401
    kind = kind_of(inner)

    def take_whole(name: str, value: object) -> Any:  # noqa: ANN401
        taken = kind.take(name, value)
        return taken if taken is REFUSED else type(taken)(check(name, taken, unit))

    def take_number(name: str, value: object) -> Any:  # noqa: ANN401
        number = check(name, value, unit)
        if isinstance(number, Tensor) and inner is float:
            if number.numel() > 1 or number.requires_grad:
                raise ParameterError(f"{name} is one number in {unit.name} for all, got {list(number.shape)} numbers")
            return float(number)
        return number

    words = f"a whole number in {unit.name}" if inner is int else f"a number in {unit.name}"
    return Kind(words, take_whole if inner is int else take_number, kind.types)


def _either(kinds: list[Kind]) -> Kind:
    exact = {one: kind for kind in reversed(kinds) for one in kind.types}

    def take(name: str, value: object) -> Any:  # noqa: ANN401
        if (kind := exact.get(type(value))) is not None:
            return kind.take(name, value)
        likely = sorted(kinds, key=lambda kind: not isinstance(value, kind.types))
        return next((one for kind in likely if (one := kind.take(name, value)) is not REFUSED), REFUSED)

    if _ANYTHING in kinds:
        return _ANYTHING
    passes = frozenset().union(*(kind.passes for kind in kinds))
    return Kind(" or ".join(kind.words for kind in kinds), take, tuple(exact), passes)


def _choice(known: tuple[Any, ...]) -> Kind:
    def take(name: str, value: object) -> Any:  # noqa: ANN401
        if isinstance(value, str) and value not in known:
            raise UnknownNameError(name, value, [str(one) for one in known])
        return next((one for one in known if type(one) is type(value) and one == value), REFUSED)

    return Kind(" or ".join(map(repr, known)), take)


def _tuple(kinds: list[Kind]) -> Kind:
    def take(name: str, value: Any) -> Any:  # noqa: ANN401
        return _elements(name, value, tuple, kinds) if _is_row(value) and len(value) == len(kinds) else REFUSED

    return Kind(f"{len(kinds)} values: {', '.join(kind.words for kind in kinds)}", take, (tuple,))


def _several(owner: type, kind: Kind) -> Kind:
    texts = kind is _PLAIN[str]

    def take(name: str, value: Any) -> Any:  # noqa: ANN401
        if texts and not isinstance(value, _ROWS) and isinstance(value, abc.Iterable):
            value = (value,) if isinstance(value, str) else tuple(value)  # a text is one name
        if _is_row(value):
            return _elements(name, value, owner, [kind] * len(value))
        return (
            value if isinstance(value, owner) and not isinstance(value, str | bytes | Tensor | np.ndarray) else REFUSED
        )

    return Kind(f"several values, each {kind.words}", take, (owner,))


def _mapping(kind: Kind) -> Kind:
    def take_each(name: str, value: Any) -> Any:  # noqa: ANN401
        if type(value) is not dict:  # others may make their values when they are asked for
            return value if isinstance(value, abc.Mapping) else REFUSED
        taken = {key: take(f"{name}[{key!r}]", kind, one) for key, one in value.items()}
        return value if all(taken[key] is one for key, one in value.items()) else taken

    return Kind(f"a dict of values, each {kind.words}", take_each, (abc.Mapping,))


def _is_row(value: object) -> bool:
    return isinstance(value, _ROWS) and not (isinstance(value, Tensor | np.ndarray) and not value.ndim)


def _elements(name: str, values: Any, owner: type, kinds: list[Kind]) -> Any:  # noqa: ANN401
    """Every element taken; the same object, where that changes none."""
    array = isinstance(values, Tensor | np.ndarray)
    plain = values.tolist() if array and values.ndim == 1 else list(values)
    taken = [take(f"{name}[{i}]", kind, value) for i, (value, kind) in enumerate(zip(plain, kinds, strict=True))]
    same = not array and isinstance(values, owner) and all(a is b for a, b in zip(plain, taken, strict=True))
    return values if same else _MADE.get(owner, owner)(taken)


def take(name: str, kind: Kind, value: Any) -> Any:  # noqa: ANN401
    """A value as it is used from here on.

    Args:
        name: what it is, for the message.
        kind: what it may be.
        value: what was given.

    Raises:
        ParameterError: if it is of another kind, or outside its range.

    Example:
        >>> take("run: record", kind_of(abc.Iterable[str]), "Ae")
        ('Ae',)
    """
    taken = kind.take(name, value)
    if taken is REFUSED:
        raise ParameterError(f"{name} must be {kind.words}, got {found(value)}{way_out(kind.types, value)}")
    return taken


def _truth(value: Any) -> Any:  # noqa: ANN401
    return bool(value) if isinstance(value, bool | np.bool_) else REFUSED


def _number(value: Any) -> Any:  # noqa: ANN401
    """A finite number; a tensor with a single one, if no gradient would be lost."""
    number = plain(value)
    if isinstance(number, Tensor):
        number = number.item() if number.dim() == 0 and not number.requires_grad and not number.is_meta else None
    return number if number is not None and abs(number) <= sys.float_info.max else REFUSED


def _whole(value: Any) -> Any:  # noqa: ANN401
    number = _number(value)
    return int(number) if number is not REFUSED and number == int(number) else REFUSED


def _tensor(name: str, value: Any, *, anywhere: bool = False) -> Any:  # noqa: ANN401
    if isinstance(value, Tensor):
        if (strange := _strange(value)) is not None and not (anywhere and value.is_meta):
            raise ShapeError(f"{name} must be a tensor of real numbers in memory, got one that is {strange}")
        return value
    if isinstance(value, list | tuple) and any(isinstance(one, Tensor) for one in value):
        alike = isinstance(value, list) and len({getattr(one, "shape", None) for one in value}) == 1
        return torch.stack(value) if alike else REFUSED  # a tuple is one tensor for each of several places
    if not (isinstance(value, list | tuple) or hasattr(type(value), "__array__")):
        return REFUSED
    array = array_of(value)
    if array is None or array.dtype.kind not in "biuf":
        return REFUSED
    plain = {"b": np.bool_, "u": np.uint8 if array.itemsize == 1 else np.int64, "f": np.float64}
    values = torch.from_numpy(np.array(array, plain.get(array.dtype.kind, f"i{array.itemsize}"), order="C"))
    return values.to(torch.get_default_dtype()) if array.dtype.kind == "f" else values


def _strange(value: Tensor) -> str | None:
    """What keeps a tensor from being computed with, and the way out."""
    if value.dtype in _REAL and value.layout is torch.strided and not (value.is_meta or value.is_nested):
        return None
    if value.is_quantized:
        return "quantised; use .dequantize()"
    if value.is_nested:
        return "nested; use .to_padded_tensor(0.0)"
    if value.layout is not torch.strided:
        return "sparse; use .to_dense()"
    if value.is_meta:
        return "on the meta device, without values; make it on another"
    return "complex; use .real or .abs()" if value.is_complex() else f"of {value.dtype}; use .float()"


_ANYTHING = Kind("anything", lambda _, value: value)
_PLAIN: dict[Any, Kind] = {
    Any: _ANYTHING,
    object: _ANYTHING,
    type(None): _plain("None", lambda value: None if value is None else REFUSED, type(None)),
    bool: _plain("True or False", _truth, bool),
    int: _plain("a whole number", _whole, int),
    float: _plain("a finite number", _number, float, int),
    str: _plain("a text", lambda value: value if isinstance(value, str) else REFUSED, str),
    Path: _plain("a path", lambda value: Path(value) if isinstance(value, str | Path) else REFUSED, Path),
    Tensor: Kind("a tensor", _tensor, (Tensor,)),
    Annotated[Tensor, WITHOUT_VALUES]: Kind("a tensor", partial(_tensor, anywhere=True), (Tensor,)),
}
