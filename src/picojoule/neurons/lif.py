r"""Leaky integrate-and-fire neuron.

    tau dv/dt = -(v - v_rest) + x,      spike when v >= v_th, then v := v_reset (or less v_th - v_reset: `SoftReset`)

The input `x` is held constant within a step, so the step is the exact solution of the equation, not an Euler
approximation: halving `dt` changes no voltage. The reset happens at the end of the step in which the spike falls, and
is not differentiated.

Source: Gerstner, Kistler, Naud & Paninski, *Neuronal Dynamics* (2014), section 1.3.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from picojoule.core.params import Potential, Time, as_tensor, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.reset import HardReset, Reset
from picojoule.neurons.surrogate import ATan, Surrogate


class LIFState(NamedTuple):
    """What a `LIF` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential


class LIFCoefficients(NamedTuple):
    """Every number a step needs."""

    decay: Tensor  # exp(-dt / tau), in (0, 1)
    v_th: Tensor
    v_rest: Tensor
    v_reset: Tensor


@dataclass(frozen=True)
class LIF(Neuron[Current, LIFState, LIFCoefficients]):
    """Leaky integrate-and-fire neuron; spikes when `v >= v_th`.

    Args:
        tau: membrane time constant, in ms.
        v_th: threshold, in thresholds or mV.
        v_rest: potential without input, in the unit of `v_th`.
        v_reset: potential right after a spike that just reached `v_th`, in the unit of `v_th`.
        reset: `HardReset()`, to `v_reset`, or `SoftReset()`, by `v_th - v_reset`.
        surrogate: stands for the derivative of a spike.

    Example:
        >>> round(LIF(tau=10.0).coefficients(dt=10.0).decay.item(), 6)  # exp(-1)
        0.367879
    """

    tau: Time = 20.0
    v_th: Potential = 1.0
    v_rest: Potential = 0.0
    v_reset: Potential = 0.0
    reset: Reset = HardReset()
    surrogate: Surrogate = ATan()

    def initial(self, like: Tensor) -> LIFState:
        """At the resting potential."""
        return LIFState(v=at_rest(like, self.v_rest))

    def coefficients(self, dt: float) -> LIFCoefficients:
        """The decay over a step, and the three potentials."""
        return LIFCoefficients(decay_of(self.tau, dt), *map(as_tensor, (self.v_th, self.v_rest, self.v_reset)))

    def integrate(self, x: Current, state: LIFState, c: LIFCoefficients) -> tuple[Tensor, LIFState]:
        """The exact solution for an input that is constant within the step."""
        target = c.v_rest + x.current
        v = target + (state.v - target) * c.decay
        return v - c.v_th, LIFState(v)

    def fire(self, spike: Tensor, state: LIFState, c: LIFCoefficients) -> LIFState:
        """Reset."""
        return LIFState(self.reset.after(spike, state.v, c.v_th, c.v_reset))
