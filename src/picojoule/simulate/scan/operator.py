"""A time loop as one opaque operator, for `torch.compile`.

The compiler sees tensors in and tensors out, and their shapes. Its backward pass goes through the steps forward once
more, since an operator may hand on nothing but tensors.
"""
# ruff: noqa: ARG001, PLR0917  # an operator and its fake have one signature, by position

import base64
import dataclasses
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.default import default_loop
from picojoule.simulate.scan.job import Job, Loop, Outcome
from picojoule.simulate.scan.numbers import check_numbers

WRITTEN = "written"


def identity(neuron: Neuron[Any, Any, Any], loop: Loop | None, keep: tuple[str, ...]) -> str:
    """What to run, as a text: an operator takes tensors and plain values.

    Args:
        neuron: the model; where it was made while the compiler looked on, it has the text of its own (`written`).
        loop: the loop; `None`: the default one of the tensors' device.
        keep: what is wanted of every step.
    """
    text: str = getattr(neuron, WRITTEN, None) or written(neuron, ())
    whole: str = _complete(text, loop, keep)
    return whole


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def written(neuron: Neuron[Any, Any, Any], tensors: tuple[str, ...]) -> str:
    """A model as a text, without tensors, since a loop reads coefficients.

    The compiler hands an object that was made while it looked on to such a function without what was put into it. So
    whoever makes a model then, gives it the text of the one that it was made from, as an attribute `WRITTEN`.

    Args:
        neuron: the model, made before.
        tensors: names of fields that are tensors elsewhere.
    """
    bare = object.__new__(type(neuron))
    for field in dataclasses.fields(neuron):  # type: ignore[arg-type]
        value = getattr(neuron, field.name)
        object.__setattr__(bare, field.name, 1.0 if isinstance(value, Tensor) or field.name in tensors else value)
    return base64.b64encode(pickle.dumps(bare)).decode()


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _complete(text: str, loop: Loop | None, keep: tuple[str, ...]) -> str:
    return base64.b64encode(pickle.dumps((pickle.loads(base64.b64decode(text)), loop, keep))).decode()


@lru_cache
def _meant(text: str) -> tuple[Neuron[Any, Any, Any], Loop | None, tuple[str, ...]]:
    found: tuple[Neuron[Any, Any, Any], Loop | None, tuple[str, ...]] = pickle.loads(base64.b64decode(text))
    return found


@torch.library.custom_op("picojoule::scan", mutates_args=())
def _scan(
    inputs: list[Tensor],
    state: list[Tensor],
    coefficients: list[Tensor],
    weight: Tensor | None,
    spikes: Tensor | None,
    mask: Tensor | None,
    what: str,
) -> list[Tensor]:
    return _results(_run(inputs, state, coefficients, weight, spikes, mask, what))


@_scan.register_fake
def _(
    inputs: list[Tensor],
    state: list[Tensor],
    coefficients: list[Tensor],
    weight: Tensor | None,
    spikes: Tensor | None,
    mask: Tensor | None,
    what: str,
) -> list[Tensor]:
    kept = [torch.empty_like(inputs[0], memory_format=torch.contiguous_format) for _ in _meant(what)[2]]
    frame = inputs[0].new_empty(inputs[0].shape[1:])
    return [
        *kept,
        *(torch.empty_like(frame) for _ in state),
        *([torch.empty_like(frame)] if weight is not None else []),
    ]


@torch.library.custom_op("picojoule::scan_backward", mutates_args=())
def _scan_backward(
    inputs: list[Tensor],
    state: list[Tensor],
    coefficients: list[Tensor],
    weight: Tensor | None,
    spikes: Tensor | None,
    mask: Tensor | None,
    what: str,
    gradients: list[Tensor],
) -> list[Tensor]:
    with _recording():
        given, start, numbers = (
            [value.detach().requires_grad_() for value in values] for values in (inputs, state, coefficients)
        )
        matrix, before = (None if value is None else value.detach().requires_grad_() for value in (weight, spikes))
        results = _results(_run(given, start, numbers, matrix, before, mask, what))
        wanted = [value for value in (*given, *start, *numbers, matrix, before) if value is not None]
        found = torch.autograd.grad(results, wanted, gradients, allow_unused=True, materialize_grads=True)
    return [value.clone() for value in found]


@contextmanager
def _recording() -> Iterator[None]:
    """Let torch record gradients inside an operator, where it does not even look at its plain operations for them."""
    autograd = torch._C.DispatchKey.AutogradFunctionality
    before = torch._C._dispatch_tls_is_dispatch_key_excluded(autograd)
    torch._C._dispatch_tls_set_dispatch_key_excluded(autograd, False)
    try:
        with torch.enable_grad():
            yield
    finally:
        torch._C._dispatch_tls_set_dispatch_key_excluded(autograd, before)


@_scan_backward.register_fake
def _(
    inputs: list[Tensor],
    state: list[Tensor],
    coefficients: list[Tensor],
    weight: Tensor | None,
    spikes: Tensor | None,
    mask: Tensor | None,
    what: str,
    gradients: list[Tensor],
) -> list[Tensor]:
    given = [*inputs, *state, *coefficients, *(value for value in (weight, spikes) if value is not None)]
    return [torch.empty_like(value, memory_format=torch.contiguous_format) for value in given]


def _setup(ctx: Any, inputs: tuple[Any, ...], output: list[Tensor]) -> None:  # noqa: ANN401
    given, state, coefficients, weight, spikes, mask, what = inputs
    ctx.counts = len(given), len(state), len(coefficients)
    ctx.save_for_backward(*given, *state, *coefficients, weight, spikes, mask)
    ctx.what = what


def _backward(ctx: Any, gradients: list[Tensor]) -> tuple[Any, ...]:  # noqa: ANN401
    *tensors, weight, spikes, mask = ctx.saved_tensors
    inputs, state, _ = ctx.counts
    lists = tensors[:inputs], tensors[inputs : inputs + state], tensors[inputs + state :]
    found = list(_scan_backward(*lists, weight, spikes, mask, ctx.what, gradients))
    parts = [[found.pop(0) for _ in values] for values in lists]
    return (
        *parts,
        found.pop(0) if weight is not None else None,
        found.pop(0) if spikes is not None else None,
        None,
        None,
    )


_scan.register_autograd(_backward, setup_context=_setup)


def _run(
    inputs: list[Tensor],
    state: list[Tensor],
    coefficients: list[Tensor],
    weight: Tensor | None,
    spikes: Tensor | None,
    mask: Tensor | None,
    what: str,
) -> Outcome:
    neuron, loop, keep = _meant(what)
    fields = type(neuron.initial(torch.zeros(1, 1)))
    names = type(neuron.coefficients(1.0))._fields
    job = Job(neuron, tuple(inputs), fields(*state), names, tuple(coefficients), keep, weight, spikes, mask)
    outcome = (loop or default_loop(inputs[0])).run(job)
    check_numbers(job, outcome)
    return outcome


def _results(found: Outcome) -> list[Tensor]:
    return [*found.kept, *found.state, *([found.spikes] if found.spikes is not None else [])]


def run_opaquely(job: Job, what: str) -> Outcome:
    """Run a job as an operator that `torch.compile` does not look into.

    Args:
        job: what to run.
        what: its `identity`.
    """
    lists = [list(job.inputs), list(job.state), list(job.coefficients)]
    results = list(_scan(*lists, job.weight, job.spikes, job.mask, what))
    keep, fields = len(job.keep), len(job.state)
    state = type(job.state)(*results[keep : keep + fields])
    return Outcome(tuple(results[:keep]), state, results[-1] if job.weight is not None else None)
