"""Accuracy against energy: the front, budgets and the rival are where they belong."""

import numpy as np
import pytest

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.pareto import Trained, pareto

NETWORKS = (
    Trained("no limit", (20_000.0, 0.98), (21_000.0, 0.97)),
    Trained("10 nJ", (9_900.0, 0.9), (10_100.0, 0.95), 10_000.0, front=False),
    Trained("5 nJ", (4_800.0, 0.95), (4_900.0, 0.94), 5_000.0),
)


def test_the_front_is_that_of_the_left_panel_in_both() -> None:
    left, right = pareto(NETWORKS).axes
    assert np.asarray(left.lines[0].get_xydata()).tolist() == [[4_800.0, 95.0], [20_000.0, 98.0]]
    assert np.asarray(right.lines[0].get_xydata()).tolist() == [[4_900.0, 94.0], [21_000.0, 97.0]]


def test_budgets_names_and_rival() -> None:
    figure = pareto(NETWORKS, Trained("ReLU network", (5_000.0, 0.99), (5_100.0, 0.96)), images=("A", "B"))
    for k, axes in enumerate(figure.axes):
        assert axes.get_title(loc="left") == f"on {'AB'[k]}"
        vertical = [
            np.asarray(line.get_xdata())[0] for line in axes.lines if list(np.asarray(line.get_ydata())) == [0, 1]
        ]
        assert vertical == [10_000.0, 5_000.0]
        assert {text.get_text() for text in axes.texts} == {"no limit", "10 nJ", "5 nJ"}  # the legend names the rival
        (rival,) = [line for line in axes.lines if line.get_marker() == "D"]
        assert np.asarray(rival.get_xydata()).tolist() == [[[5_000.0, 99.0]], [[5_100.0, 96.0]]][k]
        filled = [line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "o"]
        assert [colour == "white" for colour in filled] == [False, True, False]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sorted(labels) == sorted(
        ["front, on A", "budgets", "spiking network", "beaten by another one", "ReLU network"]
    )


def test_the_axis_is_logarithmic_only_where_energies_differ_much() -> None:
    assert pareto(NETWORKS).axes[0].get_xscale() == "linear"
    assert pareto([*NETWORKS, Trained("1 nJ", (1_000.0, 0.5), (1_000.0, 0.5))]).axes[0].get_xscale() == "log"


def test_names_do_not_lie_on_one_another_and_stay_in_the_panel() -> None:
    crowd = [Trained(f"{k} nJ", (1_000.0 + k, 0.9), (1_000.0 + k, 0.9)) for k in range(12)]
    figure = pareto([*crowd, Trained("no limit", (5_000.0, 0.5), (5_000.0, 0.5))])
    figure.canvas.draw()
    for axes in figure.axes:
        boxes = [text.get_window_extent() for text in axes.texts]
        assert 2 <= len(boxes) < 13  # there is no room for all of them
        assert not any(one.overlaps(other) for k, one in enumerate(boxes) for other in boxes[k + 1 :])
        panel = axes.get_window_extent()
        assert all(panel.x0 <= box.x0 and box.x1 <= panel.x1 for box in boxes)


def test_refused() -> None:
    with pytest.raises(ShapeError, match="give at least one network"):
        pareto([])
    for bad in ((-1.0, 0.5), (0.0, 0.5), (1.0, 50.0), (float("nan"), 0.5)):
        with pytest.raises(ParameterError, match=r"divide percent by 100|must be a finite number, got nan"):
            pareto([Trained("x", (1.0, 0.5), bad)])
