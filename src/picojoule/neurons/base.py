"""What every neuron model is.

A model is a frozen dataclass of parameters with four pure methods. `integrate` and `fire` are elementwise torch code
that reads only the input, the state and the coefficients; the library traces them once and derives every loop.

The loop, for every step:

    excess, state = neuron.integrate(x, state, c)      the dynamics of one step
    spike = excess >= 0                                and, where a population has one, its Selection;
                                                       backward, d spike / d excess is the neuron's surrogate
    state = neuron.fire(spike, state, c)               reset and refractoriness
"""

import warnings
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor

from picojoule.core.errors import ParameterError, StepWarning
from picojoule.core.params import Unit, check, units_of, validate
from picojoule.core.transforms import transformed
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
        longest_step: in ms; a longer one changes the default model's rate by more than 5 %, and a run says so. `None`:
            no step is too long.

    Raises:
        ParameterError: if a parameter lies outside the range that its type declares.
    """

    ports: ClassVar[type[tuple[Tensor, ...]]] = Current
    per_step: ClassVar[frozenset[str]] = frozenset()
    output: ClassVar[str] = "spike"
    surrogate: Surrogate = ATan()
    longest_step: ClassVar[float | None] = None

    def __post_init__(self) -> None:
        validate(self)

    def ranges(self, dt: float) -> dict[str, Unit]:  # noqa: ARG002
        """Ranges that depend on the step, or on the other parameters as they are: none, unless a model says so.

        A run refuses values outside, and values that train are brought back. Together the ranges bound one region: a
        model whose parameters all lie in their ranges stays in it when one of them moves within its own.

        Args:
            dt: length of a step, in ms.

        Returns:
            By name of the parameter. Bounds may be tensors, where they differ from neuron to neuron.
        """
        return {}

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


def coefficients_at(neuron: Neuron[Any, Any, Any], dt: float) -> Any:  # noqa: ANN401  # the neuron's own NamedTuple
    """What a run begins with: the coefficients, if the parameters allow a step of this length.

    Args:
        neuron: the model.
        dt: length of a step, in ms.

    Raises:
        ParameterError: if a parameter lies outside its range at this step, or a module's parameter has left its own.
    """
    check_step(neuron, dt)
    return neuron.coefficients(dt)


def check_step(neuron: Neuron[Any, Any, Any], dt: float) -> None:
    """Refuse parameters outside their ranges at a step, and warn of a step that is too long.

    Args:
        neuron: the model.
        dt: length of a step, in ms.

    Raises:
        ParameterError: names the parameter and its bound.
    """
    kind = type(neuron).__name__
    if _can_be_looked_at(neuron):
        _check_ranges(neuron, kind, dt)
    if neuron.longest_step is not None and dt > neuron.longest_step and not torch.compiler.is_compiling():
        warnings.warn(
            f"{kind} with dt={dt:g} ms: steps above {neuron.longest_step:g} ms change its rate by more than 5 %; take "
            f"a shorter one",
            StepWarning,
            stacklevel=3,
        )


def _can_be_looked_at(neuron: Neuron[Any, Any, Any]) -> bool:
    """Whether there are numbers, and nothing has to wait for them: a compiler or a GPU would."""
    tensors = (value for value in vars(neuron).values() if isinstance(value, Tensor))
    hidden = torch.compiler.is_compiling() or transformed()
    return not hidden and all(value.device.type == "cpu" for value in tensors)


def _check_ranges(neuron: Neuron[Any, Any, Any], kind: str, dt: float) -> None:
    for name, unit in units_of(type(neuron)).items():
        value = getattr(neuron, name)
        if isinstance(value, torch.nn.Parameter):  # an optimiser may have moved it
            check(f"{kind}.{name}", value, unit)
    broken: list[tuple[bool, ParameterError]] = []
    for name, unit in neuron.ranges(dt).items():
        try:
            check(f"{kind}.{name}", getattr(neuron, name), unit)
        except ParameterError as error:
            broken.append((not unit.leaves_room(), error))
    if broken:  # of several, that one is to be changed which can be: the others have no room left
        message = min(broken, key=lambda found: found[0])[1]
        raise ParameterError(f"{message}; with dt={dt:g} ms and the other parameters as they are")


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
