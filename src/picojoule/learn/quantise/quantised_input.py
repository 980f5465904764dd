"""The front of a quantised network: pixels with as many bits as the rest."""

from typing import Any

import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.conditioned import Conditioned
from picojoule.core.errors import ShapeError
from picojoule.learn.quantise.levels import FULL_PRECISION, check_bits, unsigned_levels


class QuantisedInput(Conditioned):
    """Pixels in [0, 1], rounded to 2^bits levels of equal distance; 0 stays 0 and 1 stays 1.

    A rate code of T steps tells T + 1 intensities apart, so a network that is compared with a spiking one gets its
    pixels in ⌈log2(T + 1)⌉ bits too. A byte is 8 bits already: with `bits=8` nothing changes.

    Args:
        bits: of a pixel, 1 … 16; 32 leaves pixels as they are.

    Raises:
        ParameterError: if `bits` lies outside its range.

    Example:
        >>> QuantisedInput(2)(torch.tensor([0.0, 0.1, 0.3, 0.6, 1.0])).mul(3)
        tensor([0., 0., 1., 2., 3.])
    """

    @public
    def __init__(self, bits: int) -> None:
        super().__init__()
        check_bits("QuantisedInput", bits)
        self.bits = bits

    @public
    def forward(self, x: Tensor) -> Tensor:
        """Round.

        Args:
            x: `[B, *N]` in [0, 1].

        Returns:
            `[B, *N]`, multiples of 1 / (2^bits - 1). The derivative of the rounding is taken to be 1.

        Raises:
            ShapeError: if a number lies outside [0, 1]; this is looked at in training only.
        """
        if self.bits == FULL_PRECISION:
            return x
        if self.training:
            _check_range(x)
        highest = unsigned_levels(self.bits).high
        rounded = torch.round(x.detach() * highest) / highest
        return rounded + (x - x.detach()) if x.requires_grad else rounded

    def conditions(self) -> dict[str, Any]:
        """What its tensors depend on: the bits."""
        return {"bits": self.bits}

    def extra_repr(self) -> str:
        """What torch prints between the brackets: the bits."""
        return f"bits={self.bits}"


@torch.no_grad()
def _check_range(x: Tensor) -> None:
    if not x.numel():
        return
    low, high = (float(bound) for bound in x.aminmax())
    if not (low >= 0.0 and high <= 1.0):
        raise ShapeError(
            f"QuantisedInput takes numbers in [0, 1], got {low:g} … {high:g}. Divide bytes by 255; where inputs are "
            "scaled otherwise, scale them behind it."
        )
