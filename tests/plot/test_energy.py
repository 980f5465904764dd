"""Energy bars: their lengths are the data, stacked without gaps, and the totals are written."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.energy import energy
from picojoule.plot.style import PALETTE

SNN = {"neurons": 40.0, "synapses": 600.0, "memory": 2900.0}
RELU = {"synapses": 360.0, "memory": 400.0}


def bars(axes: Axes) -> list[Rectangle]:
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def written(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


@settings(deadline=None, max_examples=15)
@given(st.lists(st.lists(st.floats(0, 1e9), min_size=1, max_size=8), min_size=1, max_size=4))
def test_bars_are_as_long_as_the_energies_and_join(rows: list[list[float]]) -> None:
    table = {f"network {k}": {f"part {j}": value for j, value in enumerate(row)} for k, row in enumerate(rows)}
    drawn = bars(energy({"45 nm": table}, logarithmic=False).axes[0])
    at = 0
    for y, row in enumerate(rows):
        for j, value in enumerate(row):
            bar = drawn[at]
            at += 1
            assert bar.get_width() == pytest.approx(value, rel=1e-9, abs=1e-6)
            assert bar.get_x() == pytest.approx(sum(row[:j]), rel=1e-9, abs=1e-6)
            assert bar.get_y() + bar.get_height() / 2 == pytest.approx(y)
    assert at == len(drawn)


def test_one_panel_per_cost_table_with_its_own_networks() -> None:
    figure = energy({"45 nm": {"SNN": SNN, "ReLU": RELU}, "chip": {"SNN": SNN}})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["45 nm", "chip"]
    labels = [[label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes]
    assert labels == [["SNN", "ReLU"], ["SNN"]]
    assert figure.axes[0].get_ylim()[0] > figure.axes[0].get_ylim()[1]  # the first network on top


def test_a_part_has_the_same_colour_everywhere_and_stands_once_in_the_legend() -> None:
    figure = energy({"a": {"SNN": SNN, "ReLU": RELU}, "b": {"ReLU": RELU}})
    colours = [[to_hex(bar.get_facecolor()).upper() for bar in bars(axes)] for axes in figure.axes]
    assert colours == [[*PALETTE[:3], *PALETTE[1:3]], [*PALETTE[1:3]]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["neurons", "synapses", "memory"]


def test_totals_and_large_shares_are_written() -> None:
    axes = energy({"a": {"SNN": SNN, "ReLU": RELU}}).axes[0]
    assert written(axes) == ["17 %", "82 %", "3.54 nJ", "47 %", "53 %", "760 pJ"]
    assert axes.get_xlabel() == "energy per image (nJ)"
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks[0] == "0"
    assert float(ticks[-1]) * 1e3 == pytest.approx(axes.get_xticks()[-1])


def test_axis_is_logarithmic_only_where_totals_differ_by_more_than_30_times() -> None:
    def scale(smaller: float) -> str:
        return energy({"a": {"x": {"p": 300.0}, "y": {"p": smaller}}}).axes[0].get_xscale()

    assert scale(10.0) == "linear"
    assert scale(9.9) == "log"
    assert scale(0.0) == "linear"
    assert energy({"a": {"x": {"p": 1.0}}}, logarithmic=True).axes[0].get_xscale() == "log"


def test_on_a_logarithmic_axis_dots_and_strokes_stand_at_their_energies() -> None:
    axes = energy({"a": {"SNN": SNN, "ReLU": {**RELU, "neurons": 0.0}}}, logarithmic=True).axes[0]
    dots = sorted((line.get_ydata()[0], line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "o")  # type: ignore[index]
    strokes = sorted((line.get_ydata()[0], line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "|")  # type: ignore[index]
    assert dots == [(0, 40.0), (0, 600.0), (0, 2900.0), (1, 360.0), (1, 400.0)]  # zero has no place
    assert strokes == [(0, 3540.0), (1, 760.0)]
    assert not bars(axes)
    low, high = axes.get_xlim()
    assert low < 40.0
    assert high > 3540.0


def test_ticks_of_a_logarithmic_axis_have_units() -> None:
    figure = energy({"a": {"x": {"p": 1.0, "q": 1e7}}}, logarithmic=True)
    figure.draw_without_rendering()
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert {"1 pJ", "100 pJ", "10 nJ", "1 µJ"} <= set(ticks)


@pytest.mark.parametrize("logarithmic", [None, True, False])
def test_no_energy_at_all_can_be_drawn(logarithmic: bool | None) -> None:
    figure = energy({"a": {"x": {"p": 0.0}, "y": {"p": 0.0}}}, logarithmic=logarithmic)
    figure.draw_without_rendering()
    assert written(figure.axes[0]) == ["0 pJ", "0 pJ"]


@pytest.mark.parametrize("logarithmic", [True, False])
def test_totals_lie_inside_the_panel(logarithmic: bool) -> None:
    figure = energy({"a": {"x": {"p": 3.0, "q": 4.4e5}, "y": {"p": 5.0}}}, logarithmic=logarithmic)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    right = max(text.get_window_extent().x1 for text in axes.texts)
    assert right < axes.get_window_extent().x1 + 1


def test_what_is_no_energy_or_no_table_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"an energy must be finite and >= 0 pJ, got -1 pJ"):
        energy({"a": {"x": {"p": -1.0}}})
    with pytest.raises(ShapeError, match=r"tables must hold at least one cost table"):
        energy({})
    with pytest.raises(ShapeError, match=r"each table at least one network"):
        energy({"a": {}})
    with pytest.raises(ShapeError, match=r"1 to 8 parts can be told apart by colour, got 9"):
        energy({"a": {"x": dict(zip("abcdefghi", np.ones(9).tolist(), strict=True))}})
    with pytest.raises(ShapeError, match=r"got 0"):
        energy({"a": {"x": {}}})
