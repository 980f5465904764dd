"""Results and gradients of a job by name, and how those of two loops are compared."""

from collections.abc import Collection

import torch
from torch import Generator, Tensor

from picojoule.simulate.scan.job import Job, Loop
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.parity.scan.cases import of_every_tensor

# how far apart gradients may be, relative to the norm of each: sums are taken in another order than torch's
APART = {torch.float64: 1e-10, torch.float32: 1e-4}


def results(job: Job, loop: Loop) -> dict[str, Tensor]:
    """What the loop gives, by name."""
    found = loop.run(job)
    named = {f"kept {name}": value for name, value in zip(job.keep, found.kept, strict=True)}
    named |= {f"last {name}": value for name, value in found.state._asdict().items()}  # type: ignore[attr-defined]
    return named if found.spikes is None else {**named, "last spikes": found.spikes}


def arguments(job: Job) -> dict[str, Tensor]:
    """The tensors of a job whose gradients are wanted, by name."""
    groups = {
        "x": zip(job.neuron.ports._fields, job.inputs, strict=True),  # type: ignore[attr-defined]
        "s": job.state._asdict().items(),  # type: ignore[attr-defined]
        "c": zip(job.coefficient_names, job.coefficients, strict=True),
    }
    named = {f"{group} {name}": value for group, pairs in groups.items() for name, value in pairs}
    named |= {"weight": job.weight, "spikes": job.spikes}
    return {name: value for name, value in named.items() if value is not None and value.requires_grad}


def gradients(
    job: Job, found: dict[str, Tensor], into: Collection[str] | None = None, *, retain: bool = False
) -> dict[str, Tensor]:
    """Gradients of the job's arguments.

    What arrives at each result is drawn at random, the same in every call. It is positive: of what cancels in a sum, in
    float32 little that is true is left.

    Args:
        job: what was run.
        found: its results.
        into: the names of the results that gradients arrive at; by default at all.
        retain: whether the graph may be gone through again.
    """
    generator = Generator().manual_seed(6)
    arriving = {name: torch.rand(v.shape, generator=generator, dtype=v.dtype) for name, v in found.items()}
    wanted = arguments(job)
    reached = [name for name, value in found.items() if value.requires_grad and (into is None or name in into)]
    if not reached:
        return {name: torch.zeros_like(value) for name, value in wanted.items()}
    grads = torch.autograd.grad(
        [found[name] for name in reached],
        list(wanted.values()),
        [arriving[name] for name in reached],
        retain_graph=retain,
        allow_unused=True,
        materialize_grads=True,
    )
    return dict(zip(wanted, grads, strict=True))


def distance(found: Tensor, expected: Tensor) -> float:
    """The norm of the difference, relative to the norm of what is expected."""
    if not bool(torch.isfinite(expected).all()):
        raise AssertionError("the reference itself is not finite: the test is drawn badly")
    size, apart = float(expected.double().norm()), float((found - expected).double().norm())
    return apart / size if size else apart


def far(found: dict[str, Tensor], expected: dict[str, Tensor], *, allowed: float = 0.0) -> dict[str, float]:
    """Gradients that are too far apart, with their distances."""
    assert found.keys() == expected.keys()
    distances = {name: distance(value, expected[name]) for name, value in found.items()}
    return {name: d for name, d in distances.items() if not d <= max(allowed, APART[expected[name].dtype])}


def sensitivity(job: Job, spikes: Tensor, expected: dict[str, Tensor]) -> float:
    """How far the reference's gradients go when every number of the job moves by a rounding: the furthest of four.

    All that follows is then rounded otherwise, as by another library's functions or on another processor. Near a
    singular point of the equation that carries gradients a long way, and two right computations agree no better.
    """
    furthest = 0.0
    for seed in range(4):
        generator = Generator().manual_seed(seed)
        other = of_every_tensor(job, lambda value: _rounded_otherwise(value, generator))  # noqa: B023  # used at once
        moved = results(other, ReferenceLoop())
        if torch.equal(moved["kept spike"], spikes):
            further = gradients(other, moved)
            furthest = max(furthest, *(distance(further[name], value) for name, value in expected.items()))
    return furthest


def _rounded_otherwise(value: Tensor, generator: Generator) -> Tensor:
    by = torch.randint(-1, 2, value.shape, generator=generator).to(value.dtype)
    return (value.detach() * (1.0 + by * torch.finfo(value.dtype).eps)).requires_grad_()


def unequal(found: dict[str, Tensor], expected: dict[str, Tensor]) -> list[str]:
    """Results that are not the same in every bit (but for the sign of zero)."""
    assert found.keys() == expected.keys()
    return [name for name, value in found.items() if not torch.equal(value, expected[name])]
