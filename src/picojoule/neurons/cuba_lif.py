r"""Current-based leaky integrate-and-fire neuron: every spike that arrives gives a current that decays.

    tau_syn di/dt = -i,                     i := i + x at the beginning of every step (x: the weights that arrive)
    tau dv/dt = -(v - v_rest) + i,          spike when v >= v_th, then v := v - (v_th - v_reset) (or `HardReset`)

Both equations are linear, so with `gain=None` the step is their exact solution (exponential integration): halving `dt`
changes neither current nor voltage. With a number i and v decay exactly, and v jumps by `gain (1 - exp(-dt/tau_syn)) i`
in every step: by `gain x` in all (`picojoule.neurons.gain`). The threshold is looked at at the end of a step; the reset
happens there, is not differentiated, and leaves the current as it is.

Source: Gerstner, Kistler, Naud & Paninski, *Neuronal Dynamics* (2014), section 1.3 (exponential currents); Rotter &
Diesmann, *Exact digital simulation of time-invariant linear systems …*, Biological Cybernetics 81 (1999).
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import InputGain, Potential, Time, as_tensor, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.gain import GAIN
from picojoule.neurons.reset import Reset, SoftReset
from picojoule.neurons.surrogate import ATan, Surrogate


class CubaLIFState(NamedTuple):
    """What a `CubaLIF` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential
    i: Tensor  # [B, *N]  synaptic current, in the unit of v


class CubaLIFCoefficients(NamedTuple):
    """Every number a step needs."""

    decay: Tensor  # exp(-dt / tau), in (0, 1)
    decay_syn: Tensor  # exp(-dt / tau_syn), in (0, 1)
    response: Tensor  # of v at the end of a step to a current of 1 at its beginning
    v_th: Tensor
    v_rest: Tensor
    v_reset: Tensor


@dataclass(frozen=True)
class CubaLIF(Neuron[Current, CubaLIFState, CubaLIFCoefficients]):
    """Leaky integrate-and-fire neuron with an exponential synaptic current; spikes when `v >= v_th`.

    Args:
        tau: membrane time constant, in ms.
        tau_syn: decay of the synaptic current, in ms; it may be equal to `tau`.
        v_th: threshold, in thresholds or mV.
        v_rest: potential without input, in the unit of `v_th`.
        v_reset: potential right after a spike that just reached `v_th`, in the unit of `v_th`.
        reset: `SoftReset()`, by `v_th - v_reset`, or `HardReset()`, to `v_reset`.
        gain: how far the current that an input of 1 leaves moves `v`, its leak apart; `None`: the exact response.
        surrogate: stands for the derivative of a spike.

    Example:
        >>> round(CubaLIF(tau=10.0, tau_syn=10.0, gain=None).coefficients(dt=10.0).response.item(), 6)  # exp(-1)
        0.367879
    """

    tau: Time = 20.0
    tau_syn: Time = 5.0
    v_th: Potential = 1.0
    v_rest: Potential = 0.0
    v_reset: Potential = 0.0
    reset: Reset = SoftReset()
    gain: InputGain = GAIN
    surrogate: Surrogate = ATan()

    def initial(self, like: Tensor) -> CubaLIFState:
        """At the resting potential, without a current."""
        return CubaLIFState(v=at_rest(like, self.v_rest), i=at_rest(like, 0.0))

    def coefficients(self, dt: float) -> CubaLIFCoefficients:
        """The propagator of a step, and the three potentials."""
        decay, decay_syn = decay_of(self.tau, dt), decay_of(self.tau_syn, dt)
        if self.gain is None:
            response = _response(dt / as_tensor(self.tau), dt / as_tensor(self.tau_syn))
        else:
            response = as_tensor(self.gain) * (1.0 - decay_syn)
        potentials = map(as_tensor, (self.v_th, self.v_rest, self.v_reset))
        return CubaLIFCoefficients(decay, decay_syn, response, *potentials)

    def integrate(self, x: Current, state: CubaLIFState, c: CubaLIFCoefficients) -> tuple[Tensor, CubaLIFState]:
        """Take up what arrived, and go through the step."""
        i = state.i + x.current
        v = c.v_rest + (state.v - c.v_rest) * c.decay + i * c.response
        return v - c.v_th, CubaLIFState(v, i * c.decay_syn)

    def fire(self, spike: Tensor, state: CubaLIFState, c: CubaLIFCoefficients) -> CubaLIFState:
        """Reset of the potential; the current goes on."""
        return state._replace(v=self.reset.after(spike, state.v, c.v_th, c.v_reset))


def _response(m: Tensor, s: Tensor) -> Tensor:
    """Value of `m (exp(-s) - exp(-m)) / (m - s)`, with `m exp(-m)` where both are equal: m = dt/tau, s = dt/tau_syn."""
    apart = torch.abs(m - s)
    close = apart < 0.01  # there the quotient loses digits, and the series has them all
    safe = torch.where(close, torch.ones_like(apart), apart)  # both branches must be finite, for the gradient
    near = 1.0 - apart / 2 * (1.0 - apart / 3 * (1.0 - apart / 4 * (1.0 - apart / 5 * (1.0 - apart / 6))))
    return m * torch.exp(-torch.minimum(m, s)) * torch.where(close, near, -torch.expm1(-safe) / safe)
