"""Stop as soon as the answer is sure enough: a threshold on sureness, chosen on images that nothing is reported on."""

import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError

CANDIDATES = 400  # thresholds that are tried


@public
def first_sure(sureness: Tensor, threshold: float) -> Tensor:
    """When each sample is sure enough for the first time.

    Args:
        sureness: `[K, samples]`, how sure the answer is at each of K moments.
        threshold: at least this is sure enough.

    Returns:
        `[samples]` int64, numbers of moments from 0; K - 1 where it never is.

    Raises:
        ShapeError: if `sureness` has not two axes, or no moment.

    Example:
        >>> first_sure(torch.tensor([[0.2, 0.9, 0.1], [0.8, 0.9, 0.3], [0.7, 0.9, 0.4]]), 0.75)
        tensor([1, 0, 2])
    """
    if sureness.dim() != 2 or not len(sureness):
        raise ShapeError(f"sureness must be [moments, samples] with at least one moment, got {list(sureness.shape)}")
    sure = sureness >= threshold
    sure[-1] = True
    return sure.to(torch.uint8).argmax(0)  # the first of equal values


@public
def choose_threshold(sureness: Tensor, right: Tensor, *, loss: float = 0.0) -> float:
    """The threshold that stops earliest on average without losing accuracy.

    Args:
        sureness: `[K, samples]`, at each of K moments, on validation samples.
        right: `[K, samples]` bool, whether the answer at that moment is right.
        loss: accuracy that may be lost against answering at the last moment, a fraction in [0, 1].

    Returns:
        The threshold, one of the values of `sureness`; infinite if every earlier stop loses too much.

    Raises:
        ParameterError: if `loss` is out of range.
        ShapeError: if the two do not fit together, or there is no sample.

    Example:
        >>> sureness = torch.tensor([[0.9, 0.5, 0.6], [0.9, 0.8, 0.9]])
        >>> right = torch.tensor([[True, False, True], [True, True, True]])
        >>> round(choose_threshold(sureness, right), 3)  # the second sample must not stop at 0.5
        0.6
    """
    if not 0.0 <= loss <= 1.0:
        raise ParameterError(f"loss must lie in [0, 1], got {loss:g}. Give a fraction, not percent.")
    if sureness.shape != right.shape or sureness.dim() != 2 or not sureness.numel():
        raise ShapeError(
            f"sureness and right must both be [K, samples], got {list(sureness.shape)}, {list(right.shape)}"
        )
    needed = float(right[-1].double().mean()) - loss
    best, earliest = float("inf"), float(len(sureness) - 1)
    for candidate in _candidates(sureness[:-1]):
        stops = first_sure(sureness, candidate)
        mean = float(stops.double().mean())
        accuracy = float(right.gather(0, stops[None]).double().mean())
        if accuracy >= needed - 1e-12 and mean < earliest:
            best, earliest = candidate, mean
    return best


def _candidates(values: Tensor) -> list[float]:
    """Values to try, the largest first."""
    found: Tensor = torch.unique(values)
    if len(found) > CANDIDATES:
        found = found[torch.linspace(0, len(found) - 1, CANDIDATES).round().long()]
    chosen: list[float] = found.flip(0).tolist()
    return chosen
