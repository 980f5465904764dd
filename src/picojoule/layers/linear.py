"""Weights between two layers, with the parameters of `torch.nn.Linear`."""

import math

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.autocast import autocasting
from picojoule.core.errors import ShapeError
from picojoule.core.params import Neurons, Shaped
from picojoule.simulate.derivatives import refuse_tracing
from picojoule.simulate.products import spike_product
from picojoule.simulate.scan.numbers import check_weights


class Linear(nn.Module):
    """`x @ weight.T + bias`, which costs only additions where `x` are spikes.

    Parameters, their names and how they are drawn are those of `torch.nn.Linear`, so a `state_dict` of one loads into
    the other.

    Args:
        in_features: number of inputs.
        out_features: number of outputs.
        bias: whether to add a bias.

    Raises:
        ParameterError: if a number is below 1.

    Example:
        >>> layer = Linear(3, 2)
        >>> layer(torch.zeros(10, 4, 3)).shape  # [T, B, N]
        torch.Size([10, 4, 2])
    """

    @public
    def __init__(self, in_features: Neurons, out_features: Neurons, bias: bool = True) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        self.bias: nn.Parameter | None
        self.register_parameter("bias", nn.Parameter(torch.empty(out_features)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew, from torch's global generator."""
        bound = 1.0 / math.sqrt(self.in_features)
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # the same bound, and the same draws as torch's
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    @public
    def forward(self, x: Shaped) -> Tensor:
        """Multiply.

        Args:
            x: `[..., in_features]`, for instance `[T, B, in_features]`.

        Returns:
            `[..., out_features]`.

        Raises:
            ShapeError: if the last axis has another size, or `x` is not floating point.
            NumericalError: if a weight is NaN or infinite.
        """
        refuse_tracing()
        if x.dim() == 0 or x.shape[-1] != self.in_features:
            raise ShapeError(f"Linear takes {self.in_features} inputs in the last axis, got {list(x.shape)}")
        if not x.is_floating_point():
            raise ShapeError(f"Linear takes floating-point input, got {x.dtype}; use .float()")
        autocast, wanted, place = autocasting(x), self.weight.dtype, self.weight.device
        if x.device != place:
            raise ShapeError(f"Linear has its weights on {place}, got x on {x.device}; use x.to({str(place)!r})")
        if x.dtype != wanted and not autocast:
            raise ShapeError(f"Linear has weights of {wanted}, got x of {x.dtype}; use x.to({wanted})")
        if autocast or wanted not in (torch.float32, torch.float64):
            return nn.functional.linear(x, self.weight, self.bias)  # half precision is for dense products
        product = spike_product(x, self.weight, self.bias)
        check_weights("Linear", weight=self.weight, bias=self.bias)  # where there is no spike, none would be missed
        return product

    def extra_repr(self) -> str:
        """What torch prints between the brackets: the sizes."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
