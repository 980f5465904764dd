"""Which compiled loops there are, found automatically, and a job that asks one of them for all that it can give.

Inputs and weights are multiples of 1/64 below 2^13 and sums have few terms, so that in float32 they are exact in any
order: whoever adds the rows of neurons that spiked in another order than torch gets the same bits. Such numbers meet
thresholds exactly, too, which tells `>=` from `>`.
"""

import importlib.util
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Generator, Tensor

import picojoule.simulate.scan
from picojoule.compile.graph import FUNCTIONS
from picojoule.compile.step import step_of
from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.job import Job, Loop
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import _REAL
from tests.contract.benches import MODELS, Bench, bench, found

LOOPS = {name: kind for name, kind in found(Loop, picojoule.simulate.scan).items() if name != "ReferenceLoop"}
RECURRENT = {"scan": False, "recurrent": True}
DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in _REAL}
A_FEW = 5  # steps
# The usual drive brings some potentials so near to a singular point of the equation that torch's own gradients in
# float32 are off by 1e-3: two computations of them cannot agree any better.
GENTLE = {
    "AdEx": Bench(strength=1500.0, dt=0.5),
    "FewSpikes": Bench(strength=0.15, steps=10),  # else it fires in every step
}


@dataclass(frozen=True)
class Case:
    """A neuron, the loop that compiles it, the form of the loop, and the precision."""

    neuron: str
    loop: str
    form: str
    dtype: str

    @property
    def model(self) -> Neuron[Any, Any, Any]:
        model: Neuron[Any, Any, Any] = MODELS[self.neuron]()
        return model

    @property
    def exact(self) -> bool:
        """Whether every operation of the step is rounded alike everywhere."""
        forward = step_of(self.model).forward
        return not FUNCTIONS.intersection(node.op for node in forward.nodes)

    def __str__(self) -> str:
        return f"{self.neuron}-{self.loop}-{self.form}-{self.dtype}"


CASES = [Case(n, loop, form, dtype) for n in MODELS for loop in LOOPS for form in RECURRENT for dtype in DTYPES]


def why_not(loop: str) -> str | None:
    """Why a loop cannot run here, if it cannot."""
    if loop != "TritonLoop":
        return None
    if importlib.util.find_spec("triton") is None:
        return "Triton is not installed"
    if not torch.cuda.is_available() and os.environ.get("TRITON_INTERPRET") != "1":
        return "there is no GPU, and TRITON_INTERPRET=1 was not set before Python started"
    return None


def job_of(case: Case) -> Job:
    """A job that asks for every result and every gradient.

    Half of the cases have coefficients for each neuron, and half of the recurrent ones samples that sleep now and then.
    There are enough neurons for whole vectors, tiles and groups of samples, and some left over.
    """
    recurrent, single = RECURRENT[case.form], case.dtype == "float32"
    steps, shape = (30, (19, 133)) if recurrent else (100, (3, 43))
    if case.loop == "TritonLoop" and not torch.cuda.is_available():
        steps, shape = 6, (3, 5)  # its interpreter is slow
    job = plain_job(case.model, DTYPES[case.dtype], shape, steps=steps, recurrent=recurrent, each=single == recurrent)
    if recurrent and single:
        job = replace(job, mask=torch.rand(job.inputs[0].shape[:2], generator=Generator().manual_seed(5)) < 0.9)
    return asking(job)


