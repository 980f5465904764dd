"""The energy of one network over that of another under every cost table, and the interval that they span."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.style import FAINT, INK, LINES, PALETTE, RULE, dress, entitle, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Ratios = Mapping[str, tuple[float | None, float | None]]
_ALONE, _WITH = "compute only", "with memory"


@public
@styled()
def table_interval(
    ratios: Ratios, *, names: tuple[str, str] = ("spiking", "rival"), title: str = "Energy ratio under every cost table"
) -> "Figure":
    """Draw what one network needs over what another needs: one row for each cost table, on a logarithmic axis.

    Left of the line at 1 the first network needs less. The band is the interval of the ratios with memory, over all
    tables; without any, of those in compute alone.

    Args:
        ratios: by the cost table's name: the ratio in compute alone and that with memory, above 0, or
            `None` where a table has no such price.
        names: of the network above and of the one below the fraction bar.
        title: above the panel.

    Returns:
        The figure.

    Raises:
        ShapeError: if there is no table, or one has no ratio.
        ParameterError: if a ratio is not above 0 and finite; leave such tables out.

    Example:
        >>> figure = table_interval({"fp32": (0.5, 2.0), "int8": (0.4, 3.0)})
        >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
        ['fp32', 'int8']
    """
    if not ratios or not all(any(value is not None for value in pair) for pair in ratios.values()):
        raise ShapeError("ratios must hold at least one cost table, and each table at least one ratio")
    values = [value for pair in ratios.values() for value in pair if value is not None]
    if not all(0.0 < value < float("inf") for value in values):
        raise ParameterError(f"ratios must be > 0 and finite, got {values}; leave out tables where one energy is 0")
    figure = new_figure(7.6, 1.75 + 0.36 * len(ratios))
    entitle(figure, title)
    axes = figure.add_subplot()
    band = [pair[1] for pair in ratios.values() if pair[1] is not None]
    _draw_band(axes, band or values)
    for y, (alone, total) in enumerate(ratios.values()):
        _draw_row(axes, y, alone, total)
    axes.set_yticks(range(len(ratios)), list(ratios))
    axes.set_ylim(len(ratios) - 0.4, -0.6)  # the first table on top
    _finish(axes, values, names)
    _add_legend(figure, memory=bool(band))
    return figure


def _draw_band(axes: "Axes", values: Sequence[float]) -> None:
    low, high = min(values), max(values)
    axes.axvspan(low, high, color=PALETTE[0], alpha=0.09, linewidth=0)
    for value in {low, high}:
        axes.axvline(value, color=PALETTE[0], alpha=0.35, linewidth=0.8)
    axes.axvline(1.0, color=INK, linewidth=1.2)


def _draw_row(axes: "Axes", y: int, alone: float | None, total: float | None) -> None:
    if alone is not None and total is not None:
        axes.plot([alone, total], [y, y], color=RULE, linewidth=1.6, zorder=2)
    if total is not None:
        axes.plot(total, y, "o", color=LINES[0], markersize=8, markeredgecolor="white", zorder=4)
        _write(axes, total, y, right=total >= (1.0 if alone is None else alone))
    if alone is not None:
        axes.plot(alone, y, "D", color="white", markersize=6, markeredgecolor=LINES[1], markeredgewidth=1.6, zorder=3)
        _write(axes, alone, y, right=alone >= 1.0 if total is None else alone > total)


def _write(axes: "Axes", value: float, y: int, *, right: bool) -> None:
    """The number beside its marker, on the side where the other marker is not."""
    text = f"{value:,.0f}" if value >= 9.95 else f"{value:.2f}" if value >= 0.0995 else f"{value:.2g}"
    axes.annotate(
        text, (value, y), (9 if right else -9, 0), textcoords="offset points", ha="left" if right else "right",
        va="center", color=INK, size=8.5,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},  # a line may pass behind it
    )  # fmt: skip


def _finish(axes: "Axes", values: Sequence[float], names: tuple[str, str]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator

    low, high = min(*values, 0.7), max(*values, 1.4)
    room = (high / low) ** 0.16  # for the numbers beside the outermost markers
    axes.set_xscale("log")
    axes.set_xlim(low / room, high * room)
    span = high / low * room**2
    subs = (1, 1.5, 2, 3, 5, 7) if span < 10.0 else (1, 2, 5) if span < 100.0 else (1, 3) if span < 1000.0 else (1,)
    axes.xaxis.set_major_locator(LogLocator(10, subs=subs, numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,g}"))
    axes.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    axes.set_xlabel(f"energy per image, {names[0]} over {names[1]} (logarithmic)")
    for left, words in ((True, f"← {names[0]} needs less"), (False, f"{names[0]} needs more →")):
        axes.annotate(
            words, (1.0, 1.0), (-6 if left else 6, 4), xycoords=axes.get_xaxis_transform(),
            textcoords="offset points", ha="right" if left else "left", va="bottom", color=FAINT, size=8.5,
            annotation_clip=False,
        )  # fmt: skip
    dress(axes, grid="x")
    axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=9)
    axes.spines["left"].set_visible(False)


def _add_legend(figure: "Figure", *, memory: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    alone = Line2D([], [], linestyle="", marker="D", color="white", markeredgecolor=LINES[1], markeredgewidth=1.6)
    handles, words = [alone], [_ALONE]
    if memory:
        handles.append(Line2D([], [], linestyle="", marker="o", color=LINES[0], markeredgecolor="white", markersize=8))
        words.append(_WITH)
    patch = Patch(color=PALETTE[0], alpha=0.15)
    words.append(f"interval over all tables, {_WITH if memory else _ALONE}")
    figure.legend([*handles, patch], words, loc="outside lower left", ncols=3)
