"""The f-I curve: how fast a neuron fires at constant currents."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.neurons.base import Neuron
from picojoule.simulate.step_response import step_response


class RateCurve(NamedTuple):
    """What `rate_curve` gives; rates are reciprocals of intervals, so their resolution is not `1 / duration`."""

    currents: Tensor  # [currents]
    first: Tensor  # [currents]  from the first interval between spikes, in Hz
    settled: Tensor  # [currents]  from the mean interval after `settle`, in Hz


def rate_curve(
    neuron: Neuron[Any, Any, Any],
    currents: Tensor | Sequence[float],
    *,
    duration: float = 1000.0,
    dt: float = 1.0,
    settle: float | None = None,
) -> RateCurve:
    """Firing rates at constant currents: at the onset, and once the neuron has settled.

    Args:
        neuron: the model, with one number for each parameter. Its other ports receive nothing.
        currents: `[currents]`, held at the first port, in the unit of the neuron's input.
        duration: how long they are held, in ms.
        dt: length of a step, in ms; intervals are whole steps.
        settle: spikes in this time after the beginning do not count for the settled rate, in ms; `None`: half of
            `duration`.

    Returns:
        The currents and two rates for each. A rate is 0 where there are fewer than two spikes to take it from, which
        is so for settled rates below `1 / (duration - settle)`.

    Raises:
        ParameterError: if `settle` is not in [0, duration), or `duration` or `dt` is not positive.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> rate_curve(LIF(tau=20.0, gain=None), [0.9, 1.5]).settled  # 1.5: every 20 ln 3 = 22 ms
        tensor([ 0.0000, 45.4545], dtype=torch.float64)
    """
    start = duration / 2 if settle is None else settle
    if not 0 <= start < duration:
        raise ParameterError(f"settle must lie in [0, duration={duration:g}) ms, got {start:g} ms; take less of it")
    answer = step_response(neuron, currents, duration=duration, dt=dt, keep=())
    first_two = answer.spikes * (answer.spikes.cumsum(0) <= 2)
    settled = answer.spikes[answer.t > start]
    return RateCurve(answer.x[0], _rates(first_two, dt), _rates(settled, dt))


def _rates(spikes: Tensor, dt: float) -> Tensor:
    """Reciprocals of the mean intervals between spikes `[T, currents]`, in Hz."""
    fired = spikes > 0
    count = fired.sum(0)
    step = torch.arange(len(spikes), dtype=torch.float64)[:, None]
    last, first = torch.where(fired, step, -1.0).amax(0), torch.where(fired, step, len(spikes)).amin(0)
    span = torch.where(count >= 2, last - first, 1.0) * dt
    return torch.where(count >= 2, 1000.0 * (count - 1) / span, 0.0)