def plain_job(
    neuron: Neuron[Any, Any, Any],
    dtype: torch.dtype,
    shape: Sequence[int],
    *,
    steps: int,
    recurrent: bool = False,
    each: bool = False,
) -> Job:
    """A job that begins after some steps; it keeps the output, all fields of the state, and the spike.

    Args:
        neuron: the model.
        dtype: of all tensors.
        shape: samples and neurons.
        steps: how many; fewer where the model has not as many.
        recurrent: with a matrix, and spikes before the first step.
        each: coefficients differ a little between neurons.
    """
    given = bench_of(neuron)
    inputs = drawn(neuron, shape, dtype)
    c = neuron.coefficients(given.dt)
    values = [getattr(c, name).to(dtype) for name in c._fields]
    if each:
        values = [_spread(value, shape[1:]) for value in values]
    rest = neuron.initial(torch.zeros(*shape, dtype=dtype))
    keep = (neuron.output, *(name for name in ("spike", *rest._fields) if name != neuron.output))
    whole = Job(neuron, tuple(inputs), rest, c._fields, tuple(values), keep)
    begin = _busy(whole, min(steps, given.steps - A_FEW))
    end = min(begin + steps, given.steps)
    return replace(
        stretch(whole, begin, end),
        state=ReferenceLoop().run(stretch(whole, 0, begin)).state,
        weight=matrix(shape[-1], given.strength).to(dtype) if recurrent else None,
        spikes=(torch.rand(*shape, generator=Generator().manual_seed(4)) < 0.3).to(dtype) if recurrent else None,
    )


def stretch(job: Job, begin: int, end: int) -> Job:
    """Some steps of a job, from the state that it begins with."""
    pairs = zip(job.coefficient_names, job.coefficients, strict=True)
    return replace(
        job,
        inputs=tuple(x[begin:end] for x in job.inputs),
        coefficients=tuple(v[begin:end] if name in job.neuron.per_step else v for name, v in pairs),
        mask=None if job.mask is None else job.mask[begin:end],
    )


def _busy(job: Job, steps: int) -> int:
    """Where so many steps begin in which neurons fire; there are a few before them, so that the state has a past."""
    spikes = ReferenceLoop().run(job).kept[job.keep.index("spike")]
    firing = [t for t in spikes.flatten(1).any(1).nonzero().flatten().tolist() if t >= A_FEW]
    return max(A_FEW, firing[0] - steps // 2) if firing else A_FEW


def drawn(neuron: Neuron[Any, Any, Any], shape: Sequence[int], dtype: torch.dtype) -> list[Tensor]:
    """Inputs of all steps of the bench at each port: even numbers up to its strength; little at inhibitory ports."""
    generator, weaker, given = Generator().manual_seed(3), {"inh": 0.2}, bench_of(neuron)
    numbers = [
        torch.rand(given.steps, *shape, generator=generator) * weaker.get(port, given.strength)
        for port in neuron.ports._fields  # type: ignore[attr-defined]
    ]
    return [(64 * x).round().to(dtype) / 64 for x in numbers]


def bench_of(neuron: Neuron[Any, Any, Any]) -> Bench:
    """How a model is driven."""
    return GENTLE.get(type(neuron).__name__, bench(neuron))


def _spread(value: Tensor, neurons: Sequence[int]) -> Tensor:
    """A coefficient that differs a little between neurons."""
    little = 1.0 - torch.linspace(0.0, 0.03, neurons[-1], dtype=value.dtype)
    spread: Tensor = value.reshape(*value.shape, *[1] * len(neurons)) * little.expand(*neurons)
    return spread


def matrix(n: int, strength: float) -> Tensor:
    """A recurrent matrix that excites a little more than it inhibits."""
    drawn = (torch.rand(n, n, generator=Generator().manual_seed(2)) - 0.4) * strength
    weight: Tensor = (drawn * 64 / n**0.5).round() / 64
    return weight


def asking(job: Job) -> Job:
    """The same job, with gradients wanted of every tensor."""

    return of_every_tensor(job, lambda value: value.detach().clone().requires_grad_())


def of_every_tensor(job: Job, leaf: Callable[[Tensor], Tensor]) -> Job:
    """The same job with something else in place of each of its tensors, in their order."""
    return replace(
        job,
        inputs=tuple(map(leaf, job.inputs)),
        state=type(job.state)(*map(leaf, job.state)),
        coefficients=tuple(map(leaf, job.coefficients)),
        weight=None if job.weight is None else leaf(job.weight),
        spikes=None if job.spikes is None else leaf(job.spikes),
    )
