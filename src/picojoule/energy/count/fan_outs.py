"""Products that each input of a convolution takes part in.

This is the gradient of the sum of all outputs with respect to that input, where every weight that is not zero is taken
as 1: as many as there are positions of the kernel that cover the input, fewer at the borders. It holds for any stride,
padding, dilation, groups, and for transposed convolutions.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

_KEPT = 64


class FanOuts:
    """Products that each input of a convolution takes part in, kept for weights that do not change."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[Any, ...], Tensor] = OrderedDict()

    def of(self, x: Tensor, weight: Tensor, settings: Sequence[Any], out: Tensor) -> Tensor:
        """The fan-out of each input.

        Args:
            x: `[R, C, *S]`.
            weight: of the convolution.
            settings: stride, padding, dilation, transposed, output padding, groups.
            out: its result.

        Returns:
            `[C, *S]` float64, whole numbers.
        """
        version = None if weight.is_inference() else weight._version
        key = (weight.untyped_storage()._cdata, weight.storage_offset(), version, tuple(x.shape[1:]), str(settings))
        found = self._found.get(key) if isinstance(weight, torch.nn.Parameter) and version is not None else None
        if found is None:
            found = fan_out(x, weight, settings, out)
            self._found[key] = found
            if len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return found


def fan_out(x: Tensor, weight: Tensor, settings: Sequence[Any], out: Tensor) -> Tensor:
    """Weights that are not zero which each input of one row meets: `[C, *S]`, whole numbers in float64."""
    mask = (weight.detach() != 0).double()
    ones = torch.ones((1, *out.shape[1:]), dtype=torch.float64, device=x.device)
    place = torch.empty((1, *x.shape[1:]), dtype=torch.float64, device=x.device)
    gradient = torch.ops.aten.convolution_backward(ones, place, mask, None, *settings, (True, False, False))[0]
    return gradient[0].round()  # type: ignore[no-any-return]


def all_products(x: Tensor, weight: Tensor, settings: Sequence[Any], out: Tensor, meets: Tensor) -> float:
    """Products of one row, zero weights included, those with padding left out.

    Args:
        x: `[R, C, *S]`.
        weight: of the convolution.
        settings: as for `FanOuts.of`.
        out: the result.
        meets: the fan-outs of these weights.
    """
    if bool((weight != 0).all()):
        return float(meets.sum())
    return float(fan_out(x, torch.ones_like(weight), settings, out).sum())
