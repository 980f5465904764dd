"""`OneToOne`: partners only. What all connections share: tests/contract."""

import pytest
import torch

from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import ParameterError


def test_a_neuron_reaches_its_partner_only() -> None:
    arrivals = torch.zeros(1, 3)
    assert OneToOne(3, strength=22.5).send(torch.tensor([0, 2]), arrivals) == 2
    assert arrivals.tolist() == [[22.5, 0.0, 22.5]]


def test_it_arrives_after_one_step() -> None:
    arrivals = torch.zeros(3, 2)  # the buffer of a port that slower connections share
    OneToOne(2, strength=1.0).send(torch.tensor([1]), arrivals)
    assert arrivals.tolist() == [[0.0, 1.0], [0.0, 0.0], [0.0, 0.0]]


def test_all_share_one_weight() -> None:
    connection = OneToOne(3, strength=7.0)
    assert torch.equal(connection.matrix(), 7.0 * torch.eye(3))
    assert connection.weight.numel() == 1
    assert connection.synapses == 3


def test_a_weight_must_be_finite() -> None:
    with pytest.raises(ParameterError, match="strength must be a finite number in units of the port, got nan"):
        OneToOne(3, strength=float("nan"))
