"""The kernels below every generated loop against the same sums in numpy, number by number and bit by bit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from picojoule.core.trains import SpikeTrains, trains_from_spikes
from picojoule.network.plasticity import Normalisation
from picojoule.simulate.event import kernels, vectors
from picojoule.simulate.event.workspace import SPARE

Floats = NDArray[np.float32]

SIZES = st.sampled_from([1, 2, vectors.WIDTH - 1, vectors.WIDTH, vectors.WIDTH + 1, 2 * vectors.WIDTH, 75])
STEPS = st.integers(1, 7)
SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=40)


def floats(random: np.random.Generator, *shape: int) -> Floats:
    return random.standard_normal(shape).astype(np.float32)


def trains(random: np.random.Generator, steps: int, n: int, share: float) -> SpikeTrains:
    """Two samples, of which the second is used, so that its places do not begin at 0."""
    return trains_from_spikes(torch.from_numpy((random.random((steps, 2, n)) < share).astype(np.float32)))


def arrivals_for(steps: int, n: int, longest: int = 1) -> Floats:
    """As a worker has them, full of what the sample before has left."""
    return np.full((steps + longest + 1 + SPARE // n, n), np.nan, np.float32)


def expected_arrivals(weight: Floats, given_trains: SpikeTrains) -> Floats:
    """Row after row in float32, in the order of the spikes."""
    expected = np.zeros((given_trains.steps + 1, weight.shape[1]), np.float32)
    for t in range(given_trains.steps):
        for i in given_trains.at(1, t):
            expected[t + 1] += weight[i]
    return expected


@FEW
@given(seed=SEEDS, n=SIZES, steps=STEPS, share=st.sampled_from([0.0, 0.2, 1.0]))
def test_sums_ahead(seed: int, n: int, steps: int, share: float) -> None:
    random = np.random.default_rng(seed)
    weight, spikes = floats(random, 6, n), trains(random, steps, 6, share)
    arrivals = arrivals_for(steps, n)

    kernels.ahead(weight, spikes.pointers[1], spikes.indices, steps, arrivals)

    assert np.array_equal(arrivals[: steps + 1], expected_arrivals(weight, spikes))


@FEW
@given(seed=SEEDS, n=SIZES, steps=STEPS)
def test_sums_made_again_for_some_neurons_equal_those_made_ahead(seed: int, n: int, steps: int) -> None:
    random = np.random.default_rng(seed)
    weight, spikes = floats(random, 6, n), trains(random, steps, 6, 0.5)
    arrivals = expected_arrivals(floats(random, 6, n), spikes)
    before = arrivals.copy()
    chosen = np.flatnonzero(random.random(n) < 0.5)

    kernels.ahead_again(np.ascontiguousarray(weight.T), chosen, spikes.pointers[1], spikes.indices, steps, arrivals)

    expected = expected_arrivals(weight, spikes)
    others = np.setdiff1d(np.arange(n), chosen)
    assert np.array_equal(arrivals[:, chosen], expected[:, chosen])
    assert np.array_equal(arrivals[:, others], before[:, others])


def delayed(weight: Floats, delay: NDArray[np.int16], spikes: SpikeTrains, *, before: int, rows: int) -> Floats:
    expected = np.zeros((rows, weight.shape[1]), np.float32)
    for t in range(min(before, spikes.steps)):
        for i in spikes.at(1, t):
            for j in range(weight.shape[1]):
                expected[t + delay[i, j], j] += weight[i, j]
    return expected


@FEW
@given(seed=SEEDS, n=st.integers(1, 9), steps=STEPS, longest=st.integers(1, 12))
def test_delayed_sums_and_how_they_are_rewound(seed: int, n: int, steps: int, longest: int) -> None:
    random = np.random.default_rng(seed)
    weight, spikes = floats(random, 6, n), trains(random, steps, 6, 0.5)
    delay = random.integers(1, longest + 1, (6, n)).astype(np.int16)
    arrivals = arrivals_for(steps, n, longest)

    kernels.ahead_delayed(weight, delay, spikes.pointers[1], spikes.indices, steps, arrivals)
    assert np.array_equal(arrivals, delayed(weight, delay, spikes, before=steps, rows=len(arrivals)))

    j, t = int(random.integers(n)), int(random.integers(steps))
    seen = arrivals[: t + 1].copy()
    own = [np.ascontiguousarray(column) for column in (weight[:, j], delay[:, j])]
    kernels.rewind_delayed(*own, spikes.pointers[1], spikes.indices, t, longest, arrivals, j)

    sent = delayed(weight, delay, spikes, before=t, rows=len(arrivals))
    assert np.array_equal(arrivals[: t + 1], seen)  # what has arrived already
    assert np.array_equal(arrivals[t + 1 :, j], sent[t + 1 :, j])
    unrelated = [k for k in range(n) if k != j]
    whole = delayed(weight, delay, spikes, before=steps, rows=len(arrivals))
    assert np.array_equal(arrivals[:, unrelated], whole[:, unrelated])


@FEW
@given(seed=SEEDS, n=st.integers(1, 40), total=st.floats(0.1, 100.0))
def test_normalisation_is_that_of_the_network_within_bounds(seed: int, n: int, total: float) -> None:
    random = np.random.default_rng(seed)
    weights = np.abs(floats(random, n)) if seed % 2 else floats(random, n)
    expected = Normalisation(total).apply(torch.from_numpy(weights.copy()).unsqueeze(1), torch.tensor([0]))
    low, high = np.float32(-1.0), np.float32(2.0)

    kernels.normalise(weights, total, low, high)

    assert np.array_equal(weights, expected.squeeze(1).clamp(-1.0, 2.0).numpy())


@pytest.mark.parametrize("columns", [1, 2, 9, 40])
def test_normalisation_adds_in_the_order_of_the_source_neurons(columns: int) -> None:
    # 1 + 2^-60 is 1 in double precision, but 2^-60 + 2^-60 + ... is not lost: only this order gives a sum of 1,
    # and the total is half-way between two numbers in single precision
    weights = np.full(1024, 2.0**-60, np.float32)
    weights[0] = 1.0
    matrix, total = torch.from_numpy(weights).unsqueeze(1).repeat(1, columns), 1.0 + 3 * 2.0**-24

    kernels.normalise(weights, total, np.float32(0.0), np.float32(2.0))

    assert weights[0] == 1.0 + 2.0**-22
    expected = torch.from_numpy(weights).unsqueeze(1).expand(-1, columns)
    assert torch.equal(Normalisation(total).apply(matrix, torch.arange(columns)), expected)


def test_weights_that_are_all_zero_stay_zero() -> None:
    weights = np.zeros(5, np.float32)
    kernels.normalise(weights, 3.0, np.float32(0.0), np.float32(1.0))
    assert not weights.any()


@pytest.mark.parametrize("shape", [(1, 1), (31, 33), (64, 32), (70, 100)])
def test_transposing(shape: tuple[int, int]) -> None:
    matrix = floats(np.random.default_rng(1), *shape)
    out = np.full(shape[::-1], np.nan, np.float32)
    kernels.transpose(matrix, out)
    assert np.array_equal(out, matrix.T)


@FEW
@given(seed=SEEDS, samples=st.integers(1, 4), total=st.sampled_from([0.0, 3.0]))
def test_what_samples_changed_is_added_up_in_their_order(seed: int, samples: int, total: float) -> None:
    random = np.random.default_rng(seed)
    n, m = 5, 4  # targets, sources
    by_target = random.random((n, m)).astype(np.float32)
    by_source = np.ascontiguousarray(by_target.T)
    changed = random.random((samples, n, m)).astype(np.float32)
    numbers = np.stack([random.permutation(n) for _ in range(samples)]).astype(np.int32)
    counts = random.integers(0, n + 1, samples)
    expected = by_target.copy()
    touched = sorted({int(j) for b in range(samples) for j in numbers[b, : counts[b]]})
    for j in touched:
        sums = np.zeros(m, np.float32)
        for b in range(samples):
            for row in range(counts[b]):
                if numbers[b, row] == j:
                    sums += changed[b, row] - by_target[j]
        expected[j] = np.clip(by_target[j] + sums, np.float32(0.0), np.float32(1.0))
        if total:
            scaled = Normalisation(total).apply(torch.from_numpy(expected[j]).unsqueeze(1), torch.tensor([0]))
            expected[j] = scaled.squeeze(1).clamp(0.0, 1.0).numpy()
    slot = np.full(n, -1, np.int32)

    number = kernels.merge_samples(
        by_target, by_source, changed, numbers, counts, np.float32(0.0), np.float32(1.0), total,
        np.empty((n, m), np.float32), slot,
    )  # fmt: skip

    assert number == len(touched)
    assert np.array_equal(by_target, expected)
    assert np.array_equal(by_source, expected.T)
    assert (slot == -1).all()


@given(
    values=st.lists(st.sampled_from([-1.0, -1e-45, np.nan, -np.inf]), min_size=1, max_size=40),
    place=st.integers(0, 39),
    crossing=st.sampled_from([0.0, -0.0, 1e-45, 3.0, np.inf]),
)
def test_a_crossing_is_seen_at_any_place(values: list[float], place: int, crossing: float) -> None:
    excess = np.array(values, np.float32)
    assert not vectors.any_crossed(excess)
    excess[place % len(values)] = crossing
    assert vectors.any_crossed(excess)
