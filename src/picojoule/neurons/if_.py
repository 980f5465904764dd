r"""Integrate-and-fire neuron without a leak.

    dv/dt = x,      spike when v >= v_th, then v := v - (v_th - v_reset) (or v := v_reset: `HardReset`)

With `gain=None` the input `x` is held constant within a step, and the step is exact: v grows by `dt x`. With a number v
grows by `gain x` in a step of any length (`picojoule.neurons.gain`). The reset happens at the end of the step in which
the spike falls, and is not differentiated. With a soft reset and `gain=None` the neuron fires `x / (v_th - v_reset)`
spikes per ms, for inputs that need at least a step for a spike: it computes a rectified linear unit.

Source: Gerstner, Kistler, Naud & Paninski, *Neuronal Dynamics* (2014), section 1.3, in the limit of no leak; Rueckauer
et al., *Conversion of continuous-valued deep networks …* (2017), section 2.2.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from picojoule.core.params import InputGain, Potential, as_tensor
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.gain import GAIN, gain_of
from picojoule.neurons.reset import Reset, SoftReset
from picojoule.neurons.surrogate import ATan, Surrogate


class IFState(NamedTuple):
    """What an `IF` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential


class IFCoefficients(NamedTuple):
    """Every number a step needs."""

    gain: Tensor  # of the input
    v_th: Tensor
    v_reset: Tensor


@dataclass(frozen=True)
class IF(Neuron[Current, IFState, IFCoefficients]):
    """Integrate-and-fire neuron without a leak; spikes when `v >= v_th`.

    Args:
        v_th: threshold, in thresholds or mV.
        v_reset: potential at the start, and right after a spike that just reached `v_th`, in the unit of `v_th`.
        reset: `SoftReset()`, by `v_th - v_reset`, or `HardReset()`, to `v_reset`.
        gain: how far an input of 1 moves `v` in a step; `None`: by `dt`, and the input is in thresholds (or mV) per ms.
        surrogate: stands for the derivative of a spike.

    Example:
        >>> IF(v_th=2.0, gain=None).coefficients(dt=0.5).gain.item()
        0.5
    """

    v_th: Potential = 1.0
    v_reset: Potential = 0.0
    reset: Reset = SoftReset()
    gain: InputGain = GAIN
    surrogate: Surrogate = ATan()

    def initial(self, like: Tensor) -> IFState:
        """At the reset potential."""
        return IFState(v=at_rest(like, self.v_reset))

    def coefficients(self, dt: float) -> IFCoefficients:
        """The gain and the two potentials."""
        return IFCoefficients(gain_of(self.gain, as_tensor(dt)), *map(as_tensor, (self.v_th, self.v_reset)))

    def integrate(self, x: Current, state: IFState, c: IFCoefficients) -> tuple[Tensor, IFState]:
        """The input, added up."""
        v = state.v + c.gain * x.current
        return v - c.v_th, IFState(v)

    def fire(self, spike: Tensor, state: IFState, c: IFCoefficients) -> IFState:
        """Reset."""
        return IFState(self.reset.after(spike, state.v, c.v_th, c.v_reset))
