"""What every neuron model is.

A model is a frozen dataclass of parameters with four pure methods. `integrate` and `fire` are elementwise torch code
that reads only the input, the state and the coefficients; the library traces them once and derives every loop.

The loop, for every step:

    excess, state = neuron.integrate(x, state, c)      the dynamics of one step
    spike = excess >= 0                                and, where a population has one, its Selection;
                                                       backward, d spike / d excess is the neuron's surrogate
    state = neuron.fire(spike, state, c)               reset and refractoriness
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor

from picojoule.core.params import validate
from picojoule.neurons.surrogate import ATan, Surrogate


class Current(NamedTuple):
    """The usual input of a neuron: one port."""

    current: Tensor


class Conductances(NamedTuple):
    """The input of a conductance-based neuron: increments of its two conductances."""

    exc: Tensor
    inh: Tensor


StateT = TypeVar("StateT", bound=tuple[Tensor, ...])
CoefficientsT = TypeVar("CoefficientsT", bound=tuple[Tensor, ...])
InputT = TypeVar("InputT", bound=tuple[Tensor, ...])


class Neuron(ABC, Generic[InputT, StateT, CoefficientsT]):
    """Base of every neuron model.

    Attributes:
        ports: the NamedTuple of inputs that `integrate` takes; a connection names the port that it feeds.
        per_step: names of coefficients that have a value for each step: a leading time axis, `[T]` or `[T, *N]`.
        output: what a layer of such neurons gives: its `spike`, or a field of the state for neurons that never spike.
        surrogate: what stands for the derivative of a spike in gradient training. A model that lets users choose it
            declares a field of this name.

    Raises:
        ParameterError: if a parameter lies outside the range that its type declares.
    """

    ports: ClassVar[type[tuple[Tensor, ...]]] = Current
    per_step: ClassVar[frozenset[str]] = frozenset()
    output: ClassVar[str] = "spike"
    surrogate: Surrogate = ATan()

    def __post_init__(self) -> None:
        validate(self)

    @abstractmethod
    def initial(self, like: Tensor) -> StateT:
        """The state at rest.

        Args:
            like: any tensor `[B, *N]`; the state takes its shape, dtype and device.
        """

    @abstractmethod
    def coefficients(self, dt: float) -> CoefficientsT:
        """Every number a step needs, computed once per run.

        Args:
            dt: length of a step, in ms.
        """

    @abstractmethod
    def integrate(self, x: InputT, state: StateT, c: CoefficientsT) -> tuple[Tensor, StateT]:
        """One step of the dynamics.

        Args:
            x: what arrives in this step at each port, `[B, *N]`.
            state: the state at the beginning of the step.
            c: what `coefficients` gave.

        Returns:
            How far above threshold each neuron is (it may spike where that is >= 0), and the new state.
        """

    @abstractmethod
    def fire(self, spike: Tensor, state: StateT, c: CoefficientsT) -> StateT:
        """What a spike does to the state.

        Args:
            spike: `[B, *N]`, 1 for neurons that have fired, else 0.
            state: the state that `integrate` gave.
            c: what `coefficients` gave.
        """


def at_rest(like: Tensor, value: Tensor | float) -> Tensor:
    """A state field at its resting value.

    Args:
        like: `[B, *N]`, whose shape, dtype and device are taken.
        value: a number, or one for each neuron.

    Example:
        >>> at_rest(torch.zeros(1, 2), -65.0)
        tensor([[-65., -65.]])
    """
    return (torch.zeros_like(like) + value).to(like.dtype)
