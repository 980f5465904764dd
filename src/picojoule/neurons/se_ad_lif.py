r"""Adaptive leaky integrate-and-fire neuron, discretised by the symplectic Euler method.

    u := alpha u + gain x - (1 - alpha) w                 alpha = exp(-dt / tau_u)
    spike s when u >= v_th, then u := 0
    w := beta w + (1 - beta) q (a u + b s)                beta = exp(-dt / tau_w)

With `gain=None` the gain is `1 - alpha`, as published. The adaptation w takes the potential and the spike of the same
step (symplectic Euler); with those of the step before (forward Euler) the same neuron is stable in a smaller part of
its range only. The published code spikes where u > v_th, here u >= v_th; its v_th is 1. The reset of u happens at the
end of the step and is not differentiated; the spike that raises w is: gradients flow through it.

Source: Baronig, Ferrand, Sabathiel & Legenstein, *Advancing spatio-temporal processing through adaptation in spiking
neural networks*, Nature Communications 16 (2025), with its published code and its ranges of a and b.
"""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import Gain, InputGain, Potential, Time, Unit, Value, as_tensor, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.gain import gain_of
from picojoule.neurons.surrogate import Slayer, Surrogate

Subthreshold = Annotated[Value, Unit("times", at_least=0.0, at_most=1.0)]
PerSpike = Annotated[Value, Unit("thresholds", at_least=0.0, at_most=2.0)]


class SEAdLIFState(NamedTuple):
    """What an `SEAdLIF` population remembers between steps."""

    u: Tensor  # [B, *N]  membrane potential
    w: Tensor  # [B, *N]  adaptation current


class SEAdLIFCoefficients(NamedTuple):
    """Every number a step needs."""

    decay: Tensor  # alpha, in (0, 1)
    gain: Tensor  # of the input
    share: Tensor  # of the adaptation: 1 - alpha
    decay_w: Tensor  # beta, in (0, 1)
    gain_w: Tensor  # (1 - beta) q
    a: Tensor
    b: Tensor
    v_th: Tensor


@dataclass(frozen=True)
class SEAdLIF(Neuron[Current, SEAdLIFState, SEAdLIFCoefficients]):
    """Adaptive leaky integrate-and-fire neuron by symplectic Euler, with a hard reset; spikes when `u >= v_th`.

    Args:
        tau_u: membrane time constant, in ms; published: 5 to 25 steps.
        tau_w: decay of the adaptation, in ms; published: 60 to 300 steps.
        a: how much the potential drives the adaptation, in [0, 1].
        b: how far a spike raises the adaptation, in [0, 2].
        q: factor of the whole adaptation.
        v_th: threshold, in thresholds.
        gain: how far an input of 1 moves `u` in a step; `None`: by `1 - alpha`, the exact response.
        surrogate: stands for the derivative of a spike.

    Example:
        >>> round(SEAdLIF(tau_u=10.0).coefficients(dt=10.0).decay.item(), 6)  # exp(-1)
        0.367879
    """

    tau_u: Time = 15.0
    tau_w: Time = 180.0
    a: Subthreshold = 0.5
    b: PerSpike = 1.0
    q: Gain = 120.0
    v_th: Potential = 1.0
    gain: InputGain = 0.5
    surrogate: Surrogate = Slayer()

    def initial(self, like: Tensor) -> SEAdLIFState:
        """At zero, without adaptation."""
        return SEAdLIFState(at_rest(like, 0.0), at_rest(like, 0.0))

    def coefficients(self, dt: float) -> SEAdLIFCoefficients:
        """Decays over a step, the shares of input and adaptation, and the numbers of the adaptation."""
        decay, decay_w = decay_of(self.tau_u, dt), decay_of(self.tau_w, dt)
        gain_w = (1.0 - decay_w) * as_tensor(self.q)
        return SEAdLIFCoefficients(
            decay,
            gain_of(self.gain, 1.0 - decay),
            1.0 - decay,
            decay_w,
            gain_w,
            *map(as_tensor, (self.a, self.b, self.v_th)),
        )

    def integrate(self, x: Current, state: SEAdLIFState, c: SEAdLIFCoefficients) -> tuple[Tensor, SEAdLIFState]:
        """The membrane, with the adaptation of the step before."""
        u = c.decay * state.u + c.gain * x.current - c.share * state.w
        return u - c.v_th, SEAdLIFState(u, state.w)

    def fire(self, spike: Tensor, state: SEAdLIFState, c: SEAdLIFCoefficients) -> SEAdLIFState:
        """Reset, then the adaptation, from the potential after the reset and the spike; in silent neurons too."""
        u = torch.where(spike > 0, 0.0, state.u)
        return SEAdLIFState(u, c.decay_w * state.w + c.gain_w * (c.a * u + c.b * spike))
