"""Labels for neurons that learned without labels: each takes the class that it answers to most strongly.

    rates[i, c]       = mean spikes of neuron i per presentation of class c
    proportions[i, c] = rates[i, c] / sum over c of rates[i, c]
    labels[i]         = argmax over c of rates[i, c]

Rates are means per class, so a class that is shown more often gets no more neurons for it.

Source: Diehl & Cook, *Unsupervised learning of digit recognition using spike-timing-dependent plasticity* (2015);
proportions: Hazan et al., *BindsNET* (2018).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.core.events import WHOLE_NUMBERS
from picojoule.core.params import Classes
from picojoule.core.responses import Responses, as_responses, row_blocks


@dataclass(frozen=True, eq=False)
class Assignment:
    """Which class each neuron speaks for.

    Args:
        labels: `[neurons]` int64, the class of each neuron; -1 for a neuron that never fired.
        rates: `[neurons, classes]` float64, mean spikes per presentation of the class.
        proportions: `[neurons, classes]` float64, rates divided by their sum over the classes; 0 for a silent neuron.
    """

    labels: Tensor
    rates: Tensor
    proportions: Tensor

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.rates.shape[1]


@public
def assign_labels(counts: Responses | Tensor, labels: Tensor, *, n_classes: Classes) -> Assignment:
    """Give each neuron the class for which it fires most.

    Args:
        counts: `[samples, neurons]`, spikes of each neuron per sample, whole or floating-point numbers >= 0; or
            responses as a run gives them, or spikes `[T, B, *N]`.
        labels: `[samples]`, classes as whole numbers in [0, n_classes); at least two different ones.
        n_classes: number of classes, at least 2.

    Returns:
        The assignment. Equal rates go to the lowest class. A class that does not occur in `labels` has rate 0
        everywhere and gets no neuron. A neuron that never fired has label -1 and takes no part in votes.

    Raises:
        ParameterError: if `n_classes < 2`.
        ShapeError: if counts and labels do not match, are empty, hold values outside their ranges, or all samples
            are of one class: with nothing to compare, every neuron would get that class.

    Example:
        >>> counts = torch.tensor([[4, 0, 0], [2, 1, 0], [0, 5, 0]])
        >>> assignment = assign_labels(counts, torch.tensor([0, 0, 1]), n_classes=2)
        >>> assignment.labels, assignment.rates[0]
        (tensor([ 0,  1, -1]), tensor([3., 0.], dtype=torch.float64))

    Source:
        Diehl & Cook (2015); Hazan et al. (2018).
    """
    if isinstance(counts, Responses) or counts.dim() > 2:
        counts = as_responses(counts).counts
    check_labels(labels, counts.shape[0] if counts.dim() else 0, n_classes)
    _check_counts(counts)
    one_hot = torch.nn.functional.one_hot(labels.long(), n_classes).to(counts.device, torch.float64)
    total = torch.zeros(n_classes, counts.shape[1], dtype=torch.float64, device=counts.device)
    for rows in row_blocks(counts):
        total.addmm_(one_hot[rows].T, counts[rows].double())
    presentations = one_hot.sum(0).clamp(min=1.0)
    return assignment_of((total / presentations[:, None]).T.contiguous())


def assignment_of(rates: Tensor) -> Assignment:
    """Derive labels and proportions from rates.

    Args:
        rates: `[neurons, classes]`, mean spikes per presentation of the class, >= 0.

    Returns:
        The assignment with these rates.

    Example:
        >>> assignment_of(torch.tensor([[1.0, 3.0], [0.0, 0.0]])).proportions
        tensor([[0.2500, 0.7500],
                [0.0000, 0.0000]])
    """
    total = rates.sum(1, keepdim=True)
    fired = total > 0
    proportions = rates / torch.where(fired, total, 1.0)
    return Assignment(torch.where(fired[:, 0], rates.argmax(1), -1), rates, proportions)


def check_labels(labels: Tensor, samples: int, n_classes: Classes) -> None:
    """Refuse labels that a decoder cannot learn from.

    Args:
        labels: `[samples]`, whole numbers in [0, n_classes), at least two different ones.
        samples: number of responses that they belong to.
        n_classes: number of classes, at least 2.

    Raises:
        ShapeError: naming what is wrong with the labels.

    Example:
        >>> check_labels(torch.tensor([0, 1]), 2, 2)
    """
    if labels.dtype not in WHOLE_NUMBERS:
        raise ShapeError(f"labels must be whole numbers, got {labels.dtype}; use labels.long().")
    if labels.dim() != 1 or labels.numel() != samples or samples == 0:
        raise ShapeError(
            f"labels must be [samples], one for each of at least one response, got {tuple(labels.shape)} for "
            f"{samples} responses."
        )
    low, high = (int(bound) for bound in labels.aminmax())
    if low < 0 or high >= n_classes:
        raise ShapeError(f"labels must lie in [0, n_classes = {n_classes}), got {low} to {high}.")
    if low == high:
        raise ShapeError(f"all {samples} labels are {low}; a decoder needs samples of at least two classes.")


def _check_counts(counts: Tensor) -> None:
    if counts.dim() != 2 or counts.shape[1] == 0:
        raise ShapeError(f"counts must be [samples, neurons], got {tuple(counts.shape)}.")
    if counts.dtype == torch.bool or counts.is_complex():
        raise ShapeError(f"counts must be whole or floating-point numbers, got {counts.dtype}; use counts.int().")
    low, high = (float(bound) for bound in counts.aminmax())  # NaN passes through both
    if not (low >= 0.0 and high < float("inf")):
        raise ShapeError(f"counts must be finite and >= 0, got {low:g} to {high:g}.")
