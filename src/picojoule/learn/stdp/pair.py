r"""Pair-based STDP with a trace on either side of the synapse.

    presynaptic spike:    w := w - nu[0] x_post
    postsynaptic spike:   w := w + nu[1] x_pre
    dx/dt = -x / tau,     x := 1 (nearest spike pairs) or x := x + 1 (all spikes pair) at a spike of its side

A single pair with post after pre by t >= 0 changes the weight by nu[1] exp(-t / tau_pre), with pre after post by t >= 0
by -nu[0] exp(-t / tau_post); spikes in the same step do both, the decrease first.

Source: Morrison, Diesmann & Gerstner, *Phenomenological models of synaptic plasticity based on spike timing* (2008),
section 4.1; the learning rates are those of BindsNET's `PostPre` in its Diehl & Cook example.
"""

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from torch import Tensor

from picojoule.core.params import LearningRate, Time, validate
from picojoule.learn.stdp.bounds import HardBounds, SoftBounds
from picojoule.learn.stdp.rates import RateCoefficients, rate_coefficients
from picojoule.network.plasticity import Rule, Trace


class PairTraces(NamedTuple):
    """What the rule reads at a synapse."""

    pre: Tensor
    post: Tensor


@dataclass(frozen=True)
class PairSTDP(Rule[PairTraces, RateCoefficients]):
    """Pair-based STDP.

    Args:
        nu: weight change of a presynaptic and of a postsynaptic spike at a full trace, both >= 0.
        tau_pre: time constant of the presynaptic trace, in ms.
        tau_post: time constant of the postsynaptic trace, in ms.
        all_pairs: every spike pairs with every other (traces accumulate) instead of with its nearest one only.
        weight_bounds: `HardBounds` or `SoftBounds`.

    Raises:
        ParameterError: if a parameter is out of range.

    Example:
        >>> import torch
        >>> rule = PairSTDP(nu=(0.0, 0.1))
        >>> c = rule.coefficients(dt=1.0)
        >>> w = rule.on_post(torch.tensor(0.5), PairTraces(pre=torch.tensor(1.0), post=torch.tensor(0.0)), c)
        >>> round(w.item(), 6)
        0.6
    """

    traces: ClassVar[type[tuple[Tensor, ...]]] = PairTraces

    nu: tuple[LearningRate, LearningRate] = (1e-4, 1e-2)
    tau_pre: Time = 20.0
    tau_post: Time = 20.0
    all_pairs: bool = False
    weight_bounds: HardBounds | SoftBounds = field(default_factory=HardBounds)

    def __post_init__(self) -> None:
        validate(self)

    @property
    def pre_traces(self) -> dict[str, Trace]:
        """One exponential of presynaptic spikes."""
        return {"pre": Trace(self.tau_pre, accumulates=self.all_pairs)}

    @property
    def post_traces(self) -> dict[str, Trace]:
        """One exponential of postsynaptic spikes."""
        return {"post": Trace(self.tau_post, accumulates=self.all_pairs)}

    @property
    def bounds(self) -> tuple[float, float]:
        """Those of `weight_bounds`."""
        return self.weight_bounds.low, self.weight_bounds.high

    def coefficients(self, dt: float) -> RateCoefficients:  # noqa: ARG002  # event-driven: no rate per time
        """Learning rates and bounds; none depends on `dt`."""
        return rate_coefficients(self.nu, self.bounds)

    def on_pre(self, w: Tensor, traces: PairTraces, c: RateCoefficients) -> Tensor:
        """Decrease by the postsynaptic trace."""
        return self.weight_bounds.decrease(w, c.nu_pre * traces.post, low=c.low, high=c.high)

    def on_post(self, w: Tensor, traces: PairTraces, c: RateCoefficients) -> Tensor:
        """Increase by the presynaptic trace."""
        return self.weight_bounds.increase(w, c.nu_post * traces.pre, low=c.low, high=c.high)
