"""`Poisson` against the law of a Poisson process cut into steps.

A step of length dt holds a spike with probability q = 1 - exp(-p), where p is the mean number per step, independently
of all other steps: counts are binomial and intervals geometric.
"""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.core.random import exponentials, philox_blocks
from picojoule.encode.poisson import Poisson


def within(found: float, expected: float, deviation: float) -> bool:
    """Within five standard deviations: a right implementation fails once in two million seeds; the seeds are fixed."""
    return abs(found - expected) < 5.0 * deviation


@settings(max_examples=30, derandomize=True)
@given(
    intensity=st.floats(2**-6, 1.0, width=32),
    max_rate=st.floats(1.0, 500.0),
    dt=st.floats(0.1, 2.0),
    seed=st.integers(-(2**70), 2**70),
)
def test_the_mean_count_is_that_of_a_binned_poisson_process(
    intensity: float, max_rate: float, dt: float, seed: int
) -> None:
    steps, n = 200, 100
    spikes = Poisson(max_rate=max_rate)(torch.full((1, n), intensity), steps=steps, dt=dt, seed=seed)
    q = 1.0 - math.exp(-intensity * max_rate * dt / 1000.0)
    assert within(spikes.sum().item(), n * steps * q, math.sqrt(n * steps * q * (1.0 - q)) + 0.5)


@pytest.mark.parametrize("p", [0.02, 0.2, 1.0])
def test_intervals_between_spikes_are_geometric(p: float) -> None:
    """Chi-square over 100,000 intervals, the tail in one bin; the statistic has mean k and variance 2 k."""
    q = 1.0 - math.exp(-p)
    n, steps = 200, math.ceil(700 / q)
    trains = Poisson(max_rate=1000.0 * p).trains(torch.ones(1, n), steps=steps, seed=4)
    steps_of = np.repeat(np.arange(steps), np.diff(trains.pointers[0]))
    by_input = np.lexsort((steps_of, trains.indices))
    intervals = np.diff(steps_of[by_input])[np.diff(trains.indices[by_input]) == 0]
    assert len(intervals) >= 100_000
    bins = math.ceil(math.log(100 / len(intervals)) / math.log(1.0 - q))  # 100 intervals or so are longer
    observed = np.bincount(np.minimum(intervals, bins + 1), minlength=bins + 2)
    expected = np.array([q * (1.0 - q) ** (k - 1) for k in range(1, bins + 1)] + [(1.0 - q) ** bins]) * len(intervals)
    chi_square = float(((observed[1:] - expected) ** 2 / expected).sum())
    assert observed[0] == 0
    assert within(chi_square, bins, math.sqrt(2.0 * bins))


def test_the_rate_is_the_same_in_every_step() -> None:
    spikes = Poisson(max_rate=100.0)(torch.ones(40, 500), steps=50, seed=1)
    per_step = spikes.sum((1, 2))
    q, n = 1.0 - math.exp(-0.1), 40 * 500
    assert all(within(count, n * q, math.sqrt(n * q * (1.0 - q))) for count in per_step.tolist())


@pytest.mark.parametrize(
    "other",
    [{"seed": 8}, {"seed": 7 + 2**32}, {"seed": -7}, {"presentation": 1}, {"samples": [1, 2, 3, 4]}, {"seed": 0}],
    ids=str,
)
def test_other_numbers_give_independent_spikes(other: dict[str, int]) -> None:
    arguments = {"seed": 7, "presentation": 0, "samples": [0, 1, 2, 3]}
    one = dense(arguments)
    two = dense(arguments | other)
    assert uncorrelated(one, two)


def dense(arguments: dict[str, object]) -> Tensor:
    return Poisson(max_rate=300.0).trains(torch.ones(4, 50), steps=400, **arguments).dense()  # type: ignore[arg-type]


def uncorrelated(one: Tensor, two: Tensor) -> bool:
    """Common spikes are as many as chance has them."""
    q, n = 1.0 - math.exp(-0.3), one.numel()
    return within((one * two).sum().item(), n * q * q, math.sqrt(n * q * q * (1.0 - q * q)))


