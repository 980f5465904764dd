"""A compiled loop as an operation of torch's autograd."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from picojoule.core.errors import EngineError
from picojoule.core.transforms import transformed
from picojoule.simulate.derivatives import first_derivatives_only, first_only
from picojoule.simulate.scan.job import Job, Outcome

_LIMITS = "a compiled loop", "pass loop=ReferenceLoop(), which has all of them"


class Forward(NamedTuple):
    """What a compiled forward pass gives."""

    kept: tuple[Tensor, ...]
    state: tuple[Tensor, ...]
    spikes: Tensor | None
    stored: tuple[Tensor, ...]  # for the backward pass


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
        stored: tuple[Tensor, ...],
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
    """Run a job; gradients flow to every tensor of it.

    Raises:
        EngineError: if more than first derivatives may be asked for.
    """
    if transformed():
        raise first_derivatives_only(*_LIMITS)
    tensors = _tensors(job)
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
        ctx.save_for_backward(*tensors, *found.stored)  # torch frees them, or keeps them if it was told to
        ctx.kernels, ctx.job = kernels, _with_tensors(job, [None] * len(tensors))
        ctx.set_materialize_grads(False)
        return (*found.kept, *found.state, *([found.spikes] if found.spikes is not None else []))

    @staticmethod
    @first_only(*_LIMITS)
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Any, ...]:  # noqa: ANN401
        saved = _saved(ctx)
        count = len(_tensors(ctx.job))
        job, stored = _with_tensors(ctx.job, saved[:count]), saved[count:]
        keep, fields = len(job.keep), len(job.state)
        frame = job.inputs[0]
        kept = tuple(torch.zeros_like(frame) if g is None else g for g in gradients[:keep])
        state = tuple(frame.new_zeros(frame.shape[1:]) if g is None else g for g in gradients[keep : keep + fields])
        spikes = gradients[-1] if job.weight is not None else None
        g = ctx.kernels.backward(job, stored, kept, state, spikes)
        return None, None, *g.inputs, *g.state, *g.coefficients, g.weight, g.spikes, None


_TWICE = (
    "backward went a second time through a run whose intermediate values are gone: cut a state off before going on "
    "with it, state = state.detach(), or keep the values with backward(retain_graph=True) the first time"
)


def _saved(ctx: Any) -> tuple[Any, ...]:  # noqa: ANN401
    try:
        saved: tuple[Any, ...] = ctx.saved_tensors
    except RuntimeError as error:
        if "second time" in str(error):
            raise EngineError(_TWICE) from error
        raise
    return saved


def _tensors(job: Job) -> list[Tensor | None]:
    """All tensors of a job: autograd has to keep track of them."""
    return [*job.inputs, *job.state, *job.coefficients, job.weight, job.spikes, job.mask]


def _with_tensors(job: Job, tensors: Sequence[Any]) -> Job:
    """The job with others in the place of its tensors."""
    inputs, state = len(job.inputs), len(job.inputs) + len(job.state)
    weight, spikes, mask = tensors[-3:]
    return replace(
        job,
        inputs=tuple(tensors[:inputs]),
        state=type(job.state)(*tensors[inputs:state]),
        coefficients=tuple(tensors[state:-3]),
        weight=weight,
        spikes=spikes,
        mask=mask,
    )
