"""Which compiled loops there are, found automatically, and a job that asks one of them for all that it can give.

Inputs and weights are multiples of 1/64 below 2^13 and sums have few terms, so that in float32 they are exact in any
order: whoever adds the rows of neurons that spiked in another order than torch gets the same bits. Such numbers meet
thresholds exactly, too, which tells `>=` from `>`.
"""

import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Generator, Tensor

import picojoule.simulate.scan
from picojoule.compile.graph import FUNCTIONS
from picojoule.compile.step import step_of
from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.job import Job, Loop
from picojoule.simulate.scan.scan import _REAL
from tests.contract.benches import MODELS, Bench, bench, drive, found, simulate

LOOPS = {name: kind for name, kind in found(Loop, picojoule.simulate.scan).items() if name != "ReferenceLoop"}
RECURRENT = {"scan": False, "recurrent": True}
DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in _REAL}
WARM = 5  # steps before the first, so that a job begins with a state that has a past
# Where the usual drive brings the potential so near to a singular point of the equation that torch's own gradients in
# float32 are off by 1e-3, and two computations of them cannot agree any better.
GENTLE = {"AdEx": Bench(strength=1500.0, dt=0.5)}


@dataclass(frozen=True)
class Case:
    """A neuron, the loop that compiles it, the form of the loop, and the precision."""

    neuron: str
    loop: str
    form: str
    dtype: str

    @property
    def model(self) -> Neuron[Any, Any, Any]:
        return MODELS[self.neuron]()

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


def job_of(case: Case, *, steps: int | None = None) -> Job:
    """A job that asks for every result and every gradient.

    Half of the cases have coefficients for each neuron, and recurrent ones samples that sleep now and then. There are
    enough neurons for whole vectors, tiles and groups of samples, and some left over.
    """
    recurrent, single = RECURRENT[case.form], case.dtype == "float32"
    shape = (19, 133) if recurrent else (3, 43)
    if case.loop == "TritonLoop":
        shape, steps = (3, 5), 8
    steps = steps or min(30 if recurrent else 100, bench(case.model).steps - WARM)
    job = plain_job(case.model, DTYPES[case.dtype], shape, steps=steps, recurrent=recurrent, each=single == recurrent)
    mask = torch.rand(steps, shape[0], generator=Generator().manual_seed(5)) < 0.9
    return asking(replace(job, mask=mask if recurrent and single else None))


def plain_job(
    neuron: Neuron[Any, Any, Any],
    dtype: torch.dtype,
    shape: Sequence[int],
    *,
    steps: int,
    recurrent: bool = False,
    each: bool = False,
) -> Job:
    """A job that begins after some steps; it keeps the output, all fields of the state, and the spike."""
    ports = [torch.stack(port) for port in zip(*drive(neuron, dtype, tuple(shape)), strict=True)]
    ports = [(port * 64).round() / 64 for port in ports]
    _, state = simulate(neuron, [neuron.ports(*port) for port in zip(*(p[:WARM] for p in ports), strict=True)])
    c = neuron.coefficients(bench(neuron).dt)
    names = ["spike", *state._fields]
    return Job(
        neuron=neuron,
        inputs=tuple(port[WARM : WARM + steps].contiguous() for port in ports),
        state=state,
        coefficient_names=c._fields,
        coefficients=tuple(_coefficient(neuron, c, name, dtype, shape[1:], steps, each=each) for name in c._fields),
        keep=(neuron.output, *(name for name in names if name != neuron.output)),
        weight=matrix(shape[-1], bench(neuron).strength).to(dtype) if recurrent else None,
        spikes=(torch.rand(*shape, generator=Generator().manual_seed(4)) < 0.3).to(dtype) if recurrent else None,
    )


def _coefficient(
    neuron: Any, c: Any, name: str, dtype: torch.dtype, neurons: Sequence[int], steps: int, *, each: bool
) -> Tensor:
    """As the model gives it, or a little different for each neuron."""
    value = getattr(c, name).to(dtype)
    if name in neuron.per_step:
        value = value[WARM : WARM + steps]
    if not each:
        return value.clone()
    little = 1.0 - torch.linspace(0.0, 0.03, neurons[-1], dtype=dtype)
    return value.reshape(*value.shape, *[1] * len(neurons)) * little.expand(*neurons)


def matrix(n: int, strength: float) -> Tensor:
    """A recurrent matrix that excites a little more than it inhibits."""
    drawn = (torch.rand(n, n, generator=Generator().manual_seed(2)) - 0.4) * strength
    return (drawn * 64 / n**0.5).round() / 64


def asking(job: Job) -> Job:
    """The same job, with gradients wanted of every tensor."""

    def leaf(value: Tensor) -> Tensor:
        return value.detach().clone().requires_grad_()

    return replace(
        job,
        inputs=tuple(map(leaf, job.inputs)),
        state=type(job.state)(*map(leaf, job.state)),
        coefficients=tuple(map(leaf, job.coefficients)),
        weight=None if job.weight is None else leaf(job.weight),
        spikes=None if job.spikes is None else leaf(job.spikes),
    )
