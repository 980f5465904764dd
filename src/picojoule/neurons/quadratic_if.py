r"""Quadratic integrate-and-fire neuron.

    tau dv/dt = a0 (v - v_rest) (v - v_c) + x
    spike when v >= v_peak, then v := v_reset

With y = v - (v_rest + v_c) / 2, s = a0 t / tau and k = x / a0 - ((v_c - v_rest) / 2)² this is `dy/ds = y² + k`. For an
input that is constant within a step its solution is

    y(s) = (y + k S) / (1 - y S),      S = tan(sqrt(k) s) / sqrt(k), or tanh(sqrt(-k) s) / sqrt(-k) where k < 0

and S is taken from a rational approximation in z = k s², `(105 - 10 z) / (105 - 45 z + z²)`: the method is of eighth
order, so that only huge steps or inputs tell it from the exact solution. It keeps both resting points, is stable at any
step, and passes the pole `1 - y S = 0`, where v diverges: the excess `y + k S - y_peak (1 - y S)` has the sign of `v -
v_peak` before it and is positive after it. Inputs with z > 2, which carry the neuron from rest through its peak within
a step, take S as it is at z = 2. At constant inputs of 1.2 to 3 times the rheobase the rate is up to 1 % too low at dt
= 1 ms, 5 % at 3 and 7 % at 4 (over 1 s, against dt = 0.005 ms), most of it the grid on which spikes fall, so steps
above 3 ms are warned of. Reset at the end of the step in which the spike falls, and not differentiated.

Source: Gerstner, Kistler, Naud & Paninski, *Neuronal Dynamics* (2014), section 5.3.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import Curvature, Time, Unit, Voltage, as_tensor
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.surrogate import ATan, Surrogate


class QuadraticIFState(NamedTuple):
    """What a `QuadraticIF` population remembers between steps."""

    v: Tensor  # [B, *N]  membrane potential, in mV


class QuadraticIFCoefficients(NamedTuple):
    """Every number a step needs."""

    step: Tensor  # s = a0 dt / tau, in 1 / mV
    a0: Tensor
    middle: Tensor  # between the two resting points
    depth: Tensor  # ((v_c - v_rest) / 2)²
    height: Tensor  # y_peak = v_peak - middle
    v_peak: Tensor
    v_reset: Tensor


@dataclass(frozen=True)
class QuadraticIF(Neuron[Current, QuadraticIFState, QuadraticIFCoefficients]):
    """Quadratic integrate-and-fire neuron; its input is a voltage in mV, and it spikes when `v >= v_peak`.

    It goes on firing for inputs above `a0 ((v_c - v_rest) / 2)²`, which is 2.5 mV here.

    Args:
        tau: membrane time constant, in ms.
        a0: curvature, in 1/mV; small deviations from rest decay within `tau / (a0 (v_c - v_rest))`.
        v_rest: the stable resting point, in mV.
        v_c: the unstable one, above which v runs away without input, in mV.
        v_peak: where a spike is noted, in mV; above `v_c`.
        v_reset: potential after a spike, in mV.
        surrogate: stands for the derivative of a spike, by the excess in mV; as wide here as `ATan()` is for a neuron
            whose threshold is 20 mV above rest.

    Raises:
        ParameterError: when a run begins, if `v_peak` is not above `v_rest` and `v_c`.

    Example:
        >>> QuadraticIF(tau=10.0, a0=0.1).coefficients(dt=0.5).step.item()
        0.005
    """

    longest_step: ClassVar[float | None] = 3.0

    tau: Time = 10.0
    a0: Curvature = 0.1
    v_rest: Voltage = -65.0
    v_c: Voltage = -55.0
    v_peak: Voltage = 30.0
    v_reset: Voltage = -65.0
    surrogate: Surrogate = ATan(0.1)

    def ranges(self, dt: float) -> dict[str, Unit]:  # noqa: ARG002
        """The peak lies above both resting points."""
        rest, critical = as_tensor(self.v_rest), as_tensor(self.v_c)
        below = Unit("mV", at_most=self.v_peak)
        return {"v_peak": Unit("mV", above=torch.maximum(rest, critical)), "v_rest": below, "v_c": below}

    def initial(self, like: Tensor) -> QuadraticIFState:
        """At the stable resting point."""
        return QuadraticIFState(v=at_rest(like, self.v_rest))

    def coefficients(self, dt: float) -> QuadraticIFCoefficients:
        """The step in units of the solution, and the parabola's place."""
        a0, rest, critical, peak = map(as_tensor, (self.a0, self.v_rest, self.v_c, self.v_peak))
        middle = (rest + critical) / 2
        half = (critical - rest) / 2
        step = a0 * dt / as_tensor(self.tau)
        return QuadraticIFCoefficients(step, a0, middle, half * half, peak - middle, peak, as_tensor(self.v_reset))

    def integrate(
        self, x: Current, state: QuadraticIFState, c: QuadraticIFCoefficients
    ) -> tuple[Tensor, QuadraticIFState]:
        """The solution for an input that is constant within the step."""
        y, k = state.v - c.middle, x.current / c.a0 - c.depth
        z = torch.clamp(k * c.step * c.step, max=2.0)
        reach = c.step * (105.0 - 10.0 * z) / (105.0 - 45.0 * z + z * z)
        above, below = y + k * reach, 1.0 - y * reach
        excess = above - c.height * below
        spikes = excess >= 0
        v = torch.where(spikes, c.v_peak, c.middle + above / torch.where(spikes, 1.0, below))
        return excess, QuadraticIFState(v)

    def fire(self, spike: Tensor, state: QuadraticIFState, c: QuadraticIFCoefficients) -> QuadraticIFState:
        """Reset."""
        return QuadraticIFState(torch.where(spike > 0, c.v_reset, state.v))
