r"""Hodgkin and Huxley's neuron: the squid's giant axon at 6.3 °C.

    C dv/dt = g_Na m³ h (e_Na - v) + g_K n⁴ (e_K - v) + g_L (e_L - v) + x
    dp/dt   = alpha_p(v) (1 - p) - beta_p(v) p           for each of the gates p = m, h, n; rates in 1/ms, v in mV

    alpha_m = 0.1 (v + 40) / (1 - exp(-(v + 40) / 10))        beta_m = 4 exp(-(v + 65) / 18)
    alpha_h = 0.07 exp(-(v + 65) / 20)                        beta_h = 1 / (1 + exp(-(v + 35) / 10))
    alpha_n = 0.01 (v + 55) / (1 - exp(-(v + 55) / 10))       beta_n = 0.125 exp(-(v + 65) / 80)

Exponential (Rush-Larsen) steps: the gates take the exact solution at a constant v, then v that at constant new gates,
so that the step is stable for any `dt`. Seen as a scheme whose gates are half a step ahead of v it is symmetric: v is
of second order. Its rate is 0.5 % too low at dt = 0.1 ms, 4 % at 0.3, 9 % at 0.5 and half at 1, so steps above 0.3 ms
are warned of (constant inputs of 1.2 to 3 times the rheobase for 1 s, against dt = 0.005 ms). `alpha_m` and `alpha_n`
are quotients 0 / 0 at -40 and -55 mV, computed near there from a series, with their derivatives. Rates are taken at
potentials within ±200 mV, beyond which the gates are saturated.

A spike is an upward crossing of `v_th`: `min(v - v_th, v_th - v_before) >= 0`. It changes no state, so there is no
reset; the equations bring v back.

Source: Hodgkin & Huxley, *A quantitative description of membrane current and its application to conduction and
excitation in nerve*, Journal of Physiology 117 (1952), in today's sign and with rest at -65 mV; Rush & Larsen, *A
practical algorithm for solving dynamic membrane equations*, IEEE Transactions on Biomedical Engineering 25 (1978).
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import AreaCapacitance, AreaConductance, AreaLeak, Voltage, as_tensor
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.surrogate import ATan, Surrogate


class HodgkinHuxleyState(NamedTuple):
    """What a `HodgkinHuxley` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential, in mV
    m: Tensor  # [B, *N]  activation of sodium, in (0, 1)
    h: Tensor  # [B, *N]  inactivation of sodium, in (0, 1)
    n: Tensor  # [B, *N]  activation of potassium, in (0, 1)


class HodgkinHuxleyCoefficients(NamedTuple):
    """Every number a step needs."""

    dt: Tensor
    dt_over_capacitance: Tensor
    g_na: Tensor
    g_k: Tensor
    g_leak: Tensor
    e_na: Tensor
    e_k: Tensor
    e_leak: Tensor
    v_th: Tensor


