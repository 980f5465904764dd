"""How many times less energy, per task and table of costs, with and without memory: intervals on a logarithmic axis."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.style import FAINT, INK, PALETTE, dress, entitle, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Interval: TypeAlias = tuple[float, float]
Panel: TypeAlias = Mapping[str, Mapping[str, tuple[Interval, Interval | None]]]
_ROW = 0.105  # inches for one table of one task
_SHORTEST = 1.06  # the ratio of ends below which an interval is drawn as a point


@public
@styled()
def claims(
    panels: Mapping[str, Panel], *, title: str = "How many times less energy the spiking network needs"
) -> "Figure":
    """Draw factors as intervals: pale without memory, dark with memory, one colour for each table of costs.

    Args:
        panels: by the rival's name, by task, by table: the interval without memory, and that with memory or `None`
            where the table has no line for it, drawn as a diamond. Factors are > 0; above 1 the spiking network needs
            less.
        title: above the panels.

    Returns:
        The figure: one panel for each rival, all with the same axis, and a line at 1.

    Raises:
        ShapeError: if there is no panel, no task or no table, panels have different tasks, or there are more than 8
            tables.
        ParameterError: if a factor is not finite and > 0, or the ends of an interval are not in order.

    Example:
        >>> figure = claims({"LSTM": {"SHD": {"fp32": ((14.0, 76.0), (5.0, 36.0))}}})
        >>> figure.axes[0].get_xscale()
        'log'
    """
    tasks, tables = _names(panels)
    rows = len(tasks) * (len(tables) + 1.4)
    figure = new_figure(1.3 + 3.5 * len(panels), 1.5 + _ROW * rows)
    entitle(figure, title)
    axes_of = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (name, panel) in zip(axes_of, panels.items(), strict=True):
        axes.set_title(f"against {name}")
        _draw(axes, panel, tables)
        _label(axes, tasks, len(tables))
    _add_legend(figure, tables)
    return figure


def _names(panels: Mapping[str, Panel]) -> tuple[list[str], list[str]]:
    found = [list(panel) for panel in panels.values()]
    tables = list(dict.fromkeys(table for panel in panels.values() for row in panel.values() for table in row))
    if not found or not found[0] or not tables or any(names != found[0] for names in found):
        raise ShapeError("panels must hold at least one rival, and each rival the same tasks with at least one table")
    if len(tables) > len(PALETTE):
        raise ShapeError(f"1 to {len(PALETTE)} tables can be told apart by colour, got {len(tables)}; draw fewer")
    ends = [end for panel in panels.values() for row in panel.values() for pair in row.values() for end in pair if end]
    for low, high in ends:
        if not (math.isfinite(high) and 0 < low <= high):
            raise ParameterError(f"factors must be finite and > 0, the lower end first, got {low:g} to {high:g}")
    return found[0], tables


def _draw(axes: "Axes", panel: Panel, tables: list[str]) -> None:
    for place, row in enumerate(panel.values()):
        for table, (without, with_memory) in row.items():
            number = tables.index(table)
            y = place * (len(tables) + 1.4) + number
            if with_memory is None:
                _bar(axes, y, without, PALETTE[number], pale=False, marker="D")
            else:
                _bar(axes, y, without, PALETTE[number], pale=True)
                _bar(axes, y, with_memory, PALETTE[number], pale=False)


def _bar(axes: "Axes", y: float, found: Interval, colour: str, *, pale: bool, marker: str = "o") -> None:
    low, high = found
    alpha, width, order = (0.38, 5.6, 2) if pale else (1.0, 2.6, 3)
    if high / low < _SHORTEST:
        size = 5.4 if pale else 4.0
        axes.plot([math.sqrt(low * high)], [y], marker, color=colour, alpha=alpha, markersize=size, mew=0, zorder=order)
    else:
        axes.plot([low, high], [y, y], color=colour, alpha=alpha, linewidth=width, zorder=order, solid_capstyle="butt")


def _label(axes: "Axes", tasks: list[str], tables: int) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    middle = [place * (tables + 1.4) + (tables - 1) / 2 for place in range(len(tasks))]
    axes.set_xscale("log")
    axes.set_yticks(middle, tasks)
    axes.set_ylim(middle[-1] + tables / 2 + 0.7, -1.2)  # the first task on top
    dress(axes, grid="x")
    axes.axvline(1.0, color=INK, linewidth=1.1, zorder=1)
    for place in range(1, len(tasks)):
        axes.axhline(place * (tables + 1.4) - 1.2, color="#e9ecf0", linewidth=0.8, zorder=0)
    axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=9)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("times less energy; left of 1 it needs more", color=FAINT)


def _add_legend(figure: "Figure", tables: list[str]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=PALETTE[number], linewidth=3.5) for number in range(len(tables))]
    grey = "#707070"
    handles += [Line2D([], [], color=grey, linewidth=5.6, alpha=0.38), Line2D([], [], color=grey, linewidth=2.6)]
    handles.append(Line2D([], [], color=grey, marker="D", markersize=4.0, linestyle=""))
    names = [*tables, "without memory", "with memory", "a whole device"]
    figure.legend(handles, names, loc="outside lower left", ncols=3, handlelength=1.6)
