"""Votes against hand-counted scores and a slow loop."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.responses import Responses
from picojoule.decode.labels import Assignment, assign_labels, assignment_of
from picojoule.decode.votes import AllActivity, ProportionWeighting


def responses(rows: list[list[int]]) -> Responses:
    return Responses(torch.tensor(rows, dtype=torch.int32), steps=100)


def random_case(seed: int) -> tuple[Responses, Tensor, Responses]:
    generator = torch.Generator().manual_seed(seed)
    train, test = torch.randint(0, 6, (2, 30, 8), generator=generator, dtype=torch.int32)
    train[:, 3] = 0  # never fired in training
    labels = torch.arange(30) % 4
    return Responses(train, steps=10), labels, Responses(test, steps=10)


def slow_scores(counts: Tensor, assignment: Assignment, weighted: bool) -> list[list[float]]:
    scores = []
    for row in counts.tolist():
        votes: list[list[float]] = [[] for _ in range(assignment.n_classes)]
        for neuron, label in enumerate(assignment.labels.tolist()):
            if label >= 0:
                weight = float(assignment.proportions[neuron, label]) if weighted else 1.0
                votes[label].append(weight * row[neuron])
        scores.append([sum(some) / len(some) if some else 0.0 for some in votes])
    return scores


@settings(deadline=None)
@given(seed=st.integers(0, 10_000))
@pytest.mark.parametrize(("kind", "weighted"), [(AllActivity, False), (ProportionWeighting, True)])
def test_scores_equal_the_definition_written_as_a_loop(
    kind: type[AllActivity] | type[ProportionWeighting], weighted: bool, seed: int
) -> None:
    train, labels, test = random_case(seed)
    assignment = assign_labels(train.counts, labels, n_classes=4)
    expected = torch.tensor(slow_scores(test.counts, assignment, weighted), dtype=torch.float64)
    scores = kind().fit(train, labels, n_classes=4).scores(test)
    torch.testing.assert_close(scores, expected, rtol=1e-13, atol=0.0)


def test_the_mean_over_neurons_decides_not_the_sum() -> None:
    # classes 0 and 1 have three neurons and one; three weak votes must not beat one strong one
    readout = AllActivity(assignment_of(torch.tensor([[1.0, 0.0]] * 3 + [[0.0, 1.0]])))
    assert readout.scores(responses([[2, 2, 2, 3]])).tolist() == [[2.0, 3.0]]
    assert readout.predict(responses([[2, 2, 2, 3]])).tolist() == [1]


def test_an_unselective_neuron_has_less_say_when_votes_are_weighted() -> None:
    rates = torch.tensor([[3.0, 2.0], [0.0, 1.0]])  # the first neuron fires for both classes
    shown = responses([[6, 4]])
    assert AllActivity(assignment_of(rates)).predict(shown).tolist() == [0]
    weighted = ProportionWeighting(assignment_of(rates))
    torch.testing.assert_close(weighted.scores(shown), torch.tensor([[3.6, 4.0]]).double(), rtol=1e-7, atol=0.0)
    assert weighted.predict(shown).tolist() == [1]


@pytest.mark.parametrize("kind", [AllActivity, ProportionWeighting])
def test_neurons_silent_in_training_do_not_vote(kind: type[AllActivity] | type[ProportionWeighting]) -> None:
    readout = kind().fit(responses([[3, 0, 0], [0, 3, 0]]), torch.tensor([0, 1]), n_classes=2)
    assert readout.predict(responses([[0, 0, 9], [0, 1, 9]])).tolist() == [-1, 1]


def test_equal_means_go_to_the_lowest_class_even_if_they_are_not_exact_in_binary() -> None:
    # 1/3 from three neurons and 2/6 from six
    readout = AllActivity(assignment_of(torch.tensor([[0.0, 1.0]] * 3 + [[1.0, 0.0]] * 6)))
    assert readout.predict(responses([[1, 0, 0, 1, 1, 0, 0, 0, 0]])).tolist() == [0]
    flipped = AllActivity(assignment_of(torch.tensor([[1.0, 0.0]] * 3 + [[0.0, 1.0]] * 6)))
    assert flipped.predict(responses([[1, 0, 0, 1, 1, 0, 0, 0, 0]])).tolist() == [0]


@settings(deadline=None)
@given(seed=st.integers(0, 10_000))
@pytest.mark.parametrize("kind", [AllActivity, ProportionWeighting])
def test_permuting_neurons_leaves_predictions_unchanged(
    kind: type[AllActivity] | type[ProportionWeighting], seed: int
) -> None:
    train, labels, test = random_case(seed)
    order = torch.randperm(8, generator=torch.Generator().manual_seed(seed))
    plain = kind().fit(train, labels, n_classes=4).scores(test)
    permuted_train, permuted_test = (Responses(some.counts[:, order], steps=10) for some in (train, test))
    permuted = kind().fit(permuted_train, labels, n_classes=4).scores(permuted_test)
    torch.testing.assert_close(permuted, plain, rtol=1e-13, atol=1e-13)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.integers(2, 10))
def test_a_test_sample_with_more_spikes_everywhere_is_decided_alike(seed: int, factor: int) -> None:
    train, labels, test = random_case(seed)
    readout = AllActivity().fit(train, labels, n_classes=4)
    louder = Responses(test.counts * factor, steps=10 * factor)
    assert torch.equal(readout.predict(louder), readout.predict(test))
