"""How a neuron answers a current that is switched on and held."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from picojoule.core.errors import ShapeError
from picojoule.core.params import Unit, check, whole_steps
from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.scan import scan, state_fields


class StepResponse(NamedTuple):
    """What `step_response` gives: `T` steps, one column for each current."""

    t: Tensor  # [T]  end of each step, in ms
    x: Tensor  # [T, currents]  what the first port received
    spikes: Tensor  # [T, currents]  0 or 1
    states: dict[str, Tensor]  # [T, currents] by field of the state, after reset


def step_response(
    neuron: Neuron[Any, Any, Any],
    currents: Tensor | Sequence[float],
    *,
    duration: float,
    dt: float = 1.0,
    before: float = 0.0,
    after: float = 0.0,
    keep: Iterable[str] | None = None,
) -> StepResponse:
    """Hold a constant input at a neuron's first port; all currents run side by side, in one batch.

    Args:
        neuron: the model, with one number for each parameter. Its other ports receive nothing.
        currents: `[currents]`, the values held, in the unit of the neuron's input.
        duration: how long they are held, in ms; rounded to whole steps.
        dt: length of a step, in ms.
        before: silence before, in ms.
        after: silence after, in ms.
        keep: fields of the state to give back; `None`: all.

    Returns:
        Times, input, spikes and the fields of the state, in double precision.

    Raises:
        ShapeError: if `currents` is not `[currents]`.
        NumericalError: if the state becomes NaN or infinite, where `dt` is too long.
        UnknownNameError: if `keep` names no field of the state.
        ParameterError: if `duration` or `dt` is not positive, or `before` or `after` negative.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> answer = step_response(LIF(tau=20.0, gain=None), [0.5, 1.5], duration=100.0)  # 1.5: every 20 ln 3 = 22 ms
        >>> answer.spikes.sum(0).tolist(), answer.t[answer.spikes[:, 1] > 0].tolist()
        ([0.0, 4.0], [22.0, 44.0, 66.0, 88.0])
    """
    for name, value in (("duration", duration), ("dt", dt)):
        check(name, value, Unit("ms", above=0.0))
    for name, value in (("before", before), ("after", after)):
        check(name, value, Unit("ms", at_least=0.0))
    held = torch.as_tensor(currents, dtype=torch.float64)
    if held.dim() != 1 or len(held) == 0:
        raise ShapeError(f"currents must be [currents] with at least one, got {list(held.shape)}; put them in a list")

    silent, on, off = (int(whole_steps(length, dt)) for length in (before, duration, after))
    driven = held.new_zeros(silent + max(1, on) + off, len(held), 1)
    driven[silent : silent + max(1, on)] = held[:, None]
    others = [torch.zeros_like(driven) for _ in neuron.ports._fields[1:]]  # type: ignore[attr-defined]
    names = state_fields(neuron) if keep is None else tuple(keep)
    kept = scan(neuron, (driven, *others), dt=dt, keep=("spike", *names)).kept
    t = dt * torch.arange(1, len(driven) + 1, dtype=torch.float64)
    return StepResponse(t, driven[..., 0], kept["spike"][..., 0], {name: kept[name][..., 0] for name in names})
