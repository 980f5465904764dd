"""What makes a network plastic: rules, traces, homeostasis, normalisation.

A rule is two elementwise functions per synapse, `on_pre` and `on_post`, and traces: exponentials that spikes of either
side set or raise. The library traces both functions once and derives every loop from them. In every step of a sample:

1. all traces decay; the neurons take their step and spike;
2. traces with `sees_own_step` take up this step's spikes;
3. `on_pre` changes the synapses of every presynaptic neuron that spiked, then `on_post` those of every postsynaptic
   one;
4. the other traces take up this step's spikes;
5. spikes are sent on, with the weights as they are then.

Plasticity looks at spikes where they are emitted: a delay shifts what a spike does to its target, not what it does to
weights.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, TypeVar

from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.params import Time, TimeStep, Unit, decay_of, validate

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

    Raises:
        ParameterError: if `tau` is not above 0.

    Example:
        >>> round(Trace(tau=20.0).decay(20.0), 6)  # exp(-1)
        0.367879
    """

    tau: Time = 20.0
    accumulates: bool = False
    sees_own_step: bool = True

    def __post_init__(self) -> None:
        validate(self)

    @public
    def decay(self, dt: TimeStep) -> float:
        """What is left of the trace after one step.

        Args:
            dt: length of the step, in ms.
        """
        return float(decay_of(self.tau, dt))


class Rule(ABC, Generic[RuleTracesT, RuleCoefficientsT]):
    """A local learning rule.

    A rule is a frozen dataclass. A presynaptic and a postsynaptic spike in one step do both changes, `on_pre` first; a
    spike leaves with the weights after this step's changes. (In a standard Brian2 script it brings the weight from
    before its own change, and reads the other side's trace without this step's spike: `Trace(sees_own_step=False)`.)

    Attributes:
        traces: the NamedTuple of trace values that both functions read; its fields are the keys of `pre_traces`
            followed by those of `post_traces`.
    """

    traces: ClassVar[type[tuple[Tensor, ...]]]

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
        """Every number the rule needs, computed once per run; fields `low` and `high` are the bounds.

        Args:
            dt: length of a step, in ms.
        """

    @abstractmethod
    def on_pre(self, w: Tensor, traces: RuleTracesT, c: RuleCoefficientsT) -> Tensor:
        """What a presynaptic spike does to a synapse.

        Args:
            w: weights, of any shape.
            traces: values of all traces at the synapses, of shapes that broadcast with `w`.
            c: what `coefficients` gave.

        Returns:
            The new weights.
        """

    @abstractmethod
    def on_post(self, w: Tensor, traces: RuleTracesT, c: RuleCoefficientsT) -> Tensor:
        """What a postsynaptic spike does to a synapse; arguments as for `on_pre`."""


class Homeostasis(ABC, Generic[HomeostasisCoefficientsT]):
    """A slow change of a population's thresholds, kept from sample to sample and frozen in evaluation."""

    @abstractmethod
    def start(self) -> float:
        """The threshold offset of a neuron that has never fired."""

    @abstractmethod
    def coefficients(self, duration: float) -> HomeostasisCoefficientsT:
        """Every number the rule needs, computed once per run.

        Args:
            duration: length of a sample, in ms.
        """

    @abstractmethod
    def on_crossing(self, theta: Tensor, c: HomeostasisCoefficientsT) -> Tensor:
        """What a crossing does: the neuron fired, or was silenced by a selection that resets losers.

        Args:
            theta: threshold offsets, of any shape.
            c: what `coefficients` gave.

        Returns:
            The new threshold offsets.
        """

    @abstractmethod
    def after_sample(self, theta: Tensor, c: HomeostasisCoefficientsT) -> Tensor:
        """What the end of a sample does to every neuron; arguments as for `on_crossing`."""


@dataclass(frozen=True)
class Normalisation:
    """After a sample, scale the incoming weights of every neuron that spiked in it to a fixed sum.

    Args:
        total: the sum of absolute incoming weights of one neuron, above 0.

    Raises:
        ParameterError: if the sum is not above 0.

    Example:
        >>> import torch
        >>> Normalisation(total=6.0).apply(torch.tensor([[1.0, 1.0], [2.0, 2.0]]), torch.tensor([1]))
        tensor([[1., 2.],
                [2., 4.]])
    """

    total: Annotated[float, Unit("weight", above=0.0)] = 78.4

    def __post_init__(self) -> None:
        validate(self)

    def apply(self, weight: Tensor, columns: Tensor) -> Tensor:
        """Scale columns of a weight matrix.

        Args:
            weight: `[n_source, n_target]`; it is not changed.
            columns: indices of the target neurons whose weights are scaled.

        Returns:
            A new matrix; a column of zeros stays as it is.
        """
        chosen = weight[:, columns]
        sums = chosen.double().abs().cumsum(dim=0)[-1]  # in the order of the source neurons, as every engine adds
        scale = (self.total / sums.masked_fill(sums == 0, self.total)).to(weight.dtype)
        scaled = weight.clone()
        scaled[:, columns] = chosen * scale
        return scaled
