"""N-grams on hand-made firing sequences and against a slow loop."""

from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import CheckpointError, ParameterError, ShapeError
from picojoule.core.events import Events
from picojoule.core.responses import Responses, responses_from_spikes
from picojoule.decode.ngram import NGram


def firing(*samples: str, neurons: int = 4) -> Responses:
    """Each sample is a word: one neuron number per step, "." for a step without spikes."""
    spikes = torch.zeros(max(map(len, samples)), len(samples), neurons)
    for b, word in enumerate(samples):
        for t, letter in enumerate(word):
            if letter != ".":
                spikes[t, b, int(letter)] = 1.0
    return responses_from_spikes(spikes)


def test_a_hand_made_sequence() -> None:
    train = firing("0101", "01.2", "10.3")
    readout = NGram(n=2).fit(train, torch.tensor([0, 0, 1]), n_classes=2)

    # pairs per presentation: class 0: 01 three times in two samples, 10 and 12 once; class 1: 10 and 03 once
    scores = readout.scores(firing("01", "10", "12", "03", "0.1.0", "33"))
    assert scores.tolist() == [[1.5, 0.0], [0.5, 1.0], [0.5, 0.0], [0.0, 1.0], [2.0, 1.0], [0.0, 0.0]]
    assert readout.predict(firing("01", "10", "33", "1")).tolist() == [0, 1, -1, -1]


def test_the_order_decides_where_counts_are_equal() -> None:
    train = firing("0123", "3210")
    assert torch.equal(train.counts[0], train.counts[1])
    readout = NGram(n=2).fit(train, torch.tensor([0, 1]), n_classes=2)
    assert readout.predict(firing("012", "321")).tolist() == [0, 1]


def test_spikes_of_one_step_are_ordered_by_neuron() -> None:
    spikes = torch.zeros(1, 2, 3)
    spikes[0, 0, [0, 2]] = 1.0
    spikes[0, 1, [1, 2]] = 1.0
    readout = NGram(n=2).fit(responses_from_spikes(spikes), torch.tensor([0, 1]), n_classes=2)
    assert readout.predict(firing("02", "20", "12", neurons=3)).tolist() == [0, -1, 1]


def test_the_order_of_equally_timed_events_in_the_list_does_not_matter() -> None:
    counts = torch.tensor([[1, 1, 1], [1, 1, 1]], dtype=torch.int32)
    events = Events(
        torch.tensor([0, 0, 0, 0, 1, 1]), torch.tensor([1, 0, 1, 0, 1, 0]), torch.tensor([2, 1, 0, 0, 1, 2])
    )
    shuffled = Events(*(column[[3, 2, 1, 0, 5, 4]] for column in events))
    readouts = [
        NGram(n=2).fit(Responses(counts, steps=2, events=some), torch.tensor([0, 1]), n_classes=2)
        for some in (events, shuffled)
    ]
    shown = firing("01", "12", "02", neurons=3)
    assert readouts[0].scores(shown).tolist() == [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    assert torch.equal(readouts[1].scores(shown), readouts[0].scores(shown))


def test_tuples_do_not_reach_across_samples() -> None:
    train = firing("01", "23")
    readout = NGram(n=2).fit(train, torch.tensor([0, 1]), n_classes=2)
    assert readout.predict(firing("12", "30")).tolist() == [-1, -1]


def test_a_class_shown_more_often_gets_no_advantage() -> None:
    train = firing(*["01"] * 9, "01")
    readout = NGram(n=2).fit(train, torch.tensor([1] * 9 + [0]), n_classes=2)
    assert readout.scores(firing("01")).tolist() == [[1.0, 1.0]]
    assert readout.predict(firing("01")).tolist() == [0]


def slow_scores(train: Tensor, labels: list[int], test: Tensor, n: int, n_classes: int) -> list[list[float]]:
    def grams(spikes: Tensor) -> list[tuple[int, ...]]:
        order = [int(neuron) for frame in spikes for neuron in frame.nonzero().flatten()]
        return list(zip(*(order[k:] for k in range(n)), strict=False))

    seen: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(n_classes)]
    for b, label in enumerate(labels):
        seen[label].update(grams(train[:, b]))
    return [
        [sum(seen[c][gram] for gram in grams(test[:, b])) / max(1, labels.count(c)) for c in range(n_classes)]
        for b in range(test.shape[1])
    ]


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 3))
def test_scores_equal_the_definition_written_as_a_loop(seed: int, n: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    train, test = (torch.rand(2, 6, 7, 4, generator=generator) < 0.25).float()
    labels = [0, 1, 0, 3, 1, 0, 0]  # unbalanced, class 2 missing
    readout = NGram(n=n).fit(responses_from_spikes(train), torch.tensor(labels), n_classes=4)
    expected = torch.tensor(slow_scores(train, labels, test, n, 4), dtype=torch.float64)
    assert torch.equal(readout.scores(responses_from_spikes(test)), expected)


def test_many_grams_are_looked_up_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    train, labels = firing("0123", "3210", "0312"), torch.tensor([0, 1, 0])
    readout = NGram(n=2).fit(train, labels, n_classes=2)
    whole = readout.scores(train)
    monkeypatch.setattr("picojoule.decode.ngram.AT_ONCE", 2)
    assert torch.equal(readout.scores(train), whole)


def test_large_populations_have_distinct_keys() -> None:
    spikes = torch.zeros(2, 2, 70_000)
    spikes[0, 0, 65_536] = spikes[1, 0, 0] = 1.0  # would coincide with (0, 65536) in 32 bits
    spikes[0, 1, 0] = spikes[1, 1, 65_536] = 1.0
    responses = responses_from_spikes(spikes)
    assert NGram(n=2).fit(responses, torch.tensor([0, 1]), n_classes=2).predict(responses).tolist() == [0, 1]


def test_responses_without_events_are_refused() -> None:
    bare = Responses(torch.ones(2, 3, dtype=torch.int32), steps=2)
    with pytest.raises(
        ShapeError, match=r"NGram needs every spike, and only counts are there; record them, or give spikes"
    ):
        NGram().fit(bare, torch.tensor([0, 1]), n_classes=2)


def test_lengths_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"NGram\.n must be >= 1 spikes, got 0"):
        NGram(n=0)
    with pytest.raises(ParameterError, match=r"NGram\(n=32\) on 4 neurons has more than 2\^63"):
        NGram(n=32).fit(firing("01", "10"), torch.tensor([0, 1]), n_classes=2)


def test_a_table_that_contradicts_itself_is_refused() -> None:
    state = NGram().fit(firing("01", "10"), torch.tensor([0, 1]), n_classes=2).state()
    state["keys"] = state["keys"][:1]
    with pytest.raises(CheckpointError, match=r"'occurrences' of the stored NGram must be \[1, 2\], got \(2, 2\)"):
        NGram.from_state(state)
