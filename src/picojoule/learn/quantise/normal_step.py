r"""The grid that loses least of normally distributed numbers.

For levels -h s … h s and thresholds t_k = (k - ½) s in the middle between them, a standard normal w is moved to q with

    E[(q - w)²] = 1 - 4 s Σ φ(t_k) + 2 s² Σ (2k - 1) Q(t_k),     k = 1 … h,

φ its density and Q(t) = P(w > t). For one bit, levels -s and s, it is 1 - 2 s √(2/π) + s², least at s = √(2/π).

Source: Max, *Quantizing for minimum distortion* (1960): uniform quantisers, whose step for three levels is 1.224.
"""

import functools
import math

import torch

from picojoule.learn.quantise.levels import signed_levels

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_HALVINGS = 60  # golden sections: far below any rounding


@functools.cache
def normal_step(bits: int) -> float:
    """The distance of two levels, in standard deviations of what is moved to them.

    Args:
        bits: 1 … 16.

    Returns:
        The step, within about 1e-7 of the best one.

    Example:
        >>> round(normal_step(1), 4), round(normal_step(2), 3), round(15 * normal_step(5), 1)  # the last: the range
        (0.7979, 1.224, 2.9)
    """
    if bits == 1:
        return math.sqrt(2.0 / math.pi)
    levels = torch.arange(1, signed_levels(bits).high + 1, dtype=torch.float64)
    low, high = 1.0 / float(levels[-1]), 10.0 / float(levels[-1])  # the range is 1 to 10 standard deviations
    for _ in range(_HALVINGS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if _loss(left, levels) < _loss(right, levels):
            high = right
        else:
            low = left
    return 0.5 * (low + high)


def _loss(step: float, levels: torch.Tensor) -> float:
    thresholds = (levels - 0.5) * step
    density = torch.exp(-0.5 * thresholds.square()) / math.sqrt(2.0 * math.pi)
    above = 0.5 * torch.erfc(thresholds / math.sqrt(2.0))
    return 1.0 - 4.0 * step * float(density.sum()) + 2.0 * step**2 * float(((2.0 * levels - 1.0) * above).sum())
