"""Regimes: each in its panel, with its potential, and the shape of its input below."""

from typing import Any

import numpy as np
import pytest
import torch

from picojoule.core.errors import ShapeError
from picojoule.plot.regimes import regimes

T = torch.arange(1.0, 51.0)
V = -65.0 + 95.0 * torch.sin(T) ** 2
X = torch.where(T > 10, 4.0, 0.0)


def test_potentials_are_those_given_and_inputs_lie_below_all_of_them() -> None:
    figure = regimes({"up": (T, X, V), "down": (T[:20], -X[:20], V[:20] - 10.0)})
    for axes, (x, v) in zip(figure.axes, ((X, V), (-X[:20], V[:20] - 10.0)), strict=True):
        potential, driven = (np.asarray(line.get_xydata()) for line in axes.lines)
        np.testing.assert_array_equal(potential[:, 1], v)
        assert driven[:, 1].max() < float((V - 10.0)[:20].min())
        # the shape of the input, whatever its scale
        np.testing.assert_allclose(np.corrcoef(driven[:, 1], x)[0, 1], 1.0)
        low, high = axes.get_ylim()
        assert low < driven[:, 1].min()
        assert high > v.max()


def test_each_panel_lasts_as_long_as_its_run_and_all_share_their_potentials() -> None:
    figure = regimes({"long": (T, X, V), "short": (T[:20], X[:20], V[:20])})
    assert [axes.get_xlim() for axes in figure.axes] == [(0.0, 50.0), (0.0, 20.0)]
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


@pytest.mark.parametrize("n", [1, 3, 4, 5, 8])
def test_panels_are_named_and_labelled_at_the_left_and_below(n: int) -> None:
    figure = regimes({f"regime {k}": (T, X, V) for k in range(n)}, state_label="u (mV)")
    figure.draw_without_rendering()
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == [f"regime {k}" for k in range(n)]
    columns = min(4, n)
    assert [axes.get_ylabel() for axes in shown] == ["" if k % columns else "u (mV)" for k in range(n)]
    assert [axes.get_xlabel() for axes in shown] == ["time (ms)" if k >= n - columns else "" for k in range(n)]


def test_ticks_leave_out_the_room_of_the_input() -> None:
    axes = regimes({"a": (T, X, V)}).axes[0]
    assert len(axes.get_yticks()) >= 2
    assert min(axes.get_yticks()) >= np.asarray(axes.lines[1].get_ydata()).max()


def test_a_constant_can_be_drawn() -> None:
    figure = regimes({"rest": (T, torch.zeros(50), torch.full((50,), -65.0))})
    figure.draw_without_rendering()
    low, high = figure.axes[0].get_ylim()
    assert low < -65.0 < high


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "responses is empty: give at least one name"),
        ({"a": (T, X[1:], V)}, r"'a' needs t, input and potential of one length .* got \[50\], \[49\] and \[50\]"),
        ({"a": ([], [], [])}, "'a' needs t, input and potential of one length"),
        ({"a": (T, X, V / 0)}, "v of 'a' holds 50 values that are NaN or infinite"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(given: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        regimes(given)
