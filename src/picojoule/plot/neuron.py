"""How one neuron answers: input, spikes and state over time, with its f-I curve beside them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.plot.arrays import Array, Numbers, as_array, shape_text
from picojoule.plot.spikes import Spikes, course
from picojoule.plot.style import FAINT, INK, LINES, RULE, dress, entitle, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_INPUT, _SPIKES, _FIRST, _OTHER = 0.45, 0.2, 1.9, 0.85  # heights of panels, in inches
_CURVE = 2.55  # height of the f-I curve, in inches


@public
@styled()
def neuron(
    t: Numbers,
    x: Numbers,
    spikes: Spikes | None,
    states: Mapping[str, Numbers],
    *,
    sample: int = 0,
    index: int = 0,
    rates: Mapping[str, tuple[Numbers, Numbers]] | None = None,
    input_label: str = "input",
    rate_label: str = "rate (Hz)",
    rate_title: str = "f-I curve",
    time_label: str = "time (ms)",
    title: str = "Response to a current step",
) -> "Figure":
    """Draw what one neuron received, when it fired and how its state moved; beside it, its rates over the input.

    Args:
        t: `[T]`, end of each step, in ms.
        x: `[T]`, the input; or `[T, N]` or `[T, B, *N]`, of which one neuron is drawn. So may be spikes and states.
        spikes: `[T]`, 0 or 1, or recorded `Responses`; `None` for a neuron that never spikes.
        states: `[T]` by name with unit, as in `"v (mV)"`; one panel each, the first one largest. What a `Recorder`
            holds can be given as it is: `{"v": recorder["1.v"]}`.
        sample: which sample of a batch is drawn.
        index: which neuron of it.
        rates: `(currents, rates in Hz)` by name, both `[currents]`, as in `{"settled": …, "first interval": …}`; one
            alone needs no legend; without any there is no f-I curve.
        input_label: what the input is, with its unit.
        rate_label: what the curve beside shows, with its unit.
        rate_title: above that curve.
        time_label: what `t` is, with its unit.
        title: above the panels.

    Returns:
        The figure: panels of input, spikes and states above each other on one time axis, then that of the rates.

    Raises:
        ShapeError: if there is no step or no state, shapes differ, or a value is NaN or infinite.
        ParameterError: if there is no such sample or neuron.

    Example:
        >>> figure = neuron([1, 2, 3], [0, 1, 1], [0, 0, 1], {"v": [0.0, 0.6, 0.0]}, rates={"": ([0, 1], [0, 50])})
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['input', 'spikes', 'v', 'rate (Hz)']
    """
    times = as_array("t", t, ("T",))
    place = {"sample": sample, "neuron": index}
    driven = _column("x", course("x", x, **place), times)
    fired = None if spikes is None else times[_column("spikes", course("spikes", spikes, **place), times) > 0]
    drawn = {
        name: _column(f"state {name!r}", course(f"state {name!r}", values, **place), times)
        for name, values in states.items()
    }
    if not drawn or not times.size:
        raise ShapeError("there is nothing to draw: give at least one step, and one state with values [T]")
    curves = {name: _curve(name, *pair) for name, pair in (rates or {}).items()}

    heights = [_INPUT, *([] if fired is None else [_SPIKES]), _FIRST, *[_OTHER] * (len(drawn) - 1)]
    height = sum(heights) + 0.1 * len(heights) + 0.85
    figure = new_figure(8.6 if curves else 6.0, height)
    entitle(figure, title)
    left, *right = figure.subfigures(1, 2 if curves else 1, squeeze=False, width_ratios=[2.1, 1] if curves else None)[0]
    panels = list(left.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0])
    _draw_input(panels[0], times, driven, input_label)
    if fired is not None:
        _draw_spikes(panels[1], fired)
    for k, (name, values) in enumerate(drawn.items()):
        axes = panels[len(heights) - len(drawn) + k]
        _draw_state(axes, times, values, name, colour=LINES[k % len(LINES)], ticks=3 if k else 5)
    panels[-1].set_xlim(0.0, float(times[-1]))
    panels[-1].set_xlabel(time_label)
    left.align_ylabels(panels)
    for part in right:
        beside = _upper_part(part, height)
        _draw_rates(beside, curves, shown=float(driven[np.abs(driven).argmax()]))
        beside.set(xlabel=input_label, ylabel=rate_label, title=rate_title)
    return figure


def _column(name: str, array: Array, times: Array) -> Array:
    if array.shape != times.shape:
        raise ShapeError(f"{name} {shape_text(array)} and t {shape_text(times)} must both be [T]")
    return array


def _curve(name: str, currents: Numbers, rates: Numbers) -> tuple[Array, Array]:
    x = as_array(f"currents of {name!r}", currents, ("currents",))
    y = as_array(f"rates of {name!r}", rates, ("currents",))
    if x.shape != y.shape:
        raise ShapeError(f"rates of {name!r} {shape_text(y)} and currents {shape_text(x)} must both be [currents]")
    return x, y


def _draw_input(axes: "Axes", t: Array, x: Array, label: str) -> None:
    from matplotlib.ticker import StrMethodFormatter

    axes.fill_between(t, x, step="pre", color=RULE, linewidth=0)
    axes.plot(t, x, drawstyle="steps-pre", color=FAINT, linewidth=1.2)
    axes.margins(y=0.12)
    axes.set_yticks(sorted({float(x.min()), float(x.max())}))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.4g}"))
    _finish(axes, label)


def _draw_spikes(axes: "Axes", times: Array) -> None:
    ticks: dict[str, Any] = {
        "marker": "|",
        "markersize": 9,
        "markeredgewidth": 1.2,
        "clip_on": not times.size,
    }  # a spike may end the run
    axes.plot(times, np.zeros_like(times), linestyle="none", color=INK, **ticks)
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    _finish(axes, "spikes")


def _draw_state(axes: "Axes", t: Array, values: Array, label: str, *, colour: str, ticks: int) -> None:
    from matplotlib.ticker import MaxNLocator

    dots: dict[str, Any] = {"marker": "o", "markersize": 3.2, "clip_on": False} if t.size <= 40 else {}
    axes.plot(t, values, color=colour, linewidth=1.3, **dots)
    axes.margins(y=0.08)
    axes.yaxis.set_major_locator(MaxNLocator(ticks, min_n_ticks=2))
    _finish(axes, label)


def _finish(axes: "Axes", label: str) -> None:
    axes.set_ylabel(label.replace(" (", "\n(", 1), rotation=0, ha="right", va="center", labelpad=8)
    dress(axes, grid="x")
    place = axes.get_subplotspec()
    if place is not None and not place.is_last_row():
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="x", length=0)


def _upper_part(part: "SubFigure", height: float) -> "Axes":
    """Axes of the f-I curve's height; below it may be room left."""
    rest = max(0.0, height - 0.85 - _CURVE)
    if rest < 0.4:
        return part.add_subplot()
    return part.add_subplot(part.add_gridspec(2, 1, height_ratios=[_CURVE, rest])[0])


def _draw_rates(axes: "Axes", curves: Mapping[str, tuple[Array, Array]], *, shown: float) -> None:
    axes.axvline(shown, color=FAINT, linestyle=(0, (4, 3)), linewidth=1.1)
    for k, (name, (x, y)) in enumerate(curves.items()):
        marker = "o" if x.size <= 60 else ""
        axes.plot(x, y, color=LINES[k % len(LINES)], label=name, marker=marker, markersize=2.4, linewidth=1.3)
    values = np.concatenate([y for _, y in curves.values()])
    if values.size and not values.any():
        axes.set_ylim(-0.02, 1.0)  # all silent
    if len(curves) > 1:
        axes.legend(loc="best", frameon=True, edgecolor="none", framealpha=0.9, borderaxespad=0.2)
    dress(axes)
