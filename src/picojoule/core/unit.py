"""A unit with the range in which a value makes sense, and the check of numbers of any kind against it."""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.core.examples import found

Value = float | Tensor


@dataclass(frozen=True)
class Unit:
    """A unit and the range in which a value makes sense.

    Args:
        name: the unit, as messages write it.
        above: values must be greater than this; `None`: no such bound.
        at_least: values must not be less than this.
        at_most: values must not be greater than this.
        infinite: whether infinity is a value, too, as for a bound that holds nothing.

    A bound may be a tensor, where it differs from neuron to neuron.

    Example:
        >>> Unit("Hz", above=0.0).bound_broken_by(-5.0)
        'must be > 0'
    """

    name: str
    above: Value | None = None
    at_least: Value | None = None
    at_most: Value | None = None
    infinite: bool = False

    def holds(self, values: Tensor) -> bool:
        """Whether all numbers of a tensor are numbers, finite unless infinity is one, and in the range."""
        conditions = [~torch.isnan(values) if self.infinite else torch.isfinite(values)]
        conditions += [] if self.above is None else [values > self.above]
        conditions += [] if self.at_least is None else [values >= self.at_least]
        conditions += [] if self.at_most is None else [values <= self.at_most]
        return all(bool(condition.all()) for condition in conditions)

    def leaves_room(self) -> bool:
        """Whether there is a number above the lower bound and below the upper one, for every neuron."""
        low = self.at_least if self.above is None else self.above
        ends = (-math.inf if low is None else low, math.inf if self.at_most is None else self.at_most)
        return bool((torch.as_tensor(ends[0]) < torch.as_tensor(ends[1])).all())

    def each(self, value: Value) -> Iterator[tuple[float, "Unit"]]:
        """Every number of a value, and the range in which this one must be."""
        bounds = (self.above, self.at_least, self.at_most)
        if not any(isinstance(bound, Tensor) for bound in bounds):
            yield from ((number, self) for number in _numbers(value))
            return
        tensors = [torch.as_tensor(x).detach() for x in (value, *bounds) if x is not None]
        given: tuple[Tensor, ...] = torch.broadcast_tensors(*tensors)  # type: ignore[no-untyped-call]
        for numbers in zip(*map(_numbers, given), strict=True):
            left = iter(numbers[1:])
            above, at_least, at_most = (None if bound is None else next(left) for bound in bounds)
            yield numbers[0], replace(self, above=above, at_least=at_least, at_most=at_most)

    def bound_broken_by(self, value: float) -> str | None:
        """The bound that `value` breaks, in words, or `None`."""
        if math.isnan(value) or not (self.infinite or math.isfinite(value)):
            return "must be a number in" if self.infinite else "must be a finite number in"
        if self.above is not None and not value > self.above:
            return f"must be > {self.above:g}"
        if self.at_least is not None and not value >= self.at_least:
            return f"must be >= {self.at_least:g}"
        if self.at_most is not None and not value <= self.at_most:
            return f"must be <= {self.at_most:g}"
        return None


def check(name: str, value: object, unit: Unit) -> Value:
    """Refuse a value outside its unit's range, naming it.

    Args:
        name: what the value is, for the message.
        value: a number of any kind, or a tensor, an array or a list of them.
        unit: the range.

    Returns:
        The value as a plain number, or as a tensor of floats.

    Raises:
        ParameterError: if the value is no number, or outside the range.

    Example:
        >>> check("steps", 0, Unit("steps", at_least=1))
        Traceback (most recent call last):
        picojoule.core.errors.ParameterError: steps must be >= 1 steps, got 0
        >>> check("tau", [5.0, 10.0], Unit("ms", above=0.0))
        tensor([ 5., 10.], dtype=torch.float64)
    """
    taken = plain(value)
    if taken is None:
        raise ParameterError(f"{name} must be a number in {unit.name}, got {found(value)}")
    if isinstance(taken, Tensor) and (taken.is_meta or unit.holds(taken.detach())):  # many numbers in few operations
        return taken
    for number, own in unit.each(taken):
        if (broken := own.bound_broken_by(number)) is not None:
            raise ParameterError(f"{name} {broken} {unit.name}, got {number:g}")
    return taken


def plain(value: object) -> Value | None:
    """A number or a tensor of floats; `None` for what is neither. A tensor of floats is taken as it is."""
    if isinstance(value, list | tuple | np.ndarray):
        value = _from_several(value)
    if isinstance(value, Tensor):
        if value.dtype in (torch.bool, torch.complex64, torch.complex128) or not value.numel() or value.is_sparse:
            return None
        return value if value.is_floating_point() else value.double()
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    if not isinstance(value, Integral):
        return float(value)
    whole = int(value)
    return whole if abs(whole) <= sys.float_info.max else math.copysign(math.inf, 1 if whole > 0 else -1)


def _from_several(values: list[Any] | tuple[Any, ...] | np.ndarray[Any, Any]) -> object:
    """A tensor of what several numbers say, one number if that is all, or `None` if they are no numbers."""
    if isinstance(values, list | tuple) and any(isinstance(value, bool | np.bool_) for value in values):
        return None  # among floats, NumPy would count them as such
    array = array_of(values)
    if array is None or array.dtype.kind not in "iuf":
        return None
    single = array if array.dtype == np.float32 else array.astype(np.float64)
    return torch.tensor(single) if array.ndim else single.item()


def array_of(values: object) -> npt.NDArray[Any] | None:
    """What NumPy makes of an object, or `None` where it makes nothing of it."""
    try:
        return np.asarray(values)
    except (ValueError, TypeError, RuntimeError):  # ragged, or of tensors that need a gradient
        return None


def _numbers(value: Value) -> list[float]:
    if isinstance(value, Tensor):
        return [float(number) for number in value.detach().flatten().tolist()]
    try:
        return [float(value)]
    except OverflowError:  # of a whole number
        return [math.inf]
