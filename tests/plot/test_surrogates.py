"""Surrogates: each in its panel, with the curves given."""

from typing import Any

import numpy as np
import pytest
import torch

from picojoule.core.errors import ShapeError
from picojoule.neurons.surrogate import ATan, Sigmoid
from picojoule.plot.surrogates import surrogates

X = torch.linspace(-2, 2, 41, dtype=torch.float64)


def curves(n: int) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    return {f"ATan {k}": (ATan(k + 1.0).derivative(X), ATan(k + 1.0).smooth(X)) for k in range(n)}


def test_each_panel_has_its_derivative_and_its_smooth_step() -> None:
    figure = surrogates(X, {"ATan": (ATan().derivative(X), ATan().smooth(X)), "Sigmoid": (X * 0, Sigmoid().smooth(X))})
    atan, sigmoid = figure.axes[:2]
    assert [atan.get_title(loc="left"), sigmoid.get_title(loc="left")] == ["ATan", "Sigmoid"]
    by_label = {line.get_label(): np.asarray(line.get_xydata()) for line in atan.lines}
    np.testing.assert_array_equal(by_label["derivative, in the place of the spike's"][:, 1], ATan().derivative(X))
    np.testing.assert_array_equal(by_label["smooth step that has this derivative"][:, 1], ATan().smooth(X))
    np.testing.assert_array_equal(np.asarray(sigmoid.lines[-1].get_xydata())[:, 1], Sigmoid().smooth(X))


@pytest.mark.parametrize("n", [1, 2, 5, 9, 10])
def test_there_is_a_panel_for_each_and_the_lowest_of_each_column_names_its_axis(n: int) -> None:
    figure = surrogates(X, curves(n))
    figure.draw_without_rendering()
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == [f"ATan {k}" for k in range(n)]
    columns = {round(axes.get_position().x0, 3): axes for axes in shown}  # the last of a column wins
    assert {axes.get_xlabel() for axes in columns.values()} == {"excess over threshold"}
    assert all(axes.xaxis.get_ticklabels()[0].get_visible() for axes in columns.values())
    assert sum(axes.get_xlabel() != "" for axes in shown) == len(columns)


def test_derivatives_are_whole_and_a_step_that_goes_on_is_cut() -> None:
    figure = surrogates(X, {"through": (torch.ones(41), X), "lobes": (ATan(6.0).derivative(X) - 0.5, X * 0)})
    low, high = figure.axes[0].get_ylim()
    assert low < -0.5 < 3.0 - 0.5 < high < 4.0
    assert figure.axes[1].get_ylim() == (low, high)


def test_both_curves_are_named_once() -> None:
    (legend,) = surrogates(X, curves(3)).legends
    assert len(legend.get_texts()) == 2


@pytest.mark.parametrize(
    ("excess", "given", "message"),
    [
        (X, {}, "there is nothing to draw: give at least one point, and one surrogate"),
        (X, {"a": (X[1:], X)}, r"derivative of 'a' \[40\] and excess \[41\] must both be \[points\]"),
        (X, {"a": (X, X[1:])}, r"smooth step of 'a' \[40\] and excess \[41\] must both be \[points\]"),
        ([], {"a": ([], [])}, "there is nothing to draw"),
        (X[None], {"a": (X, X)}, r"excess must have shape \[points\], got \[1, 41\]"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(excess: Any, given: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        surrogates(excess, given)
