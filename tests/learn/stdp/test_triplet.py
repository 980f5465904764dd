"""`TripletSTDP` against its closed forms; float32 weights, so n changes are off by n * 6e-8 at most."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.learn.stdp.triplet import TripletSTDP

times = st.lists(st.integers(1, 40), max_size=8, unique=True).map(sorted)
trains = st.lists(times, min_size=8, max_size=8)  # every train of one side meets every train of the other


def test_a_first_postsynaptic_spike_potentiates_nothing(learn: Callable[..., Tensor]) -> None:
    weights = learn(TripletSTDP(nu=(0.0, 0.3)), [[3], [10]], [[10]])
    assert (weights - 0.5).abs().max() == 0.0


def test_a_second_postsynaptic_spike_potentiates_by_both_traces(learn: Callable[..., Tensor]) -> None:
    rule = TripletSTDP(nu=(0.0, 0.3), tau_pre=15.0, tau_post2=40.0)
    weights = learn(rule, [[18], [20], [3]], [[8, 20]])
    expected = [0.3 * math.exp(-(20 - s) / 15.0) * math.exp(-12 / 40.0) for s in (18, 20, 3)]
    assert (weights[:, 0] - 0.5).tolist() == pytest.approx(expected, abs=3e-7)


def test_depression_reads_the_fast_trace_of_earlier_steps_only(learn: Callable[..., Tensor]) -> None:
    rule = TripletSTDP(nu=(0.2, 0.0), tau_post1=12.0)
    weights = learn(rule, [[10], [11], [20], [9]], [[10]])
    expected = [0.0, -0.2 * math.exp(-1 / 12.0), -0.2 * math.exp(-10 / 12.0), 0.0]
    assert (weights[:, 0] - 0.5).tolist() == pytest.approx(expected, abs=3e-7)


def closed_form(pre: list[int], post: list[int]) -> float:
    """Nearest presynaptic spike up to the own step, nearest postsynaptic one before it."""
    change = 0.0
    for s in pre:
        if earlier := [t for t in post if t < s]:
            change -= 0.004 * math.exp(-(s - max(earlier)) / 12.0)
    for t in post:
        earlier, before = [s for s in pre if s <= t], [u for u in post if u < t]
        if earlier and before:
            change += 0.006 * math.exp(-(t - max(earlier)) / 15.0) * math.exp(-(t - max(before)) / 40.0)
    return change


@settings(max_examples=6)
@given(pre=trains, post=trains)
def test_spike_trains_change_the_weight_as_the_closed_form_says(
    learn: Callable[..., Tensor], pre: list[list[int]], post: list[list[int]]
) -> None:
    rule = TripletSTDP(nu=(0.004, 0.006), tau_pre=15.0, tau_post1=12.0, tau_post2=40.0)
    weights = learn(rule, pre, post)
    for i, s in enumerate(pre):
        for j, t in enumerate(post):
            assert weights[i, j].item() - 0.5 == pytest.approx(closed_form(s, t), abs=2e-6), (s, t)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"nu": (-0.1, 0.1)}, r"TripletSTDP\.nu\[0\] must be >= 0 weight per event, got -0\.1"),
        ({"tau_post1": 0.0}, r"TripletSTDP\.tau_post1 must be > 0 ms, got 0"),
        ({"tau_post2": -1.0}, r"TripletSTDP\.tau_post2 must be > 0 ms, got -1"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        TripletSTDP(**parameters)  # type: ignore[arg-type]
