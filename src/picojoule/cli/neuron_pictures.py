"""Pictures of many: all surrogates, and all regimes of Izhikevich's model."""

from typing import TYPE_CHECKING

import torch

from picojoule.neurons.surrogate import Surrogate
from picojoule.simulate.step_response import step_response

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REACH = 2.0  # of the excess, on both sides of the threshold
CURRENT = 10.0  # mV/ms, held in figure 2 of the paper
SHOWN = {"thalamo-cortical": 4.0, "resonator": 1.0}  # mV/ms


def surrogates_picture() -> "Figure":
    """Every surrogate with its default numbers."""
    from picojoule.plot.surrogates import surrogates

    excess = torch.linspace(-REACH, REACH, 801, dtype=torch.float64)
    kinds = sorted(Surrogate.__subclasses__(), key=lambda kind: kind.__name__)
    return surrogates(excess, {kind.__name__: (kind().derivative(excess), kind().smooth(excess)) for kind in kinds})


def regimes_picture() -> "Figure":
    """Every published regime of Izhikevich's model, with a current step."""
    from picojoule.neurons.izhikevich import REGIMES
    from picojoule.plot.regimes import regimes

    drawn = {}
    for name, neuron in REGIMES.items():
        answer = step_response(neuron, [SHOWN.get(name, CURRENT)], duration=200.0, dt=0.1, before=30.0, after=30.0)
        drawn[name] = (answer.t, answer.x[:, 0], answer.states["v"][:, 0])
    return regimes(drawn, title="Izhikevich's model: seven published regimes")
