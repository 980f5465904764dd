"""One calm style for all figures: colours that colour-blind readers can tell apart, readable sizes, a light grid.

Source: the palette is that of Okabe & Ito, *Color Universal Design* (2008), with grey in the place of black.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALETTE: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#707070", "#F0E442")
LINES: Final = ("#0072B2", "#D55E00", "#009E73", "#882255", "#707070")  # dark enough for thin strokes
INK: Final = "#22272e"  # text
FAINT: Final = "#59636e"  # secondary text, ticks
RULE: Final = "#d5dae0"  # frames
GRID: Final = "#e9ecf0"
DPI: Final = 160

_PARAMETERS: Final[dict[str, Any]] = {
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.titlesize": 12,
    "font.family": "DejaVu Sans",  # comes with matplotlib, so figures look alike everywhere
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,  # a "$" in a name is a "$"
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the library's style; also works as a decorator.

    The style replaces the user's own settings while it lasts, and leaves the back end alone.

    Example:
        >>> with styled():
        ...     figure = new_figure(4.0, 3.0)
        >>> figure.get_dpi()
        160.0
    """
    import matplotlib

    settings: Any = matplotlib.rcParams  # its keys' types differ between versions
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        settings.update(_PARAMETERS)
        yield


def new_figure(width: float, height: float, *, arranged: bool = True) -> "Figure":
    """Make an empty figure that no window and no global state knows about.

    Args:
        width: in inches.
        height: in inches.
        arranged: whether the panels' places follow from what is written around them; else the caller places them.

    Example:
        >>> new_figure(4.0, 3.0).get_size_inches().tolist()
        [4.0, 3.0]
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(h_pad=0.09, w_pad=0.09) if arranged else None
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def entitle(figure: "Figure", title: str) -> None:
    """Write a figure's title, above all panels and at the left.

    Args:
        figure: the figure.
        title: one line.

    Example:
        >>> entitle(new_figure(4.0, 3.0), "Spikes")
    """
    figure.suptitle(title, x=0.09 / float(figure.get_size_inches()[0]), ha="left", weight="bold")


def dress(axes: "Axes", *, grid: Literal["x", "y", "both"] | None = "both") -> None:
    """Set ticks and grid of one panel explicitly: matplotlib makes ticks late, when the style is no longer in force.

    Args:
        axes: the panel.
        grid: "x", "y" or "both" directions of the grid; `None` for no grid.

    Example:
        >>> dress(new_figure(4.0, 3.0).add_subplot(), grid="y")
    """
    axes.tick_params(length=3, width=0.8, color=RULE, labelsize=8.5, labelcolor=FAINT)
    axes.tick_params(which="minor", length=0)
    axes.grid(visible=False)
    if grid is not None:
        axes.grid(visible=True, axis=grid, color=GRID, linewidth=0.8)


def ink_on(red: float, green: float, blue: float) -> str:
    """Choose dark or white text for a background, whichever contrasts more.

    Args:
        red: in [0, 1], as are `green` and `blue`.
        green: see `red`.
        blue: see `red`.

    Returns:
        A colour in hexadecimal notation.

    Example:
        >>> ink_on(0.0, 0.0, 0.0), ink_on(1.0, 1.0, 1.0)
        ('#ffffff', '#22272e')

    Source:
        Web Content Accessibility Guidelines 2.1 (2018), "relative luminance" and "contrast ratio".
    """

    def linear(c: float) -> float:
        return c / 12.92 if c <= 0.04045 else float(((c + 0.055) / 1.055) ** 2.4)

    luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    ink_luminance = 0.0202  # of INK
    return "#ffffff" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / (ink_luminance + 0.05) else INK
