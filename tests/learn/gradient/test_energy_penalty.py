"""The penalty on energy against sums made by hand."""

import pytest
import torch

from picojoule.core.errors import ParameterError, ShapeError, UnknownNameError
from picojoule.learn.gradient.energy_penalty import energy_penalty, spike_energy

COUNTS = {"a": torch.tensor([[3.0, 0.0], [1.0, 2.0]]), "b": torch.tensor([[1.0], [5.0]])}
PRICES = {"a": torch.tensor([10.0, 5.0]), "b": torch.tensor([7.0])}
ENERGY = (30.0 + 10.0 + 10.0 + 7.0 + 35.0) / 2


def test_energy_is_the_mean_over_samples_of_spikes_times_prices() -> None:
    assert spike_energy(COUNTS, PRICES).item() == ENERGY
    assert spike_energy(COUNTS, {"a": PRICES["a"]}).item() == 25.0
    assert spike_energy(COUNTS, {}).item() == 0.0


@pytest.mark.parametrize(("allowance", "penalty"), [(ENERGY, 0.0), (2 * ENERGY, 0.0), (ENERGY / 2, 1.0)])
def test_penalty(allowance: float, penalty: float) -> None:
    assert energy_penalty(COUNTS, PRICES, allowance=allowance).item() == penalty


def test_gradient_is_the_price_over_samples_and_allowance_and_nothing_within_the_allowance() -> None:
    counts = COUNTS["a"].clone().requires_grad_()
    energy_penalty({"a": counts}, {"a": PRICES["a"]}, allowance=5.0).backward()  # type: ignore[no-untyped-call]
    assert counts.grad is not None
    assert counts.grad.tolist() == [[10.0 / 2 / 5.0, 5.0 / 2 / 5.0]] * 2
    counts.grad = None
    energy_penalty({"a": counts}, {"a": PRICES["a"]}, allowance=26.0).backward()  # type: ignore[no-untyped-call]
    assert counts.grad is not None
    assert counts.grad.eq(0.0).all()


def test_one_price_for_all_neurons_of_a_channel() -> None:
    counts = {"a": torch.ones(2, 3, 4, 4)}
    assert spike_energy(counts, {"a": torch.tensor([1.0, 2.0, 3.0]).reshape(3, 1, 1)}).item() == 16.0 * 6.0


def test_counts_in_single_precision_are_not_rounded() -> None:
    counts = {"a": torch.full((1, 3), 2.0**23 + 1)}
    price = torch.tensor([1 / 3] * 3, dtype=torch.float64)
    assert spike_energy(counts, {"a": price}).item() == pytest.approx(2**23 + 1, rel=1e-15)


def test_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown counted layer 'c'"):
        spike_energy(COUNTS, {"c": PRICES["a"]})
    with pytest.raises(ShapeError, match=r"counts of layer 'b' .* counts \[2, 1\] and prices \[2\]"):
        spike_energy(COUNTS, {"b": PRICES["a"]})
    with pytest.raises(ShapeError, match="at least one sample"):
        spike_energy({"a": torch.zeros(0, 2)}, {"a": PRICES["a"]})
    for bad in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="allowance must be"):
            energy_penalty(COUNTS, PRICES, allowance=bad)
