r"""Leaky integrate-and-fire neuron.

    tau dv/dt = -(v - v_rest) + x,      spike when v >= v_th, then v := v - (v_th - v_reset) (or v_reset: `HardReset`)

The decay over a step is exact. With `gain=None` so is the answer to the input `x`, which is held constant within the
step: halving `dt` changes no voltage. With a number v jumps by `gain x` in every step, as if charge arrived at its end
(`picojoule.neurons.gain`). The reset happens at the end of the step in which the spike falls, and is not
differentiated.

Source: Gerstner, Kistler, Naud & Paninski, *Neuronal Dynamics* (2014), section 1.3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from picojoule.core.params import InputGain, Potential, Time, as_tensor, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.gain import GAIN
from picojoule.neurons.reset import Reset, SoftReset
from picojoule.neurons.surrogate import ATan, Surrogate


class LIFState(NamedTuple):
    """What a `LIF` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential


class LIFCoefficients(NamedTuple):
    """Every number a step needs."""

    decay: Tensor  # exp(-dt / tau), in (0, 1)
    gain: Tensor  # of the input, where v jumps
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
        reset: `SoftReset()`, by `v_th - v_reset`, or `HardReset()`, to `v_reset`.
        gain: how far an input of 1 moves `v` in a step; `None`: by `1 - exp(-dt / tau)`, the exact response.
        surrogate: stands for the derivative of a spike.

    Example:
        >>> round(LIF(tau=10.0).coefficients(dt=10.0).decay.item(), 6)  # exp(-1)
        0.367879
    """

    tau: Time = 20.0
    v_th: Potential = 1.0
    v_rest: Potential = 0.0
    v_reset: Potential = 0.0
    reset: Reset = SoftReset()
    gain: InputGain = GAIN
    surrogate: Surrogate = ATan()

    def initial(self, like: Tensor) -> LIFState:
        """At the resting potential."""
        return LIFState(v=at_rest(like, self.v_rest))

    def coefficients(self, dt: float) -> LIFCoefficients:
        """The decay over a step, the gain, and the three potentials."""
        gain = as_tensor(1.0 if self.gain is None else self.gain)
        potentials = map(as_tensor, (self.v_th, self.v_rest, self.v_reset))
        return LIFCoefficients(decay_of(self.tau, dt), gain, *potentials)

    @property
    def response(self) -> Callable[[Tensor, Tensor, LIFCoefficients], Tensor]:
        """How the membrane answers in a step."""
        return held if self.gain is None else jumping

    def integrate(self, x: Current, state: LIFState, c: LIFCoefficients) -> tuple[Tensor, LIFState]:
        """The decay and the input."""
        v = self.response(state.v, x.current, c)
        return v - c.v_th, LIFState(v)

    def fire(self, spike: Tensor, state: LIFState, c: LIFCoefficients) -> LIFState:
        """Reset."""
        return LIFState(self.reset.after(spike, state.v, c.v_th, c.v_reset))


def held(v: Tensor, x: Tensor, c: LIFCoefficients) -> Tensor:
    """The exact solution for an input that is constant within the step."""
    target = c.v_rest + x
    return target + (v - target) * c.decay


def jumping(v: Tensor, x: Tensor, c: LIFCoefficients) -> Tensor:
    """The exact decay, and a jump."""
    return c.v_rest + (v - c.v_rest) * c.decay + c.gain * x
