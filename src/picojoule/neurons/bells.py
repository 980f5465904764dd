r"""Surrogates made of bells: the density of the normal distribution, alone or with wider ones taken away.

In formulas, x is the excess and `N(x; m, s)` the density with mean m and standard deviation s.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from picojoule.core.params import Scale, Width
from picojoule.neurons.surrogate import Surrogate


@dataclass(frozen=True)
class Gaussian(Surrogate):
    r"""Bell: `scale N(x; 0, sigma)`, N the density of the normal distribution.

    Args:
        sigma: standard deviation.
        scale: the area below the curve.

    Example:
        >>> Gaussian().derivative(torch.tensor([0.0, 1.0]))
        tensor([0.3989, 0.0540])

    Source:
        Yin, Corradi & Bohté, *Effective and efficient computation with multiple-timescale spiking …* (2020).
    """

    sigma: Width = 0.5
    scale: Scale = 0.5

    def derivative(self, excess: Tensor) -> Tensor:
        """The derivative, largest at threshold."""
        return self.scale * _density(excess, self.sigma)

    def smooth(self, excess: Tensor) -> Tensor:
        """The distribution function, from 0 to `scale`."""
        return self.scale * _share_below(excess, self.sigma)


@dataclass(frozen=True)
class MultiGaussian(Surrogate):
    r"""Bell with a negative lobe on each side: `scale ((1 + lobe) N(x; 0, sigma) - lobe (L(x) + L(-x)))`.

    N is the density of the normal distribution, and `L(x) = N(x; sigma, spread sigma)`. The paper writes gamma for
    `scale`, h for `lobe` and s for `spread`. With both lobes at 0 it is `DoubleGaussian`.

    Args:
        sigma: standard deviation of the bell.
        lobe: weight of a lobe.
        spread: how many times wider than the bell a lobe is.
        scale: factor of the whole.

    Example:
        >>> MultiGaussian().derivative(torch.tensor([0.0, 1.5]))
        tensor([ 0.4391, -0.0123])

    Source:
        Yin, Corradi & Bohté, *Accurate and efficient time-domain classification with adaptive spiking …* (2021).
    """

    sigma: Width = 0.5
    lobe: Scale = 0.15
    spread: Scale = 6.0
    scale: Scale = 0.5

    def derivative(self, excess: Tensor) -> Tensor:
        """The derivative, largest at threshold and negative far from it."""
        return self._combined(excess, _density)

    def smooth(self, excess: Tensor) -> Tensor:
        """The integral from far below."""
        return self._combined(excess, _share_below)

    def _combined(self, x: Tensor, curve: Callable[[Tensor, float], Tensor]) -> Tensor:
        wide = self.spread * self.sigma
        lobes = curve(x - self.sigma, wide) + curve(x + self.sigma, wide)
        return self.scale * ((1.0 + self.lobe) * curve(x, self.sigma) - self.lobe * lobes)


@dataclass(frozen=True)
class DoubleGaussian(Surrogate):
    r"""Bell less a wider one: `scale ((1 + lobe) N(x; 0, sigma) - 2 lobe N(x; 0, spread sigma))`.

    N is the density of the normal distribution. It is `MultiGaussian` with both lobes at the threshold, as published
    for balanced resonate-and-fire neurons; nowhere do the two differ by more than 0.06 % of the height.

    Args:
        sigma: standard deviation of the bell.
        lobe: half the weight of the wider bell.
        spread: how many times wider that one is.
        scale: factor of the whole.

    Example:
        >>> DoubleGaussian().derivative(torch.tensor([0.0, 1.5]))
        tensor([ 0.4388, -0.0125])

    Source:
        Higuchi, Kairat, Bohté & Otte, *Balanced resonate-and-fire neurons* (2024), with its published code.
    """

    sigma: Width = 0.5
    lobe: Scale = 0.15
    spread: Scale = 6.0
    scale: Scale = 0.5

    def derivative(self, excess: Tensor) -> Tensor:
        """The derivative, largest at threshold and negative far from it."""
        return self._combined(excess, _density)

    def smooth(self, excess: Tensor) -> Tensor:
        """The integral from far below."""
        return self._combined(excess, _share_below)

    def _combined(self, x: Tensor, curve: Callable[[Tensor, float], Tensor]) -> Tensor:
        wide = curve(x, self.spread * self.sigma)
        return self.scale * ((1.0 + self.lobe) * curve(x, self.sigma) - 2.0 * self.lobe * wide)


def _density(x: Tensor, sigma: float) -> Tensor:
    return torch.exp(-0.5 * (x / sigma) * (x / sigma)) / (sigma * math.sqrt(2.0 * math.pi))


def _share_below(x: Tensor, sigma: float) -> Tensor:
    return 0.5 + 0.5 * torch.erf(x / (sigma * math.sqrt(2.0)))
