"""Dense spikes and event lists say the same."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from picojoule.core.errors import ShapeError
from picojoule.core.events import Events, check_events, events_from_spikes, spikes_from_events


def events(t: list[int], b: list[int], i: list[int]) -> Events:
    return Events(torch.tensor(t), torch.tensor(b), torch.tensor(i))


@settings(deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(1, 5)),
    seed=st.integers(0, 10_000),
    rate=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_listing_and_writing_are_inverse(sizes: tuple[int, int, int], seed: int, rate: float) -> None:
    spikes = (torch.rand(sizes, generator=torch.Generator().manual_seed(seed)) < rate).float()
    steps, samples, neurons = sizes

    listed = events_from_spikes(spikes)

    assert listed.t.numel() == int(spikes.sum())
    rows = list(zip(*(column.tolist() for column in listed), strict=True))
    assert rows == sorted(rows)
    assert torch.equal(spikes_from_events(listed, steps=steps, samples=samples, neurons=neurons), spikes)


def test_several_neuron_axes_become_one_flat_index() -> None:
    spikes = torch.zeros(2, 1, 3, 4, dtype=torch.bool)
    spikes[1, 0, 2, 1] = True
    assert [column.tolist() for column in events_from_spikes(spikes)] == [[1], [0], [2 * 4 + 1]]


def test_dense_dtype_is_chosen_by_the_caller_and_narrow_event_dtypes_are_read() -> None:
    listed = Events(*(column.to(torch.uint8) for column in events([0, 1], [0, 1], [2, 0])))
    spikes = spikes_from_events(listed, steps=2, samples=2, neurons=3, dtype=torch.bool)
    assert spikes.dtype == torch.bool
    assert spikes.nonzero().tolist() == [[0, 0, 2], [1, 1, 0]]


def test_spikes_without_a_batch_axis_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"\[T, B, \*N\], got \(4, 3\)"):
        events_from_spikes(torch.zeros(4, 3))


@pytest.mark.parametrize("value", [-1.0, 0.5, 2.0, float("nan")])
def test_values_other_than_zero_and_one_are_refused(value: float) -> None:
    spikes = torch.zeros(2, 1, 2)
    spikes[0, 0, 1] = value
    with pytest.raises(ShapeError, match="must be 0 or 1"):
        events_from_spikes(spikes)


def test_a_spike_listed_twice_is_refused() -> None:
    with pytest.raises(ShapeError, match="list 1 spikes twice"):
        spikes_from_events(events([0, 0], [0, 0], [1, 1]), steps=1, samples=1, neurons=2)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (events([0], [0, 0], [0]), r"equally long, got t \(1,\), b \(2,\), i \(1,\)"),
        (Events(*torch.zeros(3, 1, 1, dtype=torch.int64)), "one-dimensional"),
        (events([1, 0], [0, 0], [0, 0]), "sorted by t"),
        (events([0, 2], [0, 0], [0, 0]), r"t of the events must lie in \[0, 2\), got 0 to 2"),
        (events([0], [3], [0]), r"b of the events must lie in \[0, 3\), got 3 to 3"),
        (events([0], [0], [-1]), r"i of the events must lie in \[0, 4\), got -1"),
        (events([0], [0], [0])._replace(i=torch.tensor([0.0])), r"i of the events must hold whole numbers.*i\.long"),
    ],
)
def test_malformed_events_are_refused_by_name(bad: Events, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        check_events(bad, steps=2, samples=3, neurons=4)


def test_no_events_are_fine() -> None:
    empty = torch.empty(0, dtype=torch.int64)
    assert spikes_from_events(Events(empty, empty, empty), steps=2, samples=1, neurons=3).sum() == 0
