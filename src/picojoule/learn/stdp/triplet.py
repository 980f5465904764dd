r"""Triplet STDP as Diehl & Cook (2015) use it: potentiation needs an earlier postsynaptic spike too.

    presynaptic spike:    w := w - nu[0] x_post1,              x_pre := 1
    postsynaptic spike:   w := w + nu[1] x_pre x_post2,        then x_post1 := 1 and x_post2 := 1

Both postsynaptic traces are read as they were before the present step's spike.

Source: Pfister & Gerstner (2006) for the triplet; Diehl & Cook (2015), section 2.3, and their published code for this
form and its constants.
"""

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from torch import Tensor

from picojoule.core.params import LearningRate, Time, validate
from picojoule.learn.stdp.bounds import HardBounds, SoftBounds
from picojoule.learn.stdp.rates import RateCoefficients, rate_coefficients
from picojoule.network.plasticity import Rule, Trace


class TripletTraces(NamedTuple):
    """What the rule reads at a synapse."""

    pre: Tensor
    post1: Tensor
    post2: Tensor


@dataclass(frozen=True)
class TripletSTDP(Rule[TripletTraces, RateCoefficients]):
    """Triplet STDP with two postsynaptic traces.

    Args:
        nu: weight change of a presynaptic and of a postsynaptic spike at full traces, both >= 0.
        tau_pre: time constant of the presynaptic trace, in ms.
        tau_post1: time constant of the fast postsynaptic trace, read by presynaptic spikes, in ms.
        tau_post2: time constant of the slow postsynaptic trace, read by postsynaptic spikes, in ms.
        weight_bounds: `HardBounds` or `SoftBounds`.

    Raises:
        ParameterError: if a parameter is out of range.

    Example:
        >>> import torch
        >>> rule = TripletSTDP(nu=(0.0, 0.1))
        >>> first = TripletTraces(pre=torch.ones(1), post1=torch.zeros(1), post2=torch.zeros(1))
        >>> rule.on_post(torch.tensor([0.5]), first, rule.coefficients(dt=1.0))  # no earlier postsynaptic spike
        tensor([0.5000])
    """

    traces: ClassVar[type[tuple[Tensor, ...]]] = TripletTraces

    nu: tuple[LearningRate, LearningRate] = (1e-4, 1e-2)
    tau_pre: Time = 20.0
    tau_post1: Time = 20.0
    tau_post2: Time = 40.0
    weight_bounds: HardBounds | SoftBounds = field(default_factory=HardBounds)

    def __post_init__(self) -> None:
        validate(self)

    @property
    def pre_traces(self) -> dict[str, Trace]:
        """One exponential of presynaptic spikes."""
        return {"pre": Trace(self.tau_pre)}

    @property
    def post_traces(self) -> dict[str, Trace]:
        """A fast and a slow exponential of postsynaptic spikes, both read before the present one."""
        return {
            "post1": Trace(self.tau_post1, sees_own_step=False),
            "post2": Trace(self.tau_post2, sees_own_step=False),
        }

    @property
    def bounds(self) -> tuple[float, float]:
        """Those of `weight_bounds`."""
        return self.weight_bounds.low, self.weight_bounds.high

    def coefficients(self, dt: float) -> RateCoefficients:  # noqa: ARG002  # event-driven: no rate per time
        """Learning rates and bounds; none depends on `dt`."""
        return rate_coefficients(self.nu, self.bounds)

    def on_pre(self, w: Tensor, traces: TripletTraces, c: RateCoefficients) -> Tensor:
        """Decrease by the fast postsynaptic trace."""
        return self.weight_bounds.decrease(w, c.nu_pre * traces.post1, low=c.low, high=c.high)

    def on_post(self, w: Tensor, traces: TripletTraces, c: RateCoefficients) -> Tensor:
        """Increase by the presynaptic times the slow postsynaptic trace."""
        return self.weight_bounds.increase(w, c.nu_post * traces.pre * traces.post2, low=c.low, high=c.high)
