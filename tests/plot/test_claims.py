"""Factors are drawn where they are."""

import numpy as np
import pytest

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.claims import Panel, claims

PANEL: Panel = {
    "SHD": {"fp32": ((14.0, 76.0), (5.0, 36.0)), "gpu": ((3.9, 3.9), None)},
    "ECG": {"fp32": ((4.7, 4.7), (0.9, 0.9)), "gpu": ((1.0, 1.0), None)},
}


def test_intervals_are_bars_and_single_values_points() -> None:
    figure = claims({"an LSTM": PANEL, "a ReLU RNN": PANEL})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["against an LSTM", "against a ReLU RNN"]
    axes = figure.axes[0]
    drawn = [tuple(np.asarray(line.get_xdata(), dtype=float)) for line in axes.lines]
    assert drawn[:6] == [(14.0, 76.0), (5.0, 36.0), pytest.approx((3.9,)), (4.7,), (0.9,), (1.0,)]
    assert [line.get_marker() for line in axes.lines[2:6]] == ["D", "o", "o", "D"]
    assert (1.0, 1.0) in drawn  # the line at 1
    assert axes.get_xscale() == "log"


def test_with_memory_lies_on_without_memory_in_the_same_row() -> None:
    axes = claims({"an LSTM": PANEL}).axes[0]
    without, with_memory = axes.lines[:2]
    assert list(np.asarray(without.get_ydata())) == list(np.asarray(with_memory.get_ydata()))
    assert (without.get_alpha(), with_memory.get_alpha()) == (0.38, 1.0)
    assert with_memory.get_zorder() > without.get_zorder()


def test_tasks_are_named_at_their_rows_and_tables_in_the_legend() -> None:
    figure = claims({"an LSTM": PANEL})
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["SHD", "ECG"]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["fp32", "gpu", "without memory", "with memory", "a whole device"]


@pytest.mark.parametrize("panels", [{}, {"a": {}}, {"a": {"SHD": {}}}, {"a": PANEL, "b": {"SHD": PANEL["SHD"]}}])
def test_nothing_to_draw(panels: dict[str, Panel]) -> None:
    with pytest.raises(ShapeError, match="at least one rival, and each rival the same tasks"):
        claims(panels)


def test_too_many_tables() -> None:
    row = {f"table {k}": ((1.0, 2.0), None) for k in range(9)}
    with pytest.raises(ShapeError, match="1 to 8 tables can be told apart by colour, got 9"):
        claims({"a": {"SHD": row}})


@pytest.mark.parametrize("pair", [(0.0, 1.0), (2.0, 1.0), (1.0, float("inf")), (float("nan"), 1.0)])
def test_factors_that_are_none(pair: tuple[float, float]) -> None:
    with pytest.raises(
        ParameterError, match=r"(factors must be finite and > 0, the lower end first|must be a finite number)"
    ):
        claims({"a": {"SHD": {"fp32": ((1.0, 2.0), pair)}}})
