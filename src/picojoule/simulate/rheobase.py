"""The weakest constant current that makes a neuron fire."""

from typing import Any

import torch
from torch import Tensor

from picojoule.core.errors import NumericalError, ParameterError
from picojoule.core.params import Unit, check
from picojoule.neurons.base import Neuron
from picojoule.simulate.step_response import step_response

LANES = 64  # currents tried side by side


def rheobase(
    neuron: Neuron[Any, Any, Any],
    *,
    duration: float = 500.0,
    dt: float = 1.0,
    spikes: int = 1,
    settle: float = 0.0,
    lowest: float = 1e-3,
    highest: float = 1e5,
) -> float | None:
    """The weakest current that makes a neuron at rest fire within some time, found by trying.

    A geometric range of currents runs in one batch; the gap between the last silent current and the first that fires is
    then divided twice more, which leaves an error below 0.01 %. Seen from silence: what happens above the first current
    that fires, as a block by strong depolarisation, does not matter.

    Args:
        neuron: the model, with one number for each parameter. Its other ports receive nothing.
        duration: how long the current is held, in ms; the longer, the weaker the current that suffices.
        dt: length of a step, in ms.
        spikes: how many are asked for.
        settle: spikes in this time after the beginning do not count, in ms: with it, the current is found at which the
            neuron goes on firing, and not only answers to the onset.
        lowest: the weakest current tried, in the unit of the neuron's input.
        highest: the strongest.

    Returns:
        The current in the unit of the neuron's input; 0 if it fires without any; `None` if none makes it fire.

    Raises:
        ParameterError: if `lowest` or `spikes` is not positive, `highest` not above `lowest`, or `settle` not in
            [0, duration).
        NumericalError: if the state becomes NaN or infinite at currents that do not make it fire: `dt` is too long.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> round(rheobase(LIF(v_th=2.0, gain=None), duration=500.0), 3)
        2.0
    """
    check("lowest", lowest, Unit("(a current)", above=0.0))
    check("highest", highest, Unit("(a current)", above=lowest))
    check("spikes", spikes, Unit("spikes", at_least=1))
    if not 0 <= settle < duration:
        raise ParameterError(f"settle must lie in [0, duration={duration:g}) ms, got {settle:g} ms; take less of it")
    spread = torch.logspace(0, 1, LANES - 1, base=highest / lowest, dtype=torch.float64)
    tried = torch.cat([torch.zeros(1, dtype=torch.float64), lowest * spread])
    for _ in range(3):
        fires = _spikes(neuron, tried, duration, dt, settle) >= spikes
        if not bool(fires.any()):
            return None
        first = int(fires.to(torch.int8).argmax())
        if first == 0:
            break
        tried = torch.linspace(float(tried[first - 1]), float(tried[first]), LANES, dtype=torch.float64)
    return float(tried[0 if first == 0 else -1])


def _spikes(neuron: Neuron[Any, Any, Any], currents: Tensor, duration: float, dt: float, settle: float) -> Tensor:
    """Spikes that each of the rising currents gives; strong ones that break the equation are left out."""
    while True:
        try:
            answer = step_response(neuron, currents, duration=duration, dt=dt, keep=())
            return answer.spikes[answer.t > settle].sum(0)
        except NumericalError:
            if len(currents) <= LANES // 8:
                raise
            currents = currents[: len(currents) // 2]
