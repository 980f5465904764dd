"""`Dense`: rows, delays, and what is refused. What all connections share: tests/contract."""

import pytest
import torch

from picojoule.connect.dense import Dense
from picojoule.core.errors import ShapeError

WEIGHT = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def test_rows_are_added_in_the_order_of_the_spikes() -> None:
    """Floating-point sums depend on the order: (2**24 + 1) - 2**24 is 0 in float32, 2**24 - 2**24 + 1 is 1."""
    big = 2.0**24
    arrivals = torch.zeros(1, 1)
    Dense(torch.tensor([[big], [1.0], [-big]])).send(torch.arange(3), arrivals)
    assert arrivals.item() == 0.0
    arrivals = torch.zeros(1, 1)
    Dense(torch.tensor([[big], [-big], [1.0]])).send(torch.arange(3), arrivals)
    assert arrivals.item() == 1.0


def test_every_synapse_has_its_own_delay() -> None:
    delay = torch.tensor([[1, 3], [2, 2], [3, 1]])
    connection = Dense(WEIGHT, delay=delay)
    arrivals = torch.zeros(3, 2)
    assert connection.longest_delay == 3
    assert connection.send(torch.tensor([0, 2]), arrivals) == 4
    assert arrivals.tolist() == [[1.0, 6.0], [0.0, 0.0], [5.0, 2.0]]


def test_without_delays_spikes_arrive_after_one_step() -> None:
    assert Dense(WEIGHT).longest_delay == 1
    assert "delay" not in Dense(WEIGHT).state_dict()


def test_weights_are_copied_and_contiguous() -> None:
    given = torch.arange(6.0).reshape(2, 3)
    connection = Dense(given.t())
    given[:] = 9.0
    assert connection.weight.is_contiguous()
    assert connection.matrix().tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]


def test_delays_are_saved_as_small_whole_numbers() -> None:
    saved = Dense(WEIGHT, delay=torch.full((3, 2), 32767)).state_dict()
    assert saved["delay"].dtype == torch.int16
    assert int(saved["delay"].max()) == 32767


@pytest.mark.parametrize(
    "weight",
    [torch.ones(3), torch.ones(2, 2, 2), torch.ones(2, 2, dtype=torch.int64), torch.tensor([[float("nan")]])],
    ids=["one axis", "three axes", "whole numbers", "nan"],
)
def test_what_is_no_weight_matrix_is_refused(weight: torch.Tensor) -> None:
    with pytest.raises(ShapeError, match=r"a dense connection needs finite float weights \[n_source, n_target\], got"):
        Dense(weight)


@pytest.mark.parametrize(
    "delay",
    [
        torch.ones(2, 3, dtype=torch.int64),
        torch.zeros(3, 2, dtype=torch.int64),
        torch.full((3, 2), 32768),
        torch.ones(3, 2),
    ],
    ids=["other shape", "zero", "too long", "not whole"],
)
def test_what_is_no_delay_is_refused(delay: torch.Tensor) -> None:
    with pytest.raises(
        ShapeError, match=r"delays must be whole steps in 1\.\.32767 of the weight's shape \[3, 2\], got"
    ):
        Dense(WEIGHT, delay=delay)
