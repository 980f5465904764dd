"""Forward and backward passes of compiled loops, in one stretch of steps or in several between stored states."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from picojoule.compile.loop_form import EACH, ONE
from picojoule.simulate.scan.gradients import Forward, Gradients, Kernels
from picojoule.simulate.scan.job import Job
from picojoule.simulate.scan.memory import Memory
from picojoule.simulate.scan.run import Adjoints, Carried, Run


class StretchKernels(Kernels):
    """A compiled loop that goes through its steps in stretches.

    Args:
        run: makes a run of a job, with kernels that store what backward needs or without.
        memory: what is kept for the backward pass.
    """

    def __init__(self, run: Callable[[Job, bool], Run], memory: Memory) -> None:
        self._run = run
        self._memory = memory

    def forward(self, job: Job, *, storing: bool) -> Forward:
        """Go through all steps, or through stretches with the state stored before each."""
        steps, dtype = len(job.inputs[0]), job.inputs[0].dtype
        stretch = self._memory.stretch(steps)
        run = self._run(job, storing and stretch >= steps)
        layout = run.layout
        carried = _started(run)
        kept = [run.empty((layout.steps, layout.batch, *layout.neurons), dtype) for _ in job.keep]
        rows = [value.view(layout.steps, layout.rows, layout.n) for value in kept]
        values = _space(run, run.module.FACTS, layout.steps)
        stored = [*values]
        for begin in range(0, layout.steps, stretch):
            end = min(begin + stretch, layout.steps)
            if storing and (stretch < steps or job.weight is not None):
                stored += carried.copy().tensors()
            run.forward(begin, end, carried, [value[begin:end] for value in rows], values)
        state = tuple(value.view(layout.batch, *layout.neurons) for value in carried.state)
        spikes = carried.spikes if job.weight is not None else None
        return Forward(tuple(kept), state, spikes, tuple(stored) if storing else ())

    def backward(
        self,
        job: Job,
        stored: tuple[Tensor, ...],
        kept: tuple[Tensor, ...],
        state: tuple[Tensor, ...],
        spikes: Tensor | None,
    ) -> Gradients:
        """Go back through the stretches, the last one first."""
        run = self._run(job, True)
        layout, stretch = run.layout, self._memory.stretch(len(job.inputs[0]))
        whole = stretch >= layout.steps
        values, before = _parted(stored, len(run.module.FACTS["saved"]) if whole else 0, len(job.state))
        given = [layout.sequence(value).expand(layout.steps, -1, -1).contiguous() for value in kept]
        out = _adjoints(run, run.module.FACTS, state, spikes)
        weight = None if "weight" not in _wanted(job) or job.weight is None else torch.zeros_like(job.weight)
        for begin in reversed(range(0, layout.steps, stretch)):
            end = min(begin + stretch, layout.steps)
            through = values if whole else _again(run, begin, end, before[begin // stretch])
            run.backward(begin, end, through, given, out)
            if weight is not None:
                current = out.arguments[f"x_{run.module.FACTS['ports'][0]}"][begin:end]
                bytes_ = dict(zip(run.module.FACTS["saved"], through, strict=True)).get("spike")
                if bytes_ is None:  # of a neuron that never spikes; it may begin with spikes nevertheless
                    bytes_ = torch.zeros_like(current, dtype=torch.uint8)
                run.weight_gradient(before[begin // stretch].spikes, _awake(job, begin, end), bytes_, current, weight)
        return _gradients(run, job, run.module.FACTS, out, weight)


def _parted(stored: tuple[Tensor, ...], values: int, fields: int) -> tuple[list[Tensor], list[Carried]]:
    """What the forward pass stored: values of all steps, and what went into each stretch."""
    rest = stored[values:]
    before = [Carried(list(rest[k : k + fields]), rest[k + fields]) for k in range(0, len(rest), fields + 1)]
    return list(stored[:values]), before


def _wanted(job: Job) -> set[str]:
    return {"weight"} if job.weight is not None and job.weight.requires_grad else set()


def _awake(job: Job, begin: int, end: int) -> Tensor:
    """`[B]`, the first step of a stretch in which each sample goes on; any where none is."""
    if job.mask is None or begin == end:
        return torch.zeros(job.inputs[0].shape[1], dtype=torch.int64, device=job.inputs[0].device)
    return job.mask[begin:end].byte().argmax(0)


def _space(run: Run, facts: Any, steps: int) -> list[Tensor]:  # noqa: ANN401
    """Room for what backward needs of some steps."""
    dtype = run.job.inputs[0].dtype
    return [_rows(run, steps, torch.uint8 if name in facts["bytes"] else dtype) for name in facts["saved"]]


def _rows(run: Run, steps: int, dtype: torch.dtype) -> Tensor:
    return run.empty((steps, run.layout.rows, run.layout.n), dtype)


def _started(run: Run) -> Carried:
    spikes = run.job.spikes
    state = [run.layout.frame(value) for value in run.job.state]
    return Carried(state, torch.empty(0) if spikes is None else run.layout.frame(spikes))


def _again(run: Run, begin: int, end: int, before: Carried) -> list[Tensor]:
    """Go through a stretch once more, this time storing what backward needs."""
    dtype = run.job.inputs[0].dtype
    kept = [_rows(run, end - begin, dtype) for _ in run.job.keep]
    values = _space(run, run.module.FACTS, end - begin)
    run.forward(begin, end, before.copy(), kept, values)
    return values


def _adjoints(run: Run, facts: Any, state: tuple[Tensor, ...], spikes: Tensor | None) -> Adjoints:  # noqa: ANN401
    """Room for all gradients: carried ones start with those that arrive at the end."""
    layout, like = run.layout, run.job.inputs[0]
    kinds = dict(zip((f"c_{name}" for name in facts["coefficients"]), run.kinds, strict=True))
    arriving = dict(zip((f"s_{name}" for name in facts["state"]), state, strict=True))
    arguments = {}
    for name in facts["gradients"]:
        if name in arriving:
            arguments[name] = layout.frame(arriving[name])
        elif kinds.get(name) in (ONE, EACH):
            arguments[name] = like.new_zeros(layout.rows, layout.n)
        else:
            arguments[name] = _rows(run, layout.steps, like.dtype)
    recurrent = run.job.weight is not None
    none = like.new_zeros(layout.rows, layout.n) if recurrent else torch.empty(0)
    return Adjoints(arguments, none if spikes is None else layout.frame(spikes), like.dtype)


def _gradients(run: Run, job: Job, facts: Any, out: Adjoints, weight: Tensor | None) -> Gradients:  # noqa: ANN401
    layout = run.layout
    full = (layout.steps, layout.batch, *layout.neurons)
    pairs = zip((f"c_{name}" for name in facts["coefficients"]), run.kinds, strict=True)
    found = out.arguments
    return Gradients(
        inputs=tuple(
            found[f"x_{port}"].view(full) if f"x_{port}" in found and value.requires_grad else None
            for port, value in zip(facts["ports"], job.inputs, strict=True)
        ),
        state=tuple(found[f"s_{field}"].view(full[1:]) for field in facts["state"]),
        coefficients=tuple(
            layout.coefficient_gradient(found[name], kind) if name in found else None for name, kind in pairs
        ),
        weight=weight,
        spikes=out.spikes if job.weight is not None else None,
    )
