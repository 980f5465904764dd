"""The page about neurons names every model, and its table of spike times is measured."""

import math
import re
from typing import Any

import pytest

from picojoule.neurons import LIF, AdEx, HardReset, HodgkinHuxley, Izhikevich, QuadraticIF
from tests.contract.benches import MODELS
from tests.docs.pages import ROOT
from tests.neurons.solutions import held, spike_times

TEXT = (ROOT / "docs" / "explanation" / "neurons.md").read_text(encoding="utf-8")
MEASURED: dict[
    Any, tuple[float, float]
] = {  # input, and the third spike's time in continuous time: closed form, or an accurate solver
    LIF: (1.5, 3 * 20.0 * math.log(3.0)),
    QuadraticIF: (5.0, 3 * 46.01404),
    AdEx: (1000.0, 41.19621),
    Izhikevich: (10.0, 65.49179),
    HodgkinHuxley: (10.0, 31.47183),
}


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables below a heading."""
    part = re.split(r"^## ", TEXT, flags=re.MULTILINE)
    (section,) = [text for text in part if text.startswith(heading)]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("heading", ["Which to use", "How each is computed"])
def test_every_neuron_has_one_row(heading: str) -> None:
    names = [name for cells in rows(heading) for name in re.findall(r"`(\w+)`", cells[0])]
    assert sorted(names) == sorted(MODELS)


@pytest.mark.filterwarnings("ignore:HodgkinHuxley with dt:picojoule.core.errors.StepWarning")  # the page shows why
@pytest.mark.parametrize("kind", MEASURED, ids=lambda kind: kind.__name__)
def test_spike_times_are_those_of_the_page(kind: Any) -> None:
    x, accurate = MEASURED[kind]
    (cells,) = [row for row in rows("What the order does") if f"`{kind.__name__}`" in row[0]]
    assert cells[0].split("`, ")[1].startswith(f"{x:g} ")
    assert cells[1] == f"{accurate:.3f} ms"
    neuron = LIF(gain=None, reset=HardReset()) if kind is LIF else kind()
    for dt, said in zip((1.0, 0.5, 0.1), cells[2:], strict=True):
        (times,) = spike_times(held(neuron, [x], duration=1.05 * accurate + 30.0 * dt, dt=dt).output, dt)
        assert said == f"{times[2] - accurate:.3f}"
