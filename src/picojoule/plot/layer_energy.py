"""What each layer costs for one image: arithmetic and memory, networks one below the other."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.plot.style import FAINT, INK, PALETTE, dress, entitle, new_figure, styled
from picojoule.plot.units import energy_text, energy_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Layers: TypeAlias = Mapping[str, tuple[float, float]]
_MOST = 10  # rows of a network; the cheapest layers of a deeper one share a row
_LIGHT = 0.38  # opacity of memory


@public
@styled()
def layer_energy(networks: Mapping[str, Layers], *, title: str = "Energy of each layer") -> "Figure":
    """Draw what each layer of each network costs: a bar for each layer, arithmetic dark and memory light behind it.

    All networks share one axis, so lengths can be compared across them. Of a network with more than 10 layers, those
    that cost least share a row.

    Args:
        networks: by the network's name, by the layer's name: energy of arithmetic and of memory per image, in pJ, >= 0.
        title: above the panels.

    Returns:
        The figure: one panel per network, its total above it, the energy at each bar.

    Raises:
        ShapeError: if there is no network, or one has no layer.
        ParameterError: if an energy is negative, NaN or infinite.

    Example:
        >>> figure = layer_energy({"SNN": {"hidden": (10.0, 30.0)}, "ReLU": {"hidden": (100.0, 300.0)}})
        >>> [float(bar.get_width()) for axes in figure.axes for bar in axes.patches]
        [10.0, 30.0, 100.0, 300.0]
    """
    if not networks or not all(networks.values()):
        raise ShapeError("networks must hold at least one network, and each network at least one layer")
    shown = {name: _shortened(layers) for name, layers in networks.items()}
    for layers in shown.values():
        for value in (value for pair in layers.values() for value in pair):
            energy_unit(value)  # refuses what is no energy
    heights = [len(layers) + 0.35 for layers in shown.values()]
    figure = new_figure(7.6, 0.255 * sum(heights) + 0.42 * len(heights) + 1.0)
    entitle(figure, title)
    panels = figure.subplots(len(shown), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0]
    longest = max(sum(pair) for layers in shown.values() for pair in layers.values()) or 1.0
    for k, (axes, (name, layers)) in enumerate(zip(panels, shown.items(), strict=True)):
        _draw(axes, layers, PALETTE[k % len(PALETTE)], longest)
        total = sum(sum(pair) for pair in layers.values())
        axes.set_title(f"{name}: {energy_text(total)}", size=9.5)
    _finish(panels[-1], longest)
    _add_legend(figure)
    return figure


def _shortened(layers: Layers) -> Layers:
    """At most `_MOST` rows, in the order of the layers."""
    if len(layers) <= _MOST:
        return layers
    kept = sorted(layers, key=lambda name: sum(layers[name]), reverse=True)[: _MOST - 1]
    rest = [pair for name, pair in layers.items() if name not in kept]
    others = (sum(pair[0] for pair in rest), sum(pair[1] for pair in rest))
    return {name: pair for name, pair in layers.items() if name in kept} | {f"{len(rest)} others": others}


def _draw(axes: "Axes", layers: Layers, colour: str, longest: float) -> None:
    for y, (compute, memory) in enumerate(layers.values()):
        axes.barh(y, compute, height=0.7, color=colour, linewidth=0)
        axes.barh(y, memory, left=compute, height=0.7, color=colour, alpha=_LIGHT, linewidth=0)
        at = (compute + memory, y)
        axes.annotate(
            energy_text(compute + memory), at, (5, 0), textcoords="offset points", va="center", size=8.5, color=INK
        )
    axes.set_yticks(range(len(layers)), list(layers))
    axes.set_ylim(len(layers) - 0.5, -0.6)  # the first layer on top
    axes.set_xlim(0, 1.14 * longest)
    dress(axes, grid="x")
    axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=8.5)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.spines["left"].set_color(FAINT)
    axes.spines["bottom"].set_visible(False)


def _finish(axes: "Axes", longest: float) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    size, unit = energy_unit(longest)
    axes.tick_params(axis="x", labelbottom=True)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / size:,g}"))
    axes.set_xlabel(f"energy per image ({unit})")


def _add_legend(figure: "Figure") -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=FAINT), Patch(color=FAINT, alpha=_LIGHT)]
    figure.legend(
        handles, ["arithmetic", "reads and writes of memory"], loc="outside lower left", ncols=2, handlelength=1.0,
        handleheight=1.0,
    )  # fmt: skip
