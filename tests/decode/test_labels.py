"""Neurons take the class that they answer to most strongly."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core import responses as blocks
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.responses import responses_from_spikes
from picojoule.decode.labels import assign_labels
from tests.rounding import assert_same_sums


def random_case(seed: int, samples: int = 20, neurons: int = 6, n_classes: int = 3) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    counts = torch.randint(0, 5, (samples, neurons), generator=generator, dtype=torch.int32)
    labels = torch.randint(0, n_classes, (samples,), generator=generator)
    labels[0], labels[1] = 0, 1  # at least two classes
    return counts, labels


def test_a_case_counted_by_hand() -> None:
    counts = torch.tensor([[4, 0, 0, 1], [2, 1, 0, 1], [0, 5, 0, 1], [1, 0, 0, 1], [1, 3, 0, 1]])
    labels = torch.tensor([0, 0, 1, 2, 2])

    assignment = assign_labels(counts, labels, n_classes=3)

    assert assignment.rates.tolist() == [[3.0, 0.0, 1.0], [0.5, 5.0, 1.5], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    assert assignment.labels.tolist() == [0, 1, -1, 0]  # silent: -1; tie: the lowest class
    assert assignment.labels.dtype == torch.int64
    assert assignment.proportions[:3].tolist() == [[0.75, 0.0, 0.25], [0.5 / 7, 5 / 7, 1.5 / 7], [0.0, 0.0, 0.0]]


def test_a_class_shown_more_often_gets_no_advantage() -> None:
    # the neuron answers 2 spikes to class 0 and 3 to class 1, which is shown once against ten times
    counts = torch.tensor([[2]] * 10 + [[3]])
    labels = torch.tensor([0] * 10 + [1])
    assert assign_labels(counts, labels, n_classes=2).labels.tolist() == [1]


def test_a_class_that_never_occurs_has_rate_zero() -> None:
    assignment = assign_labels(torch.tensor([[1, 0], [0, 2]]), torch.tensor([0, 2]), n_classes=4)
    assert assignment.rates[:, [1, 3]].abs().sum() == 0
    assert assignment.n_classes == 4


@settings(deadline=None)
@given(seed=st.integers(0, 10_000))
def test_permuting_neurons_permutes_the_assignment(seed: int) -> None:
    counts, labels = random_case(seed)
    order = torch.randperm(6, generator=torch.Generator().manual_seed(seed))
    plain, permuted = (assign_labels(some, labels, n_classes=3) for some in (counts, counts[:, order]))
    assert torch.equal(permuted.labels, plain.labels[order])
    assert torch.equal(permuted.rates, plain.rates[order])
    # quotients by a sum of 3 rates
    assert_same_sums(permuted.proportions, plain.proportions[order], terms=3 + 1, size=1.0)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_samples_does_not_matter(seed: int) -> None:
    counts, labels = random_case(seed)
    order = torch.randperm(20, generator=torch.Generator().manual_seed(seed))
    plain, permuted = (
        assign_labels(counts, labels, n_classes=3),
        assign_labels(counts[order], labels[order], n_classes=3),
    )
    assert torch.equal(permuted.rates, plain.rates)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.integers(2, 9))
def test_scaling_counts_scales_rates_and_keeps_labels(seed: int, factor: int) -> None:
    counts, labels = random_case(seed)
    plain, scaled = assign_labels(counts, labels, n_classes=3), assign_labels(counts * factor, labels, n_classes=3)
    assert torch.equal(scaled.labels, plain.labels)
    torch.testing.assert_close(scaled.rates, plain.rates * factor, rtol=1e-15, atol=0.0)
    torch.testing.assert_close(scaled.proportions, plain.proportions, rtol=1e-14, atol=0.0)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000))
def test_proportions_of_neurons_that_fired_sum_to_one(seed: int) -> None:
    counts, labels = random_case(seed)
    counts[:, 2] = 0
    sums = assign_labels(counts, labels, n_classes=3).proportions.sum(1)
    torch.testing.assert_close(sums, (counts.sum(0) > 0).double(), rtol=1e-14, atol=0.0)


def test_blocks_of_rows_give_the_same_as_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, labels = random_case(3)
    whole = assign_labels(counts, labels, n_classes=3)
    monkeypatch.setattr(blocks, "BLOCK", 18)  # three rows at a time
    assert torch.equal(assign_labels(counts, labels, n_classes=3).rates, whole.rates)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int64, torch.float32, torch.float64])
def test_every_number_type_gives_the_same_rates(dtype: torch.dtype) -> None:
    counts, labels = random_case(5)
    ours, theirs = (
        assign_labels(counts.to(dtype), labels.int(), n_classes=3),
        assign_labels(counts, labels, n_classes=3),
    )
    assert torch.equal(ours.rates, theirs.rates)


GOOD = torch.tensor([[1.0, 0.0], [0.0, 2.0]])


@pytest.mark.parametrize(
    ("counts", "labels", "message"),
    [
        (GOOD, torch.tensor([0, 2]), r"labels must lie in \[0, n_classes = 2\), got 0 to 2"),
        (GOOD, torch.tensor([-1, 0]), "got -1 to 0"),
        (GOOD, torch.tensor([1, 1]), "all 2 labels are 1; a decoder needs samples of at least two classes"),
        (GOOD, torch.tensor([0, 1, 1]), r"got \(3,\) for 2 responses"),
        (GOOD, torch.tensor([[0, 1]]), r"got \(1, 2\) for 2 responses"),
        (GOOD, torch.tensor([0.0, 1.0]), r"whole numbers, got torch.float32; use labels.long\(\)"),
        (GOOD[:0], torch.tensor([], dtype=torch.int64), r"at least one response, got \(0,\) for 0 responses"),
        (GOOD[:, :0], torch.tensor([0, 1]), r"counts must be \[samples, neurons\], got \(2, 0\)"),
        (GOOD[:, 0], torch.tensor([0, 1]), r"counts must be \[samples, neurons\], got \(2,\)"),
        (GOOD.bool(), torch.tensor([0, 1]), r"got torch.bool; use counts.int\(\)"),
        (-GOOD, torch.tensor([0, 1]), "finite and >= 0, got -2 to"),
        (GOOD / 0.0, torch.tensor([0, 1]), "finite and >= 0, got nan"),
        (GOOD + torch.inf, torch.tensor([0, 1]), "finite and >= 0, got inf"),
    ],
)
def test_unusable_counts_or_labels_are_refused(counts: Tensor, labels: Tensor, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        assign_labels(counts, labels, n_classes=2)


def test_one_class_is_not_a_decision() -> None:
    with pytest.raises(ParameterError, match="n_classes must be >= 2 classes, got 1"):
        assign_labels(GOOD, torch.tensor([0, 0]), n_classes=1)


def test_counts_are_taken_from_spikes_and_responses_too() -> None:
    generator = torch.Generator().manual_seed(0)
    spikes, labels = torch.bernoulli(torch.full((9, 6, 4), 0.3), generator=generator), [0, 1, 0, 1, 1, 0]
    expected = assign_labels(spikes.sum(0), torch.tensor(labels), n_classes=2)
    forms: list[Any] = [spikes, spikes.bool().numpy(), responses_from_spikes(spikes), spikes.sum(0).tolist()]
    for form in forms:
        assert torch.equal(assign_labels(form, labels, n_classes=2).rates, expected.rates)  # type: ignore[arg-type]
