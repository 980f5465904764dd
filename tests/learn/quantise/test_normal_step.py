"""The best grid for normally distributed numbers, against sums over many of them and closed forms."""

import math

import pytest
import torch
from torch import Tensor

from picojoule.learn.quantise.levels import signed_levels
from picojoule.learn.quantise.normal_step import normal_step


def normal_numbers() -> Tensor:
    """A hundred thousand numbers that lie where a normal distribution has its quantiles."""
    part = (torch.arange(100_000, dtype=torch.float64) + 0.5) / 100_000
    return math.sqrt(2.0) * torch.erfinv(2.0 * part - 1.0)


def loss(step: float, bits: int) -> float:
    numbers, high = normal_numbers(), signed_levels(bits).high
    return float(((numbers / step).round().clamp(-high, high) * step - numbers).square().mean())


def test_one_bit_is_the_mean_size() -> None:
    assert normal_step(1) == pytest.approx(float(normal_numbers().abs().mean()), rel=1e-4)


def test_three_levels_as_published() -> None:
    assert normal_step(2) == pytest.approx(1.224, abs=5e-4)  # Max (1960), table II


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 8])
def test_steps_beside_it_lose_more(bits: int) -> None:
    best = normal_step(bits)
    assert loss(best, bits) < min(loss(0.97 * best, bits), loss(1.03 * best, bits))


def test_every_bit_makes_steps_smaller_and_the_range_larger() -> None:
    steps = [normal_step(bits) for bits in range(2, 17)]
    ranges = [step * signed_levels(bits).high for bits, step in enumerate(steps, start=2)]
    assert steps == sorted(steps, reverse=True)
    assert ranges == sorted(ranges)
    assert 5.0 < ranges[-1] < 7.0
