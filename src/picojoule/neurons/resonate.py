r"""Balanced resonate-and-fire neuron: an oscillator whose damping follows its frequency, so that it never diverges.

    u := u + dt (b u - omega v) + gain x  spike when u - q >= v_th
    v := v + dt (omega u + b v)           with u and v of the step before on the right of both
    q := gamma q + s                      gamma = exp(-dt / tau_q), s: the spike
    b  = p(omega) - b' - q,               p(omega) = (sqrt(1 - (dt omega)²) - 1) / dt

With `gain=None` the gain is dt. Explicit Euler steps, first order in `dt`, as published: an undamped oscillator would
grow by sqrt(1 + (dt omega)²) in every step, and p(omega) is the damping that takes just this away. q is used as the
step before has left it, both in the threshold and as additional damping. Only q remembers a spike: nothing is reset.
The spike in q is differentiated, as in the published code, which spikes where u - q > v_th, here where it is >= v_th.

Stability. With z = u + i v and c = sqrt(1 - (dt omega)²) a step multiplies z by c - dt (b' + q) + i dt omega, whose
square is `1 - dt (b' + q) (2 c - dt (b' + q))`: z does not grow if and only if 0 <= dt (b' + q) <= 2 c. q comes near to
1 / (1 - gamma) where every step spikes, and never beyond. So z stays bounded under any train of spikes where

    dt omega <= 1    and    dt (b' + 1 / (1 - gamma)) <= 2 sqrt(1 - (dt omega)²)

and this is the range of the parameters, each with the others as they are: a run checks it, and learning stays in it.

Source: Higuchi, Kairat, Bohté & Otte, *Balanced resonate-and-fire neurons* (2024), with its published code. There
dt = 0.01 (10 ms, with omega in rad/s) and gamma = 0.9.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from picojoule.core.params import AngularFrequency, Damping, InputGain, Potential, Time, Unit, as_tensor, decay_of
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.bells import DoubleGaussian
from picojoule.neurons.gain import gain_of
from picojoule.neurons.surrogate import Surrogate


class BalancedResonateAndFireState(NamedTuple):
    """What a `BalancedResonateAndFire` population remembers between steps."""

    u: Tensor  # [B, *N]  oscillator, real part, in thresholds
    v: Tensor  # [B, *N]  oscillator, imaginary part, in thresholds
    q: Tensor  # [B, *N]  refractoriness, in thresholds


class BalancedResonateAndFireCoefficients(NamedTuple):
    """Every number a step needs; time in seconds here."""

    dt: Tensor
    omega: Tensor
    gain: Tensor  # of the input
    damping: Tensor  # p(omega) - b'
    decay: Tensor  # gamma, in (0, 1)
    v_th: Tensor


@dataclass(frozen=True)
class BalancedResonateAndFire(
    Neuron[Current, BalancedResonateAndFireState, BalancedResonateAndFireCoefficients],
):
    """Balanced resonate-and-fire neuron; it spikes when `u - q >= v_th`.

    Args:
        omega: angular frequency to which it answers, in rad/s; below `1000 / dt` with dt in ms.
        damping: b', beyond what keeps the oscillation from growing, in 1/s.
        tau_q: decay of the refractoriness, in ms; by default 0.9 remain after 10 ms.
        v_th: threshold, in thresholds.
        gain: how far an input of 1 moves `u` in a step; `None`: by dt, and the input is in thresholds per second.
        surrogate: stands for the derivative of a spike; by default the published one.

    Raises:
        ParameterError: when a run begins, if the oscillation could grow without bound.

    Example:
        >>> c = BalancedResonateAndFire(omega=30.0, damping=0.5).coefficients(dt=10.0)
        >>> round(c.damping.item(), 4), round(c.decay.item(), 12)
        (-5.1061, 0.9)
    """

    omega: AngularFrequency = 10.0
    damping: Damping = 1.0
    tau_q: Time = 94.91221581029903
    v_th: Potential = 1.0
    gain: InputGain = 0.5
    surrogate: Surrogate = DoubleGaussian()

    def ranges(self, dt: float) -> dict[str, Unit]:
        """Where the oscillation stays bounded, whatever arrives."""
        step = dt / 1000.0
        omega, damping, tau_q = map(as_tensor, (self.omega, self.damping, self.tau_q))
        highest = 1.0 / -torch.expm1(-dt / tau_q)  # q
        cosine = torch.sqrt(torch.clamp(1.0 - (step * omega) ** 2, min=0.0))
        room = 2.0 / step * cosine - damping  # of q
        fastest = torch.sqrt(torch.clamp(1.0 - (step * (damping + highest) / 2.0) ** 2, min=0.0)) / step
        return {
            "damping": Unit("1/s", at_least=0.0, at_most=2.0 / step * cosine - highest),
            "omega": Unit("rad/s", above=0.0, at_most=fastest),
            "tau_q": Unit("ms", above=0.0, at_most=-dt / torch.log1p(-1.0 / torch.clamp(room, min=1.0))),
        }

    def initial(self, like: Tensor) -> BalancedResonateAndFireState:
        """At rest, ready to fire."""
        return BalancedResonateAndFireState(*(at_rest(like, 0.0) for _ in range(3)))

    def coefficients(self, dt: float) -> BalancedResonateAndFireCoefficients:
        """The damping that belongs to the frequency, the decay of q, and the step in seconds."""
        seconds, omega = dt / 1000.0, as_tensor(self.omega)
        balance = (torch.sqrt(1.0 - (seconds * omega) ** 2) - 1.0) / seconds
        damping = balance - as_tensor(self.damping)
        v_th = as_tensor(self.v_th)
        gain = gain_of(self.gain, as_tensor(seconds))
        return BalancedResonateAndFireCoefficients(
            as_tensor(seconds), omega, gain, damping, decay_of(self.tau_q, dt), v_th
        )

    def integrate(
        self, x: Current, state: BalancedResonateAndFireState, c: BalancedResonateAndFireCoefficients
    ) -> tuple[Tensor, BalancedResonateAndFireState]:
        """An Euler step of the oscillator; q decays after it was used."""
        b = c.damping - state.q
        u = state.u + c.dt * (b * state.u - c.omega * state.v) + c.gain * x.current
        v = state.v + c.dt * (c.omega * state.u + b * state.v)
        return u - c.v_th - state.q, BalancedResonateAndFireState(u, v, c.decay * state.q)

    def fire(
        self,
        spike: Tensor,
        state: BalancedResonateAndFireState,
        c: BalancedResonateAndFireCoefficients,  # noqa: ARG002
    ) -> BalancedResonateAndFireState:
        """Raise the refractoriness."""
        return state._replace(q=state.q + spike)
