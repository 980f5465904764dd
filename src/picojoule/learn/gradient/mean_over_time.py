"""Scores of classes: the mean of a readout over time."""

from torch import Tensor

from picojoule.core.arguments import public
from picojoule.learn.gradient.checked_mask import checked_mask


@public
def mean_over_time(output: Tensor, *, mask: Tensor | None = None) -> Tensor:
    """The mean over time: of a membrane potential, or of spikes (their rate, in spikes per step).

    Args:
        output: `[T, B, *N]`.
        mask: `[T, B]` bool, False where a padded sample has ended; those steps do not count.

    Returns:
        `[B, *N]`, for instance the scores that `torch.nn.functional.cross_entropy` takes.

    Raises:
        ShapeError: if the mask does not fit, or leaves no step of a sample.

    Example:
        >>> import torch
        >>> v = torch.tensor([[[1.0, 0.0]], [[3.0, 0.0]], [[8.0, 6.0]]])
        >>> mean_over_time(v), mean_over_time(v, mask=torch.tensor([[True], [True], [False]]))
        (tensor([[4., 2.]]), tensor([[2., 0.]]))
    """
    counted = checked_mask(output, mask)
    if counted is None:
        return output.mean(0)
    return output.where(counted, 0.0).sum(0) / counted.sum(0)
