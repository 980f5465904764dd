"""What stands in a matched network in the place of each kind of module."""

import copy
import functools
import math

import torch
from torch import nn

from picojoule.core.errors import ParameterError
from picojoule.layers.linear import Linear
from picojoule.layers.spiking import Spiking
from picojoule.learn.quantise.quantised_relu import QuantisedReLU
from picojoule.learn.quantise.quantised_weights import QuantisedWeights

AS_IT_IS = (
    *(nn.Flatten, nn.Unflatten, nn.Identity),
    *(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d),
    *(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
    *(nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d),
    *(nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d),
    *(nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d),
)


@functools.singledispatch
def twin_of(module: nn.Module, bits: int) -> nn.Module:
    """The conventional counterpart of one module, with fresh values.

    Register your own kinds of module: `@twin_of.register` above a function whose first argument is annotated with the
    type. `matched_network` draws the weights of linear and convolutional layers in it anew.

    Args:
        module: a part of a spiking network, which stays as it is.
        bits: of weights and activations.

    Returns:
        A new module.

    Raises:
        ParameterError: if there is no counterpart.

    Example:
        >>> twin_of(nn.MaxPool2d(2), 4)
        MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
        >>> twin_of(Linear(3, 2), 4)
        QuantisedWeights(
          bits=4
          (layer): Linear(in_features=3, out_features=2, bias=True)
        )
    """
    raise ParameterError(
        f"{type(module).__name__} has no conventional twin of {bits} bits. Train a rival of your own and compare with "
        "that, or say what its twin is with picojoule.energy.twin.twin_of.register"
    )


# A GRU's and an LSTM's place is here: `twin_of.register` for `Recurrent`.


@twin_of.register
def _spiking(module: Spiking, bits: int) -> nn.Module:
    neuron = module.neuron
    if neuron.output != "spike":
        raise ParameterError(
            f"a layer of {type(neuron).__name__} gives its {neuron.output!r} and no spikes; it has a conventional twin "
            "only as the last one, where its input currents are the scores"
        )
    return QuantisedReLU(bits)


@twin_of.register
def _relu(_: nn.ReLU, bits: int) -> nn.Module:
    return QuantisedReLU(bits)


@twin_of.register
def _linear(module: Linear, bits: int) -> nn.Module:
    ordinary = nn.Linear(
        module.in_features, module.out_features, module.bias is not None, device="meta", dtype=module.weight.dtype
    )  # on the meta device nothing is drawn from torch's generator
    return QuantisedWeights(ordinary.to_empty(device=module.weight.device), bits)


@twin_of.register
def _weights(module: nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d, bits: int) -> nn.Module:
    return QuantisedWeights(copy.deepcopy(module).requires_grad_(True), bits)


@twin_of.register
def _batch_norm(module: nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d, _: int) -> nn.Module:
    fresh = copy.deepcopy(module).requires_grad_(True)
    fresh.reset_parameters()
    return fresh


def _copied(module: nn.Module, _: int) -> nn.Module:
    return copy.deepcopy(module)


for _kind in AS_IT_IS:
    twin_of.register(_kind, _copied)


def redraw(layer: nn.Module, generator: torch.Generator) -> None:
    """Draw a layer's weights and biases anew: uniform in ±√(6 / inputs), He et al. (2015), section 2.2.

    Args:
        layer: linear or convolutional, with weights `[outputs, …]` and perhaps a bias.
        generator: on the CPU.
    """
    bound = math.sqrt(6.0 / layer.get_parameter("weight")[0].numel())
    for parameter in layer.parameters(recurse=False):
        drawn = torch.empty(parameter.shape, dtype=parameter.dtype)
        parameter.data.copy_(drawn.uniform_(-bound, bound, generator=generator))
