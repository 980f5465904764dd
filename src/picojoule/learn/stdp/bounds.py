"""How a weight change depends on the weight, and where weights end.

Hard bounds: every change is taken in full and clipped to [low, high] (additive STDP).
Soft bounds: a decrease is scaled by `w - low`, an increase by `high - w` (multiplicative STDP), then clipped.

Source: van Rossum, Bi & Turrigiano (2000); Morrison, Diesmann & Gerstner (2008), section 4.1.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.core.params import Weight, WeightBound, validate


@dataclass(frozen=True)
class _Bounds:
    """An interval that weights stay in."""

    low: WeightBound = 0.0
    high: WeightBound = 1.0

    def __post_init__(self) -> None:
        validate(self)
        if not self.low < self.high:
            raise ParameterError(
                f"{type(self).__name__}: low must be < high, got low={self.low:g} and high={self.high:g}"
            )


@dataclass(frozen=True)
class HardBounds(_Bounds):
    """Changes in full, clipped to `[low, high]`.

    Args:
        low: the lowest weight; minus infinity for none.
        high: the highest weight, above `low`; infinity for none.

    Raises:
        ParameterError: if `low` is not below `high`.

    Example:
        >>> HardBounds().decrease(torch.tensor(0.5), torch.tensor(0.2), low=torch.tensor(0.0), high=torch.tensor(1.0))
        tensor(0.3000)
    """

    def decrease(self, w: Tensor, amount: Tensor, *, low: Tensor, high: Tensor) -> Tensor:
        """The weight, `amount` lower."""
        return torch.clamp(w - amount, low, high)

    def increase(self, w: Tensor, amount: Tensor, *, low: Tensor, high: Tensor) -> Tensor:
        """The weight, `amount` higher."""
        return torch.clamp(w + amount, low, high)


@dataclass(frozen=True)
class SoftBounds(_Bounds):
    """Changes in proportion to the distance from the bound that they approach.

    Args:
        low: the lowest weight.
        high: the highest weight, above `low`.

    Raises:
        ParameterError: if `low` is not below `high`.

    Example:
        >>> SoftBounds().decrease(torch.tensor(0.5), torch.tensor(0.2), low=torch.tensor(0.0), high=torch.tensor(1.0))
        tensor(0.4000)
    """

    low: Weight = 0.0
    high: Weight = 1.0

    def decrease(self, w: Tensor, amount: Tensor, *, low: Tensor, high: Tensor) -> Tensor:
        """The weight, lower by `amount` times its distance from `low`."""
        return torch.clamp(w - amount * (w - low), low, high)

    def increase(self, w: Tensor, amount: Tensor, *, low: Tensor, high: Tensor) -> Tensor:
        """The weight, higher by `amount` times its distance from `high`."""
        return torch.clamp(w + amount * (high - w), low, high)
