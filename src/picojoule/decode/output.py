"""Output neurons that stand for classes: nothing is learned, the network itself was trained to answer.

With `k` neurons per class, neurons `c * k` to `c * k + k - 1` stand for class `c`.

    SpikeCount:  score[c] = spikes of the neurons of class c
    FirstSpike:  score[c] = steps - earliest first spike among them, 0 if all are silent; of equally early classes
                 the one with more spikes wins

`FirstSpike` lets the network stop at its first output spike, which saves the rest of the simulation's energy.

Source: first spike: Mozafari et al., *First-spike-based visual categorization using reward-modulated STDP* (2018).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from picojoule.core.errors import ShapeError
from picojoule.core.params import Classes, Neurons, validate
from picojoule.core.responses import Responses
from picojoule.decode.labels import check_labels
from picojoule.decode.readout import Readout, stored


@dataclass(frozen=True)
class _Outputs(Readout):
    """Neurons that stand for classes by their number."""

    neurons_per_class: Neurons = 1

    def __post_init__(self) -> None:
        validate(self)

    def _fit(self, responses: Responses, labels: Tensor, *, n_classes: Classes) -> Self:
        check_labels(labels, responses.samples, n_classes)
        expected = n_classes * self.neurons_per_class
        if responses.neurons != expected:
            raise ShapeError(
                f"{self._name} needs {n_classes} classes × {self.neurons_per_class} = {expected} output neurons, got "
                f"{responses.neurons}; for neurons that do not stand for classes use AllActivity."
            )
        return self

    def _state(self) -> dict[str, Tensor]:
        return {"neurons_per_class": torch.tensor(self.neurons_per_class)}

    @classmethod
    def _from_state(cls, state: Mapping[str, Tensor]) -> Self:
        return cls(int(stored(state, "neurons_per_class", cls, 0)))

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _by_class(self, values: Tensor) -> Tensor:
        """`[samples, classes, neurons of a class]`."""
        samples, neurons = values.shape
        if neurons % self.neurons_per_class:
            raise ShapeError(
                f"{self._name} cannot divide {neurons} output neurons evenly into classes of {self.neurons_per_class}."
            )
        return values.reshape(samples, neurons // self.neurons_per_class, self.neurons_per_class)


@dataclass(frozen=True)
class SpikeCount(_Outputs):
    """The class whose output neurons fire most.

    Args:
        neurons_per_class: consecutive output neurons that stand for one class, at least 1.

    Raises:
        ParameterError: if `neurons_per_class < 1`.

    Example:
        >>> counts = torch.tensor([[1, 5, 2], [0, 0, 0]], dtype=torch.int32)
        >>> SpikeCount().predict(Responses(counts, steps=10))
        tensor([ 1, -1])
    """

    def _scores(self, responses: Responses) -> Tensor:
        return self._by_class(responses.counts).sum(2).double()


@dataclass(frozen=True)
class FirstSpike(_Outputs):
    """The class whose output neurons fire first.

    Args:
        neurons_per_class: consecutive output neurons that stand for one class, at least 1.

    Raises:
        ParameterError: if `neurons_per_class < 1`.

    Example:
        >>> counts = torch.tensor([[1, 5, 2], [0, 0, 0]], dtype=torch.int32)
        >>> first = torch.tensor([[3, 4, 3], [10, 10, 10]], dtype=torch.int32)
        >>> FirstSpike().predict(Responses(counts, steps=10, first=first))
        tensor([ 2, -1])

    Source:
        Mozafari et al. (2018).
    """

    def _scores(self, responses: Responses) -> Tensor:
        if responses.first is None:
            raise ShapeError("FirstSpike needs the first spikes, and only counts are there; give spikes [T, B, N].")
        first = self._by_class(responses.first).amin(2).double()
        counts = self._by_class(responses.counts).sum(2).double()
        largest = responses.steps * self.neurons_per_class  # so that all spikes together weigh less than one step
        return responses.steps - first + counts / (largest + 1)
