"""Ratios stand at their place, on a logarithmic axis, and the band spans them."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.style import LINES
from picojoule.plot.table_interval import table_interval

RATIOS = {"fp32": (0.4, 1.3), "int8": (0.1, 2.5), "chip": (None, 25.0), "bare": (0.9, None)}


def marks(axes: Axes, marker: str) -> dict[float, float]:
    """Where the markers of one kind stand: x by y."""
    points = [np.asarray(line.get_xydata())[0] for line in axes.lines if line.get_marker() == marker]
    return {float(y): float(x) for x, y in points}


def test_each_ratio_has_its_marker_and_its_number() -> None:
    axes = table_interval(RATIOS).axes[0]
    assert marks(axes, "D") == {0.0: 0.4, 1.0: 0.1, 3.0: 0.9}
    assert marks(axes, "o") == {0.0: 1.3, 1.0: 2.5, 2.0: 25.0}
    numbers = {text.get_text() for text in axes.texts}
    assert {"0.40", "1.30", "0.10", "2.50", "25", "0.90"} <= numbers
    assert axes.get_xscale() == "log"
    low, high = axes.get_xlim()
    assert low < 0.1
    assert high > 25.0
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first table on top


def test_the_band_spans_the_ratios_with_memory() -> None:
    axes = table_interval(RATIOS).axes[0]
    (band,) = [patch for patch in axes.patches if to_hex(patch.get_facecolor()) == LINES[0].lower()]
    box = band.get_extents().transformed(axes.transData.inverted())
    assert (box.x0, box.x1) == pytest.approx((1.3, 25.0))


def test_without_memory_the_band_spans_compute_alone() -> None:
    figure = table_interval({"a": (0.5, None), "b": (2.0, None)})
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "compute only",
        "interval over all tables, compute only",
    ]


def test_the_line_at_one_and_both_directions_are_there() -> None:
    axes = table_interval({"a": (2.0, 3.0)}, names=("SNN", "ANN")).axes[0]
    columns = [np.asarray(line.get_xydata())[:, 0] for line in axes.lines]
    assert any(len(x) == 2 and (x == 1.0).all() for x in columns)
    words = [text.get_text() for text in axes.texts]
    assert "← SNN needs less" in words
    assert "SNN needs more →" in words
    assert axes.get_xlabel() == "energy per image, SNN over ANN (logarithmic)"
    low, high = axes.get_xlim()
    assert low < 1.0 < high


@pytest.mark.parametrize("ratios", [{}, {"a": (None, None)}, {"a": (1.0, 1.0), "b": (None, None)}], ids=str)
def test_tables_without_ratios_are_refused(ratios: dict[str, tuple[float | None, float | None]]) -> None:
    with pytest.raises(ShapeError, match="at least one cost table, and each table at least one ratio"):
        table_interval(ratios)


@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_what_no_logarithmic_axis_can_show_is_refused(value: float) -> None:
    with pytest.raises(
        ParameterError, match=r"ratios must be > 0 and finite, .* leave out tables|must be a finite number"
    ):
        table_interval({"a": (1.0, value)})
