"""The activity regulariser against its closed form."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.learn import activity_penalty


def at_rates(*rates: float) -> torch.Tensor:
    """Layer `[T, B, N]` in which neuron n has `rates[n]` in every step of every sample."""
    return torch.tensor(rates, dtype=torch.float64).expand(5, 3, len(rates)).clone()


@given(st.floats(0.0, 1.0), st.floats(0.0, 0.5), st.floats(0.5, 1.0))
def test_the_squared_distance_from_the_range(rate: float, low: float, high: float) -> None:
    distance = low - rate if rate < low else rate - high if rate > high else 0.0
    penalty = activity_penalty(at_rates(rate), at_least=low, at_most=high)
    assert penalty.item() == pytest.approx(distance**2, abs=1e-15)


def test_neurons_are_judged_one_by_one() -> None:
    # mean rate 0.5 is in range, but neither neuron is
    assert activity_penalty(at_rates(0.0, 1.0), at_least=0.4, at_most=0.6).item() == pytest.approx(0.16)


def test_a_neuron_may_be_silent_for_most_samples() -> None:
    spikes = torch.zeros(10, 4, 1)
    spikes[:, 0] = 1.0  # always for the first sample, never for the others: a quarter on average
    assert activity_penalty(spikes, at_least=0.25, at_most=0.25).item() == 0.0


def test_the_gradient_wakes_the_silent_and_calms_the_busy() -> None:
    spikes = at_rates(0.0, 0.2, 1.0).requires_grad_()
    activity_penalty(spikes, at_least=0.1, at_most=0.3).backward()  # type: ignore[no-untyped-call]
    assert spikes.grad is not None
    # each of 15 spikes of a neuron moves its rate by 1/15, and it is one of three
    expected = torch.tensor([-2 * 0.1, 0.0, 2 * 0.7], dtype=torch.float64) / 45
    torch.testing.assert_close(spikes.grad[0, 0], expected)


def test_axes_of_an_image_are_neurons_too() -> None:
    spikes = torch.rand(4, 3, 2, 5, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(activity_penalty(spikes, at_most=0.2), activity_penalty(spikes.flatten(2), at_most=0.2))


def test_padded_steps_do_not_count() -> None:
    spikes = torch.zeros(4, 2, 1)
    spikes[0] = 1.0
    mask = torch.tensor([[True, True], [False, True], [False, True], [False, True]])
    # two spikes in five steps that count
    assert activity_penalty(spikes, at_least=0.4, at_most=0.4, mask=mask).item() == pytest.approx(0.0, abs=1e-14)


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"at_least must be <= at_most = 0\.1 spikes per step, got 0\.2"):
        activity_penalty(at_rates(0.0), at_least=0.2, at_most=0.1)


@pytest.mark.parametrize("bound", ["at_least", "at_most"])
def test_rates_that_cannot_be_are_refused(bound: str) -> None:
    with pytest.raises(ParameterError, match=rf"{bound} must be >= 0 spikes per step, got -0\.1"):
        activity_penalty(at_rates(0.0), **{bound: -0.1})  # type: ignore[arg-type]


def test_an_empty_batch_is_refused() -> None:
    with pytest.raises(ShapeError, match="at least one sample, got none; leave empty batches out"):
        activity_penalty(torch.zeros(3, 0, 4))
