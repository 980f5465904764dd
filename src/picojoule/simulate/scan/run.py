"""What a compiled loop does with the arrays of one job: the part that differs between a CPU and a GPU."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

import torch
from torch import Tensor

from picojoule.simulate.scan.job import Job
from picojoule.simulate.scan.kernels import Emitter, kernels_of
from picojoule.simulate.scan.layout import Layout, form_of, kinds_of, layout_of


class Carried:
    """What goes from step to step: state, each `[rows, n]`, and with a matrix the last spikes."""

    def __init__(self, state: list[Tensor], spikes: Tensor) -> None:
        self.state, self.spikes = state, spikes

    def tensors(self) -> list[Tensor]:
        """State and spikes."""
        return [*self.state, self.spikes]

    def copy(self) -> "Carried":
        """The same values in memory of their own."""
        return Carried([value.clone() for value in self.state], self.spikes.clone())


class Adjoints:
    """The gradients that a backward pass carries and fills, by the names of the arguments that they belong to."""

    def __init__(self, arguments: dict[str, Tensor], spikes: Tensor, dtype: torch.dtype) -> None:
        self.arguments, self.spikes, self.dtype = arguments, spikes, dtype


@dataclass(eq=False)
class Run(ABC):
    """A job's arrays, and kernel calls on stretches of its steps.

    Args:
        job: what to run.
        storing: whether the forward kernel stores what the backward kernel needs, and there is a backward kernel.
    """

    job: Job
    storing: bool

    @cached_property
    def layout(self) -> Layout:
        """How the job's arrays lie in memory."""
        return layout_of(self.job)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """How each coefficient varies."""
        return kinds_of(self.job)

    @cached_property
    def inputs(self) -> list[Tensor]:
        """Of each port `[T, rows, n]`, or `[1, rows, n]` where nothing changes."""
        return [self.layout.sequence(value) for value in self.job.inputs]

    @cached_property
    def coefficients(self) -> list[Tensor]:
        """Each as its kind demands."""
        pairs = zip(self.job.coefficients, self.kinds, strict=True)
        return [self.layout.coefficient(value, kind) for value, kind in pairs]

    @cached_property
    def module(self) -> ModuleType:
        """The kernels."""
        return kernels_of(self.job.neuron, form_of(self.job, backward=self.storing), self.emitter)

    @property
    @abstractmethod
    def emitter(self) -> Emitter:
        """Writes the source of the kernels."""

    @abstractmethod
    def empty(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """Room for results, where the job's tensors are."""

    @abstractmethod
    def forward(self, begin: int, end: int, carried: Carried, kept: list[Tensor], stored: list[Tensor]) -> None:
        """Steps `begin` to `end`.

        Args:
            begin: first step.
            end: end of the steps.
            carried: state and spikes before the stretch; afterwards those behind it.
            kept: `[end - begin, rows, n]` each, to be filled.
            stored: likewise.
        """

    @abstractmethod
    def backward(self, begin: int, end: int, stored: list[Tensor], kept: list[Tensor], out: Adjoints) -> None:
        """Steps `end` back to `begin`.

        Args:
            begin: first step.
            end: end of the steps.
            stored: `[end - begin, rows, n]` each, what forward stored of them.
            kept: `[T, rows, n]` each, gradients of what was kept.
            out: gradients of state and spikes behind the stretch, afterwards before it; the others are filled.
        """

    @abstractmethod
    def weight_gradient(self, before: Tensor, awake: Tensor, spikes: Tensor, currents: Tensor, out: Tensor) -> None:
        """Add a stretch's part of the gradient of the recurrent matrix.

        Args:
            before: `[rows, n]`, the spikes of the step before the first.
            awake: `[rows]` int64, the first step of the stretch in which a sample goes on.
            spikes: `[steps, rows, n]` bytes, those carried out of every step.
            currents: `[steps, rows, n]`, the gradients of the current.
            out: `[n, n]`, to add to.
        """
