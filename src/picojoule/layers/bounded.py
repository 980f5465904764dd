"""Values that training moves without leaving their range."""

from collections.abc import Callable

import torch
from torch import Tensor

from picojoule.core.params import Unit, Value

_FARTHEST = 30.0  # exp of it is far beyond any sensible value, and its rounding still tells it from a bound
_MARGIN = 1e-5  # of a range: bounds that follow from each other are met but for rounding


def moved(start: Tensor, change: Tensor, unit: Unit) -> Tensor:
    """A value that starts at `start` and is moved by `change`, within the range of its unit.

    With a lower bound the distance to it is multiplied by `exp(change)`; between two bounds the logit moves by
    `change`; without bounds the value does. So `change` is 0 at the start, and a weight decay draws a value towards its
    start and not towards 0.

    Args:
        start: inside the range, not on a bound.
        change: any number, of a shape that broadcasts with `start`.
        unit: the range.

    Example:
        >>> start, change = torch.tensor(20.0, dtype=torch.float64), torch.tensor(0.5, dtype=torch.float64)
        >>> moved(start, change, Unit("ms", above=0.0))  # 20 exp(0.5)
        tensor(32.9744, dtype=torch.float64)
        >>> moved(start, change, Unit("mV"))
        tensor(20.5000, dtype=torch.float64)
    """
    low, high = (None if bound is None else float(bound) for bound in (lowest(unit), unit.at_most))
    if low is None and high is None:
        return start + change
    if low == 0.0 and high is None:  # most of them, in few operations
        return start * change.clamp(-_FARTHEST, _FARTHEST).exp()
    if low is not None and high is not None:
        place = torch.logit((start - low) / (high - low)) + change
        value = low + (high - low) * torch.sigmoid(place.clamp(-_FARTHEST, _FARTHEST))
    else:
        bound = low if low is not None else high or 0.0
        value = bound + (start - bound) * change.clamp(-_FARTHEST, _FARTHEST).exp()
    return value.clamp(None if low is None else _just_above(low, unit, value), high)


def brought_back(value: Tensor, unit: Unit) -> Tensor:
    """The nearest value a little inside a range; gradients pass as if it had been there already.

    Args:
        value: any number.
        unit: a range whose bounds may be tensors.

    Example:
        >>> brought_back(torch.tensor([0.5, 3.0], dtype=torch.float64), Unit("ms", above=1.0, at_most=2.0))
        tensor([1.0000, 2.0000], dtype=torch.float64)
    """
    inside = value.detach()
    low = None if (least := lowest(unit)) is None else _fitting(least, inside, torch.amax)
    high = None if unit.at_most is None else _fitting(unit.at_most, inside, torch.amin)
    margin = _MARGIN if low is None or high is None else _MARGIN * (high - low)
    if low is not None:
        inside = torch.maximum(inside, low + margin)
    if high is not None:
        inside = torch.minimum(inside, high - margin)
    return inside + (value - value.detach())


def _fitting(bound: Value, value: Tensor, narrowest: Callable[..., Tensor]) -> Tensor:
    """A bound in the shape of a value, which may stand for several neurons."""
    fitting = bound.detach().to(value) if isinstance(bound, Tensor) else value.new_full((), bound)
    while fitting.dim() > value.dim():
        fitting = narrowest(fitting, dim=0)
    shared = [d for d in range(fitting.dim()) if value.shape[d - fitting.dim()] == 1]
    return narrowest(fitting, dim=shared, keepdim=True) if shared else fitting


def lowest(unit: Unit) -> Value | None:
    """The lower bound of a unit, whether or not it may be reached."""
    return unit.at_least if unit.above is None else unit.above


def _just_above(low: float, unit: Unit, like: Tensor) -> float:
    """The least value of the range; rounding may have led to the bound itself."""
    if unit.above is None or low == 0.0:  # near 0 there is always a number in between
        return low
    return float(torch.nextafter(like.new_tensor(low), like.new_tensor(torch.inf)))
