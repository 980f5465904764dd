"""Output neurons that stand for classes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.responses import Responses, responses_from_spikes
from picojoule.decode.output import FirstSpike, SpikeCount


def responses(counts: list[list[int]], first: list[list[int]] | None = None) -> Responses:
    steps = 10
    told = None if first is None else torch.tensor(first, dtype=torch.int32)
    return Responses(torch.tensor(counts, dtype=torch.int32), steps=steps, first=told)


def test_most_spikes_win_and_ties_go_to_the_lowest_class() -> None:
    assert SpikeCount().predict(responses([[1, 4, 2], [3, 3, 0], [0, 2, 2], [0, 0, 0]])).tolist() == [1, 0, 1, -1]


def test_neurons_of_a_class_are_consecutive() -> None:
    readout = SpikeCount(neurons_per_class=2)
    assert readout.scores(responses([[1, 4, 2, 2], [5, 0, 3, 3]])).tolist() == [[5.0, 4.0], [5.0, 6.0]]


def test_the_earliest_spike_wins_however_many_follow() -> None:
    assert FirstSpike().predict(responses([[9, 1]], first=[[1, 0]])).tolist() == [1]


def test_equally_early_classes_are_told_apart_by_their_spikes_then_by_number() -> None:
    shown = responses([[1, 3, 2], [2, 2, 1], [0, 0, 0]], first=[[4, 4, 4], [5, 5, 5], [10, 10, 10]])
    assert FirstSpike().predict(shown).tolist() == [1, 0, -1]


def test_the_spike_of_the_last_step_still_decides() -> None:
    assert FirstSpike().predict(responses([[0, 1]], first=[[10, 9]])).tolist() == [1]


def test_earliest_of_several_neurons_per_class() -> None:
    shown = responses([[1, 1, 1, 1]], first=[[6, 5, 9, 2]])
    assert FirstSpike(neurons_per_class=2).predict(shown).tolist() == [1]


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), per_class=st.sampled_from([1, 2, 3]))
def test_first_spike_equals_waiting_step_by_step(seed: int, per_class: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    spikes = (torch.rand(8, 5, 6, generator=generator) < 0.05).float()
    predicted = FirstSpike(per_class).predict(responses_from_spikes(spikes))
    by_class = spikes.reshape(8, 5, 6 // per_class, per_class).sum(3)
    for sample in range(5):
        expected = -1
        for frame in by_class[:, sample]:
            if bool((frame > 0).any()):
                early = by_class[:, sample].sum(0) * (frame > 0)
                expected = int(early.argmax())
                break
        assert int(predicted[sample]) == expected


def test_counts_cannot_outweigh_one_step() -> None:
    # two full trains of class 0 against one single earlier spike of class 1
    shown = responses([[9, 9, 1, 0]], first=[[1, 1, 0, 10]])
    assert FirstSpike(neurons_per_class=2).predict(shown).tolist() == [1]


@pytest.mark.parametrize("kind", [SpikeCount, FirstSpike])
def test_populations_that_do_not_stand_for_classes_are_refused(kind: type[SpikeCount] | type[FirstSpike]) -> None:
    shown = responses([[1, 0, 0], [0, 1, 0]])
    with pytest.raises(ShapeError, match=r"needs 2 classes × 2 = 4 output neurons, got 3; .*use AllActivity"):
        kind(neurons_per_class=2).fit(shown, torch.tensor([0, 1]), n_classes=2)
    with pytest.raises(ParameterError, match=rf"{kind.__name__}\.neurons_per_class must be >= 1 neurons, got 0"):
        kind(neurons_per_class=0)


def test_neurons_that_cannot_be_divided_evenly_are_refused() -> None:
    with pytest.raises(ShapeError, match="SpikeCount cannot divide 3 output neurons evenly into classes of 2"):
        SpikeCount(neurons_per_class=2).predict(responses([[1, 0, 0]]))


def test_first_spikes_must_have_been_recorded() -> None:
    with pytest.raises(
        ShapeError, match=r"FirstSpike needs the first spikes, and only counts are there; give spikes \[T, B, N\]"
    ):
        FirstSpike().predict(responses([[1, 0]]))
