"""Pixels of few bits."""

import pytest
import torch

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.learn import QuantisedInput


@pytest.mark.parametrize("bits", [1, 2, 5])
def test_pixels_become_so_many_levels_with_both_ends(bits: int) -> None:
    y = QuantisedInput(bits)(torch.linspace(0.0, 1.0, 1000))
    assert len(y.unique()) == 2**bits
    assert (y.min().item(), y.max().item()) == (0.0, 1.0)
    torch.testing.assert_close(y.unique().diff(), torch.full((2**bits - 1,), 1.0 / (2**bits - 1)), rtol=1e-5, atol=0.0)


def test_no_pixel_moves_by_more_than_half_a_level() -> None:
    x = torch.linspace(0.0, 1.0, 1000, dtype=torch.float64)
    assert (QuantisedInput(4)(x) - x).abs().max() <= 0.5 / 15 + 1e-12


def test_bytes_have_eight_bits_already_and_a_second_time_changes_nothing() -> None:
    x = torch.arange(256).float() / 255.0
    assert torch.equal(QuantisedInput(8)(x), x)
    once = QuantisedInput(5)(x)
    assert torch.equal(QuantisedInput(5)(once), once)


def test_gradients_go_straight_through() -> None:
    x = torch.tensor([0.1, 0.9], requires_grad=True)
    y = QuantisedInput(1)(x)
    assert y.tolist() == [0.0, 1.0]
    (y * torch.tensor([2.0, 3.0])).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 3.0]


def test_32_bits_leave_any_input_alone() -> None:
    x = torch.tensor([-3.0, 0.123, 7.0])
    assert QuantisedInput(32)(x) is x


@pytest.mark.parametrize("x", [[0.0, 255.0], [-0.1, 1.0], [float("nan"), 0.5]])
def test_numbers_outside_the_range_are_refused_in_training(x: list[float]) -> None:
    with pytest.raises(ShapeError, match=r"QuantisedInput takes numbers in \[0, 1\], got .* Divide bytes by 255"):
        QuantisedInput(4)(torch.tensor(x))


@pytest.mark.parametrize("bits", [0, -1, 17, 31, 33, 2.5, True])
def test_numbers_of_bits_that_make_no_grid(bits: int) -> None:
    with pytest.raises(
        ParameterError, match=rf"QuantisedInput\.bits must be (1 … 16, or 32 .*|a whole number), got {bits!r}$"
    ):
        QuantisedInput(bits)
