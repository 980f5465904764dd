"""Pictures of many: all surrogates, and all regimes of Izhikevich's model."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from picojoule.cli.neuron_traces import with_peaks
from picojoule.neurons.surrogate import Surrogate
from picojoule.simulate.scan.scan import scan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REACH = 2.0  # of the excess, on both sides of the threshold
DT, DURATION = 0.1, 300.0  # ms
STEP = ((30.0, 270.0, 10.0),)  # from, to in ms, and mV/ms: the step of figure 2 of the paper, for most regimes
PANELS: dict[str, dict[str, tuple[tuple[float, float, float], ...]]] = {  # title and input, where the step says little
    "thalamo-cortical": {
        "thalamo-cortical": ((30.0, 270.0, 2.0),),
        "thalamo-cortical: rebound": ((30.0, 200.0, -25.0),),
    },
    "resonator": {"resonator": ((30.0, 300.0, 0.2), (150.0, 155.0, 1.2))},  # rings, and a pulse makes it fire
}


def surrogates_picture() -> "Figure":
    """Every surrogate with its default numbers."""
    from picojoule.plot.surrogates import surrogates

    excess = torch.linspace(-REACH, REACH, 801, dtype=torch.float64)
    kinds = sorted(Surrogate.__subclasses__(), key=lambda kind: kind.__name__)
    return surrogates(excess, {kind.__name__: (kind().derivative(excess), kind().smooth(excess)) for kind in kinds})


def regimes_picture() -> "Figure":
    """Every published regime of Izhikevich's model, with an input that shows what is special about it."""
    from picojoule.neurons.izhikevich import REGIMES
    from picojoule.plot.regimes import regimes

    drawn = {}
    for name, neuron in REGIMES.items():
        for title, pieces in PANELS.get(name, {name: STEP}).items():
            t, x = _input(pieces)
            kept = scan(neuron, x[:, None, None], dt=DT, keep=("v", "spike")).kept
            drawn[title] = (t, x, with_peaks(neuron, kept["v"], kept["spike"]).flatten())
    return regimes(drawn, title="Regimes of Izhikevich's model")


def _input(pieces: tuple[tuple[float, float, float], ...]) -> tuple[Tensor, Tensor]:
    t = DT * torch.arange(1, round(DURATION / DT) + 1, dtype=torch.float64)
    x = torch.zeros_like(t)
    for start, end, current in pieces:
        x[(t > start) & (t <= end)] = current
    return t, x
