"""What makes a network plastic: rules, traces, homeostasis, normalisation.

A rule is two elementwise functions per synapse, `on_pre` and `on_post`, and traces: exponentials that spikes of either side
set or raise. The library traces both functions once and derives every loop from them. In every step of a sample:

1. all traces decay; the neurons take their step and spike;
2. traces with `sees_own_step` take up this step's spikes;
3. `on_pre` changes the synapses of every presynaptic neuron that spiked, then `on_post` those of every postsynaptic one;
4. the other traces take up this step's spikes.

Plasticity looks at spikes where they are emitted: a delay shifts what a spike does to its target, not what it does to weights.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from torch import Tensor

from picojoule.core.params import Time, Unit, Value, check, decay_of, validate

RuleTracesT = TypeVar("RuleTracesT", bound=tuple[Tensor, ...])
RuleCoefficientsT = TypeVar("RuleCoefficientsT", bound=tuple[Tensor, ...])
HomeostasisCoefficientsT = TypeVar("HomeostasisCoefficientsT", bound=tuple[Tensor, ...])


@dataclass(frozen=True)
class Trace:
    """An exponential that remembers the spikes of one side of a synapse.

    Args:
        tau: time constant, in ms.
        accumulates: a spike adds 1 (all spikes pair) instead of setting the trace to 1 (only the nearest one pairs).
        sees_own_step: the rule reads the trace with the spikes of the present step in it.
    """

    tau: Time = 20.0
    accumulates: bool = False
    sees_own_step: bool = True

    def __post_init__(self) -> None:
        validate(self)

    def decay(self, dt: float) -> float:
        """What is left of the trace after one step."""
        return float(decay_of(self.tau, dt))


class Rule(ABC, Generic[RuleTracesT, RuleCoefficientsT]):
    """A local learning rule.

    A rule is a frozen dataclass. `traces` is the NamedTuple of trace values that both functions read; its fields are the
    keys of `pre_traces` followed by those of `post_traces`.
    """

    traces: type[tuple[Tensor, ...]]

    @property
    @abstractmethod
    def pre_traces(self) -> dict[str, Trace]:
        """Traces of the presynaptic neuron, by name."""

    @property
    @abstractmethod
    def post_traces(self) -> dict[str, Trace]:
        """Traces of the postsynaptic neuron, by name."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest weight; a weight within them stays within them."""

    @abstractmethod
    def coefficients(self, dt: float) -> RuleCoefficientsT:
        """Every number the rule needs, computed once per run; fields `low` and `high` are the bounds."""

    @abstractmethod
    def on_pre(self, w: Tensor, traces: RuleTracesT, c: RuleCoefficientsT) -> Tensor:
        """The new weight of a synapse whose presynaptic neuron has spiked."""

    @abstractmethod
    def on_post(self, w: Tensor, traces: RuleTracesT, c: RuleCoefficientsT) -> Tensor:
        """The new weight of a synapse whose postsynaptic neuron has spiked."""


class Homeostasis(ABC, Generic[HomeostasisCoefficientsT]):
    """A slow change of a population's thresholds, kept from sample to sample and frozen in evaluation."""

    @abstractmethod
    def start(self) -> float:
        """The threshold offset of a neuron that has never fired."""

    @abstractmethod
    def coefficients(self, duration: float) -> HomeostasisCoefficientsT:
        """Every number the rule needs, for samples of `duration` ms."""

    @abstractmethod
    def on_crossing(self, theta: Tensor, c: HomeostasisCoefficientsT) -> Tensor:
        """The new threshold offset of a neuron that has fired, or was silenced by a selection that resets losers."""

    @abstractmethod
    def after_sample(self, theta: Tensor, c: HomeostasisCoefficientsT) -> Tensor:
        """The new threshold offset of every neuron at the end of a sample."""




@dataclass(frozen=True)
class Normalisation:
    """After a sample, scale the incoming weights of every neuron that spiked in it to a fixed sum.

    Args:
        total: the sum of absolute incoming weights of one neuron.
    """

    total: Value = 78.4

    def __post_init__(self) -> None:
        check("Normalisation.total", self.total, Unit("weight", above=0.0))

    def apply(self, weight: Tensor, columns: Tensor) -> Tensor:
        """Weights `[n_source, n_target]` with the given target columns scaled; a column of zeros stays as it is."""
        chosen = weight[:, columns]
        sums = chosen.double().abs().sum(dim=0)
        scale = (self.total / sums.masked_fill(sums == 0, float(self.total))).to(weight.dtype)
        scaled = weight.clone()
        scaled[:, columns] = chosen * scale
        return scaled
