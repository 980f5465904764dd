"""Which neuron fired when: one panel per population."""

import math
from typing import TYPE_CHECKING

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.arrays import Array
from picojoule.plot.spikes import Listed, Populations
from picojoule.plot.spikes import populations as listed_populations
from picojoule.plot.style import FAINT, LINES, dress, entitle, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@public
@styled()
def raster(
    populations: Populations,
    *,
    sample: int = 0,
    dt: float = 1.0,
    duration: float | None = None,
    title: str = "Spikes",
) -> "Figure":
    """Draw one tick per spike, with the populations' panels above each other on one time axis.

    Args:
        populations: what `pj.run(…, record=[…])` gives; a `Recorder` that kept `"spike"`; or spikes by name, or of one
            population: `Responses`, `Events`, dense spikes `[T, B, *N]` or `[T, N]`, or `(t, i, n)` with the spikes'
            steps `[spikes]`, their neurons `[spikes]` in [0, n), and the population's size `n`.
        sample: which sample of a batch is drawn.
        dt: length of a step, in ms; leave it at 1 where `t` is in ms already.
        duration: how long the run lasted, in ms; `None`: as long as the spikes say, and where they are lists the axis
            ends after the last spike and no rates are written.
        title: above the panels.

    Returns:
        The figure: one panel per population, with its number of spikes and mean rate in Hz per neuron.

    Raises:
        ShapeError: if there are no spikes of a form above, or a neuron lies outside [0, n).
        ParameterError: if a spike lies outside [0, duration], there is no such sample, or `dt` or `duration` is not
            positive.

    Example:
        >>> figure = raster({"input": ([0, 3, 3], [0, 1, 0], 2), "output": ([], [], 1)}, duration=5.0)
        >>> [axes.get_title(loc="left") for axes in figure.axes]
        ['input', 'output']
    """
    for name, value in (("dt", dt), ("duration", duration)):
        if value is not None and not 0 < value < math.inf:
            raise ParameterError(f"{name} must be > 0 ms and finite, got {value:g} ms; give it in milliseconds")
    shown = listed_populations(populations, sample=sample)
    lengths = [one.steps for one in shown.values() if one.steps is not None]
    if duration is None and len(lengths) == len(shown):
        duration = dt * max(lengths)
    checked = {name: _checked(name, spikes, dt, duration) for name, spikes in shown.items()}
    last = max((float(t.max()) for t, _, _ in checked.values() if t.size), default=0.0)
    end = last + dt if duration is None else duration

    heights = [_panel_height(n) for _, _, n in checked.values()]
    figure = new_figure(7.2, sum(heights) + 0.32 * len(heights) + 0.75)
    entitle(figure, title)
    panels = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for k, (axes, (name, (t, i, n))) in enumerate(zip(panels, checked.items(), strict=True)):
        _draw(axes, t, i, n, height=heights[k], colour=LINES[k % len(LINES)])
        spikes = "1 spike" if t.size == 1 else f"{t.size:,} spikes"
        rate = f" · {1000 * t.size / n / duration:.3g} Hz" if duration is not None else ""
        axes.set_title(name)
        axes.set_title(spikes + rate, loc="right", color=FAINT, weight="normal", size=8.5)
    figure.align_ylabels(panels)
    panels[-1].set_xlim(0, end)
    panels[-1].set_xlabel("time (ms)")
    return figure


def _checked(name: str, spikes: Listed, dt: float, duration: float | None) -> tuple[Array, Array, int]:
    times, neurons, n = spikes.t * dt, spikes.i, spikes.n
    if times.size != neurons.size:
        raise ShapeError(f"{name!r} has t of shape [{times.size}] and i of shape [{neurons.size}]; give one i per t")
    if n < 1 or (neurons.size and not (neurons.min() >= 0 and neurons.max() < n and (neurons % 1 == 0).all())):
        found = f"{neurons.min():g} to {neurons.max():g}" if neurons.size else "none"
        raise ShapeError(f"neurons of {name!r} must be whole numbers in [0, n) with n={n}, got {found}; check n")
    if times.size and (times.min() < 0 or (duration is not None and times.max() > duration)):
        raise ParameterError(
            f"spikes of {name!r} must lie in [0, {'∞' if duration is None else f'{duration:g}'}] ms, "
            f"got {times.min():g} to {times.max():g} ms; check dt and duration"
        )
    return times, neurons, n


def _panel_height(n: int) -> float:
    """Inches: room for each of a few neurons, but not in proportion for many."""
    return min(2.6, max(0.55, 0.25 + 0.1 * math.sqrt(n) + 0.02 * min(n, 30)))


def _draw(axes: "Axes", t: Array, i: Array, n: int, *, height: float, colour: str) -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    row = 72 * height / n  # points
    tick = min(max(0.8 * row, 3.5 if t.size <= 2000 else 1.6), 9.0)  # few spikes may overlap their neighbours' rows
    width = min(max(tick / 3, 0.7), 1.2)
    axes.plot(t, i, linestyle="none", marker="|", markersize=tick, markeredgewidth=width, color=colour)
    axes.set_ylim(-0.5 - 0.02 * n, n - 0.5 + 0.02 * n)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_ylabel("neuron")
    dress(axes, grid="x")
