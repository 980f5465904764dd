"""One rule for the scale of pixels, wherever images enter. It goes by dtype, and by the range of all images together.

    bool              0 and 1
    uint8             0 … 255, divided by 255; of 0 and 1 alone they are refused, for those are black and white
    floating point    as they are, in [0, 1]

Everything else is refused, and nothing is ever clipped: other whole numbers, negative ones, NaN, floats of 0 … 255.
"""

import math

import torch
from torch import Tensor

from picojoule.core.errors import ShapeError


def as_pixels(images: Tensor) -> Tensor:
    """Look at all images together, and refuse those whose scale is not known.

    Args:
        images: `[n, *shape]`.

    Returns:
        The same images.

    Raises:
        ShapeError: if the dtype or a value does not fit; the message says which, and what to do.

    Example:
        >>> as_pixels(torch.tensor([[False, True]]))
        tensor([[False,  True]])
    """
    if images.dim() < 2:
        raise ShapeError(f"images must be [n, *shape], got shape {tuple(images.shape)}. One image needs a leading 1.")
    if images.dtype == torch.bool or images.numel() == 0:
        return images
    if images.dtype == torch.uint8:
        if int(images.max()) == 1:
            raise ShapeError(
                "images are bytes of 0 and 1 alone, and bytes are divided by 255, which would leave them black. "
                "Give black and white as .bool(), or as bytes of 0 and 255."
            )
        return images
    if not images.is_floating_point():
        raise ShapeError(
            f"images must be bool, uint8 or floating point, got {images.dtype}. Convert them with .to(torch.uint8), "
            "0 and 1 alone with .bool()."
        )
    _check_range(images)
    return images


def intensities(pixels: Tensor) -> Tensor:
    """Pixels as numbers in [0, 1], by their dtype alone.

    Args:
        pixels: some of those that `as_pixels` gave.

    Returns:
        The same shape, float32.

    Example:
        >>> intensities(torch.tensor([[0, 51]], dtype=torch.uint8)), intensities(torch.tensor([[False, True]]))
        (tensor([[0.0000, 0.2000]]), tensor([[0., 1.]]))
    """
    numbers = pixels.to(torch.float32)
    return numbers / 255.0 if pixels.dtype == torch.uint8 else numbers


def _check_range(images: Tensor) -> None:
    low, high = (float(bound) for bound in images.detach().aminmax())
    if math.isnan(low):  # one NaN anywhere makes both bounds NaN
        bad = int(images.isnan().flatten(1).any(dim=1).nonzero()[0])
        raise ShapeError(f"image {bad} has a NaN pixel; intensities must be in [0, 1]. Drop the image or mend it.")
    if low < 0.0 or high > 1.0:
        raise ShapeError(
            f"floating-point intensities must be in [0, 1], got {low:g} … {high:g}. "
            "Divide pixels of 0 … 255 by 255 or pass them as uint8."
        )
