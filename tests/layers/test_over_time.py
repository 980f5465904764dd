"""Ordinary modules over time."""

import pytest
import torch
from torch import nn

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.layers.over_time import OverTime
from picojoule.layers.sequential import Sequential
from picojoule.layers.spiking import Spiking
from tests.held import LIF
from tests.layers.stacks import drive, on_grid


def test_every_step_is_seen_by_itself() -> None:
    torch.manual_seed(0)
    conv, x = nn.Conv2d(1, 2, 3, bias=False), drive(5, 3, 1, 6, 6, dtype=torch.float64)
    on_grid(conv.double())
    assert torch.equal(OverTime(conv)(x), torch.stack([conv(frame) for frame in x]))


def test_batch_norm_takes_its_statistics_over_samples_and_time() -> None:
    norm, x = nn.BatchNorm1d(3), drive(20, 4, 3)
    y = OverTime(norm)(x)
    torch.testing.assert_close(y.mean((0, 1)), torch.zeros(3), rtol=0.0, atol=1e-5)
    torch.testing.assert_close(y.var((0, 1), unbiased=False), torch.ones(3), rtol=0.0, atol=1e-4)
    assert norm.running_mean is not None
    torch.testing.assert_close(norm.running_mean, 0.1 * x.mean((0, 1)))


@pytest.mark.parametrize("module", [nn.Flatten(), nn.AvgPool2d(2), nn.Identity(), nn.Conv2d(2, 3, 2)])
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_any_number_of_steps_will_do(module: nn.Module, steps: int) -> None:
    y = OverTime(module)(drive(steps, 3, 2, 4, 4))
    assert y.shape[:2] == (steps, 3)
    assert y.shape[2:] == module(drive(1, 2, 4, 4)).shape[1:]


def test_memory_order_does_not_matter() -> None:
    x = drive(4, 4, 3, 5).transpose(0, 1)
    assert torch.equal(OverTime(nn.Flatten())(x), x.contiguous().flatten(2))


def test_a_layer_with_a_state_must_see_time() -> None:
    with pytest.raises(ParameterError, match=r"Spiking holds Spiking, whose state it cannot hand on; use .*Sequential"):
        OverTime(Spiking(LIF()))
    with pytest.raises(ParameterError, match=r"Sequential holds Spiking as '1'"):
        OverTime(nn.Sequential(nn.Linear(2, 2), Spiking(LIF())))
    with pytest.raises(ParameterError, match="cannot hand on"):
        OverTime(Sequential())


def test_what_does_not_fit_is_explained() -> None:
    with pytest.raises(ShapeError, match=r"Flatten was given 5 steps of 2 samples as a batch of 10, but gave \[30\]"):
        OverTime(nn.Flatten(0))(drive(5, 2, 3))
    with pytest.raises(ShapeError, match=r"LSTM was given .* but gave tuple"):
        OverTime(nn.LSTM(3, 3))(drive(5, 2, 3))
    with pytest.raises(ShapeError, match=r"Identity takes \[T, B, \*N\] here, got \[5\]"):
        OverTime(nn.Identity())(drive(5))


def test_an_error_of_the_module_says_where_it_was() -> None:
    with pytest.raises(RuntimeError) as error:
        OverTime(nn.Conv2d(3, 4, 3))(drive(5, 2, 1, 8, 8))
    assert error.value.__notes__ == [
        "in Conv2d, which was given all steps of all samples of [5, 2, 1, 8, 8] as one batch"
    ]
