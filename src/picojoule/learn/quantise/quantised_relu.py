r"""A ReLU with few bits, whose range is learned.

    y = s · round(clip(x, 0, c) / s),    s = c / (2^bits - 1)

What trains is log c, not s: a step of the optimiser then changes the range by a fraction of itself, whatever its size,
so that one learning rate serves weights and ranges alike, also with Adam, whose steps are as long as the learning rate
however small the gradient is.

Of two well-known ways to train a range, this is learned step size quantization: its gradient knows of the rounding
errors inside the range, too, so that it weighs them against what is cut off. That of PACT (Choi et al. 2018,
arXiv:1805.06085) knows only what is cut off; a penalty pulls the range back, whose strength would have to be chosen.

Source: Esser, McKinstry, Bablani, Appuswamy & Modha, *Learned step size quantization* (ICLR 2020; arXiv:1902.08153).
"""

from typing import Annotated, Any

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.conditioned import Conditioned
from picojoule.core.errors import ParameterError
from picojoule.core.params import Unit
from picojoule.learn.quantise.fake_quantise import fake_quantise
from picojoule.learn.quantise.levels import FULL_PRECISION, check_bits, unsigned_levels


class QuantisedReLU(Conditioned):
    """A ReLU that gives one of 2^bits levels, from 0 to a range that trains.

    The first batch that it sees in training, if one of its numbers is above 0, sets the range to its maximum; from then
    on the gradient moves it. Until then, and where `clip` is given, the range is what it was made with.

    Args:
        bits: of an activation, 1 … 16; 32 makes an ordinary ReLU.
        clip: the range at first, above 0; `None` takes it from the first batch.

    Attributes:
        log_clip: the logarithm of the range, a number that trains; `None` with 32 bits.
        calibrated: whether the range has been set; saved with the weights.

    Raises:
        ParameterError: if a number lies outside its range.

    Example:
        >>> relu = QuantisedReLU(2, clip=3.0)  # levels 0, 1, 2, 3
        >>> [round(level, 3) for level in relu(torch.tensor([-1.0, 0.4, 1.2, 8.0])).tolist()]
        [0.0, 0.0, 1.0, 3.0]
    """

    log_clip: nn.Parameter | None
    calibrated: Tensor

    @public
    def __init__(
        self, bits: int, *, clip: Annotated[float, Unit("(a range of activations)", above=0.0)] | None = None
    ) -> None:
        super().__init__()
        check_bits("QuantisedReLU", bits)
        self.bits = bits
        trains = bits != FULL_PRECISION
        start = torch.log(torch.tensor(1.0 if clip is None else float(clip)))
        self.register_parameter("log_clip", nn.Parameter(start) if trains else None)
        self.register_buffer("calibrated", torch.tensor(clip is not None) if trains else None)

    @public
    def forward(self, x: Tensor) -> Tensor:
        """Cut off and round.

        Args:
            x: of any shape.

        Returns:
            Multiples of `step()` in the shape of `x`; what is 0 is exactly 0.
        """
        if self.log_clip is None:
            return nn.functional.relu(x)
        if self.training and not self.calibrated:
            self._calibrate(x)
        return fake_quantise(x, self.step(), unsigned_levels(self.bits))

    def step(self) -> Tensor:
        """The distance of two levels: an activation is a whole number of `bits` bits times this.

        Raises:
            ParameterError: with 32 bits, where there are no levels.
        """
        if self.log_clip is None:
            raise ParameterError("QuantisedReLU with 32 bits has no levels; give it 1 … 16 bits")
        return self.log_clip.exp() / unsigned_levels(self.bits).high

    def conditions(self) -> dict[str, Any]:
        """What its tensors depend on: the bits."""
        return {"bits": self.bits}

    def extra_repr(self) -> str:
        """What torch prints between the brackets: the bits."""
        return f"bits={self.bits}"

    @torch.no_grad()
    def _calibrate(self, x: Tensor) -> None:
        highest = x.max() if x.numel() else x.new_zeros(())
        if self.log_clip is not None and highest > 0:
            self.log_clip.copy_(highest.log())
            self.calibrated.fill_(True)
