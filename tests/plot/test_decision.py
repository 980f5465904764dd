"""Accuracy against energy: points stand where they belong, and steps can be read."""

import numpy as np
import pytest

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.plot.decision import Answer, decision

CURVE = [(1, 100.0, 0.4), (2, 150.0, 0.7), (4, 200.0, 0.9)]
RIVAL = Answer(300.0, 0.95, 0.93, 0.97)


def test_curve_rivals_and_early_exit_stand_at_their_energies() -> None:
    figure = decision(CURVE, {"ReLU": RIVAL}, early=Answer(160.0, 0.85))
    axes = figure.axes[0]
    curve, *others = [np.asarray(line.get_xydata()) for line in axes.lines]
    assert curve.tolist() == [[100.0, pytest.approx(40.0)], [150.0, pytest.approx(70.0)], [200.0, pytest.approx(90.0)]]
    points = {axes.lines[k].get_marker(): tuple(data[0]) for k, data in enumerate(others, 1) if len(data) == 1}
    assert points["s"] == (300.0, 95.0)
    assert points["*"] == (160.0, 85.0)
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "ReLU: 95.0 %, 300 pJ" in words
    assert "spiking network, stopped early on average" in words


def test_intervals_of_rivals_are_drawn() -> None:
    axes = decision([], {"ReLU": RIVAL}).axes[0]
    (bar,) = [line for collection in axes.collections for line in collection.get_segments()]  # type: ignore[attr-defined]
    assert sorted(y for _, y in bar) == pytest.approx([93.0, 97.0])


def test_steps_are_written_where_there_is_room() -> None:
    assert [text.get_text() for text in decision(CURVE, {}).axes[0].texts] == ["4", "2", "1 step"]
    many = [(k, 1e4 + 10.0 * k, 0.9 + 1e-4 * k) for k in range(1, 501)]
    written = [text.get_text() for text in decision(many, {}).axes[0].texts]
    assert 5 < len(written) < 25
    assert written[0] == "500"


@pytest.mark.parametrize(("widest", "scale"), [(780.0, "linear"), (820.0, "log")])
def test_the_axis_is_logarithmic_where_energies_differ_by_more_than_8_times(widest: float, scale: str) -> None:
    axes = decision(CURVE, {"ReLU": Answer(widest, 0.9)}).axes[0]
    assert axes.get_xscale() == scale
    assert axes.get_xlim()[0] < 100.0
    assert axes.get_xlim()[1] > widest


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ShapeError, match="nothing to draw; give a curve or at least one answer"):
        decision([], {})


def test_an_answer_is_made_of_finite_numbers() -> None:
    with pytest.raises(ParameterError, match=r"Answer\.energy must be a finite number, got nan"):
        Answer(float("nan"), 0.5)


@pytest.mark.parametrize("answer", [Answer(0.0, 0.5), Answer(1.0, 1.5), Answer(1.0, -0.1)], ids=str)
def test_what_cannot_be_is_refused(answer: Answer) -> None:
    with pytest.raises(ParameterError, match=r"accuracies must lie in \[0, 1\] and energies be > 0 pJ"):
        decision(CURVE, {"ReLU": answer})
