"""An axis of energies: linear, or logarithmic where they differ much, with units at the ticks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from picojoule.plot.units import energy_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDEST_LINEAR = 8.0  # above this ratio of energies a linear axis would crowd the cheap ones


def energy_axis(axes: "Axes", energies: Sequence[float], *, right: float = 0.08) -> None:
    """Scale, limit and label the horizontal axis for energies per image.

    Args:
        axes: to dress.
        energies: in pJ, above 0, at least one.
        right: room on the right for words, as a part of what the energies span.

    Example:
        >>> from picojoule.plot.style import new_figure
        >>> axes = new_figure(4, 3).subplots()
        >>> energy_axis(axes, [1e3, 1e6])
        >>> axes.get_xscale(), axes.get_xlabel()
        ('log', 'energy per image (logarithmic)')
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

    low, high = min(energies), max(energies)
    if high > WIDEST_LINEAR * low:
        axes.set_xscale("log")
        axes.set_xlim(low / (high / low) ** 0.08, high * (high / low) ** right)
        subs = (1, 2, 5) if high < 300 * low else (1,)
        axes.xaxis.set_major_locator(LogLocator(10, subs=subs, numticks=12))
        axes.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / energy_unit(x)[0]:g} {energy_unit(x)[1]}"))
        axes.set_xlabel("energy per image (logarithmic)")
        return
    size, unit = energy_unit(high)
    span = (high - low) or 0.6 * high
    axes.set_xlim(max(0.0, low - 0.1 * span), high + (0.02 + right) * span)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / size:,g}"))
    axes.set_xlabel(f"energy per image ({unit})")
