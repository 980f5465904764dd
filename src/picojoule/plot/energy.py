"""What one image costs, part by part: networks side by side, one panel per cost table."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.plot.style import INK, PALETTE, RULE, dress, entitle, ink_on, new_figure, styled
from picojoule.plot.units import energy_text, energy_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Table: TypeAlias = Mapping[str, Mapping[str, float]]
_WIDEST_LINEAR = 30.0  # above this ratio of totals the smaller bars would be slivers


@public
@styled()
def energy(
    tables: Mapping[str, Table], *, logarithmic: bool | None = None, title: str = "Energy per image"
) -> "Figure":
    """Draw the energy of each network, split into parts; one panel for each table of costs.

    On a linear axis, parts are stacked bars. Stacks on a logarithmic axis would lie, because the same length means
    another energy at another place: there, each part is a dot at its own energy and the total is a black stroke.

    Args:
        tables: by the cost table's name, by the network's name, by the part's name: energy per image, in pJ, >= 0.
        logarithmic: whether the axes are; `None` decides for each panel: logarithmic if totals differ by more than
            30 times.
        title: above the panels.

    Returns:
        The figure: one panel per cost table, the total written at each bar.

    Raises:
        ShapeError: if there is no table, a table has no network, or there are more than 8 parts.
        ParameterError: if an energy is negative, NaN or infinite.

    Example:
        >>> costs = {"SNN": {"neurons": 10.0, "synapses": 30.0}, "ReLU network": {"synapses": 100.0}}
        >>> figure = energy({"45 nm": costs})
        >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
        [10.0, 30.0, 100.0]
    """
    if not tables or not all(tables.values()):
        raise ShapeError("tables must hold at least one cost table, and each table at least one network")
    parts = list(dict.fromkeys(part for table in tables.values() for row in table.values() for part in row))
    if not 1 <= len(parts) <= len(PALETTE):
        raise ShapeError(f"1 to {len(PALETTE)} parts can be told apart by colour, got {len(parts)}; add some together")
    for table in tables.values():
        for row in table.values():
            for value in row.values():
                energy_unit(value)  # refuses what is no energy

    heights = [0.2 + 0.42 * len(table) for table in tables.values()]
    figure = new_figure(7.6, sum(heights) + 0.75 * len(heights) + 0.8)
    entitle(figure, title)
    panels = figure.subplots(len(tables), 1, squeeze=False, height_ratios=heights)[:, 0]
    colours = dict(zip(parts, PALETTE, strict=False))
    for axes, (name, table) in zip(panels, tables.items(), strict=True):
        axes.set_title(name)
        _draw(axes, table, colours, logarithmic)
    _add_legend(figure, colours)
    return figure


def _draw(axes: "Axes", table: Table, colours: Mapping[str, str], logarithmic: bool | None) -> None:
    totals = [sum(row.values()) for row in table.values()]
    positive = [value for row in table.values() for value in row.values() if value > 0]
    wide = bool(positive) and max(totals) > _WIDEST_LINEAR * min(total for total in totals if total > 0)
    if positive and (wide if logarithmic is None else logarithmic):
        _draw_dots(axes, table, totals, colours, smallest=min(positive))
    else:
        _draw_bars(axes, table, totals, colours)
    axes.set_yticks(range(len(table)), list(table))
    axes.set_ylim(len(table) - 0.45, -0.55)  # the first network on top
    dress(axes, grid="x")
    axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=9)
    axes.spines["left"].set_visible(False)


def _draw_bars(axes: "Axes", table: Table, totals: list[float], colours: Mapping[str, str]) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    longest = max(totals) or 1.0
    size, unit = energy_unit(longest)
    for y, (row, total) in enumerate(zip(table.values(), totals, strict=True)):
        left = 0.0
        for part, value in row.items():
            edge = 0.6 if value > 0.01 * longest else 0.0  # a white edge would hide a sliver
            axes.barh(y, value, left=left, height=0.62, color=colours[part], edgecolor="white", linewidth=edge)
            if value > 0.07 * longest:
                ink = ink_on(*to_rgb(colours[part]))
                share = f"{100 * value / total:.0f} %"
                axes.text(left + value / 2, y, share, ha="center", va="center", color=ink, size=8)
            left += value
        _write_total(axes, total, (total, y))
    axes.set_xlim(0, 1.16 * longest)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / size:,g}"))
    axes.set_xlabel(f"energy per image ({unit})")


def _draw_dots(axes: "Axes", table: Table, totals: list[float], colours: Mapping[str, str], *, smallest: float) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator

    start = smallest / 2.5
    axes.set_xscale("log")
    axes.set_xlim(start, max(totals) * (max(totals) / start) ** 0.16)  # leaves room for the last number
    for y, (row, total) in enumerate(zip(table.values(), totals, strict=True)):
        end = total or start
        axes.plot([start, end], [y, y], color=RULE, linewidth=1.2, zorder=1)
        for part, value in row.items():
            if value > 0:
                axes.plot(value, y, "o", color=colours[part], markersize=7, markeredgecolor="white", zorder=3)
        axes.plot(end, y, "|", color=INK, markersize=17, markeredgewidth=2, zorder=2)
        _write_total(axes, total, (end, y))
    axes.xaxis.set_major_locator(LogLocator(10, numticks=8))
    axes.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / energy_unit(x)[0]:g} {energy_unit(x)[1]}"))
    axes.set_xlabel("energy per image, logarithmic; black stroke: total")


def _write_total(axes: "Axes", total: float, at: tuple[float, float]) -> None:
    axes.annotate(energy_text(total), at, (7, 0), textcoords="offset points", va="center", size=9, weight="bold")


def _add_legend(figure: "Figure", colours: Mapping[str, str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=colour) for colour in colours.values()]
    figure.legend(
        handles, list(colours), loc="outside lower left", ncols=min(len(colours), 6), handlelength=1.0, handleheight=1.0
    )