@dataclass(frozen=True)
class HodgkinHuxley(Neuron[Current, HodgkinHuxleyState, HodgkinHuxleyCoefficients]):
    """Hodgkin-Huxley neuron; its input is a current density in µA/cm², and it spikes when `v` rises through `v_th`.

    Args:
        capacitance: C, in µF/cm².
        g_na: conductance of open sodium channels, in mS/cm².
        g_k: conductance of open potassium channels, in mS/cm².
        g_leak: leak conductance, in mS/cm².
        e_na: reversal potential of sodium, in mV.
        e_k: reversal potential of potassium, in mV.
        e_leak: reversal potential of the leak, in mV.
        v_rest: where a run begins, with settled gates, in mV; with the constants above v settles 0.004 mV higher.
        v_th: potential whose upward crossing is the spike, in mV.
        surrogate: stands for the derivative of a spike, by the excess in mV; as wide here as `ATan()` is for a neuron
            whose threshold is 20 mV above rest.

    Example:
        >>> rest = HodgkinHuxley().initial(torch.zeros(1, 1))
        >>> [round(gate.item(), 3) for gate in (rest.m, rest.h, rest.n)]
        [0.053, 0.596, 0.318]
    """

    longest_step: ClassVar[float | None] = 0.3

    capacitance: AreaCapacitance = 1.0
    g_na: AreaConductance = 120.0
    g_k: AreaConductance = 36.0
    g_leak: AreaLeak = 0.3
    e_na: Voltage = 50.0
    e_k: Voltage = -77.0
    e_leak: Voltage = -54.387
    v_rest: Voltage = -65.0
    v_th: Voltage = 0.0
    surrogate: Surrogate = ATan(0.1)

    def initial(self, like: Tensor) -> HodgkinHuxleyState:
        """At `v_rest`, with the gates where they settle at that potential."""
        v = as_tensor(self.v_rest)
        gates = (opening / (opening + closing) for opening, closing in _rates(v))
        return HodgkinHuxleyState(at_rest(like, v), *(at_rest(like, p) for p in gates))

    def coefficients(self, dt: float) -> HodgkinHuxleyCoefficients:
        """The step, conductances and reversal potentials."""
        numbers = (self.g_na, self.g_k, self.g_leak, self.e_na, self.e_k, self.e_leak, self.v_th)
        return HodgkinHuxleyCoefficients(as_tensor(dt), dt / as_tensor(self.capacitance), *map(as_tensor, numbers))

    def integrate(
        self, x: Current, state: HodgkinHuxleyState, c: HodgkinHuxleyCoefficients
    ) -> tuple[Tensor, HodgkinHuxleyState]:
        """Gates at the old potential, then the potential at the new gates."""
        of_m, of_h, of_n = _rates(state.v)
        m = _relaxed(state.m, *of_m, c.dt)
        h = _relaxed(state.h, *of_h, c.dt)
        n = _relaxed(state.n, *of_n, c.dt)
        g_na, g_k = c.g_na * (m * m) * (m * h), c.g_k * (n * n) * (n * n)
        g = g_na + g_k + c.g_leak
        target = (g_na * c.e_na + g_k * c.e_k + c.g_leak * c.e_leak + x.current) / g
        v = target + (state.v - target) * torch.exp(-c.dt_over_capacitance * g)
        return torch.minimum(v - c.v_th, c.v_th - state.v), HodgkinHuxleyState(v, m, h, n)

    def fire(self, spike: Tensor, state: HodgkinHuxleyState, c: HodgkinHuxleyCoefficients) -> HodgkinHuxleyState:  # noqa: ARG002
        """Nothing changes."""
        return state


def _rates(v: Tensor) -> tuple[tuple[Tensor, Tensor], ...]:
    """The opening and closing rates of m, h and n, in 1/ms."""
    v = torch.clamp(v, -200.0, 200.0)
    return (
        (_quotient(-0.1 * (v + 40.0)), 4.0 * torch.exp(-(v + 65.0) / 18.0)),
        (0.07 * torch.exp(-0.05 * (v + 65.0)), torch.sigmoid(0.1 * (v + 35.0))),
        (0.1 * _quotient(-0.1 * (v + 55.0)), 0.125 * torch.exp(-0.0125 * (v + 65.0))),
    )


def _quotient(y: Tensor) -> Tensor:
    """`y / (exp(y) - 1)`, and 1 at 0."""
    near = torch.abs(y) < 0.1
    far = torch.where(near, 1.0, y)  # 0 / 0 would spoil the gradient even where it is not chosen
    square = y * y
    series = 1.0 - 0.5 * y + square * (1 / 12 + square * (-1 / 720 + square * (1 / 30240)))
    return torch.where(near, series, far / torch.expm1(far))


def _relaxed(gate: Tensor, opening: Tensor, closing: Tensor, dt: Tensor) -> Tensor:
    """A gate one step later, at constant rates."""
    total = opening + closing
    target = opening / total
    return target + (gate - target) * torch.exp(-dt * total)
