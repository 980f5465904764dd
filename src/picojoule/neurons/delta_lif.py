r"""Leaky integrate-and-fire neuron whose membrane jumps by the weight of every arriving spike.

    tau dv/dt = -(v - v_rest),      v := v + x at every step (x: the weights of the spikes that arrive),
    spike when v >= v_th, then v := v - (v_th - v_reset) (or v_reset: `HardReset`), and no input for `refractory` ms

The decay over a step is exact. Input that arrives in the refractory time is lost; the membrane goes on decaying. What a
soft reset leaves above the threshold may still make it spike then.
With a hard reset and constants in mV this is the current-based neuron of the widely used re-implementation of Diehl &
Cook (2015) in BindsNET: `DiehlCook2015` has them.

Source: Gerstner, Kistler, Naud & Paninski, *Neuronal Dynamics* (2014), section 1.3 (delta pulses).
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import Duration, Potential, Time, as_tensor, decay_of, whole_steps
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.reset import Reset, SoftReset
from picojoule.neurons.surrogate import ATan, Surrogate


class DeltaLIFState(NamedTuple):
    """What a `DeltaLIF` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential
    refractory: Tensor  # [B, *N]  steps without input that are left: a whole number


class DeltaLIFCoefficients(NamedTuple):
    """Every number a step needs."""

    decay: Tensor  # exp(-dt / tau), in (0, 1)
    v_th: Tensor
    v_rest: Tensor
    v_reset: Tensor
    refractory: Tensor  # whole steps


@dataclass(frozen=True)
class DeltaLIF(Neuron[Current, DeltaLIFState, DeltaLIFCoefficients]):
    """Leaky integrate-and-fire neuron with voltage jumps and a refractory time; spikes when `v >= v_th`.

    Args:
        tau: membrane time constant, in ms.
        v_th: threshold, in thresholds or mV.
        v_rest: potential without input, in the unit of `v_th`.
        v_reset: potential right after a spike that just reached `v_th`, in the unit of `v_th`.
        refractory: time after a spike in which input is lost, in ms, rounded to whole steps.
        reset: `SoftReset()`, by `v_th - v_reset`, or `HardReset()`, to `v_reset`.
        surrogate: stands for the derivative of a spike.

    Example:
        >>> DeltaLIF(refractory=5.0).coefficients(dt=0.5).refractory.item()
        10.0
    """

    tau: Time = 20.0
    v_th: Potential = 1.0
    v_rest: Potential = 0.0
    v_reset: Potential = 0.0
    refractory: Duration = 2.0
    reset: Reset = SoftReset()
    surrogate: Surrogate = ATan()

    def initial(self, like: Tensor) -> DeltaLIFState:
        """At the resting potential, ready to take input."""
        return DeltaLIFState(v=at_rest(like, self.v_rest), refractory=at_rest(like, 0.0))

    def coefficients(self, dt: float) -> DeltaLIFCoefficients:
        """The decay over a step, and the refractory time in steps."""
        return DeltaLIFCoefficients(
            decay=decay_of(self.tau, dt),
            v_th=as_tensor(self.v_th),
            v_rest=as_tensor(self.v_rest),
            v_reset=as_tensor(self.v_reset),
            refractory=whole_steps(self.refractory, dt),
        )

    def integrate(self, x: Current, state: DeltaLIFState, c: DeltaLIFCoefficients) -> tuple[Tensor, DeltaLIFState]:
        """Decay exactly, then jump by what arrived, unless refractory."""
        arriving = torch.where(state.refractory <= 0, x.current, 0.0)
        v = c.v_rest + (state.v - c.v_rest) * c.decay + arriving
        return v - c.v_th, DeltaLIFState(v, torch.clamp(state.refractory - 1.0, min=0.0))

    def fire(self, spike: Tensor, state: DeltaLIFState, c: DeltaLIFCoefficients) -> DeltaLIFState:
        """Reset, and start the refractory time."""
        fired = spike > 0
        return DeltaLIFState(
            self.reset.after(spike, state.v, c.v_th, c.v_reset), torch.where(fired, c.refractory, state.refractory)
        )
