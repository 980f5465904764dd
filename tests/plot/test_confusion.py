"""The confusion matrix: counts as text, shares of the true class as colours."""

import numpy as np
import pytest
import torch

from picojoule.core.errors import ShapeError
from picojoule.decode.score import confusion as decoded
from picojoule.plot.confusion import confusion

COUNTS = np.array([[90, 10, 0], [1, 1, 2], [0, 0, 0]])


def test_colours_are_shares_of_the_rows() -> None:
    image = confusion(COUNTS).axes[0].images[0]
    np.testing.assert_allclose(image.get_array(), [[0.9, 0.1, 0], [0.25, 0.25, 0.5], [0, 0, 0]])  # type: ignore[arg-type]
    assert image.get_clim() == (0.0, 1.0)


def test_one_percent_is_a_tenth_of_the_way_to_the_darkest_colour() -> None:
    image = confusion(COUNTS).axes[0].images[0]
    assert np.asarray(image.norm(np.array([0.01]))).tolist() == pytest.approx([0.1])


def test_counts_stand_in_their_cells_and_zeros_stay_empty() -> None:
    axes = confusion(torch.tensor([[1000, 2], [0, 3]])).axes[0]
    written = {(round(text.get_position()[1]), round(text.get_position()[0])): text.get_text() for text in axes.texts}
    assert written == {(0, 0): "1,000", (0, 1): "2", (1, 1): "3"}


def test_rows_run_down_and_columns_to_the_right() -> None:
    axes = confusion(COUNTS, class_names=["cat", "dog", "cow"]).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog", "cow"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert axes.get_ylabel() == "true class"
    assert axes.get_xlabel() == "answer"


def test_overall_accuracy_is_the_trace_over_the_sum() -> None:
    assert confusion(COUNTS).axes[0].get_title(loc="left") == "87.50 % of 104 correct"
    assert confusion(np.zeros((2, 2))).axes[0].get_title(loc="left") == "no samples"


def test_text_is_white_on_dark_and_dark_on_light() -> None:
    texts = {text.get_text(): text.get_color() for text in confusion(COUNTS).axes[0].texts}
    assert texts["90"] == "#ffffff"
    assert texts["1"] == "#22272e"


def test_long_names_are_turned_and_short_ones_are_not() -> None:
    long, short = confusion(COUNTS, class_names=["Ankle boots, brown"] * 3), confusion(COUNTS)
    assert long.axes[0].get_xticklabels()[0].get_rotation() == 45
    assert short.axes[0].get_xticklabels()[0].get_rotation() == 0


@pytest.mark.parametrize("n", [10, 35, 60])
def test_numbers_fit_into_their_cells(n: int) -> None:
    figure = confusion(np.diag(np.full(n, 1000)))
    figure.draw_without_rendering()
    axes = figure.axes[0]
    cell = axes.get_window_extent().width / n
    assert axes.texts[0].get_window_extent().width < 0.95 * cell


def test_wrong_counts_are_refused() -> None:
    with pytest.raises(
        ShapeError, match=r"counts must be \[classes, classes\] .* with at least one class, got \[2, 4\]"
    ):
        confusion(np.ones((2, 4)))
    with pytest.raises(ShapeError, match=r"got \[0, 0\]"):
        confusion(np.ones((0, 0)))
    with pytest.raises(ShapeError, match=r"whole numbers >= 0"):
        confusion([[0.5, 0.5], [0.0, 1.0]])
    with pytest.raises(ShapeError, match=r"whole numbers >= 0"):
        confusion([[-1]])
    with pytest.raises(ShapeError, match="one entry for each of 2, got 1"):
        confusion(np.ones((2, 2)), class_names=["a"])


def test_the_undecided_have_a_column_of_their_own() -> None:
    counts = decoded(torch.tensor([0, 1, -1, 1]), torch.tensor([0, 1, 1, 0]), 2)
    figure = confusion(counts, class_names=torch.tensor([3, 8]))
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["3", "8", "none"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["3", "8"]
    assert {(*text.get_position(), text.get_text()) for text in axes.texts} == {
        (0, 0, "1"), (1, 0, "1"), (1, 1, "1"), (2, 1, "1")
    }  # fmt: skip
    assert axes.get_title(loc="left") == "50.00 % of 4 correct"
