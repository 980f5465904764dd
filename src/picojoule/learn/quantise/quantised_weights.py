r"""A linear or convolutional layer with weights of few bits.

    ŵ = s · round(clip(w / s, -h, h)),    s = Δ √(mean of w² over the weights of one output),    h = 2^(bits - 1) - 1

Δ is the step that loses least of normally distributed numbers (`normal_step`). Every output unit or channel has a step
of its own, which follows its weights and has nothing to learn: weights grow several times their size in a training from
scratch, faster than a learned step of the same learning rate could. Gradients reach the weights as if they had not been
moved (straight through), those beyond the range too, so that they can come back. Two bits are the levels -s, 0, s;
one bit, the levels -s and s, s = √(2/π) √(mean w²), the mean size of normally distributed weights: no weight is 0 then.

Biases stay in full precision: they are few, and are added to sums that have many bits anyway.

Source: Bengio, Léonard & Courville, *Estimating or propagating gradients through stochastic neurons* (2013;
arXiv:1308.3432), the straight-through estimator.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.conditioned import Conditioned
from picojoule.core.errors import ParameterError
from picojoule.layers.linear import Linear
from picojoule.learn.quantise.levels import FULL_PRECISION, check_bits, signed_levels
from picojoule.learn.quantise.normal_step import normal_step

KINDS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, Linear)  # the first axis of whose weights are the outputs


@dataclass(frozen=True, eq=False)
class WholeWeights:
    """Weights as a device stores them: `values * scale` are those that the layer computes with.

    Args:
        values: whole numbers, int16, in the shape of the layer's weights.
        scale: one for each output, `[outputs, 1, …]`, above 0.
        bias: `[outputs]` in full precision; `None` if the layer has none.
    """

    values: Tensor
    scale: Tensor
    bias: Tensor | None


class QuantisedWeights(Conditioned):
    """A layer whose weights are moved to a grid of few bits whenever it computes.

    The layer itself keeps the weights in full precision, which train.

    Args:
        layer: `torch.nn.Linear`, `Conv1d`, `Conv2d` or `Conv3d`, or `picojoule.layers.Linear`.
        bits: of a weight, with its sign, 1 … 16; 32 leaves weights as they are.

    Raises:
        ParameterError: if the layer is of another kind, or `bits` outside its range.

    Example:
        >>> layer = QuantisedWeights(nn.Linear(3, 1, bias=False), bits=2)
        >>> _ = layer.layer.weight.data.copy_(torch.tensor([[0.3, -0.1, 0.8]]))
        >>> whole = layer.whole()
        >>> whole.values.tolist(), torch.equal(layer.on_grid(), whole.values * whole.scale)
        ([[0, 0, 1]], True)
    """

    @public
    def __init__(self, layer: nn.Module, bits: int) -> None:
        super().__init__()
        check_bits("QuantisedWeights", bits)
        if not isinstance(layer, KINDS):
            raise ParameterError(
                f"QuantisedWeights takes a Linear, Conv1d, Conv2d or Conv3d, got {type(layer).__name__}; put only "
                "layers with weights into it"
            )
        self.layer, self.bits = layer, bits

    @public
    def forward(self, x: Tensor) -> Tensor:
        """Compute the layer with the weights of few bits.

        Args:
            x: what the layer takes.

        Returns:
            What the layer gives.
        """
        result: Tensor = torch.func.functional_call(self.layer, {"weight": self.on_grid()}, (x,))
        return result

    def on_grid(self) -> Tensor:
        """The weights that the layer computes with, in floating point; gradients go straight through to its own."""
        weight = self._weight()
        if self.bits == FULL_PRECISION:
            return weight
        values, scale = self._parts()
        moved = values.mul_(scale)
        return moved + (weight - weight.detach()) if torch.is_grad_enabled() else moved

    def whole(self) -> WholeWeights:
        """The weights as whole numbers with a scale for each output.

        Raises:
            ParameterError: with 32 bits, where there are no whole numbers.
        """
        if self.bits == FULL_PRECISION:
            raise ParameterError("QuantisedWeights with 32 bits has no whole numbers; give it 1 … 16 bits")
        values, scale = self._parts()
        bias = self.layer.bias
        return WholeWeights(values.to(torch.int16), scale, bias.detach().clone() if isinstance(bias, Tensor) else None)

    def conditions(self) -> dict[str, Any]:
        """What its tensors depend on: the bits."""
        return {"bits": self.bits}

    def extra_repr(self) -> str:
        """What torch prints between the brackets, beside the layer: the bits."""
        return f"bits={self.bits}"

    @torch.no_grad()
    def _parts(self) -> tuple[Tensor, Tensor]:
        """The whole numbers, in floating point, and the scale of each output."""
        weight, levels = self._weight(), signed_levels(self.bits)
        size = weight.square().mean(tuple(range(1, weight.dim())), keepdim=True).sqrt()
        scale = (normal_step(self.bits) * size).clamp_min_(torch.finfo(weight.dtype).tiny)  # all weights may be 0
        if self.bits == 1:
            return torch.where(weight < 0, -1.0, 1.0).to(weight.dtype), scale
        return (weight / scale).round_().clamp_(levels.low, levels.high), scale

    def _weight(self) -> Tensor:
        return self.layer.get_parameter("weight")
