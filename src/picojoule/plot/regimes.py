"""Many answers of one neuron model beside each other: the firing patterns that its parameters give."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.plot.arrays import Array, Numbers, as_array, shape_text
from picojoule.plot.spikes import course
from picojoule.plot.style import FAINT, LINES, dress, entitle, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 4


@public
@styled()
def regimes(
    responses: Mapping[str, tuple[Numbers, Numbers, Numbers]],
    *,
    state_label: str = "v (mV)",
    title: str = "Firing patterns",
) -> "Figure":
    """Draw the potential over time for each regime, with the shape of its input below.

    Args:
        responses: `(t in ms, input, potential)` by name, all `[T]`; each may last differently long. Of input and
            potential `[T, B, *N]`, as a `Recorder` holds them, the first neuron of the first sample is drawn.
        state_label: what the potential is called, with its unit.
        title: above the panels.

    Returns:
        The figure: one panel for each regime, all with one axis of potentials. Input is scaled to its panel.

    Raises:
        ShapeError: if there is no regime or no step, or shapes differ.

    Example:
        >>> figure = regimes({"tonic": ([1, 2, 3], [0, 4, 4], [-65, 30, -65])})
        >>> figure.axes[0].get_title(loc="left")
        'tonic'
    """
    drawn = {name: _checked(name, *response) for name, response in responses.items()}
    if not drawn:
        raise ShapeError("responses is empty: give at least one name with (t, input, potential)")
    low = min(float(v.min()) for _, _, v in drawn.values())
    high = max(float(v.max()) for _, _, v in drawn.values())
    span = (high - low) or 1.0

    columns = min(_COLUMNS, len(drawn))
    rows = -(-len(drawn) // columns)
    figure = new_figure(max(4.0, 0.6 + 1.95 * columns), 0.75 + 1.45 * rows)
    entitle(figure, title)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes, (name, (t, x, v)) in zip(panels.flat, drawn.items(), strict=False):
        axes.plot(t, v, color=LINES[0], linewidth=1.1)
        axes.plot(t, _below(x, low, span), color=FAINT, linewidth=1.1, drawstyle="steps-pre")
        axes.set_title(name, size=8.5)
        axes.set_xlim(0.0, float(t[-1]))
        _finish(axes, low - 0.32 * span, high + 0.06 * span)
    for axes in panels.flat[len(drawn) :]:
        axes.set_visible(False)
    for axes in panels[:, 0]:
        axes.set_ylabel(state_label)
    for axes in panels.flat[max(0, len(drawn) - columns) : len(drawn)]:
        axes.set_xlabel("time (ms)")
    return figure


def _checked(name: str, t: Numbers, x: Numbers, v: Numbers) -> tuple[Array, Array, Array]:
    times = as_array(f"t of {name!r}", t, ("T",))
    driven, potential = course(f"x of {name!r}", x), course(f"v of {name!r}", v)
    if not times.size or not times.shape == driven.shape == potential.shape:
        raise ShapeError(
            f"{name!r} needs t, input and potential of one length [T], at least 1, "
            f"got {shape_text(times)}, {shape_text(driven)} and {shape_text(potential)}"
        )
    return times, driven, potential


def _below(x: Array, low: float, span: float) -> Array:
    """The input's shape, drawn below the lowest potential."""
    least, most = min(0.0, float(x.min())), max(0.0, float(x.max()))
    return low - 0.26 * span + 0.16 * span * (x - least) / ((most - least) or 1.0)


def _finish(axes: "Axes", bottom: float, top: float) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator

    axes.set_ylim(bottom, top)
    ticks = MaxNLocator(4).tick_values(bottom, top)
    axes.yaxis.set_major_locator(
        FixedLocator([tick for tick in ticks if np.ceil(bottom + 0.2 * (top - bottom)) <= tick <= top])
    )
    axes.xaxis.set_major_locator(MaxNLocator(3))
    dress(axes)
