"""Objects as plain values, to say whether what was saved with one fits another.

    {"kind": name of its class, "fields": {name: value, ...}}

Numbers, texts and lists stand for themselves, a tensor for its shape and a digest of its numbers. What is compared are
classes by name, and every field.
"""

import copy
import hashlib
import math
from collections.abc import Collection, Mapping
from numbers import Integral, Real
from types import FunctionType
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

T = TypeVar("T")
Plain = Any  # what JSON holds


def described(value: object, *, without: Collection[str] = ()) -> Plain:
    """An object as plain values, that are equal for equal objects.

    Args:
        value: a model, a rule, a number, …; what is described already stays as it is.
        without: names of fields that are left out, at any depth.

    Example:
        >>> from picojoule.learn.stdp.bounds import HardBounds
        >>> described((1, HardBounds(high=2.0)))
        [1, {'kind': 'HardBounds', 'fields': {'high': 2.0, 'low': 0.0}}]
    """
    if value is None or isinstance(value, bool | str | Real):
        return _single(value)
    if isinstance(value, Tensor | np.ndarray):
        return _tensor(torch.as_tensor(value).detach().cpu())
    if isinstance(value, list | tuple | set | frozenset):
        parts = [described(part, without=without) for part in value]
        return sorted(parts, key=repr) if isinstance(value, set | frozenset) else parts
    if isinstance(value, type | FunctionType):
        return value.__qualname__
    if _is_object(value):
        return value
    inside = value if isinstance(value, Mapping) else getattr(value, "__dict__", {})
    fields = {str(name): described(part, without=without) for name, part in inside.items() if name not in without}
    return {"kind": type(value).__qualname__, "fields": dict(sorted(fields.items()))}


def _single(value: bool | str | Real | None) -> Plain:  # whatever it is
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    return float(value) if math.isfinite(value) else repr(float(value))


def _tensor(value: Tensor) -> Plain:
    numbers = value.contiguous().to(torch.float64) if value.is_floating_point() else value.contiguous()
    digest = hashlib.sha256(numbers.numpy().tobytes()).hexdigest()[:16]
    return {"kind": f"tensor {list(value.shape)}", "fields": {"digest": digest}}


def difference(stored: Plain, own: Plain, where: str = "") -> str | None:
    """The first thing in which two descriptions differ, in words; `None` if there is none.

    Args:
        stored: of what was saved.
        own: of what is here.
        where: a name for the whole.

    Example:
        >>> difference(described({"tau": 5.0}), described({"tau": 20.0}), "Y")
        'Y.tau is 5.0 there and 20.0 here'
    """
    if _is_object(stored) and _is_object(own) and stored["kind"] == own["kind"]:
        if where and list(stored["fields"]) == ["digest"] and stored != own:
            return f"{where} is a {own['kind']} with other numbers there"
        names = dict.fromkeys((*stored["fields"], *own["fields"]))
        places = [
            (stored["fields"].get(name, "nothing"), own["fields"].get(name, "nothing"), f"{where}.{name}".strip("."))
            for name in names
        ]
    elif isinstance(stored, list) and isinstance(own, list) and len(stored) == len(own):
        places = [(*pair, f"{where}[{i}]") for i, pair in enumerate(zip(stored, own, strict=True))]
    else:
        return None if stored == own else f"{where} is {_short(stored)} there and {_short(own)} here"
    return next((found for place in places if (found := difference(*place)) is not None), None)


def restored(own: T, stored: Plain) -> T:
    """An object with the numbers that a description of another one of its class holds; elsewhere it stays as it is.

    Args:
        own: of the same classes.
        stored: the description.

    Example:
        >>> from picojoule.learn.stdp.bounds import HardBounds
        >>> restored(HardBounds(), described(HardBounds(high=2.0)))
        HardBounds(low=0.0, high=2.0)
    """
    if isinstance(own, float) and stored in ("inf", "-inf"):
        return type(own)(stored)
    if isinstance(own, int | float) and isinstance(stored, int | float):
        return stored if type(own) is int else type(own)(stored)  # type: ignore[return-value]
    if isinstance(own, list | tuple) and isinstance(stored, list) and len(own) == len(stored):
        return type(own)(map(restored, own, stored))
    if not _is_object(stored) or stored["kind"] != type(own).__qualname__:
        return own
    inside = own if isinstance(own, dict) else getattr(own, "__dict__", {})
    values = {name: restored(part, stored["fields"].get(name)) for name, part in inside.items()}
    return type(own)(values) if isinstance(own, dict) else changed(own, values)


def changed(model: T, values: Mapping[str, Any]) -> T:
    """A copy with other values, unchecked: `dataclasses.replace` would look at every number of every tensor.

    Args:
        model: an object, which may be frozen.
        values: new values of fields, by name.
    """
    other = copy.copy(model)
    for name, value in values.items():
        object.__setattr__(other, name, value)
    return other


def _is_object(value: Plain) -> bool:
    return isinstance(value, dict) and value.keys() == {"kind", "fields"}


def _short(value: Plain) -> str:
    return value["kind"] if _is_object(value) else str(value)
