"""Accuracy against energy while a spiking network makes up its mind, and where its rivals stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picojoule.core.arguments import public, validate
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.energy_axis import energy_axis
from picojoule.plot.style import FAINT, LINES, dress, entitle, new_figure, styled
from picojoule.plot.units import energy_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKS = ("s", "^", "D", "v", "P", "X")


@dataclass(frozen=True)
class Answer:
    """A network that answers after a fixed time: its energy per image in pJ, and its accuracy in [0, 1].

    Args:
        energy: in pJ, above 0.
        accuracy: a fraction.
        low: lower bound of the accuracy's interval; `None` draws none.
        high: upper bound.
    """

    energy: float
    accuracy: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        validate(self)


@public
@styled()
def decision(
    curve: Sequence[tuple[int, float, float]],
    answers: Mapping[str, Answer],
    *,
    early: Answer | None = None,
    name: str = "spiking network",
    title: str = "Accuracy against energy over the decision time",
) -> "Figure":
    """Draw the accuracy of a spiking network against the energy that it has spent, step by step, beside its rivals.

    Args:
        curve: of increasing steps: number of steps, energy per image in pJ until then, accuracy if stopped then.
        answers: other networks, or the same one at the end, by name.
        early: where a rule that stops early ends up on average.
        name: of the spiking network.
        title: above the panel.

    Returns:
        The figure; steps are written at the curve.

    Raises:
        ShapeError: if there is nothing to draw.
        ParameterError: if an accuracy lies outside [0, 1], or an energy is not above 0 pJ.

    Example:
        >>> figure = decision([(1, 10.0, 0.5), (2, 20.0, 0.8)], {"ReLU": Answer(100.0, 0.9, 0.88, 0.92)})
        >>> figure.axes[0].lines[0].get_ydata().tolist()
        [50.0, 80.0]
    """
    points = [*((energy, right) for _, energy, right in curve), *((a.energy, a.accuracy) for a in answers.values())]
    if not points:
        raise ShapeError("there is nothing to draw; give a curve or at least one answer")
    if early is not None:
        points.append((early.energy, early.accuracy))
    _check(points)
    figure = new_figure(7.6, 4.7)
    entitle(figure, title)
    axes = figure.add_subplot()
    energy_axis(axes, [energy for energy, _ in points])
    if curve:
        _draw_curve(axes, curve, name)
    for k, (rival, answer) in enumerate(answers.items()):
        _draw_answer(axes, answer, rival, LINES[1 + k % (len(LINES) - 1)], _MARKS[k % len(_MARKS)])
    if early is not None:
        label = f"{name}, stopped early on average"
        axes.plot(early.energy, 100 * early.accuracy, "*", color=LINES[0], markersize=15, markeredgecolor="white",
                  zorder=5, label=label)  # fmt: skip
    axes.set_ylabel("accuracy on test images (%)")
    axes.margins(y=0.09)
    dress(axes)
    figure.legend(loc="outside lower left", ncols=2)  # the curve may run through every corner of the panel
    return figure


def _check(points: Sequence[tuple[float, float]]) -> None:
    for energy, right in points:
        if not (0.0 <= right <= 1.0 and 0.0 < energy < float("inf")):
            raise ParameterError(
                f"accuracies must lie in [0, 1] and energies be > 0 pJ, got {right:g} at {energy:g} pJ; "
                "divide percent by 100, and look at the counts"
            )


def _draw_curve(axes: "Axes", curve: Sequence[tuple[int, float, float]], name: str) -> None:
    energies, accuracies = ([point[k] for point in curve] for k in (1, 2))
    size = 4.5 if len(curve) <= 30 else 2.5
    axes.plot(energies, 100 * np.asarray(accuracies), "o-", color=LINES[0], markersize=size, zorder=3,
              label=f"{name}, stopped after so many steps")  # fmt: skip
    for k in _noted(axes, energies, accuracies):
        steps, energy, right = curve[k]
        words = f"{steps} step{'s' if steps > 1 else ''}" if k == 0 else f"{steps}"
        axes.annotate(words, (energy, 100 * right), (4, -4), textcoords="offset points", ha="left", va="top",
                      color=FAINT, size=8.5)  # fmt: skip


def _noted(axes: "Axes", energies: Sequence[float], accuracies: Sequence[float]) -> list[int]:
    """Which points have their steps written beside them: the last one, and those with room before the next one."""
    low, high = axes.get_xlim()
    logarithmic = axes.get_xscale() == "log"
    span = np.log(high / low) if logarithmic else high - low
    x = np.log(energies) / span if logarithmic else np.asarray(energies) / span
    y = np.asarray(accuracies)
    kept = [len(x) - 1]
    for k in range(len(x) - 2, -1, -1):
        if x[kept[-1]] - x[k] > 0.045 or y[kept[-1]] - y[k] > 0.06:  # of the panel's width and, roughly, height
            kept.append(k)
    return kept


def _draw_answer(axes: "Axes", answer: Answer, name: str, colour: str, mark: str) -> None:
    x, y = answer.energy, 100 * answer.accuracy
    if answer.low is not None and answer.high is not None:
        bar = [[y - 100 * answer.low], [100 * answer.high - y]]
        axes.errorbar(x, y, yerr=bar, color=colour, linewidth=1.3, capsize=5, capthick=1.3, zorder=3)
    axes.plot(x, y, mark, color=colour, markersize=6, zorder=4,
              label=f"{name}: {y:.1f} %, {energy_text(x)}")  # fmt: skip
