"""How long until a new neuron's kernels are ready, in this fresh process: prints seconds as JSON.

Imports are not counted. The neuron is written here, so nothing of it comes with the library; where its kernels are kept
is said by PICOJOULE_KERNELS.
"""

import json
import time
from dataclasses import dataclass
from typing import NamedTuple

import numba  # noqa: F401  # what it takes to import it is not ours
import torch
from torch import Tensor

from picojoule.core.params import Potential, Time, as_tensor, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.surrogate import FastSigmoid, Surrogate
from picojoule.simulate.scan.scan import scan


class State(NamedTuple):
    """What the neuron remembers."""

    v: Tensor
    w: Tensor


class Coefficients(NamedTuple):
    """What a step needs."""

    decay: Tensor
    decay_w: Tensor
    v_th: Tensor


@dataclass(frozen=True)
class New(Neuron[Current, State, Coefficients]):
    """A neuron that no one has run before: its input is squashed, and it tires."""

    tau: Time = 10.0
    tau_w: Time = 50.0
    v_th: Potential = 1.0
    surrogate: Surrogate = FastSigmoid()

    def initial(self, like: Tensor) -> State:
        """At zero."""
        return State(at_rest(like, 0.0), at_rest(like, 0.0))

    def coefficients(self, dt: float) -> Coefficients:
        """Two decays and a threshold."""
        return Coefficients(decay_of(self.tau, dt), decay_of(self.tau_w, dt), as_tensor(self.v_th))

    def integrate(self, x: Current, state: State, c: Coefficients) -> tuple[Tensor, State]:
        """One step."""
        v = c.decay * state.v + torch.tanh(x.current) - state.w
        return v - c.v_th, State(v, c.decay_w * state.w)

    def fire(self, spike: Tensor, state: State, c: Coefficients) -> State:
        """Reset, and tire."""
        return State(torch.where(spike > 0, 0.0 * c.v_th, state.v), state.w + 0.1 * spike)


def main() -> None:
    """Forward and backward, once plain and once through a recurrent matrix."""
    x = torch.rand(10, 2, 16, requires_grad=True)
    weight = torch.zeros(16, 16, requires_grad=True)
    torch.rand(4, 4, requires_grad=True).sum().backward()  # torch starts its own threads
    begin, cpu_begin = time.perf_counter(), time.process_time()
    scan(New(), x).output.sum().backward()
    middle, cpu_middle = time.perf_counter(), time.process_time()
    scan(New(), x, weight=weight).output.sum().backward()
    end, cpu_end = time.perf_counter(), time.process_time()
    first = {"seconds": middle - begin, "cpu_seconds": cpu_middle - cpu_begin}
    second = {"seconds": end - middle, "cpu_seconds": cpu_end - cpu_middle}
    print(json.dumps({"scan": first, "then a recurrent scan": second}))


if __name__ == "__main__":
    main()