def test_inputs_samples_and_neighbouring_steps_are_independent() -> None:
    spikes = dense({"seed": 3})
    assert uncorrelated(spikes[:, :, :-1], spikes[:, :, 1:])
    assert uncorrelated(spikes[:, :-1], spikes[:, 1:])
    assert uncorrelated(spikes[:-1], spikes[1:])


def test_sample_and_presentation_are_not_interchangeable() -> None:
    assert uncorrelated(
        dense({"presentation": 1, "samples": [2, 2, 2, 2]}), dense({"presentation": 2, "samples": [1, 1, 1, 1]})
    )


def test_zero_intensity_never_spikes_and_takes_nothing_from_others() -> None:
    image = torch.ones(1, 20)
    image[0, ::2] = 0.0
    spikes = Poisson(max_rate=500.0)(image, steps=300)
    assert not spikes[:, :, ::2].any()
    assert torch.equal(spikes[:, :, 1::2], Poisson(max_rate=500.0)(torch.ones(1, 20), steps=300)[:, :, 1::2])
    assert Poisson().trains(torch.zeros(3, 5), steps=10).spikes == 0


def test_one_spike_per_step_on_average_is_the_most() -> None:
    spikes = Poisson(max_rate=1000.0)(torch.ones(1, 200), steps=500, dt=1.0)
    assert within(spikes.mean().item(), 1.0 - math.exp(-1.0), math.sqrt(0.25 / spikes.numel()))
    message = (
        r"max_rate=1001 Hz with dt=1 ms needs 1\.001 spikes per step, and one holds at most 1; "
        r"use max_rate <= 1000 Hz or dt <= 0\.999001 ms"
    )
    with pytest.raises(ParameterError, match=message):
        Poisson(max_rate=1001.0)(torch.ones(1, 1), steps=5, dt=1.0)


def test_many_more_spikes_than_the_buffers_begin_with() -> None:
    trains = Poisson(max_rate=1000.0).trains(torch.ones(2, 3000), steps=40, seed=1)
    mean = 2 * 3000 * 40 * (1.0 - math.exp(-1.0))
    assert within(trains.spikes, mean, math.sqrt(mean * math.exp(-1.0)))
    assert len(trains.indices) == trains.pointers[-1, -1] == trains.spikes
    assert trains.pointers[0, 0] == 0
    assert trains.pointers[0, -1] == trains.pointers[1, 0]


@pytest.mark.parametrize(("rate", "shown"), [(0.0, "0"), (-1.0, "-1")])
def test_a_rate_must_be_positive(rate: float, shown: str) -> None:
    with pytest.raises(ParameterError, match=rf"Poisson\.max_rate must be > 0 Hz, got {shown}"):
        Poisson(max_rate=rate)


@pytest.mark.parametrize(("p", "steps"), [(0.05, 10), (0.128, 250)])
def test_every_input_walks_along_its_own_stream_of_random_numbers(p: float, steps: int) -> None:
    """Intervals are the exponentials of counters (draw, input, sample, presentation), however many an input needs."""
    n, seed, sample, presentation = 2000, 7 + (9 << 32), 5, 3
    trains = Poisson(max_rate=1000.0 * p).trains(
        torch.ones(1, n), steps=steps, seed=seed, presentation=presentation, samples=[sample]
    )
    found = trains.dense()[:, 0].numpy()
    draws = np.arange(40, dtype=np.uint32)  # four numbers each: far more than 32 spikes, the mean, and 20 deviations
    needed = 0
    for i in range(n):
        words = philox_blocks((7, 9), draws, np.full_like(draws, i), sample, presentation)
        times = np.cumsum(exponentials(words).astype(np.float64) * (1.0 / p))
        assert np.array_equal(np.flatnonzero(found[:, i]), np.unique(times[times < steps].astype(np.int64)))
        needed = max(needed, int((times < steps).sum()) + 1)
    assert needed > p * steps + 3.0 * math.sqrt(p * steps)  # some need more numbers than most
