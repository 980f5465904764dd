r"""A regulariser of activity: neurons shall be neither silent nor busier than needed.

    penalty = mean over neurons of   max(0, at_least - rate)² + max(0, rate - at_most)²

A neuron's rate is its mean over steps and over the samples of the batch, so it may be silent for most samples.

Source: Zenke & Vogels, *The remarkable robustness of surrogate gradient learning for instilling complex function in
spiking neural networks* (2021): their lower and upper bound, here on the mean of the batch.
"""

from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.params import SpikesPerStep
from picojoule.learn.gradient.checked_mask import checked_mask


@public
def activity_penalty(
    spikes: Tensor, *, at_least: SpikesPerStep = 0.0, at_most: SpikesPerStep = 1.0, mask: Tensor | None = None
) -> Tensor:
    """How far the neurons' rates lie outside a range.

    Args:
        spikes: `[T, B, *N]` of a layer.
        at_least: rate below which a neuron is penalised, in spikes per step, 0 … 1.
        at_most: rate above which a neuron is penalised, at least `at_least`; the same number is a target.
        mask: `[T, B]` bool, False where a padded sample has ended; those steps do not count.

    Returns:
        A number, 0 where all rates are in range; add it to the loss, times a strength.

    Raises:
        ShapeError: if shapes do not fit together, or there is no sample.
        ParameterError: if a bound lies outside its range.

    Example:
        >>> import torch
        >>> spikes = torch.tensor([[[1.0, 0.0]], [[1.0, 0.0]]])  # one neuron always fires, the other never
        >>> activity_penalty(spikes, at_least=0.1, at_most=0.5)
        tensor(0.1300)
    """
    if at_least > at_most:
        raise ParameterError(f"at_least must be <= at_most = {at_most:g} spikes per step, got {at_least:g}")
    counted = checked_mask(spikes, mask)
    if spikes.shape[1] == 0:
        raise ShapeError("spikes must hold at least one sample, got none; leave empty batches out")
    rates = spikes.mean((0, 1)) if counted is None else spikes.where(counted, 0.0).sum((0, 1)) / counted.sum()
    return ((at_least - rates).clamp(min=0.0).square() + (rates - at_most).clamp(min=0.0).square()).mean()
