"""A compiled loop as an operation of torch's autograd."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from picojoule.core.errors import EngineError
from picojoule.simulate.scan.job import Job, Outcome


class Forward(NamedTuple):
    """What a compiled forward pass gives."""

    kept: tuple[Tensor, ...]
    state: tuple[Tensor, ...]
    spikes: Tensor | None
    stored: Any  # for the backward pass


@dataclass(frozen=True)
class Gradients:
    """Gradients of a job's results, or of its arguments; `None` where there is none."""

    inputs: tuple[Tensor | None, ...]
    state: tuple[Tensor | None, ...]
    coefficients: tuple[Tensor | None, ...]
    weight: Tensor | None = None
    spikes: Tensor | None = None


class Kernels(ABC):
    """A compiled loop for one job."""

    @abstractmethod
    def forward(self, job: Job, *, storing: bool) -> Forward:
        """Go through all steps."""

    @abstractmethod
    def backward(
        self,
        job: Job,
        stored: Any,  # noqa: ANN401
        kept: tuple[Tensor, ...],
        state: tuple[Tensor, ...],
        spikes: Tensor | None,
    ) -> Gradients:
        """Go back through all steps.

        Args:
            job: the arguments, detached.
            stored: what the forward pass has kept for this.
            kept: gradients of what was kept of every step.
            state: gradients of the last state.
            spikes: gradient of the last step's spikes, with a recurrent matrix.
        """


def run_with_gradients(kernels: Kernels, job: Job) -> Outcome:
    """Run a job; gradients flow to every tensor of it."""
    tensors = [*job.inputs, *job.state, *job.coefficients, job.weight, job.spikes]
    if not (torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in tensors)):
        found = kernels.forward(job, storing=False)
        return Outcome(found.kept, type(job.state)(*found.state), found.spikes)
    results = _Loop.apply(kernels, job, *tensors)  # type: ignore[no-untyped-call]
    keep, fields = len(job.keep), len(job.state)
    state = type(job.state)(*results[keep : keep + fields])
    return Outcome(results[:keep], state, results[-1] if job.weight is not None else None)


class _Loop(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, kernels: Kernels, job: Job, *tensors: Tensor | None) -> tuple[Tensor, ...]:  # noqa: ANN401
        found = kernels.forward(job, storing=True)
        ctx.save_for_backward(*tensors)
        ctx.kernels, ctx.job, ctx.stored = kernels, _without_tensors(job), found.stored
        ctx.counts = len(job.inputs), len(job.state), len(job.coefficients)
        ctx.set_materialize_grads(False)
        return (*found.kept, *found.state, *([found.spikes] if found.spikes is not None else []))

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Any, ...]:  # noqa: ANN401
        job = _with_tensors(ctx.job, _saved(ctx), ctx.counts)
        if ctx.stored is None:
            raise EngineError(_TWICE)
        stored, ctx.stored = ctx.stored, None
        keep, fields = len(job.keep), len(job.state)
        frame = job.inputs[0]
        kept = tuple(torch.zeros_like(frame) if g is None else g for g in gradients[:keep])
        state = tuple(frame.new_zeros(frame.shape[1:]) if g is None else g for g in gradients[keep : keep + fields])
        spikes = gradients[-1] if job.weight is not None else None
        g = ctx.kernels.backward(job, stored, kept, state, spikes)
        return None, None, *g.inputs, *g.state, *g.coefficients, g.weight, g.spikes


_TWICE = (
    "a state was used across a backward pass that is finished: the sequence that it comes from is gone. "
    "Cut it off with state.detach() before going on, or call backward(retain_graph=True) never and backward() once"
)


def _saved(ctx: Any) -> tuple[Tensor | None, ...]:  # noqa: ANN401
    try:
        saved: tuple[Tensor | None, ...] = ctx.saved_tensors
    except RuntimeError as error:
        if "second time" in str(error):
            raise EngineError(_TWICE) from error
        raise
    return saved


def _without_tensors(job: Job) -> Job:
    """The job without what autograd has to keep track of."""
    nothing: tuple[Tensor, ...] = ()
    return Job(job.neuron, nothing, job.state, job.coefficient_names, nothing, job.keep, mask=job.mask)


def _with_tensors(job: Job, tensors: tuple[Any, ...], counts: tuple[int, int, int]) -> Job:
    inputs, state, coefficients = counts
    return Job(
        job.neuron,
        tensors[:inputs],
        type(job.state)(*tensors[inputs : inputs + state]),
        job.coefficient_names,
        tensors[inputs + state : inputs + state + coefficients],
        job.keep,
        weight=tensors[-2],
        spikes=tensors[-1],
        mask=job.mask,
    )
