"""The networks are what their names say, and what the account counts is what they compute."""

import pytest
import torch
from torch import Tensor, nn

from picojoule.core.errors import ParameterError
from picojoule.layers import Spiking
from picojoule.neurons import LIF, LeakyIntegrator
from picojoule.recipes.surrogate_mnist.networks import (
    RELU_GAIN,
    SPIKING_GAIN,
    Plan,
    plan,
    relu_network,
    spiking_network,
)


def made(model: str) -> Plan:
    return plan(model, shape=(28, 28), neurons=1000, classes=10)


def weights(network: nn.Module) -> list[Tensor]:
    return [value for name, value in network.named_parameters() if name.endswith("weight")]


def biases(network: nn.Module) -> list[Tensor]:
    return [value for name, value in network.named_parameters() if name.endswith("bias")]


BOTH = pytest.mark.parametrize("model", ["dense", "conv"])


@BOTH
def test_both_networks_have_the_weights_that_the_account_counts(model: str) -> None:
    stages = made(model).stages
    for network in (spiking_network(made(model), tau=2.0, seed=0), relu_network(made(model), seed=0)):
        assert [value.numel() for value in weights(network)] == [stage.weights for stage in stages]
        assert [value.numel() for value in biases(network)] == [stage.biases for stage in stages]


def test_the_sizes_are_those_of_the_names() -> None:
    assert [stage.units for stage in made("dense").stages] == [(1000,), (10,)]
    assert [stage.units for stage in made("conv").stages] == [(12, 12, 12), (64, 4, 4), (10,)]
    assert [tuple(value.shape) for value in weights(relu_network(made("conv"), seed=0))] == [
        (12, 1, 5, 5),
        (64, 12, 5, 5),
        (10, 1024),
    ]


@BOTH
def test_neurons_and_what_they_learn(model: str) -> None:
    network = spiking_network(made(model), tau=3.0, seed=0)
    *hidden, readout = [module for module in network if isinstance(module, Spiking)]
    assert isinstance(readout.neuron, LeakyIntegrator)
    shapes = [(1000,)] if model == "dense" else [(12, 1, 1), (64, 1, 1)]
    for layer, shape in zip(hidden, shapes, strict=True):
        assert isinstance(layer.neuron, LIF)
        assert isinstance(layer.neuron.tau, Tensor)
        assert layer.neuron.tau.shape == shape
        assert layer.neuron.tau.detach().eq(3.0).all()
        assert layer.neuron.tau.requires_grad


@BOTH
def test_one_image_for_all_steps_or_a_frame_for_each_is_the_same(model: str) -> None:
    network = spiking_network(made(model), tau=2.0, seed=0)
    still = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0)).expand(3, 2, 1, 28, 28)
    torch.testing.assert_close(network(still), network(still.clone()))


@BOTH
def test_the_spiking_network_is_the_relu_network_over_time(model: str) -> None:
    spiking, relu = spiking_network(made(model), tau=2.0, seed=0), relu_network(made(model), seed=0)
    assert [type(m) for m in relu] == [nn.ReLU if isinstance(m, Spiking) else type(m) for m in spiking][:-1]
    assert spiking(torch.zeros(4, 2, 1, 28, 28)).shape == (4, 2, 10)
    assert relu(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


@BOTH
def test_weights_come_from_the_seed_and_from_nothing_else(model: str) -> None:
    before = torch.random.get_rng_state()
    one, same, other = (weights(spiking_network(made(model), tau=2.0, seed=seed)) for seed in (5, 5, 6))
    assert torch.random.get_rng_state().equal(before)
    assert all(a.equal(b) for a, b in zip(one, same, strict=True))
    assert not any(a.equal(b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(("gain", "spiking"), [(SPIKING_GAIN, True), (RELU_GAIN, False)])
def test_weights_are_drawn_within_their_gain(gain: float, spiking: bool) -> None:
    network = spiking_network(made("conv"), tau=2.0, seed=0) if spiking else relu_network(made("conv"), seed=0)
    for value, inputs in zip(weights(network), (25, 300, 1024), strict=True):
        bound = gain / inputs**0.5
        assert 0.95 * bound < value.detach().abs().max() <= bound
        assert value.detach().std().item() == pytest.approx(bound / 3**0.5, rel=0.1)  # uniform


def test_images_too_small_for_the_kernels_are_refused() -> None:
    with pytest.raises(ParameterError, match="do not fit into"):
        plan("conv", shape=(8, 8), neurons=1000, classes=10)
