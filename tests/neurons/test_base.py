"""What models share: resting values and declared ports."""

import torch

from picojoule.neurons.base import Conductances, Current, at_rest
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.neurons.lif import LIF


def test_resting_values_take_shape_and_dtype_of_the_example() -> None:
    example = torch.ones(2, 3, dtype=torch.float64)
    rest = at_rest(example, -65.0)
    assert rest.dtype == torch.float64
    assert rest.tolist() == [[-65.0] * 3] * 2


def test_a_resting_value_for_each_neuron_is_the_same_in_every_sample() -> None:
    rest = at_rest(torch.zeros(2, 3), torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))
    assert rest.dtype == torch.float32
    assert rest.tolist() == [[1.0, 2.0, 3.0]] * 2


def test_models_name_their_ports() -> None:
    assert LIF.ports is Current
    assert ConductanceLIF.ports is Conductances
