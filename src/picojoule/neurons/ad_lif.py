r"""Leaky integrate-and-fire neuron with subthreshold and spike-triggered adaptation.

    w := beta w + a u + b s                               beta = exp(-dt / tau_w), s: the spike of the step before
    u := alpha (u - v_th s) + gain x - (1 - alpha) w      alpha = exp(-dt / tau_u)
    spike when u >= v_th

With `gain=None` the gain is `1 - alpha`. These are the published equations in the published order: w takes the
potential of the step before, and the soft reset takes place one step after the spike. The membrane is exact for a drive
`x - w` that is constant within a step; w takes an increment per step, so `a` and `b` belong to the step that they were
chosen for. The published code spikes where u > v_th, here u >= v_th; its v_th is 1. The spike is not detached:
gradients flow through the spike of the step before. With a recurrent matrix this is the neuron called RadLIF.

Source: Bittar & Garner, *A surrogate gradient spiking baseline for speech command recognition*, Frontiers in
Neuroscience 16:865897 (2022), section 2, with its published code and its ranges of a and b.
"""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import InputGain, Potential, Time, Unit, Value, as_tensor, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.gain import GAIN, gain_of
from picojoule.neurons.surrogate import Boxcar, Surrogate

Subthreshold = Annotated[Value, Unit("times", at_least=-1.0, at_most=1.0)]
PerSpike = Annotated[Value, Unit("thresholds", at_least=0.0, at_most=2.0)]


class AdLIFState(NamedTuple):
    """What an `AdLIF` population remembers between steps."""

    u: Tensor  # [B, *N]  membrane potential, before the reset
    w: Tensor  # [B, *N]  adaptation current
    fired: Tensor  # [B, *N]  the spike of the last step


class AdLIFCoefficients(NamedTuple):
    """Every number a step needs."""

    decay: Tensor  # alpha, in (0, 1)
    gain: Tensor  # of the input
    share: Tensor  # of the adaptation: 1 - alpha
    decay_w: Tensor  # beta, in (0, 1)
    a: Tensor
    b: Tensor
    v_th: Tensor


@dataclass(frozen=True)
class AdLIF(Neuron[Current, AdLIFState, AdLIFCoefficients]):
    """Leaky integrate-and-fire neuron with an adaptation current and a soft reset; spikes when `u >= v_th`.

    Args:
        tau_u: membrane time constant, in ms; published: 5 to 25 steps.
        tau_w: decay of the adaptation, in ms; published: 30 to 120 steps.
        a: how much of the potential the adaptation takes up in a step, in [-1, 1].
        b: how far a spike raises the adaptation, in [0, 2].
        v_th: threshold, in thresholds.
        gain: how far an input of 1 moves `u` in a step; `None`: by `1 - alpha`, the exact response.
        surrogate: stands for the derivative of a spike.

    Example:
        >>> round(AdLIF(tau_u=10.0).coefficients(dt=10.0).decay.item(), 6)  # exp(-1)
        0.367879
    """

    tau_u: Time = 15.0
    tau_w: Time = 75.0
    a: Subthreshold = 0.0
    b: PerSpike = 1.0
    v_th: Potential = 1.0
    gain: InputGain = GAIN
    surrogate: Surrogate = Boxcar()

    def initial(self, like: Tensor) -> AdLIFState:
        """At zero, without adaptation, and no spike before."""
        return AdLIFState(*(at_rest(like, 0.0) for _ in range(3)))

    def coefficients(self, dt: float) -> AdLIFCoefficients:
        """Decays over a step, the share of the input, and the numbers of the adaptation."""
        decay = decay_of(self.tau_u, dt)
        adaptation = map(as_tensor, (self.a, self.b, self.v_th))
        return AdLIFCoefficients(
            decay, gain_of(self.gain, 1.0 - decay), 1.0 - decay, decay_of(self.tau_w, dt), *adaptation
        )

    def integrate(self, x: Current, state: AdLIFState, c: AdLIFCoefficients) -> tuple[Tensor, AdLIFState]:
        """Adaptation first, from the step before, then the membrane with its reset."""
        w = c.decay_w * state.w + c.a * state.u + c.b * state.fired
        u = c.decay * (state.u - c.v_th * state.fired) + c.gain * x.current - c.share * w
        return u - c.v_th, AdLIFState(u, w, torch.zeros_like(u))

    def fire(self, spike: Tensor, state: AdLIFState, c: AdLIFCoefficients) -> AdLIFState:  # noqa: ARG002
        """Keep the spike for the next step, which takes it up."""
        return state._replace(fired=state.fired + spike)
