"""The parameters of a layer's neurons: which of them train, and what the neurons are made of at the moment."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from picojoule.core.described import changed, described
from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.core.params import Unit, units_of
from picojoule.layers.bounded import brought_back, lowest, moved
from picojoule.layers.differentiable import initial_value_matters, parameter_matters
from picojoule.neurons.base import Neuron, check_step
from picojoule.neurons.contract import check_methods

Names = Iterable[str]


class Learned(nn.Module):
    """A neuron, some of whose parameters and initial values train.

    A parameter that trains is kept as its value at the start, `start_<name>`, and a change, `raw_<name>`, which is 0
    at the start and holds the value inside its range whatever an optimiser does (`picojoule.layers.bounded`), also in
    one that depends on the step and on other parameters (`Neuron.ranges`).
    An initial value is kept as it is, `initial_<name>`. Tensors among the other parameters are `given_<name>`, so that
    they move with the module and are saved with it; an `nn.Parameter` among them trains as it is, without a range.

    Args:
        neuron: the model.
        shape: of the values that train; `None`: one value for all neurons. Several numbers keep their own shape.
        trainable: names of parameters that train.
        trainable_initial: names of state fields whose initial values train.
        dt: length of a step, in ms.

    Raises:
        UnknownNameError: if a name is no parameter with a unit, or no field of the state.
        ParameterError: if a parameter has no gradient, or starts on its bound, or a method of the model returns what
            it must not.

    Example:
        >>> from picojoule.neurons.lif import LIF
        >>> Learned(LIF(tau=20.0), shape=(2,), trainable={"tau"}).neuron().tau
        tensor([20., 20.], dtype=torch.float64, grad_fn=<MulBackward0>)
    """

    def __init__(
        self,
        neuron: Neuron[Any, Any, Any],
        *,
        shape: tuple[int, ...] | None = None,
        trainable: Names = (),
        trainable_initial: Names = (),
        dt: float = 1.0,
    ) -> None:
        super().__init__()
        self.trainable, self.trainable_initial = _sorted(trainable), _sorted(trainable_initial)
        check_methods(neuron, dt)
        self.fields: tuple[str, ...] = neuron.initial(torch.zeros(1, 1))._fields
        self.description = _described(neuron)
        place = torch.get_default_device()
        with torch.device("cpu"):  # what is asked about a value needs its numbers, which "meta" has not
            for name in self.trainable:
                self._add_parameter(neuron, name, shape, dt, place)
            for name in self.trainable_initial:
                self._add_initial(neuron, name, shape, dt, place)
            check_step(neuron, dt)
        self._template, self._units = neuron, _units(neuron)
        self._dt, self._narrowed = dt, [name for name in self.trainable if name in neuron.ranges(dt)]
        given = {name: value for name, value in vars(neuron).items() if isinstance(value, Tensor)}
        self._given = tuple(name for name in given if name not in self.trainable)
        for name in self._given:
            self._hold(f"given_{name}", given[name])
        if given:  # they are held above, and would not move or be saved from here
            self._template = changed(neuron, dict.fromkeys(given))

    def neuron(self) -> Neuron[Any, Any, Any]:
        """The neuron with its present parameters; gradients flow to those that train."""
        if not self.trainable and not self._given:
            return self._template
        values: dict[str, Any] = {name: getattr(self, f"given_{name}") for name in self._given}
        for name in self.trainable:
            start, change = _precise(getattr(self, f"start_{name}")), _precise(getattr(self, f"raw_{name}"))
            values[name] = moved(start, change, self._units[name])
        if torch.compiler.is_compiling():
            from picojoule.simulate.scan.operator import WRITTEN, written  # which takes a second to import

            values[WRITTEN] = written(self._template, tuple(values))
        return self._brought_back(values) if self._narrowed else changed(self._template, values)

    def _brought_back(self, values: dict[str, Any]) -> Neuron[Any, Any, Any]:
        """One parameter after the other goes from its start as far as the others, as they are by then, allow."""
        starts = {name: _precise(getattr(self, f"start_{name}")) for name in self._narrowed}
        neuron = changed(self._template, values | starts)
        for name in self._narrowed:
            with torch.no_grad():
                unit = neuron.ranges(self._dt)[name]
            neuron = changed(neuron, {name: brought_back(values[name], unit)})
        return neuron

    def conditions(self) -> Any:  # noqa: ANN401  # plain values
        """The neuron as plain values, without what is held as a tensor; a surrogate changes no spike."""
        return described(self._template, without=("surrogate", *self.trainable))

    def initial(self, neuron: Neuron[Any, Any, Any], like: Tensor) -> Any:  # noqa: ANN401  # the neuron's NamedTuple
        """The state at the start of a sequence.

        Args:
            neuron: what `neuron()` gave.
            like: one frame of the input, `[B, *N]`.
        """
        rest = neuron.initial(like)
        values = {name: getattr(self, f"initial_{name}").to(like).expand_as(like) for name in self.trainable_initial}
        return rest._replace(**values)

    def extra_repr(self) -> str:
        """What torch prints between the brackets: what trains."""
        parts = {"trainable": self.trainable, "trainable_initial": self.trainable_initial}
        return ", ".join(f"{name}={{{str(list(names))[1:-1]}}}" for name, names in parts.items() if names)

    def _add_parameter(
        self, neuron: Neuron[Any, Any, Any], name: str, shape: tuple[int, ...] | None, dt: float, place: torch.device
    ) -> None:
        kind, units = type(neuron).__name__, _units(neuron)
        if name not in units:
            raise UnknownNameError(f"parameter of {kind} to learn", name, units)
        start = _shaped(getattr(neuron, name), shape)
        for bound in (lowest(units[name]), units[name].at_most):
            if bound is not None and bool((start == bound).any()):
                raise ParameterError(f"{kind}.{name} cannot learn from {bound:g}, the end of its range; start inside")
        if not parameter_matters(neuron, name, start, dt):
            raise ParameterError(
                f"{kind}.{name} has no gradient (rounded to whole steps, or not used), so it cannot be learned; "
                f"leave it out of trainable"
            )
        self.register_buffer(f"start_{name}", start.to(place, torch.get_default_dtype()))
        self.register_parameter(f"raw_{name}", nn.Parameter(torch.zeros(start.shape, device=place)))

    def _add_initial(
        self, neuron: Neuron[Any, Any, Any], name: str, shape: tuple[int, ...] | None, dt: float, place: torch.device
    ) -> None:
        kind = type(neuron).__name__
        if name not in self.fields:
            raise UnknownNameError(f"state field of {kind} to learn the start of", name, self.fields)
        if not initial_value_matters(neuron, name, dt):
            raise ParameterError(
                f"the initial {name} of {kind} has no gradient (a counter of steps, or not used), so it cannot be "
                f"learned; leave it out of trainable_initial"
            )
        start = getattr(neuron.initial(torch.zeros(1, *(shape or ()))), name)[0]
        self.register_parameter(f"initial_{name}", nn.Parameter(start.detach().to(place, copy=True)))

    def _hold(self, name: str, value: Tensor) -> None:
        if isinstance(value, nn.Parameter):
            self.register_parameter(name, value)
        else:
            self.register_buffer(name, value.clone())  # another layer of this neuron has its own


def _sorted(names: Names) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _units(neuron: Neuron[Any, Any, Any]) -> dict[str, Unit]:
    """The range of every parameter; numbers for each step may have none."""
    several = {name: Unit("number") for name, value in vars(neuron).items() if isinstance(value, Tensor | tuple)}
    return several | units_of(type(neuron))


def _shaped(value: float | tuple[float, ...] | Tensor, shape: tuple[int, ...] | None) -> Tensor:
    """A number in the shape wanted, several in their own; as exact as it was."""
    numbers = torch.as_tensor(value, dtype=torch.float64).detach()
    return numbers.clone() if numbers.dim() else numbers.expand(shape or ()).clone()


def _precise(value: Tensor) -> Tensor:
    """In double precision, where the device has it, like the numbers of a neuron that does not learn."""
    return value.double() if value.device.type in ("cpu", "cuda") else value


def _described(neuron: Neuron[Any, Any, Any]) -> str:
    """The neuron's `repr`, with tensors by their shape."""
    values = {
        name: f"tensor{list(value.shape)}" if isinstance(value, Tensor) and value.dim() else repr(value)
        for name, value in vars(neuron).items()
    }
    return f"{type(neuron).__name__}({', '.join(f'{name}={value}' for name, value in values.items())})"
