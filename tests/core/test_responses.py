"""Responses agree with the spikes they summarise, and refuse tensors that contradict each other."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from picojoule.core import responses as module
from picojoule.core.errors import ShapeError
from picojoule.core.events import Events, spikes_from_events
from picojoule.core.responses import Responses, join, responses_from_spikes, row_blocks


def int32(rows: list[list[int]]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.int32)


def random_spikes(seed: int, steps: int = 5, samples: int = 4, neurons: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(steps, samples, neurons, generator=generator) < 0.3).float()


@settings(deadline=None)
@given(seed=st.integers(0, 10_000))
def test_summary_matches_a_count_by_hand(seed: int) -> None:
    spikes = random_spikes(seed)
    responses = responses_from_spikes(spikes)

    assert responses.first is not None
    assert responses.events is not None
    for sample in range(4):
        for neuron in range(3):
            train = spikes[:, sample, neuron].tolist()
            assert responses.counts[sample, neuron] == sum(train)
            assert responses.first[sample, neuron] == (train.index(1.0) if 1.0 in train else 5)
    assert torch.equal(spikes_from_events(responses.events, steps=5, samples=4, neurons=3), spikes)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 3))
def test_batches_joined_equal_all_samples_at_once(seed: int, cut: int) -> None:
    spikes = random_spikes(seed)
    whole = responses_from_spikes(spikes)
    joined = join([responses_from_spikes(spikes[:, :cut]), responses_from_spikes(spikes[:, cut:])])

    assert torch.equal(joined.counts, whole.counts)
    assert joined.first is not None
    assert whole.first is not None
    assert torch.equal(joined.first, whole.first)
    assert joined.events is not None
    assert whole.events is not None
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(joined.events, whole.events, strict=True))


def test_joining_counts_alone_leaves_the_rest_out() -> None:
    part = Responses(int32([[1, 0]]), steps=3)
    joined = join([part, part])
    assert joined.counts.tolist() == [[1, 0], [1, 0]]
    assert joined.first is None
    assert joined.events is None


def test_unlike_batches_cannot_be_joined() -> None:
    short, long = Responses(int32([[1]]), steps=3), Responses(int32([[1]]), steps=4)
    with pytest.raises(ShapeError, match="got 2 kinds"):
        join([short, long])
    with pytest.raises(ShapeError, match="got 0 kinds"):
        join([])


def test_row_blocks_cover_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 6)
    assert list(row_blocks(torch.zeros(5, 3))) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert list(row_blocks(torch.zeros(2, 100))) == [slice(0, 1), slice(1, 2)]  # a row is never cut
    assert list(row_blocks(torch.zeros(0, 3))) == []


COUNTS = [[0, 2], [1, 0]]
FIRST = [[4, 1], [3, 4]]
EVENTS = Events(torch.tensor([1, 2, 3]), torch.tensor([0, 0, 1]), torch.tensor([1, 1, 0]))


def test_consistent_tensors_are_accepted() -> None:
    responses = Responses(int32(COUNTS), steps=4, first=int32(FIRST), events=EVENTS)
    assert (responses.samples, responses.neurons) == (2, 2)
    assert Responses(int32(COUNTS)[:0], steps=4).samples == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps must be >= 1, got 0"),
        ({"counts": torch.tensor([1], dtype=torch.int32)}, r"counts must be \[samples, neurons\], got \(1,\)"),
        ({"counts": torch.tensor(COUNTS)}, r"counts must be int32, got torch.int64; use counts.to\(torch.int32\)"),
        ({"counts": int32([[-1, 0]])}, r"counts must lie in \[0, steps = 4\], got -1 to 0"),
        ({"counts": int32([[5, 0]])}, r"got 0 to 5"),
        ({"first": int32([[4, 1]])}, r"first is \(1, 2\) but counts are \(2, 2\)"),
        ({"first": int32([[0, 1], [3, 4]])}, "first contradicts counts"),  # silent, yet a first spike
        ({"first": int32([[4, 4], [3, 4]])}, "first contradicts counts"),  # spikes, yet no first one
        ({"first": int32([[4, 3], [3, 4]])}, "first contradicts counts"),  # two spikes do not fit into step 3
        ({"first": int32([[5, 1], [3, 4]])}, r"first must lie in \[0, steps = 4\], got 1 to 5"),
        ({"events": EVENTS._replace(b=torch.tensor([0, 1, 1]))}, "events contradict counts: 3 events against 3"),
        ({"events": EVENTS._replace(i=torch.tensor([1, 0, 0]))}, "events contradict counts"),
        ({"events": EVENTS._replace(t=torch.tensor([1, 2, 4]))}, r"t of the events must lie in \[0, 4\)"),
    ],
)
def test_contradictions_are_refused(change: dict[str, Any], message: str) -> None:
    fields: dict[str, Any] = {"counts": int32(COUNTS), "steps": 4} | change
    with pytest.raises(ShapeError, match=message):
        Responses(**fields)
