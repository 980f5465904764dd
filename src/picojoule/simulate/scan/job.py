"""What a time loop is asked for, and what it gives back."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor

from picojoule.neurons.base import Neuron


class LoopState(NamedTuple):
    """What a layer of neurons hands from one stretch of time to the next."""

    neuron: tuple[Tensor, ...]  # the state's fields, each [B, *N]
    spikes: Tensor | None = None  # [B, N]  the last step's spikes, where they come back through a recurrent matrix
    step: int = 0  # steps so far, for coefficients that change from step to step

    def detach(self) -> "LoopState":
        """The same values, cut off from the sequence that they come from: no gradient flows back through them."""
        neuron = type(self.neuron)(*(field.detach() for field in self.neuron))
        return LoopState(neuron, None if self.spikes is None else self.spikes.detach(), self.step)


class Scan(NamedTuple):
    """The result of a run over time."""

    output: Tensor  # [T, B, *N]  spikes, or what the neuron gives instead (`Neuron.output`)
    state: LoopState
    kept: dict[str, Tensor]  # [T, B, *N] by name: what was asked for beside the output


@dataclass(frozen=True)
class Job:
    """One run over time, checked and in one precision."""

    neuron: Neuron[Any, Any, Any]
    inputs: tuple[Tensor, ...]  # [T, B, *N] for each port
    state: tuple[Tensor, ...]  # [B, *N] for each field, a NamedTuple
    coefficient_names: tuple[str, ...]
    coefficients: tuple[Tensor, ...]  # each of no dimension, or *N, or for those of `per_step` [T] or [T, *N]
    keep: tuple[str, ...]  # what is wanted of every step: "spike", or fields of the state
    weight: Tensor | None = None  # [N, N] from row to column; the last step's spikes come back through it to port 0
    spikes: Tensor | None = None  # [B, N] of the step before the first, with `weight`
    mask: Tensor | None = None  # [T, B] bool: where False, the sample stands still and gives no spike


class Outcome(NamedTuple):
    """What a loop gives back."""

    kept: tuple[Tensor, ...]  # [T, B, *N], in the order of `Job.keep`
    state: tuple[Tensor, ...]
    spikes: Tensor | None  # of the last step, with a recurrent matrix


class Loop(ABC):
    """Base of every time loop: all give the same spikes and the same gradients."""

    @abstractmethod
    def run(self, job: Job) -> Outcome:
        """Go through all steps; gradients flow to inputs, state, coefficients and weight."""
