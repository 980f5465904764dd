"""How a training came to keep an energy budget: energy and accuracy, epoch after epoch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.style import LINES, dress, entitle, new_figure, styled
from picojoule.plot.units import energy_text, energy_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@public
@styled()
def budget_history(
    energies: Sequence[float],
    accuracies: Sequence[float],
    *,
    budget: float | None = None,
    chosen: int | None = None,
    title: str = "Energy and accuracy on held-out images",
) -> "Figure":
    """Draw energy and accuracy after every epoch, the budget as a dashed line, the chosen epoch as a ring.

    Args:
        energies: after each epoch, per image in pJ, at least 0.
        accuracies: after each epoch, in [0, 1].
        budget: in pJ per image; `None` draws no line.
        chosen: number of the epoch whose network was kept, from 0.
        title: above the panels.

    Returns:
        The figure: energy above, accuracy below.

    Raises:
        ShapeError: if there is no epoch, or the numbers of epochs differ.
        ParameterError: if an energy is negative, or an accuracy lies outside [0, 1].

    Example:
        >>> figure = budget_history([9000.0, 4000.0], [0.9, 0.8], budget=5000.0, chosen=1)
        >>> figure.axes[0].lines[0].get_ydata().tolist()
        [9.0, 4.0]
    """
    from matplotlib.ticker import MaxNLocator

    if not energies or len(energies) != len(accuracies):
        raise ShapeError(f"one energy and accuracy for each epoch are needed, got {len(energies)}, {len(accuracies)}")
    if not all(0.0 <= share <= 1.0 for share in accuracies):
        raise ParameterError("accuracies must lie in [0, 1]; divide percent by 100")
    size, unit = energy_unit(max(*energies, 0.0 if budget is None else budget))
    for energy in energies:
        energy_unit(energy)  # refuses what is no energy
    epochs = range(1, len(energies) + 1)
    figure = new_figure(7.2, 4.4)
    entitle(figure, title)
    above, below = figure.subplots(2, 1, sharex=True)
    panels = ((above, [e / size for e in energies], LINES[0]), (below, [100 * a for a in accuracies], LINES[2]))
    for axes, values, colour in panels:
        axes.plot(epochs, values, "o-", color=colour, markersize=4)
        if chosen is not None:
            axes.plot(epochs[chosen], values[chosen], "o", markersize=11, markerfacecolor="none",
                      markeredgecolor=LINES[1], markeredgewidth=1.6, label="epoch kept", zorder=4)  # fmt: skip
    if budget is not None:
        above.axhline(budget / size, color=LINES[4], linestyle=(0, (5, 3)), linewidth=1.2,
                      label=f"budget, {energy_text(budget)}")  # fmt: skip
    above.set_ylim(0.0, 1.1 * max(*energies, budget or 0.0) / size or 1.0)
    below.margins(y=0.12)
    above.set_ylabel(f"energy per image ({unit})")
    below.set_ylabel("accuracy (%)")
    below.set_xlabel("epoch")
    below.xaxis.set_major_locator(MaxNLocator(10, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    for axes in (above, below):
        dress(axes)
    _explain(above)
    figure.align_ylabels([above, below])
    return figure


def _explain(axes: "Axes") -> None:
    """A legend, if there is something to say."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.2)
