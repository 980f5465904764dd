"""A ReLU on a grid: values, gradients of its range, and how the range begins."""

import copy
import math

import pytest
import torch
from torch import nn

from picojoule.core.errors import ParameterError
from picojoule.learn import QuantisedReLU


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_it_gives_so_many_levels_from_exact_zero_to_the_range(bits: int) -> None:
    y = QuantisedReLU(bits, clip=3.0)(torch.linspace(-5.0, 5.0, 2001))
    levels = y.unique()
    assert len(levels) == 2**bits
    assert levels[0].item() == 0.0
    assert levels[-1].item() == pytest.approx(3.0)
    assert torch.count_nonzero(QuantisedReLU(bits, clip=3.0)(torch.tensor([-1.0, -0.1, 0.0]))) == 0


def test_twice_is_once() -> None:
    relu = QuantisedReLU(4, clip=2.3)
    once = relu(torch.linspace(-1.0, 4.0, 500))
    assert torch.equal(relu(once), once)


def test_32_bits_are_a_relu_without_parameters() -> None:
    relu, x = QuantisedReLU(32), torch.linspace(-1.0, 4.0, 50)
    assert torch.equal(relu(x), nn.functional.relu(x))
    assert not list(relu.parameters())
    assert not relu.state_dict()


def test_gradients_of_input_and_range_by_hand() -> None:
    relu = QuantisedReLU(2, clip=1.5).double()  # s = 0.5
    x = torch.tensor([-1.0, 0.2, 0.6, 1.4, 9.0], dtype=torch.float64, requires_grad=True)
    g = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]).double()
    (relu(x) * g).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 2.0, 3.0, 4.0, 0.0]
    # dy/ds = round(x/s) - x/s: -0.4, -0.2, +0.2; beyond the range 3; then ds/d(log c) = s
    assert relu.log_clip is not None
    assert relu.log_clip.grad is not None
    by_hand = 0.5 * (2 * (0 - 0.4) + 3 * (1 - 1.2) + 4 * (3 - 2.8) + 5 * 3)
    assert relu.log_clip.grad.item() == pytest.approx(by_hand, rel=1e-6)  # the range was rounded to float32


def test_the_range_s_gradient_is_that_of_the_average_over_positions_of_the_grid() -> None:
    """Averaged over inputs spread evenly, the rounding error inside cancels: only what is cut off counts."""
    relu = QuantisedReLU(3, clip=1.0).double()
    x = (torch.arange(140_000, dtype=torch.float64) + 0.5) / 70_000  # 0 … 2
    relu(x).mean().backward()
    assert relu.log_clip is not None
    assert relu.log_clip.grad is not None
    assert relu.log_clip.grad.item() == pytest.approx(0.5, rel=1e-4)  # half is cut off, and grows with c


def test_the_first_batch_in_training_sets_the_range_once() -> None:
    relu = QuantisedReLU(4)
    relu.eval()
    assert relu(torch.tensor([5.0])).item() == pytest.approx(1.0)  # as it was made
    assert not relu.calibrated
    relu.train()
    relu(torch.tensor([-1.0, -2.0]))
    assert not relu.calibrated  # nothing above 0 says how far the range must go
    assert relu(torch.tensor([0.5, 2.0])).max().item() == pytest.approx(2.0)
    assert relu.calibrated
    assert relu(torch.tensor([7.0])).item() == pytest.approx(2.0)


def test_a_given_range_is_kept() -> None:
    relu = QuantisedReLU(4, clip=3.0)
    relu(torch.tensor([50.0]))
    assert relu.step().item() == pytest.approx(3.0 / 15)


def test_the_range_is_saved_and_not_set_anew_afterwards() -> None:
    relu, other = QuantisedReLU(4), QuantisedReLU(4)
    relu(torch.tensor([2.0]))
    other.load_state_dict(copy.deepcopy(relu.state_dict()))
    assert other(torch.tensor([50.0])).item() == pytest.approx(2.0)


def test_training_finds_a_range_that_loses_less() -> None:
    """A range ten times too large shrinks, one too small grows, until little is lost of normal numbers."""
    x = torch.randn(4000, generator=torch.Generator().manual_seed(0))
    for start in (20.0, 0.3):
        relu = QuantisedReLU(3, clip=start)
        adam = torch.optim.Adam(relu.parameters(), lr=0.02)
        for _ in range(400):
            adam.zero_grad()
            (relu(x) - x.relu()).square().mean().backward()
            adam.step()
        assert relu.log_clip is not None
        assert 2.0 < math.exp(relu.log_clip.item()) < 3.2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"QuantisedReLU\.bits must be 1 … 16, or 32 for full precision, got 0"):
        QuantisedReLU(0)
    with pytest.raises(ParameterError, match=r"QuantisedReLU\.clip must be > 0 .*, got 0"):
        QuantisedReLU(4, clip=0.0)
    with pytest.raises(ParameterError, match="with 32 bits has no levels; give it 1 … 16 bits"):
        QuantisedReLU(32).step()
