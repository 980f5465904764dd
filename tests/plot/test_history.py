"""Training's history: bands lie around the median in order, accuracies in percent."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.history import accuracy_history, quantile_history


def bands(figure: Figure, panel: int) -> list[PolyCollection]:
    return [c for c in figure.axes[panel].collections if isinstance(c, PolyCollection)]


def reach(band: PolyCollection, x: float) -> tuple[float, float]:
    """Lowest and highest point of a band at one recorded point."""
    vertices = np.asarray(band.get_paths()[0].vertices)
    y = vertices[vertices[:, 0] == x, 1]
    return float(y.min()), float(y.max())


@settings(deadline=None, max_examples=15)
@given(points=st.integers(2, 6), half=st.integers(1, 3), seed=st.integers(0, 1000))
def test_bands_reach_from_their_low_to_their_high_quantile_and_nest(points: int, half: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = np.sort(random.normal(size=(points, 2 * half + 1)), axis=1)
    images = np.cumsum(random.integers(1, 100, points))
    levels = np.linspace(0.05, 0.95, 2 * half + 1).tolist()
    figure = quantile_history(images, {"w": values}, levels=levels)
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xydata(), np.stack([images, values[:, half]], 1))
    drawn = bands(figure, 0)
    assert len(drawn) == half
    for p in range(points):
        reached = [reach(band, images[p]) for band in drawn]
        assert reached == [(values[p, k], values[p, -1 - k]) for k in range(half)]
        lows, highs = [low for low, _ in reached], [high for _, high in reached]
        assert lows == sorted(lows)
        assert highs == sorted(highs, reverse=True)


def test_inner_bands_are_darker_and_named_by_their_levels() -> None:
    figure = quantile_history([0, 1], {"w": torch.zeros(2, 5)})
    outer, inner = bands(figure, 0)
    assert outer.get_label() == "5–95 %"
    assert inner.get_label() == "25–75 %"
    assert (outer.get_alpha() or 0) < (inner.get_alpha() or 0)


def test_each_quantity_has_its_own_panel_with_its_name_and_unit() -> None:
    quantiles = np.zeros((2, 5))
    figure = quantile_history([0, 1], {"weights X → Ae": quantiles, "thresholds Ae (mV)": quantiles + 20})
    assert [axes.get_ylabel() for axes in figure.axes] == ["weights X → Ae", "thresholds Ae (mV)"]
    assert figure.axes[1].lines[0].get_ydata().tolist() == [20, 20]  # type: ignore[union-attr]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert figure.axes[1].get_xlabel() == "training images seen"


def test_few_points_are_marked_so_that_even_one_can_be_seen() -> None:
    one = quantile_history([5], {"w": [[1, 2, 3, 4, 5]]})
    many = quantile_history(np.arange(100), {"w": np.zeros((100, 5))})
    assert one.axes[0].lines[0].get_marker() == "o"
    assert many.axes[0].lines[0].get_marker() == ""


@pytest.mark.parametrize("levels", [(0.1, 0.9), (0.1, 0.5, 0.8), (0.9, 0.5, 0.1), (0.5,) * 3, (-0.1, 0.5, 1.1), ()])
def test_levels_that_are_not_symmetric_or_do_not_increase_are_refused(levels: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError, match=r"levels must increase within \[0, 1\], symmetric about 0.5"):
        quantile_history([0], {"w": [[0.0] * len(levels)]}, levels=levels)


def test_wrong_shapes_are_refused_with_the_shapes() -> None:
    with pytest.raises(ShapeError, match=r"quantiles of 'w' must be \[points, quantiles\] = \[2, 5\], got \[2, 3\]"):
        quantile_history([0, 1], {"w": np.zeros((2, 3))})
    with pytest.raises(ShapeError, match=r"images \[2\] must hold at least one point and increase"):
        quantile_history([1, 1], {"w": np.zeros((2, 5))})
    with pytest.raises(ShapeError, match=r"quantities is empty"):
        quantile_history([0, 1], {})
    with pytest.raises(ShapeError, match=r"accuracy \[1\] and images \[2\] must both be \[points\]"):
        accuracy_history([0, 1], [0.5])


def test_quantiles_out_of_order_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"quantiles of 'w' must not decrease from level to level"):
        quantile_history([0], {"w": [[1, 2, 3, 2.5, 4]]})


def test_accuracies_are_drawn_in_percent_with_the_test_line() -> None:
    axes = accuracy_history([100, 200, 300], torch.tensor([0.25, 0.5, 0.875]), test_accuracy=0.9163).axes[0]
    assert axes.lines[0].get_xydata().tolist() == [[100, 25], [200, 50], [300, 87.5]]  # type: ignore[union-attr]
    assert axes.lines[1].get_ydata() == pytest.approx([91.63, 91.63])
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["while training", "test set, after training: 91.63 %"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
@settings(deadline=None, max_examples=15)
def test_every_accuracy_lies_inside_the_panel_which_ends_at_100_percent(accuracy: list[float]) -> None:
    low, high = accuracy_history(range(len(accuracy)), accuracy).axes[0].get_ylim()
    assert high == 100
    assert 0 <= low <= 100 * min(accuracy)


def test_without_a_test_accuracy_there_is_no_line() -> None:
    assert len(accuracy_history([1, 2], [0.1, 0.2]).axes[0].lines) == 1


@pytest.mark.parametrize(("accuracy", "test"), [([91.0], None), ([-0.1], None), ([0.9], 91.6)])
def test_percent_in_the_place_of_shares_is_refused(accuracy: list[float], test: float | None) -> None:
    with pytest.raises(ParameterError, match=r"accuracies must lie in \[0, 1\], got .* divide percent by 100"):
        accuracy_history([1], accuracy, test_accuracy=test)
