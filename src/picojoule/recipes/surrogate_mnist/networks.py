"""The two networks, spiking and with ReLUs: the same layers, the same number of weights.

    dense   784 - 1000 - 10
    conv    12 kernels 5 x 5, max 2 x 2 - 64 kernels 5 x 5, max 2 x 2 - 10

Pooling takes the largest current of four, before the neurons: one neuron of four is left, and what leaves a layer is
spikes. Hidden neurons are leaky integrate-and-fire neurons; the readout is one leaky integrator for each class, which
never spikes. Time constants train: one for each hidden neuron of the dense network, for each channel of the
convolutional one, for each integrator of the readout.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from picojoule.energy.stage import Stage, convolution_stage, dense_stage
from picojoule.layers import Linear, Sequential, Spiking
from picojoule.neurons import LIF, HardReset, LeakyIntegrator
from picojoule.recipes.surrogate_mnist.options import DT

TAU_READOUT = 10.0  # ms, before it learns
SPIKING_GAIN = 3.0  # weights are drawn from ± gain / √inputs
RELU_GAIN = math.sqrt(6.0)  # He et al. (2015)


@dataclass(frozen=True, eq=False)
class Plan:
    """What both networks are made of.

    Args:
        stages: weight layers, input first.
        names: of the neurons behind them.
    """

    stages: tuple[Stage, ...]
    names: tuple[str, ...]


def plan(model: str, *, shape: tuple[int, ...], neurons: int, classes: int) -> Plan:
    """The stages of a network for images of a shape.

    Args:
        model: `dense` or `conv`.
        shape: height and width of an image.
        neurons: hidden neurons of the dense network.
        classes: output neurons.

    Raises:
        ParameterError: if the images are too small for the kernels.

    Example:
        >>> [stage.name for stage in plan("dense", shape=(28, 28), neurons=1000, classes=10).stages]
        ['784 -> 1000', '1000 -> 10']
    """
    if model == "dense":
        return Plan((dense_stage(math.prod(shape), neurons), dense_stage(neurons, classes)), ("hidden", "readout"))
    height, width = shape
    first = convolution_stage((1, height, width), 12, kernel=5, pool=2)
    _, height, width = first.units
    second = convolution_stage((12, height, width), 64, kernel=5, pool=2)
    return Plan((first, second, dense_stage(second.outputs, classes)), ("hidden 1", "hidden 2", "readout"))


def spiking_network(made: Plan, *, tau: float, seed: int, chunk: int | None = None) -> Sequential:
    """The spiking network; it takes `[T, B, 1, height, width]` and gives the readout's potentials `[T, B, classes]`.

    Args:
        made: from `plan`.
        tau: of the hidden neurons at the start, in ms.
        seed: of the weights.
        chunk: steps that go through the layers together; `None`: as `Sequential` chooses.
    """

    def neurons(shape: tuple[int, ...]) -> nn.Module:
        return Spiking(LIF(tau=tau, reset=HardReset(), gain=None), shape=shape, trainable={"tau"}, dt=DT)

    readout = Spiking(
        LeakyIntegrator(tau=TAU_READOUT, gain=None), shape=made.stages[-1].units, trainable={"tau"}, dt=DT
    )
    network = Sequential(*_layers(made, neurons), readout, chunk=chunk)
    _draw(network, SPIKING_GAIN, seed)
    return network


def relu_network(made: Plan, *, seed: int) -> nn.Sequential:
    """The conventional network of the same layers; it takes `[B, 1, height, width]` and gives scores `[B, classes]`.

    Args:
        made: from `plan`.
        seed: of the weights.
    """
    network = nn.Sequential(*_layers(made, lambda _: nn.ReLU()))
    _draw(network, RELU_GAIN, seed)
    return network


def _layers(made: Plan, neurons: Callable[[tuple[int, ...]], nn.Module]) -> list[nn.Module]:
    """All layers up to the currents of the readout; `neurons` takes the shape of the values that they have each."""
    first, last = made.stages[0], made.stages[-1]
    with torch.random.fork_rng(devices=[]):  # weights are drawn elsewhere; torch's generator stays as it was
        if len(made.stages) == 2:
            return [
                nn.Flatten(),
                Linear(first.inputs, first.outputs),
                neurons(first.units),
                Linear(last.inputs, last.outputs),
            ]
        return [
            nn.Conv2d(1, 12, kernel_size=5),
            nn.MaxPool2d(2),
            neurons((12, 1, 1)),
            nn.Conv2d(12, 64, kernel_size=5),
            nn.MaxPool2d(2),
            neurons((64, 1, 1)),
            nn.Flatten(),
            Linear(last.inputs, last.outputs),
        ]


def _draw(network: nn.Module, gain: float, seed: int) -> None:
    """Draw all weights and biases anew, layer after layer."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
        if isinstance(weight, Tensor) and isinstance(bias, Tensor):
            bound = gain / math.sqrt(weight[0].numel())
            nn.init.uniform_(weight, -bound, bound, generator=generator)
            nn.init.uniform_(bias, -bound, bound, generator=generator)
