"""NaN and infinity in a time loop: found once per call, and then traced to where they come from.

A sum is not finite if one of its terms is not. So one sum of each tensor tells that all is well, for a small part of
what the loop costs; only if it does not, numbers are looked at one by one. All that goes into a loop is summed, and the
state that comes out: a reset, a mask or a refractory time can hide a bad input, and one that never spikes hides a bad
threshold or weight. A GPU is not made to wait for that.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from picojoule.core.errors import NumericalError
from picojoule.core.transforms import transformed
from picojoule.simulate.scan.job import Job, Outcome


def check_numbers(job: Job, found: Outcome, first: int = 0) -> None:
    """Refuse what a loop was given, or what it gave, if there is NaN or infinity in it.

    Args:
        job: what was run.
        found: what came out.
        first: steps before, in the same sequence.

    Raises:
        NumericalError: names the input with step, sample and neuron, or else the part that the numbers come from.
    """
    if _can_wait(job.inputs[0]) or all(map(_adds_up, _all_of(job, found))):
        return
    _check_inputs(job, first)
    kind = type(job.neuron).__name__
    for name, value in _parts(job):
        if (bad := first_bad(value)) is not None:
            raise NumericalError(f"{name} of {kind} is {bad}; look where it was made")
    for name, value in zip(job.state._fields, found.state, strict=True):  # type: ignore[attr-defined]
        if (bad := first_bad(value)) is not None:
            raise NumericalError(
                f"the state's {name} of {kind} became {bad} though input, weights and parameters are finite: the step "
                f"is too long for its equation, or its parameters let it grow without bound"
            )


def check_fitting(job: Job, kept: list[Tensor]) -> None:
    """Refuse numbers that a smaller floating-point type cannot hold.

    Args:
        job: what was run.
        kept: what it gave, in that type.

    Raises:
        NumericalError: names the field, the place and the type.
    """
    for name, value in zip(job.keep, kept, strict=True):
        if name != "spike" and not _can_wait(value) and (bad := first_bad(value)) is not None:
            raise NumericalError(
                f"{name} of {type(job.neuron).__name__} is too large for {value.dtype}: {bad}; give it float32 input"
            )


def check_weights(owner: str, **weights: Tensor | None) -> None:
    """Refuse weights that are NaN or infinite, also where no spike meets them.

    Args:
        owner: whose they are, for the message.
        weights: by name.

    Raises:
        NumericalError: names the weight and its place.
    """
    for name, value in weights.items():
        if value is None or _can_wait(value) or _adds_up(value):
            continue
        if (bad := first_bad(value)) is not None:
            raise NumericalError(f"the {name} of {owner} is {bad}; look what made it so, for instance a learning rate")


def first_bad(value: Tensor) -> str | None:
    """The first number that is NaN or infinite, with its place; `None` if there is none.

    Args:
        value: any numbers.

    Example:
        >>> first_bad(torch.tensor([[0.0, float("nan")]]))
        'nan at [0, 1]'
    """
    places = (~torch.isfinite(value.detach())).nonzero()
    if not len(places):
        return None
    place = places[0].tolist()
    return f"{value[tuple(place)].item():g}{f' at {place}' if place else ''}"


def _all_of(job: Job, found: Outcome) -> Iterator[Tensor]:
    """All numbers, the cheap ones first."""
    yield from found.state
    yield from job.coefficients
    yield from _parameters(job).values()  # an infinite one may give finite coefficients
    yield from (value for value in (job.weight, job.spikes) if value is not None)
    yield from job.state
    yield from job.inputs


def _can_wait(value: Tensor) -> bool:
    """Whether looking at numbers would make a GPU wait or a compiler stop, or a transform keeps them from view."""
    return value.device.type != "cpu" or torch.compiler.is_compiling() or transformed()


def _adds_up(value: Tensor) -> bool:
    """Whether there can be neither NaN nor infinity."""
    if value.dim() == 0:
        return math.isfinite(value.item())
    value = value.detach()
    while value.dim() and not value.stride(0) and len(value):  # the same numbers again and again
        value = value[0]
    return math.isfinite(value.sum().item())


def _check_inputs(job: Job, first: int) -> None:
    fields = job.neuron.ports._fields  # type: ignore[attr-defined]
    for port, value in zip(fields, job.inputs, strict=True):
        bad = ~torch.isfinite(value.detach())
        if job.mask is not None:  # what lies behind the end of a sample is not used
            bad &= job.mask.reshape(*job.mask.shape, *[1] * (bad.dim() - 2))
        if len(places := bad.nonzero()):
            t, b, *place = places[0].tolist()
            raise NumericalError(
                f"the input of {type(job.neuron).__name__} at {port!r} is {value[t, b][tuple(place)].item():g} in step "
                f"{first + t}, sample {b}, neuron {place}; look what made it so"
            )


def _parts(job: Job) -> Iterator[tuple[str, Tensor]]:
    """What else goes into a loop, with names."""
    for name, parameter in _parameters(job).items():
        yield f"the parameter {name}", parameter
    if job.weight is not None:
        yield "the recurrent weight", job.weight
    if job.spikes is not None:
        yield "what is left of the last step's spikes", job.spikes
    for name, value in zip(job.state._fields, job.state, strict=True):  # type: ignore[attr-defined]
        yield f"the initial {name}", value
    for name, value in zip(job.coefficient_names, job.coefficients, strict=True):
        yield f"the coefficient {name}", value


def _parameters(job: Job) -> dict[str, Tensor]:
    """What of the neuron may have changed since it was made: numbers have not."""
    return {name: value for name, value in vars(job.neuron).items() if isinstance(value, Tensor)}
