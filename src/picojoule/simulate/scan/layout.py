"""How the arrays of a job lie in memory for a compiled loop: `[steps, rows, n]`, states `[rows, n]`.

Without a mask, without a matrix and without coefficients that change for each neuron, samples and neurons need not be
told apart: small layers become one long row, so that blocks of neurons are wide enough for vectors.
"""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from picojoule.compile.loop_form import EACH, ONE, STEP, STEP_EACH, LoopForm
from picojoule.simulate.scan.job import Job

_WIDE = 1024  # neurons: rows of this length are not joined


@dataclass(frozen=True)
class Layout:
    """The shape of a job's arrays."""

    steps: int
    batch: int
    neurons: tuple[int, ...]
    joined: bool  # all samples are one row

    @property
    def rows(self) -> int:
        """Rows of an array."""
        return 1 if self.joined else self.batch

    @property
    def n(self) -> int:
        """Neurons of a row."""
        return prod(self.neurons) * (self.batch if self.joined else 1)

    def sequence(self, value: Tensor) -> Tensor:
        """`[T, B, *N]` as `[T, rows, n]`; where nothing changes over time, as `[1, rows, n]`."""
        if self.steps > 1 and value.stride(0) == 0:
            value = value[:1]
        return value.detach().contiguous().view(value.shape[0], self.rows, self.n)

    def frame(self, value: Tensor) -> Tensor:
        """A copy of `[B, *N]` as `[rows, n]`."""
        return value.detach().clone(memory_format=torch.contiguous_format).view(self.rows, self.n)

    def coefficient(self, value: Tensor, kind: str) -> Tensor:
        """A coefficient as an array of numbers, of neurons, or of those for each step."""
        value = value.detach()
        if kind == ONE:
            return value.reshape(1)
        if kind == EACH:
            each = value.expand(self.batch, *self.neurons) if self.joined else value
            return each.contiguous().view(-1)
        return value.contiguous() if kind == STEP else value.contiguous().view(self.steps, prod(self.neurons))

    def coefficient_gradient(self, value: Tensor, kind: str) -> Tensor:
        """Sum a gradient, `[rows, n]` or `[T, rows, n]`, to the shape of the coefficient."""
        if kind == ONE:
            return value.sum()
        if kind == EACH:
            return value.view(self.batch, *self.neurons).sum(0)
        summed = value.view(self.steps, self.batch, *self.neurons).sum(1)
        return summed.flatten(1).sum(1) if kind == STEP else summed


def layout_of(job: Job) -> Layout:
    """The layout of a job."""
    steps, batch, *neurons = job.inputs[0].shape
    kinds = kinds_of(job)
    apart = job.mask is not None or job.weight is not None or STEP_EACH in kinds
    return Layout(steps, batch, tuple(neurons), not apart and (EACH not in kinds or prod(neurons) < _WIDE))


def kinds_of(job: Job) -> tuple[str, ...]:
    """How each coefficient of a job varies."""
    names = job.coefficient_names
    return tuple(
        ((STEP if value.dim() == 1 else STEP_EACH) if name in job.neuron.per_step else EACH if value.dim() else ONE)
        for name, value in zip(names, job.coefficients, strict=True)
    )


def form_of(job: Job, *, backward: bool) -> LoopForm:
    """The form of the loop that a job asks for."""
    ports, names = job.neuron.ports._fields, job.coefficient_names  # type: ignore[attr-defined]
    wanted = [f"x_{port}" for port, value in zip(ports, job.inputs, strict=True) if value.requires_grad]
    wanted += [f"c_{name}" for name, value in zip(names, job.coefficients, strict=True) if value.requires_grad]
    if job.weight is not None and job.weight.requires_grad:
        wanted.append("weight")
    return LoopForm(
        dtype=str(job.inputs[0].dtype).removeprefix("torch."),
        recurrent=job.weight is not None,
        masked=job.mask is not None,
        kinds=kinds_of(job),
        keep=job.keep,
        wanted=tuple(wanted) if backward else (),
        backward=backward,
        binary=_binary(job) if backward else (),
    )


def _binary(job: Job) -> tuple[str, ...]:
    """The fields of the state that hold nothing but 0 and 1 at the start; a GPU is not made to wait for the answer."""
    if job.inputs[0].device.type != "cpu":
        return ()
    fields = job.state._asdict()  # type: ignore[attr-defined]
    return tuple(name for name, value in fields.items() if bool(((value == 0) | (value == 1)).all()))
