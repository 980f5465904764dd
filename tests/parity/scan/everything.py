"""A neuron of no meaning that uses every operation which equations may have, each so that it matters."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import Potential, Time, as_tensor, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.surrogate import FastSigmoid, Surrogate


class EverythingState(NamedTuple):
    v: Tensor
    w: Tensor


class EverythingCoefficients(NamedTuple):
    decay: Tensor
    v_th: Tensor
    level: Tensor


@dataclass(frozen=True)
class Everything(Neuron[Current, EverythingState, EverythingCoefficients]):
    """Stays between about -3 and 3 for inputs between 0 and 4; multiples of 1/2 meet its level."""

    tau: Time = 3.0
    v_th: Potential = 0.6
    level: Potential = 2.0
    surrogate: Surrogate = FastSigmoid(3.0)

    def initial(self, like: Tensor) -> EverythingState:
        return EverythingState(at_rest(like, 0.1), at_rest(like, -0.2))

    def coefficients(self, dt: float) -> EverythingCoefficients:
        return EverythingCoefficients(decay_of(self.tau, dt), as_tensor(self.v_th), as_tensor(self.level))

    def integrate(
        self, x: Current, state: EverythingState, c: EverythingCoefficients
    ) -> tuple[Tensor, EverythingState]:
        v = c.decay * state.v + torch.tanh(x.current / (1.5 + c.v_th)) - 0.5
        u = torch.exp(-torch.abs(v)) - torch.log(torch.sqrt(v * v + 0.3) + c.v_th)
        u = torch.expm1(0.2 * u) + torch.log1p(v * v)
        u = u + 0.1 * torch.minimum(x.current, c.level) - 0.2 * torch.maximum(x.current, c.level)
        w = 0.5 * state.w + torch.sigmoid(u - v) - 0.4 * torch.relu(x.current - 1.0) ** (1.2 + 0.1 * state.w)
        w = torch.clamp(w, -0.35, 0.5)
        crowded = ((v > -0.3) & ~(v <= 0.2)) | (w >= 0.45)
        v = torch.where(crowded, v + 0.3 * u, v - 0.2 * w)
        v = v + (x.current == 2.0) * u - (x.current != 1.0) * w
        v = torch.where(x.current < 0.5, 1.3 * v, v)
        return v - c.v_th, EverythingState(v, w)

    def fire(self, spike: Tensor, state: EverythingState, c: EverythingCoefficients) -> EverythingState:
        v = state.v - c.v_th * spike.detach()
        return EverythingState(torch.where(spike > 0, v * c.decay, v), state.w + 0.1 * spike)
