r"""Surrogate gradients: what stands in for the derivative of a spike, which is zero almost everywhere.

Forward, a spike is the step `H(excess)`; backward, its derivative is taken to be `derivative(excess)`: that of a smooth
step, `smooth`, with which gradients can be checked by finite differences. In formulas, x is the excess.

Source: Neftci, Mostafa & Zenke, *Surrogate gradient learning in spiking neural networks* (2019).
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from picojoule.core.params import Scale, Slope, Width, validate


class Surrogate(ABC):
    """Base of every surrogate: a frozen dataclass of numbers with two elementwise functions.

    In `derivative` the numbers of `self` may be read: compiled loops take them as arguments, not as constants.
    """

    def __post_init__(self) -> None:
        validate(self)

    @abstractmethod
    def derivative(self, excess: Tensor) -> Tensor:
        """What stands for d spike / d excess."""

    @abstractmethod
    def smooth(self, excess: Tensor) -> Tensor:
        """The smooth step whose derivative this is, up to a constant."""


@dataclass(frozen=True)
class ATan(Surrogate):
    r"""Arc tangent: `slope / 2 / (1 + (pi / 2 slope x)²)`.

    Args:
        slope: steepness; the derivative at threshold is `slope / 2`.

    Example:
        >>> ATan(2.0).derivative(torch.tensor([0.0, 1.0]))
        tensor([1.0000, 0.0920])

    Source:
        Fang et al., *Incorporating learnable membrane time constant …* (2021).
    """

    slope: Slope = 2.0

    def derivative(self, excess: Tensor) -> Tensor:
        """The derivative, largest at threshold."""
        scaled = excess * self.slope * (math.pi / 2)
        return self.slope / 2 / (1.0 + scaled * scaled)

    def smooth(self, excess: Tensor) -> Tensor:
        """The scaled arc tangent, from 0 to 1."""
        return torch.atan(excess * self.slope * (math.pi / 2)) / math.pi + 0.5


@dataclass(frozen=True)
class FastSigmoid(Surrogate):
    r"""Fast sigmoid, also called SuperSpike: `1 / (1 + slope |x|)²`.

    Args:
        slope: steepness; the derivative at threshold is 1 for every slope.

    Example:
        >>> FastSigmoid(10.0).derivative(torch.tensor([0.0, 0.1]))
        tensor([1.0000, 0.2500])

    Source:
        Zenke & Ganguli, *SuperSpike* (2018), equation 11.
    """

    slope: Slope = 25.0

    def derivative(self, excess: Tensor) -> Tensor:
        """The derivative, 1 at threshold."""
        scaled = 1.0 + self.slope * torch.abs(excess)
        return 1.0 / (scaled * scaled)

    def smooth(self, excess: Tensor) -> Tensor:
        """The fast sigmoid `x / (1 + slope |x|)`."""
        return excess / (1.0 + self.slope * torch.abs(excess))


@dataclass(frozen=True)
class Sigmoid(Surrogate):
    r"""Logistic sigmoid: `slope s (1 - s)` with `s = 1 / (1 + exp(-slope x))`.

    Args:
        slope: steepness; the derivative at threshold is `slope / 4`.

    Example:
        >>> Sigmoid(4.0).derivative(torch.tensor([0.0, 1.0]))
        tensor([1.0000, 0.0707])

    Source:
        Zenke & Vogels, *The remarkable robustness of surrogate gradient learning …* (2021).
    """

    slope: Slope = 4.0

    def derivative(self, excess: Tensor) -> Tensor:
        """The derivative, largest at threshold."""
        left = torch.exp(-self.slope * torch.abs(excess))  # never overflows, and keeps its precision on both sides
        return self.slope * left / ((1.0 + left) * (1.0 + left))

    def smooth(self, excess: Tensor) -> Tensor:
        """The sigmoid, from 0 to 1."""
        return torch.sigmoid(self.slope * excess)


@dataclass(frozen=True)
class Triangle(Surrogate):
    r"""Triangle: `height max(0, 1 - |x| / width)`.

    Args:
        height: the derivative at threshold.
        width: the excess, on both sides, from which the derivative is 0.

    Example:
        >>> Triangle(height=0.3).derivative(torch.tensor([0.0, 0.5, 2.0]))
        tensor([0.3000, 0.1500, 0.0000])

    Source:
        Bellec et al., *Long short-term memory and learning-to-learn in … spiking neurons* (2018): `height=0.3`.
    """

    height: Slope = 1.0
    width: Width = 1.0

    def derivative(self, excess: Tensor) -> Tensor:
        """The derivative, 0 outside the triangle."""
        return self.height * torch.clamp(1.0 - torch.abs(excess) / self.width, min=0.0)

    def smooth(self, excess: Tensor) -> Tensor:
        """Two parabolas, from 0 to `height width`."""
        inside = torch.clamp(excess / self.width, -1.0, 1.0)
        return self.height * self.width * (0.5 + inside - 0.5 * inside * torch.abs(inside))


@dataclass(frozen=True)
class Boxcar(Surrogate):
    r"""Boxcar: `height` where `|x| <= width`, else 0.

    Args:
        height: the derivative inside.
        width: how far it reaches on both sides, the end included.

    Example:
        >>> Boxcar().derivative(torch.tensor([-0.5, 0.0, 0.6]))
        tensor([1., 1., 0.])

    Source:
        Bittar & Garner, *A surrogate gradient spiking baseline for speech command recognition* (2022).
    """

    height: Slope = 1.0
    width: Width = 0.5

    def derivative(self, excess: Tensor) -> Tensor:
        """The derivative, constant near the threshold."""
        return torch.where(torch.abs(excess) <= self.width, self.height * torch.ones_like(excess), 0.0)

    def smooth(self, excess: Tensor) -> Tensor:
        """A ramp, from 0 to `2 height width`."""
        return self.height * (torch.clamp(excess, -self.width, self.width) + self.width)


@dataclass(frozen=True)
class Slayer(Surrogate):
    r"""Exponential on both sides: `scale slope / 2 exp(-slope |x|)`.

    Args:
        slope: steepness; the derivative at threshold is `scale slope / 2`.
        scale: the area below the curve.

    Example:
        >>> Slayer().derivative(torch.tensor([0.0, 0.2]))
        tensor([1.0000, 0.3679])

    Source:
        Shrestha & Orchard, *SLAYER* (2018); constants of Baronig et al., *Advancing spatio-temporal …* (2025).
    """

    slope: Slope = 5.0
    scale: Scale = 0.4

    def derivative(self, excess: Tensor) -> Tensor:
        """The derivative, largest at threshold."""
        return self.scale * self.slope / 2 * torch.exp(-self.slope * torch.abs(excess))

    def smooth(self, excess: Tensor) -> Tensor:
        """Two exponentials, from 0 to `scale`."""
        below = torch.exp(self.slope * torch.clamp(excess, max=0.0)) / 2
        above = 1.0 - torch.exp(-self.slope * torch.clamp(excess, min=0.0)) / 2
        return self.scale * torch.where(excess < 0, below, above)


@dataclass(frozen=True)
class StraightThrough(Surrogate):
    """Straight-through estimator: 1 everywhere. For a window around the threshold take `Boxcar`.

    Example:
        >>> StraightThrough().derivative(torch.tensor([-9.0, 0.0]))
        tensor([1., 1.])

    Source:
        Bengio, Léonard & Courville, *Estimating or propagating gradients through stochastic neurons …* (2013).
    """

    def derivative(self, excess: Tensor) -> Tensor:
        """1 everywhere."""
        return torch.ones_like(excess)

    def smooth(self, excess: Tensor) -> Tensor:
        """The excess itself."""
        return excess
