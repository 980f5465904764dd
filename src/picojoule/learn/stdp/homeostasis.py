"""Adaptive thresholds: a neuron that fires often becomes harder to excite.

    theta := theta + step at every threshold crossing,      theta := theta exp(-T / tau) after a sample of duration T

The time constant is hours of simulated time, so the decay within one sample (some 1e-5) is applied at its end, which
also keeps it above the rounding of float32.

Source: Diehl & Cook (2015), section 2.4.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from picojoule.core.params import Potential, PotentialStep, Time, as_tensor, decay_of, validate
from picojoule.network.plasticity import Homeostasis


class AdaptiveThresholdCoefficients(NamedTuple):
    """Every number the rule needs."""

    step: Tensor
    decay: Tensor


@dataclass(frozen=True)
class AdaptiveThreshold(Homeostasis[AdaptiveThresholdCoefficients]):
    """Raise the threshold at every crossing, let it decay slowly.

    Args:
        step: rise per crossing, in mV.
        tau: time constant of the decay, in ms.
        initial: threshold offset at the start, in mV.

    Raises:
        ParameterError: if a parameter is out of range.

    Example:
        >>> c = AdaptiveThreshold(step=0.05, tau=1e7).coefficients(duration=250.0)
        >>> round(c.decay.item(), 9)
        0.999975
    """

    step: PotentialStep = 0.05
    tau: Time = 1e7
    initial: Potential = 0.0

    def __post_init__(self) -> None:
        validate(self)

    def start(self) -> float:
        """The offset `initial`."""
        return float(self.initial)

    def coefficients(self, duration: float) -> AdaptiveThresholdCoefficients:
        """The rise of a crossing, and the decay over a sample of `duration` ms."""
        return AdaptiveThresholdCoefficients(as_tensor(self.step), decay_of(self.tau, duration))

    def on_crossing(self, theta: Tensor, c: AdaptiveThresholdCoefficients) -> Tensor:
        """Rise."""
        return theta + c.step

    def after_sample(self, theta: Tensor, c: AdaptiveThresholdCoefficients) -> Tensor:
        """Decay."""
        return theta * c.decay
