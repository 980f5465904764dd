"""How training went: quantiles of weights and thresholds, and accuracy, over the images seen."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.arrays import Array, Numbers, as_array, shape_text
from picojoule.plot.style import LINES, dress, entitle, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@public
@styled()
def quantile_history(
    images: Numbers,
    quantities: Mapping[str, Numbers],
    *,
    levels: Sequence[float] = LEVELS,
    title: str = "Weights and thresholds in training",
) -> "Figure":
    """Draw how distributions move in training: the median as a line within bands of quantiles.

    Args:
        images: `[points]`, images seen when each point was recorded, increasing.
        quantities: by name with its unit, as in `"threshold (mV)"`: quantiles `[points, quantiles]`; one panel each.
        levels: of the quantiles, in [0, 1]: increasing, symmetric about 0.5 and with 0.5 among them.
        title: above the panels.

    Returns:
        The figure: one panel per quantity.

    Raises:
        ShapeError: if shapes do not fit, `images` does not increase, or a quantile lies below a lower one.
        ParameterError: if `levels` is not increasing and symmetric about 0.5.

    Example:
        >>> figure = quantile_history([0, 100], {"weight": [[0, 1, 2], [1, 1, 3]]}, levels=(0.1, 0.5, 0.9))
        >>> figure.axes[0].lines[0].get_ydata().tolist()
        [1.0, 1.0]
    """
    _check_levels(levels)
    seen = _increasing(images)
    if not quantities:
        raise ShapeError("quantities is empty: give at least one name with quantiles [points, quantiles]")
    arrays = {name: _quantiles(name, values, seen.size, levels) for name, values in quantities.items()}

    figure = new_figure(7.2, 0.9 + 1.75 * len(arrays))
    entitle(figure, title)
    panels = figure.subplots(len(arrays), 1, sharex=True, squeeze=False)[:, 0]
    for k, (axes, (name, array)) in enumerate(zip(panels, arrays.items(), strict=True)):
        _draw_bands(axes, seen, array, levels, LINES[k % len(LINES)])
        axes.set_ylabel(name)
    _finish(panels[-1])
    figure.align_ylabels(panels)
    panels[0].legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=1 + len(levels) // 2, borderaxespad=0.2)
    return figure


@public
@styled()
def accuracy_history(
    images: Numbers,
    accuracy: Numbers,
    *,
    test_accuracy: float | None = None,
    title: str = "Accuracy in training",
) -> "Figure":
    """Draw the accuracy while training, and the final accuracy on the test set as a dashed line.

    Args:
        images: `[points]`, images seen when each point was measured, increasing.
        accuracy: `[points]`, share of correct answers, in [0, 1].
        test_accuracy: share of correct answers on the test set after training, in [0, 1]; `None` draws no line.
        title: above the panel.

    Returns:
        The figure; its y axis is in percent and ends at 100 %.

    Raises:
        ShapeError: if `images` and `accuracy` differ in length, or `images` does not increase.
        ParameterError: if an accuracy lies outside [0, 1]; divide percent by 100.

    Example:
        >>> figure = accuracy_history([100, 200], [0.5, 0.75], test_accuracy=0.7)
        >>> figure.axes[0].lines[0].get_ydata().tolist()
        [50.0, 75.0]
    """
    from matplotlib.ticker import MaxNLocator

    seen = _increasing(images)
    share = as_array("accuracy", accuracy, ("points",))
    if share.shape != seen.shape:
        raise ShapeError(f"accuracy {shape_text(share)} and images {shape_text(seen)} must both be [points]")
    everything = share if test_accuracy is None else np.append(share, test_accuracy)
    if not (everything.min() >= 0 and everything.max() <= 1):
        raise ParameterError(
            f"accuracies must lie in [0, 1], got {everything.min():g} to {everything.max():g}; divide percent by 100"
        )

    figure = new_figure(7.2, 3.4)
    axes = figure.add_subplot()
    entitle(figure, title)
    axes.plot(seen, 100 * share, color=LINES[0], label="while training", marker=_marker(seen), markersize=3.2)
    if test_accuracy is not None:
        label = f"test set, after training: {100 * test_accuracy:.2f} %"
        axes.axhline(100 * test_accuracy, color=LINES[1], linestyle=(0, (5, 3)), linewidth=1.4, label=label)
    axes.set_ylim(max(0.0, 10 * np.floor(10 * everything.min() - 0.2)), 100.0)
    axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axes.set_ylabel("accuracy (%)")
    axes.legend(loc="lower right")
    _finish(axes)
    return figure


def _check_levels(levels: Sequence[float]) -> None:
    array = np.asarray(levels, dtype=np.float64)
    mirrored = array.size % 2 == 1 and bool(np.allclose(array + array[::-1], 1.0))
    if not mirrored or array.min() < 0 or not (np.diff(array) > 0).all():
        raise ParameterError(
            f"levels must increase within [0, 1], symmetric about 0.5 and with 0.5 among them, got {list(levels)}; "
            f"for instance {LEVELS}"
        )


def _increasing(images: Numbers) -> Array:
    seen = as_array("images", images, ("points",))
    if seen.size == 0 or not (np.diff(seen) > 0).all():
        raise ShapeError(f"images {shape_text(seen)} must hold at least one point and increase from point to point")
    return seen


def _quantiles(name: str, values: Numbers, points: int, levels: Sequence[float]) -> Array:
    array = as_array(f"quantiles of {name!r}", values, ("points", "quantiles"))
    if array.shape != (points, len(levels)):
        raise ShapeError(
            f"quantiles of {name!r} must be [points, quantiles] = [{points}, {len(levels)}], got {shape_text(array)}"
        )
    if (np.diff(array, axis=1) < 0).any():
        raise ShapeError(f"quantiles of {name!r} must not decrease from level to level; order them as {list(levels)}")
    return array


def _marker(seen: Array) -> str:
    """A single point makes no line; thousands of dots hide it."""
    return "o" if seen.size <= 40 else ""


def _draw_bands(axes: "Axes", seen: Array, array: Array, levels: Sequence[float], colour: str) -> None:
    middle = len(levels) // 2
    for k in range(middle):
        label = f"{100 * levels[k]:g}–{100 * levels[-1 - k]:g} %"
        alpha = 0.14 + 0.22 * k / max(1, middle - 1)
        axes.fill_between(seen, array[:, k], array[:, -1 - k], color=colour, alpha=alpha, linewidth=0, label=label)
    axes.plot(seen, array[:, middle], color=colour, label="median", marker=_marker(seen), markersize=3.2)


def _finish(axes: "Axes") -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("training images seen")
    axes.margins(x=0.01)
    for panel in axes.figure.axes:
        dress(panel)
