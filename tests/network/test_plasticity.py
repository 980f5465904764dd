"""Traces and normalisation."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError
from picojoule.network.plasticity import Normalisation, Trace


@given(seed=st.integers(0, 1000), total=st.floats(0.1, 1000.0), chosen=st.sets(st.integers(0, 4)))
def test_given_columns_get_the_sum_and_others_stay(seed: int, total: float, chosen: set[int]) -> None:
    weight = torch.rand(7, 5, generator=torch.Generator().manual_seed(seed)) + 0.01
    kept = weight.clone()
    scaled = Normalisation(total).apply(weight, torch.tensor(sorted(chosen), dtype=torch.int64))
    assert torch.equal(weight, kept)
    others = [j for j in range(5) if j not in chosen]
    assert torch.equal(scaled[:, others], weight[:, others])
    for j in chosen:
        # 7 weights and one factor, each rounded to single precision
        assert scaled[:, j].double().sum().item() == pytest.approx(total, rel=2 * 2.0**-24)
        ratio = scaled[:, j].double() / weight[:, j].double()
        assert (ratio.max() / ratio.min()).item() == pytest.approx(1.0, abs=3 * 2.0**-24)


def test_negative_weights_count_by_their_size_and_keep_their_sign() -> None:
    scaled = Normalisation(8.0).apply(torch.tensor([[1.0], [-3.0]]), torch.tensor([0]))
    assert scaled.tolist() == [[2.0], [-6.0]]


def test_a_column_of_zeros_stays_zero() -> None:
    scaled = Normalisation(8.0).apply(torch.tensor([[0.0, 1.0], [0.0, 3.0]]), torch.tensor([0, 1]))
    assert scaled.tolist() == [[0.0, 2.0], [0.0, 6.0]]


@pytest.mark.parametrize(("total", "message"), [(0.0, "> 0 weight, got 0"), (math.nan, "a finite number in weight")])
def test_a_sum_must_be_positive(total: float, message: str) -> None:
    with pytest.raises(ParameterError, match=rf"Normalisation\.total must be {message}"):
        Normalisation(total)


@given(tau=st.floats(0.5, 1000.0), dt=st.floats(0.1, 5.0))
def test_a_trace_decays_exactly(tau: float, dt: float) -> None:
    assert Trace(tau).decay(dt) == pytest.approx(math.exp(-dt / tau), rel=1e-14)
    assert Trace(tau).decay(dt) == pytest.approx(Trace(tau).decay(dt / 2) ** 2, rel=1e-14)


def test_a_trace_needs_a_time_constant() -> None:
    with pytest.raises(ParameterError, match=r"Trace\.tau must be > 0 ms, got 0"):
        Trace(tau=0.0)
