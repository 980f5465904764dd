"""Scores of classes: the maximum of a readout over time.

Source: Cramer, Stradmann, Schemmel & Zenke, *The Heidelberg spiking data sets for the systematic evaluation of spiking
neural networks* (2022).
"""

from torch import Tensor

from picojoule.core.arguments import public
from picojoule.learn.gradient.checked_mask import checked_mask


@public
def max_over_time(output: Tensor, *, mask: Tensor | None = None) -> Tensor:
    """The maximum over time of a membrane potential: which class was most certain at any moment.

    Of several steps with the same maximum, the gradient is shared out evenly.

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
        >>> max_over_time(v), max_over_time(v, mask=torch.tensor([[True], [True], [False]]))
        (tensor([[8., 6.]]), tensor([[3., 0.]]))
    """
    counted = checked_mask(output, mask)
    return (output if counted is None else output.where(counted, float("-inf"))).amax(0)
