"""What the equations of a model are made of, told apart by a digest: its code as it is loaded, and never its numbers.

The compiled loop of a model is found by this digest, so everything that can change the loop has a part in it: the code
of the class and its bases, of functions and classes that this code mentions, numbers that it takes from its module or
from an enclosing function, the fields of its NamedTuples, and the same for the model's parts. Files are not read: a
file may have changed since it was loaded.
"""

import builtins
import dataclasses
import hashlib
import inspect
import sys
from collections.abc import Iterator
from functools import cached_property, lru_cache, partial
from numbers import Number
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from torch import Tensor

_WRAPPERS = (property, classmethod, staticmethod, partial, cached_property, type(lru_cache(len)))
_KNOWN = {*sys.stdlib_module_names, "torch", "numpy", "numba"}  # the versions of these are in the key of a loop


def form(model: object) -> tuple[Any, ...]:
    """The code of a model and of its parts, without its numbers.

    Args:
        model: a neuron, rule or homeostasis, or a part of one.

    Returns:
        Plain values that are equal for two models whose equations are the same code.
    """
    if dataclasses.is_dataclass(model) and not isinstance(model, type):
        parts = [(field.name, form(getattr(model, field.name))) for field in dataclasses.fields(model)]
        return code_of(type(model)), parts
    if inspect.isroutine(model) or isinstance(model, type):
        return (code_of(model),)
    return ("number" if isinstance(model, Number | Tensor) else type(model).__qualname__,)


@lru_cache(maxsize=1024)
def code_of(code: Any) -> str:  # noqa: ANN401  # a class or a callable
    """A digest of a class or function as it is loaded, and of what it mentions."""
    digest = hashlib.sha256()
    for part in _parts(code, set()):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _parts(value: object, seen: set[int]) -> Iterator[str]:
    """Everything that the meaning of a value depends on; each function and class once."""
    if isinstance(value, FunctionType | type):
        yield f"{value.__module__}.{value.__qualname__}"
        if id(value) not in seen and not _is_known(value):
            seen.add(id(value))
            yield from _class_parts(value, seen) if isinstance(value, type) else _function_parts(value, seen)
    elif isinstance(value, tuple | list | dict):
        for item in value.items() if isinstance(value, dict) else value:
            yield from _parts(item, seen)
    elif isinstance(value, _WRAPPERS):
        for part in ("fget", "func", "args", "keywords", "__wrapped__"):
            yield from _parts(getattr(value, part, None), seen)
    else:
        yield _plain(value)


def _is_known(value: FunctionType | type) -> bool:
    """Whether a function or class is one of a package whose version is in the key."""
    module = value.__module__ or "builtins"  # which is also what a class says that `exec` made in an empty namespace
    return getattr(builtins, value.__name__, None) is value if module == "builtins" else _top(module) in _KNOWN


def _top(module: str) -> str:
    return module.partition(".")[0]


def _plain(value: object) -> str:
    """A value that holds no code."""
    if isinstance(value, set | frozenset):
        return repr(sorted(map(repr, value)))
    if isinstance(value, Number | str | None) or dataclasses.is_dataclass(value):
        return repr(value)
    return str(getattr(value, "__qualname__", type(value).__qualname__))


def _class_parts(owner: type, seen: set[int]) -> Iterator[str]:
    yield repr(getattr(owner, "_fields", ()))
    numbers = {field.name for field in dataclasses.fields(owner)} if dataclasses.is_dataclass(owner) else set()
    for name, value in vars(owner).items():
        if name not in numbers and not (name.startswith("__") and name != "__call__"):
            yield name
            yield from _parts(value, seen)
    for base in owner.__mro__[1:]:
        yield from _parts(base, seen)


def _function_parts(function: FunctionType, seen: set[int]) -> Iterator[str]:
    yield from _parts(function.__defaults__, seen)
    yield from _parts(function.__kwdefaults__, seen)
    for cell in function.__closure__ or ():
        yield from _mentioned(_content(cell), function.__code__.co_names, seen)
    for code in _codes(function.__code__):
        yield f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {code.co_freevars}"
        for constant in code.co_consts:
            if not isinstance(constant, CodeType):
                yield from _parts(constant, seen)
        for name in code.co_names:
            yield from _mentioned(function.__globals__.get(name), code.co_names, seen)


def _mentioned(value: object, names: tuple[str, ...], seen: set[int]) -> Iterator[str]:
    """What a global name stands for; of a module, whatever the code may take from it."""
    if not isinstance(value, ModuleType):
        yield from _parts(value, seen)
    elif _top(value.__name__) not in _KNOWN:
        for name in names:
            yield from _parts(inspect.getattr_static(value, name, None), seen)


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # a name of the enclosing function that has no value
        return None


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
