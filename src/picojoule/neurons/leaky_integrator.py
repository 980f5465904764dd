r"""Leaky integrator: a readout that never spikes.

    v := decay v + (1 - decay) x,      decay = exp(-dt / tau)

This is the exact solution of `tau dv/dt = -v + x` for an input that is constant within a step; for a constant input v
goes to x, whatever `tau` is. There is no threshold: the excess is -1 in every step, and the output is v.

Source: Yin, Corradi & Bohté, *Accurate and efficient time-domain classification with adaptive spiking recurrent neural
networks*, Nature Machine Intelligence 3 (2021): the output neurons.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import Time, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest


class LeakyIntegratorState(NamedTuple):
    """What a `LeakyIntegrator` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential


class LeakyIntegratorCoefficients(NamedTuple):
    """Every number a step needs."""

    decay: Tensor  # exp(-dt / tau), in (0, 1)
    gain: Tensor  # 1 - decay


@dataclass(frozen=True)
class LeakyIntegrator(Neuron[Current, LeakyIntegratorState, LeakyIntegratorCoefficients]):
    """Leaky integrator: a low-pass filter of its input, which never spikes; its output is `v`.

    Args:
        tau: membrane time constant, in ms.

    Example:
        >>> LeakyIntegrator.output
        'v'
    """

    output: ClassVar[str] = "v"

    tau: Time = 20.0

    def initial(self, like: Tensor) -> LeakyIntegratorState:
        """At zero."""
        return LeakyIntegratorState(v=at_rest(like, 0.0))

    def coefficients(self, dt: float) -> LeakyIntegratorCoefficients:
        """What is left of the potential after a step, and the share of the input."""
        decay = decay_of(self.tau, dt)
        return LeakyIntegratorCoefficients(decay, 1.0 - decay)

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
