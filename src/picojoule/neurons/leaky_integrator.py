r"""Leaky integrator: a readout that never spikes.

    v := decay v + gain x,      decay = exp(-dt / tau)

With `gain=None` the gain is `1 - decay`, and this is the exact solution of `tau dv/dt = -v + x` for an input that is
constant within a step: for a constant input v goes to x, whatever `tau` is. There is no threshold: the excess is -1 in
every step, and the output is v.

Source: Yin, Corradi & Bohté, *Accurate and efficient time-domain classification with adaptive spiking recurrent neural
networks*, Nature Machine Intelligence 3 (2021): the output neurons.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import InputGain, Time, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.gain import gain_of


class LeakyIntegratorState(NamedTuple):
    """What a `LeakyIntegrator` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential


class LeakyIntegratorCoefficients(NamedTuple):
    """Every number a step needs."""

    decay: Tensor  # exp(-dt / tau), in (0, 1)
    gain: Tensor  # of the input


@dataclass(frozen=True)
class LeakyIntegrator(Neuron[Current, LeakyIntegratorState, LeakyIntegratorCoefficients]):
    """Leaky integrator: a low-pass filter of its input, which never spikes; its output is `v`.

    Args:
        tau: membrane time constant, in ms.
        gain: of the input in a step; `None`: `1 - decay`, the exact response, with which a constant input x leads to x.

    Example:
        >>> LeakyIntegrator.output
        'v'
    """

    output: ClassVar[str] = "v"

    tau: Time = 20.0
    gain: InputGain = 1.25

    def initial(self, like: Tensor) -> LeakyIntegratorState:
        """At zero."""
        return LeakyIntegratorState(v=at_rest(like, 0.0))

    def coefficients(self, dt: float) -> LeakyIntegratorCoefficients:
        """What is left of the potential after a step, and the share of the input."""
        decay = decay_of(self.tau, dt)
        return LeakyIntegratorCoefficients(decay, gain_of(self.gain, 1.0 - decay))

    def integrate(
        self, x: Current, state: LeakyIntegratorState, c: LeakyIntegratorCoefficients
    ) -> tuple[Tensor, LeakyIntegratorState]:
        """The exact solution for an input that is constant within the step; never above threshold."""
        v = c.decay * state.v + c.gain * x.current
        return torch.zeros_like(v) - 1.0, LeakyIntegratorState(v)

    def fire(
        self,
        spike: Tensor,  # noqa: ARG002  # there is none
        state: LeakyIntegratorState,
        c: LeakyIntegratorCoefficients,  # noqa: ARG002
    ) -> LeakyIntegratorState:
        """Nothing."""
        return state
