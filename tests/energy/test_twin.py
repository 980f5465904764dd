"""One module's counterpart, and how weights are drawn."""

import math

import pytest
import torch
from torch import nn

from picojoule.core.errors import ParameterError
from picojoule.energy.twin import AS_IT_IS, redraw, twin_of
from picojoule.layers import Linear, Recurrent, Spiking
from picojoule.learn import QuantisedReLU, QuantisedWeights
from tests.held import LIF


def test_weight_layers_keep_every_setting() -> None:
    convolution = nn.Conv2d(
        4, 6, (3, 5), stride=2, padding=1, dilation=2, groups=2, bias=False, padding_mode="circular"
    )
    twin = twin_of(convolution, 3)
    assert isinstance(twin, QuantisedWeights)
    assert str(twin.layer) == str(convolution)
    assert twin.bits == 3


@pytest.mark.parametrize("bias", [True, False])
def test_the_library_s_own_linear_layer_becomes_torch_s(bias: bool) -> None:
    twin = twin_of(Linear(5, 3, bias=bias).double(), 3)
    assert isinstance(twin, QuantisedWeights)
    assert type(twin.layer) is nn.Linear
    assert (twin.layer.in_features, twin.layer.out_features, twin.layer.bias is not None) == (5, 3, bias)
    assert twin.layer.weight.dtype == torch.float64


def test_frozen_weights_train_in_the_twin() -> None:
    frozen = nn.Linear(3, 2).requires_grad_(False)
    assert all(p.requires_grad for p in twin_of(frozen, 3).parameters())
    assert not frozen.weight.requires_grad


@pytest.mark.parametrize("module", [Spiking(LIF()), nn.ReLU()], ids=["spiking", "relu"])
def test_neurons_and_relus_become_relus_of_few_bits(module: nn.Module) -> None:
    twin = twin_of(module, 3)
    assert isinstance(twin, QuantisedReLU)
    assert twin.bits == 3


def test_what_has_no_weights_is_copied() -> None:
    for module in (nn.Flatten(2), nn.MaxPool2d(3, 2), nn.Dropout(0.3), nn.AdaptiveAvgPool1d(4), nn.ZeroPad2d(1)):
        twin = twin_of(module, 3)
        assert twin is not module
        assert str(twin) == str(module)
    assert all(issubclass(kind, nn.Module) for kind in AS_IT_IS)


def test_no_twin_says_the_way_out() -> None:
    with pytest.raises(
        ParameterError, match=r"^Recurrent has no conventional twin of 5 bits\. Train a rival of your own"
    ):
        twin_of(Recurrent(LIF(), 3), 5)


def test_weights_and_biases_fill_the_bound_of_he_uniformly() -> None:
    layer = nn.Conv2d(8, 500, 3)
    redraw(layer, torch.Generator().manual_seed(0))
    bound = math.sqrt(6.0 / 72.0)
    for drawn in (layer.weight.detach().flatten(), layer.bias.detach()):  # type: ignore[union-attr]
        assert drawn.abs().max() <= bound
        assert drawn.abs().mean() == pytest.approx(bound / 2, rel=0.08)  # 500 uniform numbers: 2.6 % standard error
        assert drawn.mean() == pytest.approx(0.0, abs=0.1 * bound)
