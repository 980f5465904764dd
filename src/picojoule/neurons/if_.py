r"""Integrate-and-fire neuron without a leak.

    dv/dt = x,      spike when v >= v_th, then v := v_reset (or less v_th - v_reset: `SoftReset`)

The input `x` is held constant within a step, so the step is exact: v grows by `dt x`. The reset happens at the end of
the step in which the spike falls, and is not differentiated. With a soft reset the neuron fires `x / (v_th - v_reset)`
spikes per ms, for inputs that need at least a step for a spike: it computes a rectified linear unit.

Source: Gerstner, Kistler, Naud & Paninski, *Neuronal Dynamics* (2014), section 1.3, in the limit of no leak; Rueckauer
et al., *Conversion of continuous-valued deep networks …* (2017), section 2.2.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from picojoule.core.params import Potential, as_tensor
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.reset import HardReset, Reset
from picojoule.neurons.surrogate import ATan, Surrogate


class IFState(NamedTuple):
    """What an `IF` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential


class IFCoefficients(NamedTuple):
    """Every number a step needs."""

    dt: Tensor
    v_th: Tensor
    v_reset: Tensor


@dataclass(frozen=True)
class IF(Neuron[Current, IFState, IFCoefficients]):
    """Integrate-and-fire neuron without a leak; spikes when `v >= v_th`. Its input is in thresholds (or mV) per ms.

    Args:
        v_th: threshold, in thresholds or mV.
        v_reset: potential at the start, and right after a spike that just reached `v_th`, in the unit of `v_th`.
        reset: `HardReset()`, to `v_reset`, or `SoftReset()`, by `v_th - v_reset`.
        surrogate: stands for the derivative of a spike.

    Example:
        >>> IF(v_th=2.0).coefficients(dt=0.5).dt.item()
        0.5
    """

    v_th: Potential = 1.0
    v_reset: Potential = 0.0
    reset: Reset = HardReset()
    surrogate: Surrogate = ATan()

    def initial(self, like: Tensor) -> IFState:
        """At the reset potential."""
        return IFState(v=at_rest(like, self.v_reset))

    def coefficients(self, dt: float) -> IFCoefficients:
        """The step and the two potentials."""
        return IFCoefficients(*map(as_tensor, (dt, self.v_th, self.v_reset)))

    def integrate(self, x: Current, state: IFState, c: IFCoefficients) -> tuple[Tensor, IFState]:
        """The exact solution for an input that is constant within the step."""
        v = state.v + c.dt * x.current
        return v - c.v_th, IFState(v)

    def fire(self, spike: Tensor, state: IFState, c: IFCoefficients) -> IFState:
        """Reset."""
        return IFState(self.reset.after(spike, state.v, c.v_th, c.v_reset))
