r"""Adaptive leaky integrate-and-fire neuron: its threshold rises with every spike and falls again.

    b := rho b + (1 - rho) s                          rho = exp(-dt / tau_adp), s: the spike of the step before
    B  = b0 + beta b
    v := alpha v + gain r_m x - B s                   alpha = exp(-dt / tau_m)
    spike when v >= B

With `gain=None` the gain is `1 - alpha`. These are the published equations in the published order: the soft reset takes
place one step after the spike, by the threshold that this spike has raised already, and b starts at b0. Decays are
exact for inputs that are constant within a step. Three conventions of the published code are to be known. It spikes
where v > B, here where v >= B. Its reset has a factor dt, which is 1 there and left out here. And s is not detached:
gradients flow through the spike of the step before, along the reset and along the threshold.

Source: Yin, Corradi & Bohté, *Accurate and efficient time-domain classification with adaptive spiking recurrent neural
networks*, Nature Machine Intelligence 3 (2021), with its published code.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import Gain, InputGain, PotentialStep, Strength, Time, as_tensor, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.bells import MultiGaussian
from picojoule.neurons.gain import GAIN, gain_of
from picojoule.neurons.surrogate import Surrogate


class ALIFState(NamedTuple):
    """What an `ALIF` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential, before the reset
    b: Tensor  # [B, *N]  adaptation: a low-pass filter of the spikes before the last
    fired: Tensor  # [B, *N]  the spike of the last step


class ALIFCoefficients(NamedTuple):
    """Every number a step needs."""

    decay: Tensor  # alpha, in (0, 1)
    gain: Tensor  # of the input, r_m included
    decay_adp: Tensor  # rho, in (0, 1)
    rise: Tensor  # 1 - rho
    b0: Tensor
    beta: Tensor


@dataclass(frozen=True)
class ALIF(Neuron[Current, ALIFState, ALIFCoefficients]):
    """Adaptive leaky integrate-and-fire neuron with a soft reset; spikes when `v >= b0 + beta b`.

    Args:
        tau_m: membrane time constant, in ms.
        tau_adp: decay of the adaptation, in ms.
        b0: threshold without adaptation, in thresholds; b starts at this value too.
        beta: how far the adaptation raises the threshold; 0 for none.
        r_m: resistance of the membrane.
        gain: how far an input of 1 moves `v` in a step; `None`: by `1 - alpha`, the exact response.
        surrogate: stands for the derivative of a spike.

    Example:
        >>> ALIF(b0=0.01).initial(torch.zeros(1, 2)).b
        tensor([[0.0100, 0.0100]])
    """

    tau_m: Time = 20.0
    tau_adp: Time = 150.0
    b0: PotentialStep = 0.4
    beta: Strength = 1.8
    r_m: Gain = 1.0
    gain: InputGain = GAIN
    surrogate: Surrogate = MultiGaussian()

    def initial(self, like: Tensor) -> ALIFState:
        """At zero, with an adaptation of `b0`, and no spike before."""
        return ALIFState(at_rest(like, 0.0), at_rest(like, self.b0), at_rest(like, 0.0))

    def coefficients(self, dt: float) -> ALIFCoefficients:
        """Decays and rises over a step, and the threshold's two numbers."""
        decay, decay_adp = decay_of(self.tau_m, dt), decay_of(self.tau_adp, dt)
        gain = gain_of(self.gain, 1.0 - decay) * as_tensor(self.r_m)
        return ALIFCoefficients(decay, gain, decay_adp, 1.0 - decay_adp, as_tensor(self.b0), as_tensor(self.beta))

    def integrate(self, x: Current, state: ALIFState, c: ALIFCoefficients) -> tuple[Tensor, ALIFState]:
        """Threshold first, then the membrane with its reset."""
        b = c.decay_adp * state.b + c.rise * state.fired
        threshold = c.b0 + c.beta * b
        v = c.decay * state.v + c.gain * x.current - threshold * state.fired
        return v - threshold, ALIFState(v, b, torch.zeros_like(v))

    def fire(self, spike: Tensor, state: ALIFState, c: ALIFCoefficients) -> ALIFState:  # noqa: ARG002
        """Keep the spike for the next step, which takes it up."""
        return state._replace(fired=state.fired + spike)
