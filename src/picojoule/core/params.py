"""Units in types: one declaration that the validator, the documentation and the command line read.

A field declared `tau: Time` is a number (or a tensor, one value per neuron) in milliseconds, above 0. Dataclasses of
parameters call `validate(self)` after construction, which also makes numbers and tensors of whatever was given: numbers
of NumPy, lists, arrays.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral, Real
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError


@dataclass(frozen=True)
class Unit:
    """A unit and the range in which a value makes sense.

    Args:
        name: the unit, as messages write it.
        above: values must be greater than this; `None`: no such bound.
        at_least: values must not be less than this.
        at_most: values must not be greater than this.

    Example:
        >>> Unit("Hz", above=0.0).bound_broken_by(-5.0)
        'must be > 0'
    """

    name: str
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    def bound_broken_by(self, value: float) -> str | None:
        """The bound that `value` breaks, in words, or `None`."""
        if not math.isfinite(value):
            return "must be a finite number in"
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
Gain = Annotated[Value, Unit("times", above=0.0)]
Strength = Annotated[Value, Unit("times", at_least=0.0)]
Rate = Annotated[float, Unit("Hz", above=0.0)]
Weight = Annotated[float, Unit("weight")]
Slope = Annotated[float, Unit("per unit of excess", above=0.0)]
Voltage = Annotated[Value, Unit("mV")]
SlopeFactor = Annotated[Value, Unit("mV", above=0.0)]
Curvature = Annotated[Value, Unit("1/mV", above=0.0)]
VoltageRate = Annotated[Value, Unit("mV/ms")]
PerMillisecond = Annotated[Value, Unit("1/ms")]
RecoveryRate = Annotated[Value, Unit("1/ms", above=0.0)]
Capacitance = Annotated[Value, Unit("pF", above=0.0)]
Leak = Annotated[Value, Unit("nS", above=0.0)]
Conductance = Annotated[Value, Unit("nS")]
CurrentPA = Annotated[Value, Unit("pA")]
AreaCapacitance = Annotated[Value, Unit("µF/cm²", above=0.0)]
AreaConductance = Annotated[Value, Unit("mS/cm²", at_least=0.0)]
AreaLeak = Annotated[Value, Unit("mS/cm²", above=0.0)]
AngularFrequency = Annotated[Value, Unit("rad/s", above=0.0)]
Damping = Annotated[Value, Unit("1/s", at_least=0.0)]
Width = Annotated[float, Unit("units of excess", above=0.0)]
Scale = Annotated[float, Unit("times", above=0.0)]
LearningRate = Annotated[float, Unit("weight per event", at_least=0.0)]


def validate(parameters: object) -> None:
    """Check every field of a dataclass that declares a `Unit`, and keep plain numbers and tensors in them.

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
    owner = type(parameters)
    for name, unit in units_of(owner).items():  # type: ignore[arg-type]  # mypy holds classes to be unhashable
        given, where = getattr(parameters, name), f"{owner.__name__}.{name}"
        value = check(where, given, unit)
        if isinstance(value, Tensor) and _is_single(owner, name):  # type: ignore[arg-type]
            if value.numel() > 1 or value.requires_grad:
                raise ParameterError(f"{where} is one number in {unit.name} for all, got {list(value.shape)} numbers")
            value = float(value)
        if value is not given:
            object.__setattr__(parameters, name, value)


def check(name: str, value: object, unit: Unit) -> Value:
    """Refuse a value outside its unit's range, naming it.

    Args:
        name: what the value is, for the message.
        value: a number of any kind, or a tensor, an array or a list of them.
        unit: the range.

    Returns:
        The value as a plain number, or as a tensor of floats.

    Raises:
        ParameterError: if the value is no number, or outside the range.

    Example:
        >>> check("steps", 0, Unit("steps", at_least=1))
        Traceback (most recent call last):
        picojoule.core.errors.ParameterError: steps must be >= 1 steps, got 0
        >>> check("tau", [5.0, 10.0], Unit("ms", above=0.0))
        tensor([ 5., 10.], dtype=torch.float64)
    """
    found = _plain(value)
    if found is None:
        raise ParameterError(f"{name} must be a number in {unit.name}, got {value!r}")
    for number in _numbers(found):
        if (broken := unit.bound_broken_by(number)) is not None:
            raise ParameterError(f"{name} {broken} {unit.name}, got {number:g}")
    return found


def _plain(value: object) -> Value | None:
    """A number or a tensor of floats; `None` for what is neither. A tensor of floats is taken as it is."""
    if isinstance(value, list | tuple | np.ndarray):
        value = _from_several(value)
    if isinstance(value, Tensor):
        if value.dtype in (torch.bool, torch.complex64, torch.complex128) or not value.numel() or value.is_sparse:
            return None
        return value if value.is_floating_point() else value.double()
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return int(value) if isinstance(value, Integral) else float(value)


def _from_several(values: list[Any] | tuple[Any, ...] | np.ndarray[Any, Any]) -> object:
    """A tensor of what several numbers say, one number if that is all, or `None` if they are no numbers."""
    if isinstance(values, list | tuple) and any(isinstance(value, bool | np.bool_) for value in values):
        return None  # among floats, NumPy would count them as such
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, RuntimeError):  # ragged, or of tensors that need a gradient
        return None
    if array.dtype.kind not in "iuf":
        return None
    single = array if array.dtype == np.float32 else array.astype(np.float64)
    return torch.tensor(single) if array.ndim else single.item()


def _numbers(value: Value) -> list[float]:
    if isinstance(value, Tensor):
        return [] if value.is_meta else [float(number) for number in value.detach().flatten().tolist()]
    try:
        return [float(value)]
    except OverflowError:  # of a whole number
        return [math.inf]


@lru_cache
def _is_single(owner: type, name: str) -> bool:
    """Whether a field is declared as one number, so that it has no value for each neuron."""
    return get_args(get_type_hints(owner, include_extras=True)[name])[0] is float


@lru_cache
def units_of(owner: type) -> dict[str, Unit]:
    """The `Unit` of every field of a class that declares one.

    Args:
        owner: a class with annotated fields.

    Returns:
        Units by field name, inherited fields first.

    Example:
        >>> class Membrane:
        ...     tau: Time = 20.0
        >>> units_of(Membrane)
        {'tau': Unit(name='ms', above=0.0, at_least=None, at_most=None)}
    """
    found = {}
    for name, hint in get_type_hints(owner, include_extras=True).items():
        declared = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
        for extra in declared:
            if isinstance(extra, Unit):
                found[name] = extra
    return found


def as_tensor(value: Value) -> Tensor:
    """A number or tensor as a tensor; numbers become float64 so that the loop decides the precision."""
    return value if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64)


def decay_of(tau: Value, dt: float) -> Tensor:
    """What is left of an exponential after one step: `exp(-dt / tau)`.

    Args:
        tau: time constant, in ms.
        dt: length of the step, in ms.

    Returns:
        A factor in (0, 1), float64 where `tau` is a number.

    Example:
        >>> round(decay_of(20.0, 20.0).item(), 6)  # exp(-1)
        0.367879
    """
    return torch.exp(-dt / as_tensor(tau))


def whole_steps(duration: Value, dt: float) -> Tensor:
    """A duration as a whole number of steps.

    Args:
        duration: in ms.
        dt: length of a step, in ms.

    Returns:
        The nearest whole number, as a float; halves go to the even one.

    Example:
        >>> whole_steps(5.0, 0.5).item()
        10.0
    """
    return torch.round(as_tensor(duration) / dt)
