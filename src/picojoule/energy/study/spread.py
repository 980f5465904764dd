"""An accuracy with its uncertainty: over seeds where there are several, over test images where there is one.

With accuracies `a_1 … a_n` of `n` seeds, their mean `m` and standard deviation `s` (with `n - 1`), the interval is

    m ± t s / √n,      t: 97.5 % of Student's distribution with n - 1 degrees of freedom lie below.

It says how much another seed may change, and nothing of other test images; the interval of one seed says the opposite.

Source:
    Student, *The probable error of a mean*, Biometrika 6 (1908).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from picojoule.core.errors import ParameterError
from picojoule.decode.score import confidence_interval


@dataclass(frozen=True)
class Spread:
    """A mean accuracy and its 95 % confidence interval, fractions in [0, 1].

    Args:
        mean: over seeds.
        low: bound of the interval.
        high: bound of the interval.
        over: what the interval is about, for instance `3 seeds` or `1,000 test images`.
        values: of each seed.
    """

    mean: float
    low: float
    high: float
    over: str
    values: tuple[float, ...]

    def overlaps(self, other: "Spread") -> bool:
        """Whether the two intervals have a point in common.

        Example:
            >>> spread([0.8, 0.9], images=100).overlaps(spread([0.3], images=100))
            True
        """
        return self.low <= other.high and other.low <= self.high


def spread(accuracies: Sequence[float], *, images: int) -> Spread:
    """The mean of accuracies and its 95 % confidence interval.

    Args:
        accuracies: one for each seed, fractions in [0, 1].
        images: test images of each seed, at least 1; they give the interval (Wilson's) where there is one seed.

    Returns:
        The mean; an interval that is cut at 0 and 1.

    Raises:
        ParameterError: if there is no accuracy, or one lies outside [0, 1].

    Example:
        >>> three = spread([0.90, 0.91, 0.92], images=1000)
        >>> f"{three.mean:.3f}, {three.low:.4f} to {three.high:.4f} over {three.over}"
        '0.910, 0.8852 to 0.9348 over 3 seeds'
        >>> spread([0.91], images=1000).over
        '1,000 test images'
    """
    if not accuracies or not all(0.0 <= value <= 1.0 for value in accuracies):
        raise ParameterError(
            f"accuracies must be fractions in [0, 1], at least one, got {list(accuracies)}. Divide percent by 100."
        )
    count, mean = len(accuracies), fmean(accuracies)
    if count == 1:
        low, high = confidence_interval(round(mean * images), images)
        return Spread(mean, low, high, f"{images:,} test images", tuple(accuracies))
    half = _half(accuracies)
    return Spread(mean, max(0.0, mean - half), min(1.0, mean + half), f"{count} seeds", tuple(accuracies))


def paired_difference(one: Spread, other: Spread) -> tuple[float, float, float] | None:
    """How much more accurate one network is than the other, seed by seed; `None` if there is a single seed.

    Both networks of a seed saw the same images in the same order, so the difference varies less than either accuracy.

    Args:
        one: of a network.
        other: of another network, for the same seeds in the same order.

    Returns:
        Mean difference and its 95 % confidence interval, as fractions.

    Raises:
        ParameterError: if the seeds are not as many.

    Example:
        >>> one, other = spread([0.90, 0.91, 0.95], images=100), spread([0.89, 0.90, 0.93], images=100)
        >>> [round(value, 4) for value in paired_difference(one, other)]
        [0.0133, -0.001, 0.0277]
    """
    if len(one.values) != len(other.values):
        raise ParameterError(
            f"a paired difference needs the same seeds, got {len(one.values)} and {len(other.values)}."
        )
    if len(one.values) < 2:
        return None
    differences = [a - b for a, b in zip(one.values, other.values, strict=True)]
    mean, half = fmean(differences), _half(differences)
    return mean, mean - half, mean + half


def _half(values: Sequence[float]) -> float:
    """Half of the 95 % interval of a mean."""
    from scipy.special import stdtrit

    return float(stdtrit(len(values) - 1, 0.975)) * stdev(values) / math.sqrt(len(values))
