r"""Izhikevich's simple model of spiking neurons.

    dv/dt = 0.04 v² + 5 v + 140 - u + x,      du/dt = a (b v - u)
    spike when v >= v_peak, then v := c and u := u + d

The step is that of the published code, for any `dt`: v takes two Euler steps of dt/2 with the old u, then u takes one
Euler step of dt with the new v. First order. The published code has dt = 1 ms, at which the firing patterns are those
of the paper, but the upswing of a spike is coarse: spike times depend on `dt`, and runs with different steps drift
apart. At constant inputs of 1.2 to 3 times the rheobase the rate is 5 % too low at 0.5 ms and 10 to 11 % at 1 (over 1
s, against dt = 0.005 ms); only steps above the published one are warned of. Reset at the end of the step in which the
spike falls. Nothing that a spike does is differentiated, nor the overshoot of v beyond v_peak as u sees it: through it
gradients would grow by orders of magnitude with every spike.

Source: Izhikevich, *Simple model of spiking neurons*, IEEE Transactions on Neural Networks 14 (2003), equations 1 to 3,
figure 2, and its published code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import PerMillisecond, RecoveryRate, Unit, Voltage, VoltageRate, as_tensor
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.surrogate import ATan, Surrogate


class IzhikevichState(NamedTuple):
    """What an `Izhikevich` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential, in mV
    u: Tensor  # [B, *N]  recovery, in mV/ms


class IzhikevichCoefficients(NamedTuple):
    """Every number a step needs."""

    half: Tensor  # dt / 2
    recovery: Tensor  # a dt
    b: Tensor
    c: Tensor
    d: Tensor
    v_peak: Tensor


@dataclass(frozen=True)
class Izhikevich(Neuron[Current, IzhikevichState, IzhikevichCoefficients]):
    """Izhikevich's neuron, by default regular spiking; its input is in mV/ms, and it spikes when `v >= v_peak`.

    Args:
        a: rate of recovery, in 1/ms; at most `2 / dt`, where its step is stable.
        b: how strongly recovery follows the potential, in 1/ms.
        c: potential after a spike, in mV.
        d: rise of recovery with every spike, in mV/ms.
        v_peak: where a spike is noted, in mV.
        surrogate: stands for the derivative of a spike, by the excess in mV; as wide here as `ATan()` is for a neuron
            whose threshold is 20 mV above rest.

    Example:
        >>> REGIMES["chattering"]
        Izhikevich(a=0.02, b=0.2, c=-50.0, d=2.0, v_peak=30.0, surrogate=ATan(slope=0.1))
    """

    longest_step: ClassVar[float | None] = 1.0

    a: RecoveryRate = 0.02
    b: PerMillisecond = 0.2
    c: Voltage = -65.0
    d: VoltageRate = 8.0
    v_peak: Voltage = 30.0
    surrogate: Surrogate = ATan(0.1)

    def ranges(self, dt: float) -> dict[str, Unit]:
        """The recovery's Euler step is stable."""
        return {"a": Unit("1/ms", above=0.0, at_most=2.0 / dt)}

    def initial(self, like: Tensor) -> IzhikevichState:
        """At the resting point where there is one, which is for `b <= 0.267`; else at -65 mV with u = b v."""
        b = as_tensor(self.b)
        square = (5.0 - b) ** 2 - 22.4  # of 0.04 v² + (5 - b) v + 140 = 0
        root = (b - 5.0 - torch.sqrt(torch.where(square >= 0, square, 0.0))) / 0.08
        v = torch.where(square >= 0, root, -65.0)
        return IzhikevichState(v=at_rest(like, v), u=at_rest(like, b * v))

    def coefficients(self, dt: float) -> IzhikevichCoefficients:
        """The numbers of the model, and the lengths of the Euler steps."""
        b, c, d, v_peak = map(as_tensor, (self.b, self.c, self.d, self.v_peak))
        return IzhikevichCoefficients(as_tensor(0.5 * dt), as_tensor(self.a) * dt, b, c, d, v_peak)

    def integrate(
        self, x: Current, state: IzhikevichState, c: IzhikevichCoefficients
    ) -> tuple[Tensor, IzhikevichState]:
        """Two halves for the potential, then one step for the recovery."""
        v, u, current = state.v, state.u, x.current
        v = v + c.half * (0.04 * (v * v) + 5.0 * v + 140.0 - u + current)
        v = v + c.half * (0.04 * (v * v) + 5.0 * v + 140.0 - u + current)
        seen = torch.where(v >= c.v_peak, v.detach(), v)
        return v - c.v_peak, IzhikevichState(v, u + c.recovery * (c.b * seen - u))

    def fire(self, spike: Tensor, state: IzhikevichState, c: IzhikevichCoefficients) -> IzhikevichState:
        """Reset the potential, and raise the recovery."""
        fired = spike > 0
        return IzhikevichState(torch.where(fired, c.c, state.v), torch.where(fired, state.u + c.d, state.u))


REGIMES: Mapping[str, Izhikevich] = MappingProxyType(
    {
        "regular spiking": Izhikevich(0.02, 0.2, -65.0, 8.0),
        "intrinsically bursting": Izhikevich(0.02, 0.2, -55.0, 4.0),
        "chattering": Izhikevich(0.02, 0.2, -50.0, 2.0),
        "fast spiking": Izhikevich(0.1, 0.2, -65.0, 2.0),
        "low-threshold spiking": Izhikevich(0.02, 0.25, -65.0, 2.0),
        "thalamo-cortical": Izhikevich(0.02, 0.25, -65.0, 0.05),
        "resonator": Izhikevich(0.1, 0.26, -65.0, 2.0),
    }
)
"""The seven regimes of the paper, by its names."""
