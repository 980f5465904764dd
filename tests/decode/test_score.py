"""Accuracy, confusion matrix and Wilson interval against hand-computed values."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.decode.score import accuracy, confidence_interval, confusion


def test_undecided_counts_as_wrong() -> None:
    assert accuracy(torch.tensor([-1, -1, 2, 0]), torch.tensor([0, 1, 2, 0])) == 0.5


@pytest.mark.parametrize("form", [torch.tensor, np.array, list, tuple])
def test_answers_and_labels_may_be_arrays_and_lists(form: Callable[[list[int]], Any]) -> None:
    predicted, labels = form([0, 1, -1]), form([0, 0, 1])
    assert accuracy(predicted, labels) == 1 / 3
    assert confusion(predicted, labels, 2).tolist() == [[1, 1, 0], [0, 0, 1]]


def test_confusion_counted_by_hand() -> None:
    predicted = torch.tensor([0, 1, 1, 2, -1, 0])
    labels = torch.tensor([0, 0, 1, 2, 2, 2])
    assert confusion(predicted, labels, 3).tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 1, 1]]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 3)), min_size=1, max_size=50))
def test_confusion_holds_every_sample_and_its_diagonal_is_the_accuracy(pairs: list[tuple[int, int]]) -> None:
    predicted, labels = (torch.tensor(column) for column in zip(*pairs, strict=True))
    matrix = confusion(predicted, labels, 4)
    assert matrix.sum(1).tolist() == torch.bincount(labels, minlength=4).tolist()
    assert int(matrix[:, -1].sum()) == int((predicted < 0).sum())
    assert int(matrix[:, :4].trace()) / len(pairs) == accuracy(predicted, labels)


@settings(deadline=None)
@given(total=st.integers(1, 100_000), share=st.floats(0.0, 1.0))
def test_interval_ends_solve_wilsons_equation(total: int, share: float) -> None:
    correct = round(share * total)
    low, high = confidence_interval(correct, total)
    fraction = correct / total

    assert 0.0 <= low <= fraction <= high <= 1.0
    for bound in (low, high):  # |fraction - bound| = z · standard deviation at the bound
        deviation = 1.959963984540054 * math.sqrt(bound * (1 - bound) / total)
        assert abs(fraction - bound) == pytest.approx(deviation, abs=1e-9)


@settings(deadline=None)
@given(total=st.integers(1, 1000), data=st.data())
def test_interval_of_the_errors_mirrors_that_of_the_hits(total: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, total))
    low, high = confidence_interval(correct, total)
    assert confidence_interval(total - correct, total) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_interval_at_zero_hits_has_its_closed_form() -> None:
    z2 = 1.959963984540054**2
    assert confidence_interval(0, 10) == pytest.approx((0.0, z2 / (10 + z2)), abs=1e-12)


@pytest.mark.parametrize(("correct", "total"), [(0, 0), (-1, 5), (6, 5)])
def test_impossible_numbers_are_refused(correct: int, total: int) -> None:
    with pytest.raises(ParameterError, match=f"got {correct} of {total}"):
        confidence_interval(correct, total)


@pytest.mark.parametrize(
    ("predicted", "labels", "message"),
    [
        (torch.tensor([0]), torch.tensor([0, 1]), r"got \(1,\) and \(2,\)"),
        (torch.tensor([], dtype=torch.int64), torch.tensor([], dtype=torch.int64), "at least one sample"),
        (torch.tensor([0.5]), torch.tensor([0]), "whole numbers"),
        (torch.tensor([-1]), torch.tensor([-1]), "labels must be >= 0, got -1"),
    ],
)
def test_answers_that_do_not_match_labels_are_refused(predicted: Tensor, labels: Tensor, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        accuracy(predicted, labels)
    with pytest.raises(ShapeError, match=message):
        confusion(predicted, labels, 2)


def test_confusion_names_what_is_out_of_range() -> None:
    with pytest.raises(ShapeError, match=r"labels must lie in \[0, 2\), got 0 to 2"):
        confusion(torch.tensor([0, 1]), torch.tensor([0, 2]), 2)
    with pytest.raises(ShapeError, match=r"predicted must lie in \[-1, 2\), got -2 to 1"):
        confusion(torch.tensor([-2, 1]), torch.tensor([0, 1]), 2)
    with pytest.raises(ParameterError, match="n_classes must be >= 2 classes, got 1"):
        confusion(torch.tensor([0]), torch.tensor([0]), 1)
