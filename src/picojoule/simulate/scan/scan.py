"""Run a layer of neurons over time, with gradients."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError, UnknownNameError
from picojoule.core.params import Shaped, TimeStep
from picojoule.neurons.base import Neuron, coefficients_at
from picojoule.neurons.contract import check_methods
from picojoule.simulate.derivatives import refuse_tracing
from picojoule.simulate.scan.default import default_loop
from picojoule.simulate.scan.job import Job, Loop, LoopState, Scan
from picojoule.simulate.scan.numbers import check_fitting, check_numbers

_REAL = (torch.float32, torch.float64)


@public
def scan(
    neuron: Neuron[Any, Any, Any],
    x: Shaped | tuple[Shaped, ...],
    *,
    dt: TimeStep = 1.0,
    state: LoopState | None = None,
    weight: Shaped | None = None,
    mask: Shaped | None = None,
    keep: Iterable[str] = (),
    loop: Loop | None = None,
) -> Scan:
    """Run a layer of neurons over time.

    Gradients flow to `x`, to the state, to `weight`, and to tensors among the neuron's parameters; where a neuron
    spikes, its surrogate stands for the derivative.

    Args:
        neuron: the model; its parameters are numbers, or tensors that broadcast to `*N`.
        x: what arrives, `[T, B, *N]`; a tuple of such tensors for a neuron with several ports. Half precision is
            computed in float32, and the output is given back in the precision of `x`.
        dt: length of a step, in ms.
        state: where an earlier stretch of time ended; `None` starts at rest.
        weight: `[N, N]`, from row to column: the spikes of each step come back through it one step later.
        mask: `[T, B]` bool, False where a padded sample has ended: its state stands still and it gives no spike. Where
            it goes on, spikes that come back through `weight` arrive. Coefficients that change from step to step
            follow the steps of the sequence, for all samples.
        keep: names of what is wanted of every step beside the output: fields of the state (after reset), or `spike`.
        loop: `NumbaLoop()` (the default for tensors on a CPU), `TritonLoop()` (the default on an NVIDIA GPU),
            `ReferenceLoop()` (plain torch, any device, slow).

    Returns:
        The output `[T, B, *N]`, the state after the last step, and what was to be kept.

    Raises:
        ParameterError: if a method of the neuron returns what it must not.
        ShapeError: if shapes or dtypes do not fit.
        NumericalError: if there is NaN or infinity in what goes in or comes out; the message says where.
        UnknownNameError: if `keep` names no field of the neuron's state.
        EngineError: if the loop cannot run here; the message says what to use instead.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> x = torch.full((50, 1, 1), 1.5)
        >>> scan(LIF(tau=20.0, gain=None), x).output.flatten().nonzero().flatten()  # every 20 ln 3 = 22 ms
        tensor([21, 43])
    """
    refuse_tracing()
    check_methods(neuron, dt)
    inputs = _inputs(neuron, x)
    like = inputs[0]
    state = _started(neuron, like, state, recurrent=weight is not None)
    names = _names(neuron, keep)
    c = coefficients_at(neuron, dt)
    job = Job(
        neuron=neuron,
        inputs=inputs,
        state=type(state.neuron)(*(_expanded(field, like) for field in state.neuron)),
        coefficient_names=c._fields,
        coefficients=tuple(_coefficient(neuron, c, name, like, state.step) for name in c._fields),
        keep=(neuron.output, *names),
        weight=None if weight is None else _recurrent(weight, like),
        spikes=None if weight is None or state.spikes is None else _recordable(state.spikes.to(like)),
        mask=None if mask is None else _mask(mask, like),
    )
    if torch.compiler.is_compiling():
        from picojoule.simulate.scan.operator import identity, run_opaquely  # which takes a second to import

        kept, end, spikes = run_opaquely(job, identity(neuron, loop, job.keep))
    else:
        kept, end, spikes = outcome = (loop or default_loop(like)).run(job)
        check_numbers(job, outcome, state.step)
    precision = (x if isinstance(x, Tensor) else x[0]).dtype
    values = [value.to(precision) for value in kept]
    if precision not in _REAL:
        check_fitting(job, values)
    after = LoopState(type(state.neuron)(*end), spikes, state.step + like.shape[0])
    return Scan(values[0], after, dict(zip(names, values[1:], strict=True)))


def _inputs(neuron: Neuron[Any, Any, Any], x: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    ports = (x,) if isinstance(x, Tensor) else tuple(x)
    name, fields = type(neuron).__name__, neuron.ports._fields  # type: ignore[attr-defined]
    if len(ports) != len(fields):
        raise ShapeError(f"{name} has the ports {', '.join(fields)}, got {len(ports)} tensors; pass one for each port")
    for port, value in zip(fields, ports, strict=True):
        if value.dim() < 3:
            raise ShapeError(f"{name} takes [T, B, *N] at {port!r}, got {list(value.shape)}; add the axes that lack")
        if not value.is_floating_point():
            raise ShapeError(f"{name} takes floating-point input at {port!r}, got {value.dtype}; use .float()")
        if value.shape != ports[0].shape:
            raise ShapeError(f"{name} takes one shape at all ports, got {[list(p.shape) for p in ports]}")
    dtype = ports[0].dtype if ports[0].dtype in _REAL else torch.float32
    return tuple(port.to(dtype) for port in ports)


def _started(neuron: Neuron[Any, Any, Any], like: Tensor, state: LoopState | None, *, recurrent: bool) -> LoopState:
    """The state given, or the state at rest, in the loop's precision."""
    frame = like.new_zeros(like.shape[1:])
    if state is None:
        return LoopState(neuron.initial(frame), frame if recurrent else None)
    given = dict(zip(state.neuron._fields, state.neuron, strict=True))  # type: ignore[attr-defined]
    if recurrent and state.spikes is not None:
        given["spikes"] = state.spikes
    for field, value in given.items():
        if not isinstance(value, Tensor):
            raise ShapeError(
                f"the state's {field} must be a tensor {list(frame.shape)}, got {type(value).__name__}; pass a state "
                f"as it was given, or state=None"
            )
        if value.shape != frame.shape:
            raise ShapeError(
                f"the state's {field} is {list(value.shape)}, but this input needs {list(frame.shape)}; "
                f"a state goes on with the same samples only, so pass state=None for others"
            )
    spikes = frame if recurrent and state.spikes is None else state.spikes
    return LoopState(type(state.neuron)(*(_recordable(field.to(like)) for field in state.neuron)), spikes, state.step)


