r"""Maximum likelihood: the class under which spike counts are most probable.

Every neuron i is taken to fire, for an image of class c, like an independent Poisson source with the mean count r[i, c]
that training images of the class gave it, plus a small `floor` that keeps one unexpected spike from ruling a class out.
The floor is a fraction of the mean of all r, so that it suits large and small populations:

    log p(s | c) = sum over i of  s[i] log(r[i, c] + floor) - (r[i, c] + floor)  + what does not depend on c
    floor = smoothing * mean over i and c of r[i, c]

Scores are the probabilities of the classes that follow, all classes being equally likely before.

Source: Dayan & Abbott, *Theoretical Neuroscience* (2001), section 3.3 (maximum likelihood decoding of a population).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Self

import torch
from torch import Tensor

from picojoule.core.params import Classes, Unit, validate
from picojoule.core.responses import Responses
from picojoule.decode.labels import assign_labels
from picojoule.decode.readout import Readout, check_neurons, fitted, stored, weighted_sum


@dataclass(frozen=True, eq=False)
class PoissonLikelihood(Readout):
    """The class under which the spike counts are most probable.

    Args:
        smoothing: what is added to every mean count, as a fraction of the mean of all of them, above 0.
        rates: `[neurons, classes]`, mean counts; `None` until fitted.

    Raises:
        ParameterError: if `smoothing` is not above 0.

    Example:
        >>> counts = torch.tensor([[4, 0], [0, 3]], dtype=torch.int32)
        >>> readout = PoissonLikelihood().fit(Responses(counts, steps=10), torch.tensor([0, 1]), n_classes=2)
        >>> readout.predict(Responses(torch.tensor([[2, 1], [0, 0]], dtype=torch.int32), steps=10))
        tensor([ 0, -1])
    """

    absolute: ClassVar[bool] = True

    smoothing: Annotated[float, Unit("spikes", above=0.0)] = 0.3
    rates: Tensor | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        validate(self)

    def _fit(self, responses: Responses, labels: Tensor, *, n_classes: Classes) -> Self:
        return type(self)(self.smoothing, assign_labels(responses.counts, labels, n_classes=n_classes).rates)

    def _scores(self, responses: Responses) -> Tensor:
        rates = fitted(self.rates, self)
        check_neurons(self, responses, len(rates))
        expected = rates.double() + max(self.smoothing * float(rates.mean()), 1e-12)
        logarithms = weighted_sum(responses.counts, expected.log()) - expected.sum(0)
        spoke = (responses.counts.sum(1, keepdim=True) > 0).to(logarithms.device)
        return torch.softmax(logarithms, dim=1) * spoke

    def _state(self) -> dict[str, Tensor]:
        """Mean counts and smoothing, ready for a safetensors file."""
        return {
            "rates": fitted(self.rates, self).clone(),
            "smoothing": torch.tensor([self.smoothing], dtype=torch.float64),
        }

    @classmethod
    def _from_state(cls, state: Mapping[str, Tensor]) -> Self:
        """Rebuild the readout from what `state` gave."""
        return cls(float(stored(state, "smoothing", cls, 1)), stored(state, "rates", cls, 2))
