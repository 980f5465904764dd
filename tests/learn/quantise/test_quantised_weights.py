"""Weights on a grid: levels, gradients, what a device would store, and that the layer computes with them."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn

from picojoule.core.errors import ParameterError
from picojoule.layers import Linear
from picojoule.learn import QuantisedWeights
from picojoule.learn.quantise.normal_step import normal_step

LAYERS: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: nn.Linear(60, 7),
    "picojoule": lambda: Linear(60, 7, bias=False),
    "conv1d": lambda: nn.Conv1d(4, 6, 5, groups=2),
    "conv2d": lambda: nn.Conv2d(4, 6, 5, stride=2, padding=2, padding_mode="reflect"),
    "conv3d": lambda: nn.Conv3d(2, 3, 3, bias=False),
}
INPUTS = {
    "linear": (3, 60),
    "picojoule": (3, 60),
    "conv1d": (3, 4, 12),
    "conv2d": (3, 4, 9, 9),
    "conv3d": (3, 2, 4, 4, 4),
}


def layer(kind: str, bits: int) -> QuantisedWeights:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return QuantisedWeights(LAYERS[kind](), bits)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("bits", [1, 2, 3, 5])
def test_every_output_has_few_levels_symmetric_around_zero(kind: str, bits: int) -> None:
    found = layer(kind, bits)
    whole = found.whole()
    high = max(1, 2 ** (bits - 1) - 1)
    assert whole.values.abs().max() <= high
    assert bool((whole.values == 0).any()) == (bits > 1)
    assert whole.scale.shape == (len(whole.values), *[1] * (whole.values.dim() - 1))
    assert torch.equal(found.on_grid(), whole.values * whole.scale)
    for weights in found.on_grid().detach():
        assert len(weights.unique()) <= 2**bits


@pytest.mark.parametrize("kind", LAYERS)
def test_the_layer_computes_with_them_and_with_its_whole_bias(kind: str) -> None:
    found, x = layer(kind, 3), torch.rand(INPUTS[kind], generator=torch.Generator().manual_seed(0))
    plain = layer(kind, 32).layer
    weight = plain.get_parameter("weight")
    with torch.no_grad():
        weight.copy_(found.whole().values * found.whole().scale)
    assert torch.equal(found(x), plain(x))
    original = layer(kind, 3).layer.get_parameter("weight")
    assert torch.equal(found.layer.get_parameter("weight"), original)  # those that train stay as they were


def test_scales_follow_each_output_by_itself() -> None:
    found = layer("linear", 4)
    weight = found.layer.get_parameter("weight")
    root = weight.detach().square().mean(1, keepdim=True).sqrt()
    torch.testing.assert_close(found.whole().scale, normal_step(4) * root)
    with torch.no_grad():
        weight[2] *= 10.0
    torch.testing.assert_close(found.whole().scale[2], 10.0 * normal_step(4) * root[2])
    torch.testing.assert_close(found.whole().scale[3], normal_step(4) * root[3])


def test_one_bit_is_the_sign_times_the_mean_size_of_normal_weights() -> None:
    found = QuantisedWeights(nn.Linear(4, 1), 1)
    weight = found.layer.get_parameter("weight")
    with torch.no_grad():
        weight.copy_(torch.tensor([[1.0, -1.0, 0.0, -3.0]]))
    size = math.sqrt(2.0 / math.pi) * math.sqrt(11.0 / 4.0)
    torch.testing.assert_close(found.on_grid().detach(), size * torch.tensor([[1.0, -1.0, 1.0, -1.0]]))


@pytest.mark.parametrize("bits", [1, 2, 5])
def test_gradients_go_straight_to_the_layer_s_own_weights(bits: int) -> None:
    found = layer("linear", bits).double()
    x = torch.rand(3, 60, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    g = torch.rand(3, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (found(x) * g).sum().backward()
    torch.testing.assert_close(
        found.layer.get_parameter("weight").grad, g.T @ x
    )  # of a linear layer, whatever it holds
    torch.testing.assert_close(found.layer.get_parameter("bias").grad, g.sum(0))


def test_the_input_s_gradient_is_that_of_the_weights_on_the_grid() -> None:
    found = layer("linear", 2)
    x = torch.rand(3, 60, requires_grad=True)
    found(x).sum().backward()
    torch.testing.assert_close(x.grad, found.on_grid().detach().sum(0).expand(3, 60))


def test_32_bits_are_the_layer_itself() -> None:
    found, x = layer("conv2d", 32), torch.rand(INPUTS["conv2d"])
    assert torch.equal(found(x), found.layer(x))
    assert found.on_grid() is found.layer.get_parameter("weight")


def test_nothing_trains_that_the_layer_does_not_have() -> None:
    assert [name for name, _ in layer("linear", 4).named_parameters()] == ["layer.weight", "layer.bias"]


def test_weights_that_are_all_zero_stay_zero() -> None:
    found = layer("linear", 4)
    with torch.no_grad():
        found.layer.get_parameter("weight")[0] = 0.0
    assert found.on_grid()[0].detach().tolist() == [0.0] * 60
    assert found.on_grid().isfinite().all()


def test_more_bits_lose_less() -> None:
    errors = []
    for bits in (1, 2, 3, 4, 6, 8):
        found = layer("conv2d", bits)
        errors.append((found.on_grid() - found.layer.get_parameter("weight")).square().mean().item())
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-3 * errors[0]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(
        ParameterError, match=r"takes a Linear, Conv1d, Conv2d or Conv3d, got ConvTranspose2d; put only"
    ):
        QuantisedWeights(nn.ConvTranspose2d(1, 1, 3), 4)
    with pytest.raises(
        ParameterError, match=r"QuantisedWeights\.bits must be 1 … 16, or 32 for full precision, got 40"
    ):
        QuantisedWeights(nn.Linear(2, 2), 40)
    with pytest.raises(ParameterError, match="with 32 bits has no whole numbers; give it 1 … 16 bits"):
        layer("linear", 32).whole()
