"""The network that a spiking network replaces: the same layers with ReLUs, and as many bits as its time steps carry.

    spiking                                  matched
    input, T steps                           pixels of b bits, once               b = ⌈log2(T + 1)⌉
    Linear, Conv1d, Conv2d, Conv3d           the same sizes, weights of b bits, biases in full precision
    Spiking                                  ReLU with activations of b bits
    pooling, Flatten, dropout, batch norm    the same
    the last layer of neurons                left out: its input currents are the scores

Source: Yan, Bai & Wong, *Reconsidering the energy efficiency of spiking neural networks* (arXiv:2409.08290).
"""

from collections.abc import Iterator

import torch
from torch import nn

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError
from picojoule.energy.twin import redraw, twin_of
from picojoule.layers.over_time import OverTime
from picojoule.layers.sequential import Sequential
from picojoule.layers.spiking import Spiking
from picojoule.learn.quantise.quantised_input import QuantisedInput
from picojoule.learn.quantise.quantised_weights import KINDS


@public
def matched_network(network: nn.Module, *, bits: int, input_bits: int | None = None, seed: int = 0) -> nn.Sequential:
    """Build the ReLU network of the same layers, with fresh weights.

    Train it on the same images for as long, for instance with `picojoule.learn.fit`. The spiking network stays as it
    is, and torch's global generator draws nothing.

    Args:
        network: a stack, `picojoule.layers.Sequential` or `torch.nn.Sequential`, of ordinary modules and `Spiking`.
        bits: of weights and activations, 1 … 16, see `bits_for_steps`; 32 for full precision.
        input_bits: of the input, which must lie in [0, 1] then; `None`: as `bits`. 32 takes any input as it is.
        seed: of the weights.

    Returns:
        A network without time: it takes one frame of the input, `[B, *N]`, and gives the scores of the classes.

    Raises:
        ParameterError: if a module has no conventional counterpart, a number is out of range, or `network` is no stack.

    Example:
        >>> from picojoule.neurons import LIF, LeakyIntegrator
        >>> snn = Sequential(
        ...     nn.Flatten(), nn.Linear(784, 100), Spiking(LIF()), nn.Linear(100, 10), Spiking(LeakyIntegrator())
        ... )
        >>> matched_network(snn, bits=5)
        Sequential(
          (0): QuantisedInput(bits=5)
          (1): Flatten(start_dim=1, end_dim=-1)
          (2): QuantisedWeights(
            bits=5
            (layer): Linear(in_features=784, out_features=100, bias=True)
          )
          (3): QuantisedReLU(bits=5)
          (4): QuantisedWeights(
            bits=5
            (layer): Linear(in_features=100, out_features=10, bias=True)
          )
        )
    """
    front = QuantisedInput(bits if input_bits is None else input_bits)
    if not isinstance(network, Sequential | nn.Sequential):
        raise ParameterError(
            f"matched_network takes a picojoule.layers.Sequential or torch.nn.Sequential, got "
            f"{type(network).__name__}. Train a rival of your own and compare with that"
        )
    parts = list(_parts(network, ""))
    if parts and isinstance(parts[-1][1], Spiking):
        parts.pop()
    twin = nn.Sequential(front, *(_twin(name, module, bits) for name, module in parts))
    generator = torch.Generator().manual_seed(seed)
    for module in twin.modules():
        if isinstance(module, KINDS):
            redraw(module, generator)
    return twin


def _parts(module: nn.Module, name: str) -> Iterator[tuple[str, nn.Module]]:
    """The modules of a stack and of stacks in it, in order, without what only knows time."""
    if isinstance(module, OverTime):
        yield from _parts(module.module, name)
    elif isinstance(module, Sequential | nn.Sequential):
        for index, part in enumerate(module):
            yield from _parts(part, f"{name}.{index}" if name else str(index))
    else:
        yield name, module


def _twin(name: str, module: nn.Module, bits: int) -> nn.Module:
    try:
        return twin_of(module, bits)
    except ParameterError as error:
        raise ParameterError(f"module {name!r}: {error}") from None
