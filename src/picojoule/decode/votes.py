"""Votes of labelled neurons: every spike is a vote for the class of the neuron that fired it.

    AllActivity:          score[c] = mean over the neurons i of class c of s[i]
    ProportionWeighting:  score[c] = mean over the neurons i of class c of p[i, c] * s[i]

with `s[i]` the spikes of neuron `i` for the sample and `p[i, c]` the proportion of its activity that goes to class `c`
(see `labels.py`). A class without neurons has score 0; neurons that never fired while labels were assigned do not vote.

Source: all activity is the readout of Diehl & Cook, *Unsupervised learning of digit recognition using
spike-timing-dependent plasticity* (2015); proportion weighting that of Hazan et al., *BindsNET* (2018).
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor

from picojoule.core.params import Classes
from picojoule.core.responses import Responses
from picojoule.decode.labels import Assignment, assign_labels, assignment_of
from picojoule.decode.readout import Readout, check_neurons, fitted, stored, weighted_sum


@dataclass(frozen=True, eq=False)
class _Votes(Readout):
    """Mean weighted vote of the neurons of each class; the weights are what the readouts differ in."""

    assignment: Assignment | None = field(default=None, repr=False)

    def _fit(self, responses: Responses, labels: Tensor, *, n_classes: Classes) -> Self:
        return type(self)(assign_labels(responses.counts, labels, n_classes=n_classes))

    def _scores(self, responses: Responses) -> Tensor:
        assignment = fitted(self.assignment, self)
        check_neurons(self, responses, len(assignment.labels))
        members = _members(assignment)
        # summed first and divided once, so that equal means of whole numbers are equal to the last bit
        return weighted_sum(responses.counts, self._weights(members, assignment)) / members.sum(0).clamp(min=1.0)

    def _state(self) -> dict[str, Tensor]:
        return {"rates": fitted(self.assignment, self).rates.clone()}

    @classmethod
    def _from_state(cls, state: Mapping[str, Tensor]) -> Self:
        return cls(assignment_of(stored(state, "rates", cls, 2)))

    @abstractmethod
    def _weights(self, members: Tensor, assignment: Assignment) -> Tensor:
        """`[neurons, classes]` float64, what one spike of the neuron counts for the class."""


@dataclass(frozen=True, eq=False)
class AllActivity(_Votes):
    """Mean spikes over the neurons of each class; the class with the highest mean wins.

    Args:
        assignment: which class each neuron speaks for; `None` until fitted.

    Example:
        >>> counts = torch.tensor([[4, 0, 1], [0, 3, 0]], dtype=torch.int32)
        >>> readout = AllActivity().fit(Responses(counts, steps=10), torch.tensor([0, 1]), n_classes=2)
        >>> readout.scores(Responses(counts, steps=10))
        tensor([[2.5000, 0.0000],
                [0.0000, 3.0000]], dtype=torch.float64)

    Source:
        Diehl & Cook (2015).
    """

    def _weights(self, members: Tensor, assignment: Assignment) -> Tensor:  # noqa: ARG002 (every spike counts alike)
        return members


@dataclass(frozen=True, eq=False)
class ProportionWeighting(_Votes):
    """Like `AllActivity`, but a neuron that also fires for other classes votes with less weight.

    Args:
        assignment: which class each neuron speaks for, and how exclusively; `None` until fitted.

    Example:
        >>> counts = torch.tensor([[3, 0], [1, 4]], dtype=torch.int32)
        >>> readout = ProportionWeighting().fit(Responses(counts, steps=10), torch.tensor([0, 1]), n_classes=2)
        >>> readout.scores(Responses(counts, steps=10))
        tensor([[2.2500, 0.0000],
                [0.7500, 4.0000]], dtype=torch.float64)

    Source:
        Hazan et al. (2018).
    """

    def _weights(self, members: Tensor, assignment: Assignment) -> Tensor:
        return members * assignment.proportions


def _members(assignment: Assignment) -> Tensor:
    """`[neurons, classes]` float64: 1 where the neuron speaks for the class; a silent neuron's row is 0."""
    classes = torch.arange(assignment.n_classes, device=assignment.labels.device)
    return (assignment.labels[:, None] == classes).double()
