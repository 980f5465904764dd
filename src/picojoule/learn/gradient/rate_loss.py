r"""A loss on spikes: each class's neuron shall fire at a target rate.

    loss = mean over samples of   sum over classes of (rate - target)²

Source: Shrestha & Orchard, *SLAYER: spike layer error reassignment in time* (2018): the loss on spike counts, here
divided by the number of steps.
"""

import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.core.params import SpikesPerStep
from picojoule.learn.gradient.mean_over_time import mean_over_time


@public
def rate_loss(
    spikes: Tensor,
    labels: Tensor,
    *,
    right: SpikesPerStep = 0.8,
    wrong: SpikesPerStep = 0.05,
    mask: Tensor | None = None,
) -> Tensor:
    """How far the rates of the output neurons are from their targets.

    Args:
        spikes: `[T, B, classes]`.
        labels: `[B]`, int64, in 0 … classes - 1.
        right: target of the neuron of the sample's class, in spikes per step, 0 … 1.
        wrong: target of all others, 0 … 1.
        mask: `[T, B]` bool, False where a padded sample has ended; those steps do not count.

    Returns:
        A number, 0 where all targets are met.

    Raises:
        ShapeError: if shapes do not fit together.
        ParameterError: if a target lies outside its range.

    Example:
        >>> spikes = torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]])  # two steps of one sample
        >>> rate_loss(spikes, torch.tensor([0]), right=1.0, wrong=0.0)
        tensor(0.2500)
    """
    rates = mean_over_time(spikes, mask=mask)
    if rates.dim() != 2 or labels.shape != rates.shape[:1] or labels.dtype != torch.int64:
        raise ShapeError(
            f"spikes must be [T, B, classes] and labels int64 [B], got {list(spikes.shape)} and "
            f"{labels.dtype} {list(labels.shape)}"
        )
    low, high = (int(bound) for bound in labels.aminmax())
    if low < 0 or high >= rates.shape[1]:
        raise ShapeError(f"labels must lie in 0 … {rates.shape[1] - 1}, got {low} … {high}; add output neurons")
    targets = torch.full_like(rates, wrong).scatter(1, labels[:, None], right)
    return (rates - targets).square().sum(1).mean()
