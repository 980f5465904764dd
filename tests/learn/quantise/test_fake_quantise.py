"""Levels and gradients of the rounding, by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from picojoule.learn.quantise.fake_quantise import fake_quantise
from picojoule.learn.quantise.levels import Levels


def numbers(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def test_numbers_go_to_the_nearest_level_and_no_further_than_the_last() -> None:
    x = numbers(-9.0, -0.6, -0.2, 0.0, 0.24, 0.26, 0.7, 5.0)
    y = fake_quantise(x, torch.tensor(0.5).double(), Levels(-1, 2))
    assert y.tolist() == [-0.5, -0.5, 0.0, 0.0, 0.0, 0.5, 0.5, 1.0]


@given(
    step=st.floats(1e-3, 1e3),
    bits=st.integers(1, 12),
    values=st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=20),
)
def test_there_are_no_other_levels_and_twice_is_once(step: float, bits: int, values: list[float]) -> None:
    levels, size = Levels(0, 2**bits - 1), torch.tensor(step, dtype=torch.float64)
    once = fake_quantise(torch.tensor(values, dtype=torch.float64), size, levels)
    grid = torch.arange(levels.high + 1, dtype=torch.float64) * size
    assert torch.isin(once, grid).all()
    assert torch.equal(fake_quantise(once, size, levels), once)


def test_gradients_pass_straight_inside_the_range_and_stop_outside() -> None:
    x = numbers(-1.01, -1.0, -0.3, 0.0, 0.7, 2.0, 2.01)
    weights = torch.arange(1.0, 8.0).double()
    (fake_quantise(x, torch.tensor(0.5).double(), Levels(-2, 4)) * weights).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0]


def test_the_step_s_gradient_is_the_rounding_error_in_steps_or_the_last_level() -> None:
    x, step = numbers(-9.0, -0.6, 0.3, 0.7, 5.0), torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    g = torch.tensor([1.0, 10.0, 100.0, 1000.0, 10000.0]).double()
    (fake_quantise(x, step, Levels(-2, 4)) * g).sum().backward()  # type: ignore[no-untyped-call]
    # x / s: -18, -1.2, 0.6, 1.4, 10; round(x/s) - x/s inside
    by_hand = -2 * 1.0 + (-1 + 1.2) * 10 + (1 - 0.6) * 100 + (1 - 1.4) * 1000 + 4 * 10000
    assert step.grad is not None
    assert step.grad.item() == pytest.approx(by_hand, rel=1e-13)


def test_the_gradients_are_those_of_the_formula_with_the_rounding_left_out() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(6, 50, dtype=torch.float64, generator=generator).requires_grad_()
    step = (0.1 + torch.rand(6, 1, dtype=torch.float64, generator=generator)).requires_grad_()
    ratio = (x / step).clamp(-3, 3)
    straight = (ratio + (ratio.round() - ratio).detach()) * step
    g = torch.randn(6, 50, dtype=torch.float64, generator=generator)
    wanted = torch.autograd.grad(straight, (x, step), g)
    found = torch.autograd.grad(fake_quantise(x, step, Levels(-3, 3)), (x, step), g)
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_a_step_for_each_channel_is_its_own() -> None:
    x = torch.tensor([[0.6, 0.6], [0.6, 0.6]])
    step = torch.tensor([[1.0], [0.25]], requires_grad=True)
    y = fake_quantise(x, step, Levels(0, 3))
    assert y.tolist() == [[1.0, 1.0], [0.5, 0.5]]
    y.sum().backward()  # type: ignore[no-untyped-call]
    assert step.grad is not None
    torch.testing.assert_close(step.grad, torch.tensor([[2 * 0.4], [2 * (2 - 2.4)]]))


def test_the_gradient_of_nothing_that_trains_is_not_computed() -> None:
    x = numbers(0.3)
    fake_quantise(x, torch.tensor(0.5).double(), Levels(0, 1)).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert x.grad.tolist() == [1.0]
