"""A population: neurons of one model, and what looks across them or changes their thresholds."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.described import changed
from picojoule.core.errors import ShapeError
from picojoule.core.params import Neurons, units_of, validate
from picojoule.network.plasticity import Homeostasis
from picojoule.neurons.base import Neuron
from picojoule.neurons.contract import check_methods
from picojoule.neurons.selection import OnePerStep

GIVEN = "neuron_"  # stands before the name of a tensor among a neuron's parameters


class Population(nn.Module):
    """`n` neurons of one model.

    Tensors among the model's parameters are saved and moved with the population, like weights. It keeps a copy of its
    own; an `nn.Parameter` stays the same object, which others may share.

    Args:
        n: number of neurons.
        neuron: the model they share.
        selection: which of the neurons that cross threshold in a step may spike; `None`: all.
        homeostasis: a slow change of thresholds; the population then has a threshold offset `theta` `[n]`, saved like
            weights.

    Raises:
        ParameterError: if `n` is below 1, or a method of the model returns what it must not.

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
        check_methods(neuron)
        for name in self._given:
            delattr(self, f"{GIVEN}{name}")
        tensors = {name: value for name, value in vars(neuron).items() if isinstance(value, Tensor)}
        self._given, self._template = tuple(tensors), changed(neuron, dict.fromkeys(tensors)) if tensors else neuron
        for name, value in tensors.items():
            if isinstance(value, nn.Parameter):
                self.register_parameter(f"{GIVEN}{name}", value)
            else:
                self.register_buffer(f"{GIVEN}{name}", value.clone())

    def check_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Refuse tensors that do not fit, whoever put them in place of those it was made with.

        Args:
            tensors: by name, in place of those that the population holds.

        Raises:
            ShapeError: if a parameter has neither one number nor one for each neuron, or `theta` another size.
            ParameterError: if a parameter lies outside the range that its type declares.
        """
        if (theta := tensors.get("theta", self.theta)) is not None and theta.shape != (self.n,):
            raise ShapeError(f"theta must have the shape [{self.n}], got {list(theta.shape)}; change it in place")
        if not self._given:
            return
        names = ((name, f"{GIVEN}{name}") for name in self._given)
        held = {name: tensors[own] if own in tensors else getattr(self, own) for name, own in names}
        neuron = changed(self._template, held)
        validate(neuron)
        for name in () if neuron.per_step else units_of(type(neuron)):
            value = getattr(neuron, name)
            if isinstance(value, Tensor) and value.shape not in {(), (1,), (self.n,)}:
                raise ShapeError(
                    f"{type(neuron).__name__} has {value.numel()} values {list(value.shape)} of {name}, but there are "
                    f"{self.n} neurons; give one number or one for each neuron"
                )

    def extra_repr(self) -> str:
        """What torch prints between the brackets: size and model."""
        return f"n={self.n}, neuron={self.neuron!r}"
