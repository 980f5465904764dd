"""Units in types: one declaration that the validator, the documentation and the command line read.

A field declared `tau: Time` is a number (or a tensor, one value per neuron) in milliseconds, above 0. Dataclasses of
parameters call `validate(self)` after construction, which also makes numbers and tensors of whatever was given: numbers
of NumPy, lists, arrays.
"""

from functools import lru_cache
from typing import Annotated, get_args, get_origin

import torch
from torch import Tensor

from picojoule.core.arguments import known_hints
from picojoule.core.arguments import validate as validate  # noqa: PLC0414  # found here, too
from picojoule.core.kinds import WITHOUT_VALUES
from picojoule.core.unit import Unit as Unit  # noqa: PLC0414  # found here, too
from picojoule.core.unit import Value as Value  # noqa: PLC0414  # found here, too
from picojoule.core.unit import check as check  # noqa: PLC0414  # found here, too

Time = Annotated[Value, Unit("ms", above=0.0)]
Duration = Annotated[Value, Unit("ms", at_least=0.0)]
Potential = Annotated[Value, Unit("thresholds or mV")]
PotentialStep = Annotated[Value, Unit("thresholds or mV", at_least=0.0)]
Gain = Annotated[Value, Unit("times", above=0.0)]
InputGain = Gain | None
Strength = Annotated[Value, Unit("times", at_least=0.0)]
Rate = Annotated[float, Unit("Hz", above=0.0)]
Weight = Annotated[float, Unit("weight")]
WeightBound = Annotated[float, Unit("weight", infinite=True)]
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
Shaped = Annotated[Tensor, WITHOUT_VALUES]  # a tensor that may be on the meta device
SpikesPerStep = Annotated[float, Unit("spikes per step", at_least=0.0, at_most=1.0)]
TimeStep = Annotated[float, Unit("ms", above=0.0)]
Steps = Annotated[int, Unit("steps", at_least=1)]
Neurons = Annotated[int, Unit("neurons", at_least=1)]
Samples = Annotated[int, Unit("samples", at_least=1)]
Classes = Annotated[int, Unit("classes", at_least=2)]
Threads = Annotated[int, Unit("threads", at_least=1)]
Epochs = Annotated[int, Unit("epochs", at_least=1)]
StepRate = Annotated[float, Unit("per step", above=0.0)]
Energy = Annotated[float, Unit("pJ", above=0.0)]
Price = Annotated[float, Unit("pJ", at_least=0.0)]
Presented = Annotated[int, Unit("presentations", at_least=0)]


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
        {'tau': Unit(name='ms', above=0.0, at_least=None, at_most=None, infinite=False)}
    """
    found = {}
    for name, hint in known_hints(owner).items():
        for one in (hint, *get_args(hint)):  # of `Gain | None`, both
            for extra in get_args(one)[1:] if get_origin(one) is Annotated else ():
                if isinstance(extra, Unit):
                    found[name] = extra
    return found


def as_tensor(value: Value) -> Tensor:
    """A number or tensor as a tensor; numbers become float64 so that the loop decides the precision."""
    return value if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64, device="cpu")


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
