"""Order of firing: which neurons fire one after the other says more than how often each fires.

An n-gram is `n` consecutive spikes of one sample, as the ordered tuple of the neurons that fired them. Spikes are
ordered by time step, and within a step by neuron number.

    frequency[g, c] = occurrences of n-gram g in samples of class c / samples of class c
    score[c]        = sum over the n-grams g of the sample of frequency[g, c]

N-grams never seen during fitting count nothing; a sample with fewer than `n` spikes stays undecided.

Source: Hazan et al., *BindsNET* (2018), which counts occurrences; here they are divided by the number of samples of
the class, so that unequal class sizes do not bias the answer, and the last n-gram of a sample counts like the others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, NamedTuple, Self

import torch
from torch import Tensor

from picojoule.core.errors import CheckpointError, ParameterError, ShapeError
from picojoule.core.events import Events
from picojoule.core.params import Classes, Unit, validate
from picojoule.core.responses import Responses
from picojoule.decode.labels import check_labels
from picojoule.decode.readout import Readout, check_neurons, fitted, stored

LARGEST_KEY = 2**63 - 1
AT_ONCE = 1 << 18  # n-grams looked up together


class NGramTable(NamedTuple):
    """What an n-gram readout learned."""

    keys: Tensor  # [grams] int64, sorted; the neurons of the tuple as digits of a number in base `neurons`
    occurrences: Tensor  # [grams, classes] int32
    presentations: Tensor  # [classes] int64
    neurons: Tensor  # [] int64


@dataclass(frozen=True, eq=False)
class NGram(Readout):
    """Score classes by the ordered tuples of neurons that fire one after the other.

    Args:
        n: length of the tuples, at least 1.
        table: what was learned; `None` until fitted.

    Raises:
        ParameterError: if `n < 1`, or at fitting if `neurons ** n` exceeds 2^63: use a smaller `n`.

    Example:
        >>> from picojoule.core.responses import responses_from_spikes
        >>> spikes = torch.zeros(2, 2, 2)
        >>> spikes[0, 0, 0] = spikes[1, 0, 1] = 1.0  # sample 0: neuron 0, then neuron 1
        >>> spikes[0, 1, 1] = spikes[1, 1, 0] = 1.0  # sample 1: the other way round
        >>> responses = responses_from_spikes(spikes)
        >>> NGram(n=2).fit(responses, torch.tensor([0, 1]), n_classes=2).predict(responses)
        tensor([0, 1])

    Source:
        Hazan et al. (2018).
    """

    n: Annotated[int, Unit("spikes", at_least=1)] = 2
    table: NGramTable | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        validate(self)

    def _fit(self, responses: Responses, labels: Tensor, *, n_classes: Classes) -> Self:
        check_labels(labels, responses.samples, n_classes)
        if responses.neurons**self.n > LARGEST_KEY:
            raise ParameterError(
                f"NGram(n={self.n}) on {responses.neurons} neurons has more than 2^63 possible tuples; use a smaller n."
            )
        sample, key = _grams(_events_of(responses), self.n, responses.neurons)
        keys, position = torch.unique(key, return_inverse=True)
        labels = labels.long().to(key.device)
        cell = position * n_classes + labels[sample]
        occurrences = torch.bincount(cell, minlength=len(keys) * n_classes).view(-1, n_classes).int()
        presentations = torch.bincount(labels, minlength=n_classes)
        return type(self)(self.n, NGramTable(keys, occurrences, presentations, torch.tensor(responses.neurons)))

    def _scores(self, responses: Responses) -> Tensor:
        table = fitted(self.table, self)
        check_neurons(self, responses, int(table.neurons))
        device = table.keys.device
        total = torch.zeros(responses.samples, table.occurrences.shape[1], dtype=torch.float64, device=device)
        if table.keys.numel():
            sample, key = _grams(_events_of(responses), self.n, responses.neurons)
            for some in _pieces(key.numel()):
                wanted = key[some].to(device)
                place = torch.searchsorted(table.keys, wanted).clamp(max=table.keys.numel() - 1)
                known = table.keys[place] == wanted
                total.index_add_(0, sample[some].to(device)[known], table.occurrences[place[known]].double())
        return total / table.presentations.clamp(min=1)

    def _state(self) -> dict[str, Tensor]:
        tensors = {name: tensor.clone() for name, tensor in fitted(self.table, self)._asdict().items()}
        return {"n": torch.tensor(self.n), **tensors}

    @classmethod
    def _from_state(cls, state: Mapping[str, Tensor]) -> Self:
        dimensions = {"keys": 1, "occurrences": 2, "presentations": 1, "neurons": 0}
        table = NGramTable(**{name: stored(state, name, cls, axes) for name, axes in dimensions.items()})
        if table.occurrences.shape != (len(table.keys), len(table.presentations)):
            raise CheckpointError(
                f"'occurrences' of the stored NGram must be [{len(table.keys)}, {len(table.presentations)}], got "
                f"{tuple(table.occurrences.shape)}."
            )
        return cls(int(stored(state, "n", cls, 0)), table)


def _events_of(responses: Responses) -> Events:
    if responses.events is None:
        raise ShapeError("NGram needs every spike, and only counts are there; record them, or give spikes [T, B, N].")
    return responses.events


def _grams(events: Events, n: int, neurons: int) -> tuple[Tensor, Tensor]:
    """Sample and key of every n-gram, in order of firing."""
    t, sample, neuron = (column.long() for column in events)
    order = neuron.argsort(stable=True)
    order = order[t[order].argsort(stable=True)]
    order = order[sample[order].argsort(stable=True)]  # now by sample, then step, then neuron
    sample, neuron = sample[order], neuron[order]
    windows = max(0, len(sample) - n + 1)
    key = torch.zeros(windows, dtype=torch.int64, device=t.device)
    for place in range(n):
        key = key * neurons + neuron[place : place + windows]
    within = sample[:windows] == sample[n - 1 : n - 1 + windows]  # not across the border of two samples
    return sample[:windows][within], key[within]


def _pieces(length: int) -> Iterator[slice]:
    for start in range(0, length, AT_ONCE):
        yield slice(start, start + AT_ONCE)
