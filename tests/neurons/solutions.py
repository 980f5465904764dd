"""What tests of neurons compare with: accurate solutions of their equations, with resets, and runs of the library."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from scipy.integrate import solve_ivp
from torch import Tensor

from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.job import Scan
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan

Equation = Callable[[float, Any], Sequence[float]]


def held(neuron: Neuron[Any, Any, Any], currents: Sequence[float], *, duration: float, dt: float) -> Scan:
    """A run `[T, B, 1]` in double precision, with a constant current for each sample, that keeps all states."""
    x = torch.tensor(currents, dtype=torch.float64).reshape(1, -1, 1).expand(round(duration / dt), -1, 1)
    names = type(neuron.initial(torch.zeros(1, 1)))._fields
    return scan(neuron, x, dt=dt, keep=names, loop=ReferenceLoop())


def spike_times(spikes: Tensor, dt: float) -> list[list[float]]:
    """The ends of the steps in which each of the neurons `[T, ...]` spikes, in ms."""
    trains = (spikes > 0).flatten(1).unbind(1)
    return [((train.nonzero().flatten() + 1).double() * dt).tolist() for train in trains]


def solved(equation: Equation, start: Sequence[float], duration: float) -> Any:
    """The state at the end, without spikes."""
    return solve_ivp(equation, (0.0, duration), start, method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]


def crossings(
    equation: Equation,
    start: Sequence[float],
    threshold: float,
    *,
    count: int,
    after: Callable[[Any], Sequence[float]] | None = None,
) -> list[float]:
    """The first times at which the first variable rises through a threshold, where `after` gives the state anew."""

    def height(_: float, state: Any) -> float:
        return float(state[0]) - threshold

    height.direction = 1.0  # type: ignore[attr-defined]
    height.terminal = after is not None  # type: ignore[attr-defined]
    times: list[float] = []
    t, state = 0.0, start
    while len(times) < count:
        run = solve_ivp(equation, (t, t + 100.0), state, method="LSODA", rtol=1e-10, atol=1e-10, events=height)
        times += run.t_events[0].tolist()
        t, state = float(run.t[-1]), run.y[:, -1]
        if after is not None and len(run.t_events[0]):
            state = after(state)
    return times[:count]
