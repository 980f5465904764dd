"""Units in types: one declaration that the validator, the documentation and the command line read.

A field declared `tau: Time` is a number (or a tensor, one value per neuron) in milliseconds, above 0. Dataclasses of
parameters call `validate(self)` after construction.
"""

import math
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import torch
from torch import Tensor

from picojoule.core.errors import ParameterError


@dataclass(frozen=True)
class Unit:
    """A unit and the range in which a value makes sense."""

    name: str
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    def bound_broken_by(self, value: float) -> str | None:
        """The bound that `value` breaks, in words, or `None`."""
        if not math.isfinite(value):
            return "must be a finite number"
        if self.above is not None and not value > self.above:
            return f"must be > {self.above:g}"
        if self.at_least is not None and not value >= self.at_least:
            return f"must be >= {self.at_least:g}"
        if self.at_most is not None and not value <= self.at_most:
            return f"must be <= {self.at_most:g}"
        return None


Value = float | Tensor

Time = Annotated[Value, Unit("ms", above=0.0)]
Duration = Annotated[Value, Unit("ms", at_least=0.0)]
Potential = Annotated[Value, Unit("thresholds or mV")]
PotentialStep = Annotated[Value, Unit("thresholds or mV", at_least=0.0)]
Rate = Annotated[float, Unit("Hz", above=0.0)]
Weight = Annotated[float, Unit("weight")]
LearningRate = Annotated[float, Unit("weight per event", at_least=0.0)]


def validate(parameters: Any) -> None:
    """Check every field of a dataclass that declares a `Unit`.

    Args:
        parameters: a dataclass instance.

    Raises:
        ParameterError: names the field, its bound with the unit, and the value found.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True)
        ... class Membrane:
        ...     tau: Time = 20.0
        >>> validate(Membrane(tau=-5.0))
        Traceback (most recent call last):
        picojoule.core.errors.ParameterError: Membrane.tau must be > 0 ms, got -5
    """
    units = units_of(type(parameters))
    for field in fields(parameters):
        if field.name in units:
            check(f"{type(parameters).__name__}.{field.name}", getattr(parameters, field.name), units[field.name])


def check(name: str, value: Any, unit: Unit) -> None:
    """Refuse a value outside its unit's range, naming it."""
    for number in (value.detach().flatten().tolist() if isinstance(value, Tensor) else [value]):
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ParameterError(f"{name} must be a number in {unit.name}, got {number!r}")
        if (broken := unit.bound_broken_by(float(number))) is not None:
            raise ParameterError(f"{name} {broken} {unit.name}, got {number:g}")


@lru_cache
def units_of(owner: type) -> dict[str, Unit]:
    """The `Unit` of every field of a class that declares one."""
    found = {}
    for name, hint in get_type_hints(owner, include_extras=True).items():
        if get_origin(hint) is Annotated:
            found.update({name: extra for extra in get_args(hint)[1:] if isinstance(extra, Unit)})
    return found


def as_tensor(value: Value) -> Tensor:
    """A number or tensor as a tensor; numbers become float64 so that the loop decides the precision."""
    return value if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64)


def decay_of(tau: Value, dt: float) -> Tensor:
    """`exp(-dt / tau)`: what is left of an exponential with time constant `tau` after `dt`, both in ms."""
    return torch.exp(-dt / as_tensor(tau))


def whole_steps(duration: Value, dt: float) -> Tensor:
    """A duration in ms as a whole number of steps, rounded to the nearest."""
    return torch.round(as_tensor(duration) / dt)
