"""How good a decoder's answers are: accuracy, confusion matrix and the uncertainty of a measured accuracy.

A decoder answers -1 where it cannot decide, for instance because no neuron fired. Such an answer counts as wrong.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.params import Classes

NORMAL_QUANTILE = 1.959963984540054  # 97.5 % of a standard normal variable lie below


class Interval(NamedTuple):
    """The bounds of a confidence interval, as fractions in [0, 1]."""

    low: float
    high: float


@public
def accuracy(predicted: Tensor, labels: Tensor) -> float:
    """Fraction of samples whose class was found.

    Args:
        predicted: `[samples]`, classes as whole numbers; -1 (undecided) counts as wrong.
        labels: `[samples]`, the true classes, at least 0.

    Returns:
        A number in [0, 1].

    Raises:
        ShapeError: if the two differ in shape, are empty, or a label is negative.

    Example:
        >>> accuracy(torch.tensor([1, -1, 0, 2]), torch.tensor([1, 1, 0, 0]))
        0.5
    """
    _check_pair(predicted, labels)
    return int((predicted == labels).sum()) / labels.numel()


@public
def confusion(predicted: Tensor, labels: Tensor, n_classes: Classes) -> Tensor:
    """Count how often each class was answered for each true class.

    Args:
        predicted: `[samples]`, classes in [0, n_classes), or -1 where undecided.
        labels: `[samples]`, true classes in [0, n_classes).
        n_classes: number of classes, at least 2.

    Returns:
        `[n_classes, n_classes + 1]` int64: row = true class, column = answer, last column = undecided. Every row
        sums to the number of samples of its class.

    Raises:
        ParameterError: if `n_classes < 2`.
        ShapeError: if the two differ in shape, are empty, or hold values outside their ranges.

    Example:
        >>> confusion(torch.tensor([1, -1, 0]), torch.tensor([1, 1, 0]), 2)
        tensor([[1, 0, 0],
                [0, 1, 1]])
    """
    _check_pair(predicted, labels)
    for name, values, low in (("labels", labels, 0), ("predicted", predicted, -1)):
        if int(values.min()) < low or int(values.max()) >= n_classes:
            raise ShapeError(
                f"{name} must lie in [{low}, {n_classes}), got {int(values.min())} to {int(values.max())}; "
                "check n_classes."
            )
    answer = torch.where(predicted < 0, n_classes, predicted.long())
    cell = labels.long() * (n_classes + 1) + answer
    return torch.bincount(cell, minlength=n_classes * (n_classes + 1)).view(n_classes, n_classes + 1)


@public
def confidence_interval(correct: int, total: int) -> Interval:
    """95 % confidence interval of a fraction that was measured on `total` independent samples (Wilson score).

    Args:
        correct: samples answered correctly, in [0, total].
        total: samples tested, at least 1.

    Returns:
        Bounds inside [0, 1]; they say how much the accuracy may be off because the test set is finite, not how much
        it varies from one training to the next.

    Raises:
        ParameterError: if the numbers are outside their ranges.

    Example:
        >>> low, high = confidence_interval(95, 100)
        >>> f"{low:.4f} to {high:.4f}"
        '0.8882 to 0.9785'

    Source:
        Wilson, *Probable inference, the law of succession, and statistical inference*, J. Am. Stat. Assoc. 22 (1927).
    """
    if total < 1 or not 0 <= correct <= total:
        raise ParameterError(f"correct must lie in [0, total] and total be >= 1, got {correct} of {total}.")
    p, z2 = correct / total, NORMAL_QUANTILE**2
    centre = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = math.sqrt(z2 * (p * (1 - p) / total + z2 / (4 * total**2))) / (1 + z2 / total)
    low = 0.0 if correct == 0 else centre - half  # exact at both ends, where rounding would leave 1e-17
    high = 1.0 if correct == total else centre + half
    return Interval(low, high)


def _check_pair(predicted: Tensor, labels: Tensor) -> None:
    if predicted.shape != labels.shape or labels.dim() != 1 or labels.numel() == 0:
        raise ShapeError(
            "predicted and labels must both be [samples] with at least one sample, got "
            f"{tuple(predicted.shape)} and {tuple(labels.shape)}."
        )
    if predicted.is_floating_point() or labels.is_floating_point():
        raise ShapeError("predicted and labels must hold whole numbers; take argmax of scores first.")
    if int(labels.min()) < 0:
        raise ShapeError(f"labels must be >= 0, got {int(labels.min())}; -1 is the answer 'undecided'.")
