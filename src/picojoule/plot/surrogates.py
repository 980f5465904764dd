"""Surrogate gradients beside each other: the derivative that stands for a spike's, and the smooth step behind it."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.plot.arrays import Array, Numbers, as_array, shape_text
from picojoule.plot.style import FAINT, LINES, dress, entitle, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HIGHEST = 1.1  # of the smooth steps that are drawn whole: one may go on for ever


@public
@styled()
def surrogates(
    excess: Numbers,
    curves: Mapping[str, tuple[Numbers, Numbers]],
    *,
    title: str = "Surrogate gradients",
) -> "Figure":
    """Draw each surrogate's derivative and smooth step over how far the neuron is above threshold.

    Args:
        excess: `[points]`, increasing: how far above threshold.
        curves: `(derivative, smooth step)` by name, both `[points]`; one panel each.
        title: above the panels.

    Returns:
        The figure: one panel for each surrogate, all with the same axes, in which every derivative is whole.

    Raises:
        ShapeError: if there is no surrogate, or shapes differ.

    Example:
        >>> figure = surrogates([-1, 0, 1], {"ATan": ([0.1, 1.0, 0.1], [0.1, 0.5, 0.9])})
        >>> figure.axes[0].get_title(loc="left")
        'ATan'
    """
    x = as_array("excess", excess, ("points",))
    drawn = {
        name: (_column(f"derivative of {name!r}", derivative, x), _column(f"smooth step of {name!r}", smooth, x))
        for name, (derivative, smooth) in curves.items()
    }
    if not drawn or not x.size:
        raise ShapeError("there is nothing to draw: give at least one point, and one surrogate with its two curves")

    columns = math.ceil(math.sqrt(len(drawn)))
    rows = -(-len(drawn) // columns)
    figure = new_figure(max(4.4, 0.6 + 2.3 * columns), 0.95 + 1.55 * rows)
    entitle(figure, title)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, (name, (derivative, smooth)) in zip(panels.flat, drawn.items(), strict=False):
        _draw(axes, x, derivative, smooth)
        axes.set_title(name)
    for axes in panels.flat[len(drawn) :]:
        axes.set_visible(False)
    lowest = min(float(derivative.min()) for derivative, _ in drawn.values())
    highest = max(float(derivative.max()) for derivative, _ in drawn.values())
    panels[0, 0].set_ylim(min(-0.1, 1.1 * lowest), max(_HIGHEST, 1.1 * highest))
    for axes in panels.flat[max(0, len(drawn) - columns) : len(drawn)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("excess over threshold")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2)
    return figure


def _column(name: str, values: Numbers, x: Array) -> Array:
    array = as_array(name, values, ("points",))
    if array.shape != x.shape:
        raise ShapeError(f"{name} {shape_text(array)} and excess {shape_text(x)} must both be [points]")
    return array


def _draw(axes: "Axes", x: Array, derivative: Array, smooth: Array) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.axvline(0.0, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.fill_between(x, derivative, color=LINES[0], alpha=0.15, linewidth=0)
    axes.plot(x, derivative, color=LINES[0], linewidth=1.4, label="derivative, in the place of the spike's")
    axes.plot(x, smooth, color=LINES[1], linewidth=1.4, label="smooth step that has this derivative")
    axes.margins(x=0.0)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    dress(axes)
