"""Counters add up; nothing is lost or mixed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.counts import ConnectionCounts, Counts, Operations, PopulationCounts
from picojoule.core.errors import ParameterError, UnknownNameError

whole = st.integers(0, 10**6)


def run(samples: int, spikes: int, events: int, updates: int = 0) -> Counts:
    return Counts(
        samples,
        250 * samples,
        {
            "X": PopulationCounts(784, spikes=spikes),
            "Ae": PopulationCounts(100, spikes=7, updates=25_000, state_words=2),
        },
        {("X", "Ae"): ConnectionCounts(78_400, events, updates, 2 * updates, 3 * updates, stored_weights=78_400)},
    )


@given(st.tuples(whole, whole, whole, whole), st.integers(0, 50))
def test_operations_times_a_number_are_repeated_additions(kinds: tuple[int, int, int, int], times: int) -> None:
    once, many = Operations(*kinds), Operations()
    for _ in range(times):
        many = many + once
    assert once * times == many
    assert many.total == times * sum(kinds)


@given(st.tuples(whole, whole, whole, whole), st.tuples(whole, whole, whole, whole))
def test_runs_add_in_any_order(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> None:
    total = run(*one) + run(*other)
    assert total == run(*other) + run(*one)
    assert (total.samples, total.steps) == (one[0] + other[0], 250 * (one[0] + other[0]))
    assert total.populations["X"].spikes == one[1] + other[1]
    connection = total.connections["X", "Ae"]
    assert connection.events == one[2] + other[2]
    assert (connection.updates_on_pre, connection.updates_on_post, connection.normalised) == (
        one[3] + other[3],
        2 * (one[3] + other[3]),
        3 * (one[3] + other[3]),
    )


def test_adding_leaves_the_terms_alone_and_keeps_sizes() -> None:
    one, other = run(1, 5, 6), run(2, 7, 8)
    total = one + other
    total.populations["X"].spikes = 0
    assert (one, other) == (run(1, 5, 6), run(2, 7, 8))
    assert total.connections["X", "Ae"].synapses == 78_400
    assert total.populations["Ae"] == PopulationCounts(100, spikes=14, updates=50_000, state_words=2)


def test_an_empty_run_is_the_zero() -> None:
    assert Counts() + run(3, 5, 6) == run(3, 5, 6) == run(3, 5, 6) + Counts()


def test_different_networks_do_not_add() -> None:
    other = Counts(1, 250, {"X": PopulationCounts(400)})
    with pytest.raises(ParameterError, match="different populations: neurons is 784 in one and 400 in the other"):
        run(1, 1, 1) + other
    with pytest.raises(ParameterError, match="different connections: stored_weights is 78400"):
        run(1, 1, 1) + Counts(1, 250, {}, {("X", "Ae"): ConnectionCounts(78_400)})


def test_spike_rate_in_hertz() -> None:
    # 784 neurons, 2 presentations of 250 steps of 0.5 ms = 0.25 s
    assert run(2, 1960, 0).spike_rate("X", dt=0.5) == pytest.approx(1960 / 784 / 0.25, rel=1e-15)
    assert Counts(0, 0, {"X": PopulationCounts(784)}).spike_rate("X", dt=1.0) == 0.0
    with pytest.raises(UnknownNameError, match="unknown population 'Ai'"):
        run(2, 1, 1).spike_rate("Ai", dt=1.0)


def test_work_per_presentation() -> None:
    assert run(4, 93, 1000, 10).per_sample() == {
        "spikes": 25.0,
        "synaptic_events": 250.0,
        "neuron_updates": 6250.0,
        "weight_updates": 15.0,
    }
    assert set(Counts().per_sample().values()) == {0.0}


def test_plain_values_survive_json() -> None:
    written = json.loads(json.dumps(run(1, 5, 6).to_dict()))
    assert written["connections"]["X -> Ae"]["events"] == 6
    assert written["populations"]["Ae"]["step"] == {
        "additions": 0,
        "multiplications": 0,
        "divisions": 0,
        "functions": 0,
    }
