r"""Few-spikes neuron: computes a function of its input with a few spikes, each of which has its own weight.

    v := v + x
    spike z when v >= T(t)
    v := v - h(t) z,      value := value + d(t) z            t = 0 .. K-1

Threshold T, reset h and weight d have a value for each of K steps. The input is given whole in the first step, and zero
in the others; `value` after K steps is the function of it. With `T(t) = h(t) = d(t) = alpha / 2^(t+1)` this is a
rectified linear unit rounded down to multiples of `alpha / 2^K`: the spikes are the digits of the binary number. There
is no time constant, so the length of a step has no meaning.

The published code spikes where v > T(t), here v >= T(t); only so do multiples of `alpha / 2^K` give themselves. The
reset h z happens at the end of the step; neither it nor the `value` is detached from the spike: coefficients are found
by gradients through both.

Source: Stöckl & Maass, *Optimized spiking neurons can classify images with high accuracy through temporal coding with
two spikes*, Nature Machine Intelligence 3 (2021).
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple

from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError
from picojoule.core.params import Steps, Unit, as_tensor, check
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.surrogate import Surrogate, Triangle

PerStep = tuple[float, ...] | Tensor
_FIELDS = ("threshold", "reset", "weight")


class FewSpikesState(NamedTuple):
    """What a `FewSpikes` population remembers between steps."""

    v: Tensor  # [B, *N]  what of the input no spike has told yet
    value: Tensor  # [B, *N]  what the spikes so far have told


class FewSpikesCoefficients(NamedTuple):
    """Every number a step needs; each has a leading axis of K steps."""

    threshold: Tensor
    reset: Tensor
    weight: Tensor


def _halves(alpha: float, steps: int) -> tuple[float, ...]:
    return tuple(alpha / 2.0 ** (t + 1) for t in range(steps))


@dataclass(frozen=True)
class FewSpikes(Neuron[Current, FewSpikesState, FewSpikesCoefficients]):
    """Few-spikes neuron; spikes when `v >= threshold(t)`. Without arguments, a rectified linear unit up to 25.

    Args:
        threshold: T, a number for each step, or a tensor `[K]` or `[K, *N]`.
        reset: h, as many: what a spike takes from the potential.
        weight: d, as many: what a spike counts.
        surrogate: stands for the derivative of a spike.

    Raises:
        ParameterError: if the three have not the same number of steps, or hold a number that is not finite.

    Example:
        >>> import torch
        >>> from picojoule.simulate.scan.scan import scan
        >>> x = torch.zeros(10, 1, 3)
        >>> x[0] = torch.tensor([-1.0, 3.0, 12.5])
        >>> scan(FewSpikes(), x).state.neuron.value
        tensor([[ 0.0000,  2.9785, 12.5000]])
    """

    per_step: ClassVar[frozenset[str]] = frozenset(_FIELDS)

    threshold: PerStep = _halves(25.0, 10)
    reset: PerStep = _halves(25.0, 10)
    weight: PerStep = _halves(25.0, 10)
    surrogate: Surrogate = Triangle()

    def __post_init__(self) -> None:
        lengths = [_length(getattr(self, name)) for name in _FIELDS]
        if len(set(lengths)) > 1 or not lengths[0]:
            raise ParameterError(
                f"FewSpikes has {lengths[0]} thresholds, {lengths[1]} resets and {lengths[2]} weights; "
                f"give as many of each as there are steps, at least 1"
            )
        for name in _FIELDS:
            value = check(f"FewSpikes.{name}", getattr(self, name), Unit("thresholds"))
            if not isinstance(getattr(self, name), tuple):  # these compare, and are printed, as they are
                object.__setattr__(self, name, value)

    @classmethod
    @public
    def relu(cls, *, steps: Steps = 10, alpha: Annotated[float, Unit("thresholds", above=0.0)] = 25.0) -> "FewSpikes":
        """A rectified linear unit, rounded down to multiples of `alpha / 2^steps`.

        Args:
            steps: K, at least 1; the number of binary digits.
            alpha: inputs up to `alpha (1 - 2^-steps)` are told apart.

        Raises:
            ParameterError: if `steps` is below 1, or `alpha` not above 0.

        Example:
            >>> FewSpikes.relu(steps=3, alpha=8.0).weight
            (4.0, 2.0, 1.0)
        """
        halves = _halves(alpha, steps)
        return cls(threshold=halves, reset=halves, weight=halves)

    def initial(self, like: Tensor) -> FewSpikesState:
        """Nothing taken up, and nothing told."""
        return FewSpikesState(at_rest(like, 0.0), at_rest(like, 0.0))

    def coefficients(self, dt: float) -> FewSpikesCoefficients:  # noqa: ARG002
        """The three numbers of each step, whatever its length."""
        return FewSpikesCoefficients(*map(as_tensor, (self.threshold, self.reset, self.weight)))  # type: ignore[arg-type]

    def integrate(self, x: Current, state: FewSpikesState, c: FewSpikesCoefficients) -> tuple[Tensor, FewSpikesState]:
        """Take up the input."""
        v = state.v + x.current
        return v - c.threshold, state._replace(v=v)

    def fire(self, spike: Tensor, state: FewSpikesState, c: FewSpikesCoefficients) -> FewSpikesState:
        """Take the told part away from the potential, and add it to the value."""
        return FewSpikesState(state.v - c.reset * spike, state.value + c.weight * spike)


def _length(value: object) -> int:
    """For how many steps there are numbers: for none, if it is a single one."""
    try:
        return len(value)  # type: ignore[arg-type]
    except TypeError:
        return 0
