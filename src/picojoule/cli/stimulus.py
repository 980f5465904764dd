"""Which current, for how long and in which steps shows a neuron well: found by trying, so no model needs a table."""

import math
from typing import Any, NamedTuple

from picojoule.core.errors import NumericalError
from picojoule.core.params import units_of
from picojoule.neurons.base import Neuron
from picojoule.simulate.rate_curve import rate_curve
from picojoule.simulate.rheobase import rheobase

STEPS = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)  # ms, tried from the longest to the shortest
WIDE = 4.0  # times the rheobase: a neuron that needs more than that to go on firing is shown answering the onset,
BURST = 4  # with that many spikes
FINE = 100  # steps at least, of the time between two spikes and of the whole
TOLERANCE = 0.01  # of the rate, when the step is halved


class Stimulus(NamedTuple):
    """A current step, and what the search for it has found."""

    current: float  # in the unit of the neuron's input
    duration: float  # ms
    dt: float  # ms
    rheobase: float | None  # of one spike; `None` if no current makes the neuron fire
    lasting: float | None  # from which it goes on firing


def stimulus(
    neuron: Neuron[Any, Any, Any], *, current: float | None, duration: float | None, dt: float | None
) -> Stimulus:
    """Choose what the user has left open.

    Args:
        neuron: the model.
        current: the current to hold; `None`: half as much again as makes the neuron go on firing, or, where that is
            far from the rheobase, as gives four spikes at the onset; in two digits.
        duration: in ms; `None`: ten of the neuron's longest time constants, but 100 to 600 ms.
        dt: in ms; `None`: the longest step that gives the rate of a step half as long within 1 %, and of which 100 fit
            between two spikes; the longest of all for models of discrete time, where none does.

    Raises:
        ParameterError: if `duration` or `dt` is not positive.
        NumericalError: if the state becomes NaN or infinite, where `dt` is too long.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> stimulus(LIF(v_th=10.0, gain=None), current=None, duration=None, dt=1.0).current
        16.0
    """
    length = _duration(neuron) if duration is None else duration
    spiking = neuron.output == "spike"
    step = (_step(neuron, length) if spiking else STEPS[0]) if dt is None else dt
    least = rheobase(neuron, duration=length, dt=step) if spiking else None
    lasting = _lasting(neuron, length, step) if least else None
    if current is None:
        telling = lasting
        if least and not (lasting and lasting <= WIDE * least):
            telling = rheobase(neuron, duration=length, dt=step, spikes=BURST) or least
        current = float(f"{1.5 * (telling or 1.0):.2g}")
    return Stimulus(current, length, step, least, lasting)


def _duration(neuron: Neuron[Any, Any, Any]) -> float:
    units = units_of(type(neuron))
    found = {name: getattr(neuron, name) for name in units}
    numbers = [(float(value), units[name].name) for name, value in found.items() if value is not None]
    times = [value for value, unit in numbers if unit == "ms"] + [
        1 / value for value, unit in numbers if unit == "1/ms" and value
    ]
    return min(600.0, max(100.0, 100.0 * round(max(times, default=0.0) / 10.0)))


def _step(neuron: Neuron[Any, Any, Any], duration: float) -> float:
    longest = min(duration / FINE, neuron.longest_step or math.inf)
    steps = [dt for dt in STEPS if dt <= longest] or [longest]
    last = math.inf
    for dt in steps:
        try:
            rate = _rate(neuron, duration, dt)
        except NumericalError:
            continue  # too long for the equation
        if rate is None:
            continue
        coarse, fine = rate
        grain = coarse * dt / 1000.0  # an interval is a whole number of steps
        error, slack = abs(fine / coarse - 1.0), max(TOLERANCE, grain)
        if error <= slack and grain * FINE <= 1.0:
            return dt
        if error > max(slack, 0.7 * last):
            break  # it does not get better: a model of discrete time, whose input is what arrives in a step
        last = error
    return steps[0]


def _rate(neuron: Neuron[Any, Any, Any], duration: float, dt: float) -> tuple[float, float] | None:
    """The rate at the current to be shown, in Hz, and what it is if the step is halved."""
    least = _lasting(neuron, duration, dt)
    if not least:
        return None
    coarse, fine = (
        float(rate_curve(neuron, [1.5 * least], duration=duration, dt=step, settle=0.0).settled)
        for step in (dt, dt / 2)
    )
    return coarse, fine


def _lasting(neuron: Neuron[Any, Any, Any], duration: float, dt: float) -> float | None:
    """The weakest current at which the neuron still fires, and not once only, in the second half of the time."""
    return rheobase(neuron, duration=duration, dt=dt, spikes=2, settle=duration / 2)
