"""A neuron's answer: what is drawn is what was given, panel by panel."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from picojoule.core.errors import ShapeError
from picojoule.plot.neuron import neuron

T = torch.arange(1, 101) * 0.5
X = torch.where((T > 5) & (T <= 40), 1.5, 0.0)
V = torch.sin(T)
SPIKES = (torch.arange(100) % 20 == 19).float()
CURVE = (torch.linspace(0, 3, 7), torch.tensor([0.0, 0, 0, 20, 40, 50, 55]))


def points(axes: Axes, line: int = 0) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in np.asarray(axes.lines[line].get_xydata())]


def together(*columns: torch.Tensor) -> list[list[float]]:
    return torch.stack([column.double() for column in columns], 1).tolist()


def full(**options: Any) -> Figure:
    return neuron(T, X, SPIKES, {"v (mV)": V, "w (pA)": -V}, rates={"settled": CURVE}, **options)


def test_panels_hold_the_arrays_given() -> None:
    driven, fired, v, w, rates = full().axes
    assert points(driven) == together(T, X)
    assert points(fired) == [[t, 0.0] for t in T[SPIKES > 0].tolist()]
    assert points(v) == together(T, V)
    assert points(w) == together(T, -V)
    assert points(rates, line=1) == together(*CURVE)


def test_axes_say_what_they_show_with_units() -> None:
    figure = full(input_label="input (nA)", title="LIF, tau=10")
    names = [axes.get_ylabel() for axes in figure.axes]
    assert names == ["input\n(nA)", "spikes", "v\n(mV)", "w\n(pA)", "rate (Hz)"]
    assert figure.axes[3].get_xlabel() == "time (ms)"
    assert figure.axes[4].get_xlabel() == "input (nA)"
    assert figure.axes[4].get_title(loc="left") == "f-I curve"
    assert figure.get_suptitle() == "LIF, tau=10"


def test_what_is_beside_can_be_something_else_than_rates() -> None:
    figure = full(rate_label="value", rate_title="value coded", time_label="step")
    assert figure.axes[4].get_ylabel() == "value"
    assert figure.axes[4].get_title(loc="left") == "value coded"
    assert figure.axes[3].get_xlabel() == "step"


def test_panels_share_the_time_of_the_run() -> None:
    assert [axes.get_xlim() for axes in full().axes[:4]] == [(0.0, 50.0)] * 4


def test_the_input_has_its_levels_for_ticks_and_the_curve_a_line_at_the_current() -> None:
    figure = full()
    assert figure.axes[0].get_yticks().tolist() == [0.0, 1.5]
    assert np.asarray(figure.axes[4].lines[0].get_xdata()).tolist() == [1.5, 1.5]


def test_a_negative_current_is_marked_too() -> None:
    figure = neuron(T, -X, SPIKES, {"v": V}, rates={"": CURVE})
    assert np.asarray(figure.axes[3].lines[0].get_xdata()).tolist() == [-1.5, -1.5]


def test_without_spikes_or_rates_there_are_no_such_panels() -> None:
    figure = neuron(T, X, None, {"v": V})
    assert [axes.get_ylabel() for axes in figure.axes] == ["input", "v"]
    assert points(figure.axes[1]) == together(T, V)


def test_two_curves_have_a_legend_and_one_has_none() -> None:
    assert full().axes[4].get_legend() is None
    both = neuron(T, X, SPIKES, {"v": V}, rates={"settled": CURVE, "first interval": CURVE})
    legend = both.axes[3].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["settled", "first interval"]


def test_silence_can_be_drawn() -> None:
    silent = torch.zeros(100)
    figure = neuron(T, silent, silent, {"v": silent}, rates={"": (CURVE[0], torch.zeros(7))})
    figure.draw_without_rendering()
    assert points(figure.axes[1]) == []
    low, high = figure.axes[3].get_ylim()
    assert low < 0 < high


@pytest.mark.parametrize("fields", [1, 2, 5])
def test_nothing_is_written_over_something_else_or_outside(fields: int) -> None:
    states = {f"a long name {k} (thresholds per second)": 1000 * V for k in range(fields)}
    figure = neuron(T, X, SPIKES, states, rates={"": CURVE}, input_label="input (thresholds per second)")
    figure.draw_without_rendering()
    for axes in figure.axes:
        label = axes.yaxis.label.get_window_extent()
        assert label.x0 >= 0
        assert label.y0 >= 0
        assert label.y1 <= figure.bbox.y1
        ticks = [tick.get_window_extent() for tick in axes.get_yticklabels() if tick.get_text()]
        assert not any(label.overlaps(tick) for tick in ticks)
    for upper, lower in zip(figure.axes[:-2], figure.axes[1:-1], strict=True):
        assert upper.get_window_extent().y0 >= lower.get_window_extent().y1


def test_dollar_signs_are_text() -> None:
    figure = neuron(T, X, None, {"$v$": V}, title="$")
    figure.draw_without_rendering()
    assert not figure.axes[1].yaxis.label.get_parse_math()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": X[1:]}, r"x \[99\] and t \[100\] must both be \[T\]"),
        ({"spikes": SPIKES[1:]}, r"spikes \[99\] and t \[100\] must both be \[T\]"),
        ({"states": {"v": V[None]}}, r"state 'v' \[1\] and t \[100\] must both be \[T\]"),
        ({"states": {"v": V / 0.0}}, "state 'v' holds 100 values that are NaN or infinite"),
        ({"states": {}}, "there is nothing to draw: give at least one step, and one state"),
        ({"t": [], "x": [], "spikes": [], "states": {"v": []}}, "there is nothing to draw"),
        ({"rates": {"slow": ([0, 1], [0])}}, r"rates of 'slow' \[1\] and currents \[2\] must both be \[currents\]"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(change: Mapping[str, Any], message: str) -> None:
    given: dict[str, Any] = {"t": T, "x": X, "spikes": SPIKES, "states": {"v": V}} | dict(change)
    with pytest.raises(ShapeError, match=message):
        neuron(**given)
