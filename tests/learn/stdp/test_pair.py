"""`PairSTDP` against its closed forms. Weights are float32: a sum of n changes near 0.5 is off by n * 6e-8 at most."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.learn.stdp.bounds import HardBounds, SoftBounds
from picojoule.learn.stdp.pair import PairSTDP

LAGS = range(-40, 41)
times = st.lists(st.integers(1, 40), max_size=8, unique=True).map(sorted)
trains = st.lists(times, min_size=8, max_size=8)  # every train of one side meets every train of the other


@pytest.mark.parametrize("dt", [1.0, 0.5])
def test_one_pair_changes_the_weight_as_the_stdp_window_says(learn: Callable[..., Tensor], dt: float) -> None:
    rule = PairSTDP(nu=(0.02, 0.03), tau_pre=15.0, tau_post=30.0)
    weights = learn(rule, [[50 - lag] for lag in LAGS], [[50]], dt=dt)  # lag = post - pre, in steps
    for lag, w in zip(LAGS, weights[:, 0].tolist(), strict=True):
        increase = 0.03 * math.exp(-lag * dt / 15.0) if lag >= 0 else 0.0
        decrease = 0.02 * math.exp(lag * dt / 30.0) if lag <= 0 else 0.0
        assert w - 0.5 == pytest.approx(increase - decrease, abs=3e-7), f"lag {lag}"


def test_learning_looks_at_emission_and_not_at_arrival(learn: Callable[..., Tensor]) -> None:
    rule = PairSTDP(nu=(0.02, 0.03))
    prompt = learn(rule, [[5], [12], [20]], [[12]])
    late = learn(rule, [[5], [12], [20]], [[12]], delay=9)
    assert torch.equal(prompt, late)


def all_pairs(pre: list[int], post: list[int], nu: tuple[float, float], tau: tuple[float, float]) -> float:
    """Every spike pairs with every spike of the other side, up to its own step."""
    increase = sum(math.exp(-(t - s) / tau[0]) for t in post for s in pre if s <= t)
    decrease = sum(math.exp(-(s - t) / tau[1]) for t in post for s in pre if t <= s)
    return nu[1] * increase - nu[0] * decrease


def nearest_pairs(pre: list[int], post: list[int], nu: tuple[float, float], tau: tuple[float, float]) -> float:
    """Every spike pairs with the latest one of the other side, up to its own step."""
    increase = sum(math.exp(-(t - max(s for s in pre if s <= t)) / tau[0]) for t in post if min(pre, default=99) <= t)
    decrease = sum(math.exp(-(s - max(t for t in post if t <= s)) / tau[1]) for s in pre if min(post, default=99) <= s)
    return nu[1] * increase - nu[0] * decrease


@pytest.mark.parametrize("every", [False, True])
@settings(max_examples=6)
@given(pre=trains, post=trains)
def test_spike_trains_pair_as_the_closed_form_says(
    learn: Callable[..., Tensor], pre: list[list[int]], post: list[list[int]], every: bool
) -> None:
    nu, tau = (0.002, 0.003), (10.0, 25.0)  # at most 64 pairs, so no bound is met
    rule = PairSTDP(nu=nu, tau_pre=tau[0], tau_post=tau[1], all_pairs=every)
    weights = learn(rule, pre, post)
    for i, s in enumerate(pre):
        for j, t in enumerate(post):
            expected = (all_pairs if every else nearest_pairs)(s, t, nu, tau)
            assert weights[i, j].item() - 0.5 == pytest.approx(expected, abs=2e-6), (s, t)


def test_all_pairs_differ_from_nearest_pairs(learn: Callable[..., Tensor]) -> None:
    pre, post = [[1, 4, 6]], [[9]]
    nearest = learn(PairSTDP(nu=(0.0, 0.1)), pre, post).item()
    every = learn(PairSTDP(nu=(0.0, 0.1), all_pairs=True), pre, post).item()
    assert nearest == pytest.approx(0.5 + 0.1 * math.exp(-3 / 20), abs=1e-6)
    assert every == pytest.approx(0.5 + 0.1 * sum(math.exp(-k / 20) for k in (3, 5, 8)), abs=1e-6)


def test_hard_bounds_cut_what_goes_beyond(learn: Callable[..., Tensor]) -> None:
    weights = learn(PairSTDP(nu=(0.0, 0.3)), [[5, 6, 7]], [[5, 6, 7]], weight=0.35)
    assert weights.item() == 1.0
    weights = learn(PairSTDP(nu=(0.3, 0.0)), [[5, 6, 7]], [[5, 6, 7]], weight=0.35)
    assert weights.item() == 0.0


@pytest.mark.parametrize("n", [1, 2, 7])
def test_soft_bounds_approach_their_bound_geometrically(learn: Callable[..., Tensor], n: int) -> None:
    together = list(range(3, 3 + n))  # spikes in the same step see full traces
    bounds = SoftBounds(low=-1.0, high=2.0)
    up = learn(PairSTDP(nu=(0.0, 0.2), weight_bounds=bounds), [together], [together])
    assert up.item() == pytest.approx(2.0 - 1.5 * 0.8**n, abs=1e-6)
    down = learn(PairSTDP(nu=(0.2, 0.0), weight_bounds=bounds), [together], [together])
    assert down.item() == pytest.approx(-1.0 + 1.5 * 0.8**n, abs=1e-6)


def test_in_one_step_the_decrease_comes_first(learn: Callable[..., Tensor]) -> None:
    assert learn(PairSTDP(nu=(0.2, 0.3)), [[5]], [[5]], weight=0.9).item() == pytest.approx(1.0, abs=1e-6)
    assert learn(PairSTDP(nu=(0.2, 0.3)), [[5]], [[5]], weight=0.1).item() == pytest.approx(0.3, abs=1e-6)


def test_only_synapses_of_spiking_neurons_change(learn: Callable[..., Tensor]) -> None:
    weights = learn(PairSTDP(nu=(0.1, 0.1)), [[5], []], [[7], []])
    changed = weights != 0.5
    assert changed.tolist() == [[True, False], [False, False]]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"nu": (-0.1, 0.1)}, r"PairSTDP\.nu\[0\] must be >= 0 weight per event, got -0\.1"),
        ({"nu": (0.1, math.nan)}, r"PairSTDP\.nu\[1\] must be a finite number in weight per event, got nan"),
        ({"tau_pre": 0.0}, r"PairSTDP\.tau_pre must be > 0 ms, got 0"),
        ({"tau_post": -3.0}, r"PairSTDP\.tau_post must be > 0 ms, got -3"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        PairSTDP(**parameters)  # type: ignore[arg-type]


def test_bounds_come_from_the_bounds_object() -> None:
    assert PairSTDP().bounds == (0.0, 1.0)
    assert PairSTDP(weight_bounds=HardBounds(low=-0.5, high=0.25)).bounds == (-0.5, 0.25)
