"""Bars of layers: arithmetic and memory end to end, all networks on one axis."""

import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.layer_energy import layer_energy

SNN = {"784 -> 100": (10.0, 30.0), "hidden": (5.0, 0.0)}
RELU = {"784 -> 100": (1000.0, 3000.0)}


def bars(axes: Axes) -> list[tuple[float, float]]:
    found = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    return [(float(bar.get_x()), float(bar.get_width())) for bar in found]


def test_memory_follows_arithmetic_and_totals_are_written() -> None:
    figure = layer_energy({"SNN": SNN, "ReLU": RELU})
    assert [bars(axes) for axes in figure.axes] == [[(0, 10), (10, 30), (0, 5), (5, 0)], [(0, 1000), (1000, 3000)]]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["SNN: 45.0 pJ", "ReLU: 4.00 nJ"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["40.0 pJ", "5.00 pJ"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list(SNN)


def test_networks_share_their_axis() -> None:
    one, other = layer_energy({"SNN": SNN, "ReLU": RELU}).axes
    assert one.get_xlim() == other.get_xlim()
    assert one.get_xlim()[1] > 4000.0
    assert other.get_xlabel() == "energy per image (nJ)"


def test_memory_is_lighter_than_arithmetic() -> None:
    axes = layer_energy({"SNN": SNN}).axes[0]
    alphas = [patch.get_alpha() for patch in axes.patches]
    assert alphas[0] is None
    assert alphas[1] is not None
    assert alphas[1] < 0.5


def test_of_many_layers_the_cheapest_share_a_row_and_nothing_is_lost() -> None:
    layers = {f"layer {k}": (float(k % 7 + 1), float(k)) for k in range(25)}
    axes = layer_energy({"deep": layers}).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert len(names) == 10
    assert names[-1] == "16 others"
    assert names[:-1] == sorted(names[:-1], key=lambda name: int(name.split()[1]))  # in the order of the layers
    assert sum(width for _, width in bars(axes)) == pytest.approx(sum(map(sum, layers.values())))


def test_a_network_that_costs_nothing_can_be_drawn() -> None:
    assert layer_energy({"SNN": {"a": (0.0, 0.0)}}).axes[0].get_title(loc="left") == "SNN: 0 pJ"


@pytest.mark.parametrize("networks", [{}, {"SNN": {}}], ids=str)
def test_nothing_to_draw_is_refused(networks: dict[str, dict[str, tuple[float, float]]]) -> None:
    with pytest.raises(ShapeError, match="at least one network, and each network at least one layer"):
        layer_energy(networks)


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_what_is_no_energy_is_refused(value: float) -> None:
    with pytest.raises(ParameterError, match=r"(an energy must be finite and >= 0 pJ|must be a finite number)"):
        layer_energy({"SNN": {"a": (1.0, value)}})