def _recordable(value: Tensor) -> Tensor:
    """The value; a copy of one from inference mode, of which nothing can be recorded."""
    if torch.compiler.is_compiling() or torch.is_inference_mode_enabled() or not value.is_inference():
        return value
    return value.clone()


def _expanded(field: Tensor, like: Tensor) -> Tensor:
    return field.to(like).expand(like.shape[1:])


def _names(neuron: Neuron[Any, Any, Any], keep: Iterable[str]) -> tuple[str, ...]:
    names = tuple(keep)
    known = ["spike", *state_fields(neuron)]
    for name in names:
        if name not in known:
            raise UnknownNameError(f"value of {type(neuron).__name__} to keep", name, known)
    return names


def state_fields(neuron: Neuron[Any, Any, Any]) -> tuple[str, ...]:
    """The names of the fields of a neuron's state."""
    return tuple(neuron.initial(torch.zeros(1, 1))._fields)


def _coefficient(neuron: Neuron[Any, Any, Any], c: Any, name: str, like: Tensor, step: int) -> Tensor:  # noqa: ANN401
    """One coefficient in the loop's precision: without dimensions or of the neurons' shape, time first if it varies."""
    value: Tensor = getattr(c, name)
    value = value.to(device=like.device, dtype=like.dtype)
    where, (steps, _, *shape) = f"{type(neuron).__name__}.{name}", like.shape
    if name in neuron.per_step:
        if value.shape[0] < step + steps:
            raise ShapeError(
                f"{where} has values for {value.shape[0]} steps, but step {step + steps} is asked for; "
                f"shorten the sequence, or start anew with state=None"
            )
        value = value[step : step + steps]
        return value if value.dim() == 1 else value.expand(steps, *shape)
    if value.numel() == 1:
        return value.reshape(())
    try:
        return value.expand(*shape)
    except RuntimeError as error:
        raise ShapeError(
            f"{where} is {list(value.shape)}, which does not broadcast to the neurons {shape}; "
            f"give a number, or one value for each neuron"
        ) from error


def _recurrent(weight: Tensor, like: Tensor) -> Tensor:
    if like.dim() != 3 or weight.shape != (like.shape[2], like.shape[2]):
        raise ShapeError(
            f"a recurrent weight is [N, N] for input [T, B, N], got {list(weight.shape)} for {list(like.shape)}"
        )
    return weight.to(like)


def _mask(mask: Tensor, like: Tensor) -> Tensor:
    if mask.shape != like.shape[:2] or mask.dtype != torch.bool:
        raise ShapeError(f"the mask is bool [T, B] = {list(like.shape[:2])}, got {mask.dtype} {list(mask.shape)}")
    return mask
