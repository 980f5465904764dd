"""A population: neurons of one model, and what looks across them or changes their thresholds."""

from typing import Any

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.described import changed
from picojoule.core.params import Neurons
from picojoule.network.plasticity import Homeostasis
from picojoule.neurons.base import Neuron
from picojoule.neurons.selection import OnePerStep

GIVEN = "neuron_"  # stands before the name of a tensor among a neuron's parameters


class Population(nn.Module):
    """`n` neurons of one model.

    Tensors among the model's parameters are saved and moved with the population, like weights.

    Args:
        n: number of neurons.
        neuron: the model they share.
        selection: which of the neurons that cross threshold in a step may spike; `None`: all.
        homeostasis: a slow change of thresholds; the population then has a threshold offset `theta` `[n]`, saved like
            weights.

    Raises:
        ParameterError: if `n` is below 1.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> Population(2, LIF(tau=10.0))  # doctest: +ELLIPSIS
        Population(n=2, neuron=LIF(tau=10.0, v_th=1.0, v_rest=0.0, v_reset=0.0, ...))
    """

    @public
    def __init__(
        self,
        n: Neurons,
        neuron: Neuron,  # type: ignore[type-arg]  # any input, state and coefficients
        *,
        selection: OnePerStep | None = None,
        homeostasis: Homeostasis | None = None,  # type: ignore[type-arg]
    ) -> None:
        super().__init__()
        self.n = n
        self._given: tuple[str, ...] = ()
        self.neuron = neuron
        self.selection = selection
        self.homeostasis = homeostasis
        self.theta: Tensor | None
        self.register_buffer("theta", None if homeostasis is None else torch.full((n,), homeostasis.start()))

    @property
    def neuron(self) -> Neuron[Any, Any, Any]:
        """The model, with the tensors that the population holds."""
        held = {name: getattr(self, f"{GIVEN}{name}") for name in self._given}
        return changed(self._template, held) if held else self._template

    @neuron.setter
    def neuron(self, neuron: Neuron[Any, Any, Any]) -> None:
        for name in self._given:
            delattr(self, f"{GIVEN}{name}")
        tensors = {name: value for name, value in vars(neuron).items() if isinstance(value, Tensor)}
        self._given, self._template = tuple(tensors), changed(neuron, dict.fromkeys(tensors)) if tensors else neuron
        for name, value in tensors.items():
            if isinstance(value, nn.Parameter):
                self.register_parameter(f"{GIVEN}{name}", value)
            else:
                self.register_buffer(f"{GIVEN}{name}", value)

    def extra_repr(self) -> str:
        """What torch prints between the brackets: size and model."""
        return f"n={self.n}, neuron={self.neuron!r}"
