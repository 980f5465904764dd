"""`Lateral`: everyone but oneself. What all connections share: tests/contract."""

import pytest
import torch

from picojoule.connect.lateral import Lateral
from picojoule.core.errors import ParameterError


def test_a_neuron_does_not_reach_itself() -> None:
    arrivals = torch.zeros(1, 4)
    assert Lateral(4, strength=-2.5).send(torch.tensor([1]), arrivals) == 3
    assert arrivals.tolist() == [[-2.5, 0.0, -2.5, -2.5]]


def test_what_arrives_is_one_product_and_not_a_sum() -> None:
    """Ten times 0.1 is 1 exactly in float32, but adding 0.1 ten times is not."""
    arrivals = torch.zeros(1, 11)
    Lateral(11, strength=0.1).send(torch.arange(10), arrivals)
    assert arrivals[0, 10].item() == (torch.tensor(0.1) * 10.0).item()
    assert arrivals[0, 0].item() == (torch.tensor(0.1) * 9.0).item()


def test_all_but_the_diagonal_share_one_weight() -> None:
    connection = Lateral(3, strength=7.0)
    assert connection.matrix().tolist() == [[0.0, 7.0, 7.0], [7.0, 0.0, 7.0], [7.0, 7.0, 0.0]]
    assert connection.weight.numel() == 1
    assert connection.synapses == 6


def test_a_single_neuron_has_nobody_to_reach() -> None:
    arrivals = torch.zeros(1, 1)
    assert Lateral(1, strength=7.0).send(torch.tensor([0]), arrivals) == 0
    assert arrivals.item() == 0.0


def test_a_weight_must_be_finite() -> None:
    with pytest.raises(ParameterError, match="strength must be a finite number in units of the port, got inf"):
        Lateral(3, strength=float("inf"))
