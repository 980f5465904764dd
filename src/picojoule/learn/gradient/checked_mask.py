"""What every loss asks of what a layer gives: `[T, B, *N]`, and a mask that fits."""

from torch import Tensor

from picojoule.core.errors import ShapeError


def checked_mask(output: Tensor, mask: Tensor | None) -> Tensor | None:
    """Check a layer's output and its mask, and bring the mask to the output's dimensions.

    Args:
        output: `[T, B, *N]`, floating point, at least one step.
        mask: `[T, B]` bool, False where a padded sample has ended; at least one step of each sample is True.

    Returns:
        The mask as `[T, B, 1, …]`, or `None`.

    Raises:
        ShapeError: if one of them has another shape or dtype; the message says which.

    Example:
        >>> import torch
        >>> checked_mask(torch.zeros(3, 2), torch.ones(3, 2, dtype=torch.bool))
        Traceback (most recent call last):
        picojoule.core.errors.ShapeError: output must be [T, B, *N] with at least one step, got [3, 2]; ...
    """
    import torch

    shape = list(output.shape)
    if output.dim() < 3 or shape[0] == 0:
        raise ShapeError(f"output must be [T, B, *N] with at least one step, got {shape}; time comes first")
    if not output.is_floating_point():
        raise ShapeError(f"output must be floating point, got {output.dtype}; use .float()")
    if mask is None:
        return None
    if mask.dtype != torch.bool or list(mask.shape) != shape[:2]:
        raise ShapeError(f"mask must be bool [T, B] = {shape[:2]}, got {mask.dtype} {list(mask.shape)}")
    if not bool(mask.any(0).all()):
        empty = int((~mask.any(0)).nonzero()[0])
        raise ShapeError(f"mask leaves no step of sample {empty}; leave such samples out of the batch")
    return mask.reshape(*mask.shape, *[1] * (output.dim() - 2))
