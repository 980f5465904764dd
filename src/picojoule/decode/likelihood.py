r"""Maximum likelihood: which class makes these spike counts most probable?

Every neuron i is taken to fire, for an image of class c, like an independent Poisson source with the mean count r[i, c]
that training images of the class gave it, plus a small `floor` that keeps one unexpected spike from ruling a class out:

    log p(s | c) = sum over i of  s[i] log(r[i, c] + floor) - (r[i, c] + floor)  + what does not depend on c

Scores are the probabilities of the classes that follow, all classes being equally likely before.

Source: Dayan & Abbott, *Theoretical Neuroscience* (2001), section 3.3 (maximum likelihood decoding of a population).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.core.responses import Responses
from picojoule.decode.labels import assign_labels
from picojoule.decode.readout import Readout, check_neurons, fitted, stored, weighted_sum


@dataclass(frozen=True, eq=False)
class PoissonLikelihood(Readout):
    """The class under which the spike counts are most probable.

    Args:
        floor: added to every mean count, in spikes per sample, above 0.
        rates: `[neurons, classes]`, mean counts; `None` until fitted.

    Raises:
        ParameterError: if `floor` is not above 0.

    Example:
        >>> counts = torch.tensor([[4, 0], [0, 3]], dtype=torch.int32)
        >>> readout = PoissonLikelihood().fit(Responses(counts, steps=10), torch.tensor([0, 1]), n_classes=2)
        >>> readout.predict(Responses(torch.tensor([[2, 1], [0, 0]], dtype=torch.int32), steps=10))
        tensor([ 0, -1])
    """

    floor: float = 0.05
    rates: Tensor | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.floor > 0:
            raise ParameterError(f"PoissonLikelihood.floor must be > 0 spikes per sample, got {self.floor:g}")

    def fit(self, responses: Responses, labels: Tensor, *, n_classes: int) -> Self:
        return type(self)(self.floor, assign_labels(responses.counts, labels, n_classes=n_classes).rates)

    def scores(self, responses: Responses) -> Tensor:
        rates = fitted(self.rates, self)
        check_neurons(self, responses, len(rates))
        expected = rates.double() + self.floor
        logarithms = weighted_sum(responses.counts, expected.log()) - expected.sum(0)
        spoke = (responses.counts.sum(1, keepdim=True) > 0).to(logarithms.device)
        return torch.softmax(logarithms, dim=1) * spoke

    def state(self) -> dict[str, Tensor]:
        return {"rates": fitted(self.rates, self).clone(), "floor": torch.tensor([self.floor], dtype=torch.float64)}

    @classmethod
    def from_state(cls, state: Mapping[str, Tensor]) -> Self:
        return cls(float(stored(state, "floor", cls, 1)), stored(state, "rates", cls, 2))
