"""Accuracy against energy: networks that were trained within different budgets, and the network that they replace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from picojoule.core.arguments import public, validate
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.energy_axis import energy_axis
from picojoule.plot.style import FAINT, INK, LINES, RULE, dress, entitle, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LETTER, _LINE, _DOT = 0.016, 0.045, 0.012  # size of a letter, a line and half a dot, as parts of a panel
_CORNERS = ((True, False), (True, True), (False, True), (False, False))  # right or left of a dot, above or below
Box: TypeAlias = tuple[float, float, float, float]  # left, low, right, high


@dataclass(frozen=True)
class Trained:
    """One network.

    Args:
        name: what is written beside it, for instance its budget.
        chosen: energy per image in pJ and accuracy in [0, 1] on the images that choices were made on.
        tested: the same on images that nothing was chosen on.
        budget: in pJ per image; `None` if there was none.
        front: whether no other network was better, on the images that choices were made on.
    """

    name: str
    chosen: tuple[float, float]
    tested: tuple[float, float]
    budget: float | None = None
    front: bool = True

    def __post_init__(self) -> None:
        validate(self)


@public
@styled()
def pareto(
    networks: Sequence[Trained],
    rival: Trained | None = None,
    *,
    images: tuple[str, str] = ("held-out images", "test images"),
    title: str = "Accuracy against energy",
) -> "Figure":
    """Draw networks on two sets of images: a dot for each, those on the front joined, budgets as dashed lines.

    Args:
        networks: at least one; the front is the same in both panels, that of the first one.
        rival: another network to compare with.
        images: names of the images that choices were made on, and of those that nothing was chosen on.
        title: above the panels.

    Returns:
        The figure: two panels with the same axes.

    Raises:
        ShapeError: if there is no network.
        ParameterError: if an accuracy lies outside [0, 1], or an energy is not above 0 pJ.

    Example:
        >>> low = Trained("4 nJ", (3900.0, 0.8), (4000.0, 0.79))
        >>> figure = pareto([Trained("no limit", (9000.0, 0.9), (9000.0, 0.9)), low])
        >>> figure.axes[0].lines[0].get_ydata().tolist()  # the front, from left to right
        [80.0, 90.0]
    """
    if not networks:
        raise ShapeError("there is nothing to draw; give at least one network")
    everything = [*networks, *([] if rival is None else [rival])]
    energies = [_checked(point)[0] for network in everything for point in (network.chosen, network.tested)]
    energies += [network.budget for network in networks if network.budget is not None]
    figure = new_figure(9.2, 4.4)
    entitle(figure, title)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for k, axes in enumerate(panels):
        points = {network.name: (network.chosen, network.tested)[k] for network in networks}
        _draw(axes, networks, points, on=images[0])
        if rival is not None:
            energy, right = (rival.chosen, rival.tested)[k]
            axes.plot(energy, 100 * right, "D", color=LINES[1], markersize=8, markeredgecolor="white", zorder=5,
                      label=rival.name)  # fmt: skip
        axes.set_title(f"on {images[k]}")
        energy_axis(axes, energies, right=0.2)
        axes.margins(y=0.1)
        dress(axes)
    low, high = panels[0].get_ylim()
    panels[0].set_ylim(max(low, 0.0), min(high, 101.0))
    for k, axes in enumerate(panels):
        _write_names(axes, [*networks, *([rival] if rival else [])], k, named=len(networks))
    panels[0].set_ylabel("accuracy (%)")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=5)
    return figure


def _checked(point: tuple[float, float]) -> tuple[float, float]:
    energy, right = point
    if not (0.0 <= right <= 1.0 and 0.0 < energy < float("inf")):
        raise ParameterError(
            f"accuracies must lie in [0, 1] and energies be > 0 pJ, got {right:g} at {energy:g} pJ; "
            "divide percent by 100, and look at the counts"
        )
    return point


def _draw(axes: "Axes", networks: Sequence[Trained], points: dict[str, tuple[float, float]], on: str) -> None:
    front = sorted((network for network in networks if network.front), key=lambda network: network.chosen)
    x, y = ([points[network.name][k] for network in front] for k in (0, 1))
    axes.plot(x, [100 * right for right in y], "-", color=LINES[0], zorder=2, label=f"front, on {on}")
    for network in networks:
        if network.budget is not None:
            label = "budgets" if network is next(n for n in networks if n.budget is not None) else "_"
            axes.axvline(network.budget, color=RULE, linestyle=(0, (4, 3)), linewidth=1.2, zorder=1, label=label)
    drawn = {True: "spiking network", False: "beaten by another one"}
    for network in networks:
        energy, right = points[network.name]
        fill, label = LINES[0] if network.front else "white", drawn.pop(network.front, "_")
        axes.plot(energy, 100 * right, "o", color=LINES[0], markersize=7, zorder=4, markeredgewidth=1.4,
                  markerfacecolor=fill, label=label)  # fmt: skip


def _write_names(axes: "Axes", networks: Sequence[Trained], panel: int, *, named: int) -> None:
    """Names of the first networks, at a corner of their dots where nothing is in the way; left out if there is none."""
    to_panel = axes.transData + axes.transAxes.inverted()
    points = [(network.chosen, network.tested)[panel] for network in networks]
    dots = [to_panel.transform((energy, 100 * right)) for energy, right in points]
    taken = [(x - _DOT, y - 2 * _DOT, x + _DOT, y + 2 * _DOT) for x, y in dots]
    for network, point, (x, y) in list(zip(networks, points, dots, strict=True))[:named]:
        width = _LETTER * len(network.name)
        for right, up in _CORNERS:
            left, low = x + (_DOT if right else -_DOT - width), y + (_DOT if up else -_DOT - _LINE)
            box = (left, low, left + width, low + _LINE)
            if 0.0 <= left <= 1.0 - width and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                axes.annotate(network.name, (point[0], 100 * point[1]), (5 if right else -5, 6 if up else -6),
                              textcoords="offset points", ha="left" if right else "right",
                              va="bottom" if up else "top", color=INK if network.front else FAINT, size=8,
                              zorder=6)  # fmt: skip
                break


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
