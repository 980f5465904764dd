"""One weight layer of a feed-forward network, dense or convolutional: what is multiplied with what, exactly.

A convolution here has stride 1 and no padding. Input pixel (y, x) is then multiplied with

    outputs  x  (positions of the kernel that cover y)  x  (positions that cover x)

weights, fewer at the borders; summed over all inputs that is every product there is. Where the largest of each window
of `pool x pool` sums is taken, the bias is added to the maximum (it is the same for the whole window), and sums that
lie in no whole window are never made.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from picojoule.core.arguments import public, validate
from picojoule.core.errors import ParameterError, ShapeError


@dataclass(frozen=True, eq=False)
class Stage:
    """Weights, and what stands between them and the next units.

    Args:
        name: for the lines of an account, for instance `784 -> 100`.
        fan_out: `[*N]` int64, the products that each input takes part in.
        units: shape of what comes out.
        weights: numbers stored.
        biases: numbers stored.
        window: sums of which the largest is taken; 1: no pooling.
    """

    name: str
    fan_out: Tensor
    units: tuple[int, ...]
    weights: int
    biases: int
    window: int = 1

    def __post_init__(self) -> None:
        validate(self)

    @property
    def inputs(self) -> int:
        """How many numbers go in."""
        return self.fan_out.numel()

    @property
    def outputs(self) -> int:
        """How many numbers come out, after pooling."""
        return torch.Size(self.units).numel()

    @property
    def products(self) -> int:
        """Products of one image, zeros included."""
        return int(self.fan_out.sum())

    @property
    def comparisons(self) -> int:
        """Comparisons that find the largest sum of every window."""
        return self.outputs * (self.window - 1)

    def used(self, active: Tensor) -> int:
        """Products that are left where zeros are skipped, or additions where the inputs are spikes.

        Args:
            active: `[*N]`, how often each input was not zero, or has spiked.

        Raises:
            ShapeError: if it is not one number for each input.

        Example:
            >>> dense_stage(3, 10).used(torch.tensor([2, 0, 1]))
            30
        """
        if active.shape != self.fan_out.shape:
            raise ShapeError(
                f"{self.name} has inputs {list(self.fan_out.shape)}, got counts {list(active.shape)}; "
                f"count how often each input is not zero"
            )
        return int((active.to(torch.int64) * self.fan_out).sum())


@public
def dense_stage(inputs: int, outputs: int) -> Stage:
    """All inputs connected with all outputs.

    Args:
        inputs: at least 1.
        outputs: at least 1.

    Raises:
        ParameterError: if a number is below 1.

    Example:
        >>> dense_stage(784, 100).products
        78400
    """
    if min(inputs, outputs) < 1:
        raise ParameterError(f"a dense stage needs inputs and outputs >= 1, got {inputs} and {outputs}.")
    fan_out = torch.full((inputs,), outputs)
    return Stage(f"{inputs} -> {outputs}", fan_out, (outputs,), weights=inputs * outputs, biases=outputs)


@public
def convolution_stage(shape: tuple[int, int, int], channels: int, *, kernel: int, pool: int = 1) -> Stage:
    """A convolution of stride 1 without padding, and the largest of each window of `pool x pool` sums.

    Args:
        shape: channels, height and width of the input.
        channels: of the output, at least 1.
        kernel: side of the kernel, at most the input's shorter side.
        pool: side of the windows, which do not overlap; 1: no pooling.

    Raises:
        ParameterError: if kernel and windows do not fit into the input.

    Example:
        >>> first = convolution_stage((1, 28, 28), 12, kernel=5, pool=2)
        >>> first.units, first.products, first.weights
        ((12, 12, 12), 172800, 300)
        >>> first.fan_out[0, 0, 0].item(), first.fan_out[0, 14, 14].item()  # covered once, and 25 times
        (12, 300)
    """
    inputs, height, width = shape
    if min(inputs, channels, kernel, pool) < 1 or min(height, width) - kernel + 1 < pool:
        raise ParameterError(
            f"a kernel of {kernel} x {kernel} and windows of {pool} x {pool} do not fit into {channels} channels from "
            f"an input of {inputs} x {height} x {width}. Use smaller ones."
        )
    rows, columns = (_covered(size, kernel, (size - kernel + 1) // pool * pool) for size in (height, width))
    fan_out = (channels * rows[:, None] * columns).expand(inputs, height, width)
    units = channels, (height - kernel + 1) // pool, (width - kernel + 1) // pool
    pooling = f", max {pool} x {pool}" if pool > 1 else ""
    return Stage(
        f"{inputs} x {height} x {width} -> {channels} kernels {kernel} x {kernel}{pooling}",
        fan_out,
        units,
        weights=inputs * channels * kernel * kernel,
        biases=channels,
        window=pool * pool,
    )


def _covered(size: int, kernel: int, positions: int) -> Tensor:
    """How many of the kernel's positions cover each place of an axis."""
    place = torch.arange(size)
    first, last = (place - kernel + 1).clamp(min=0), place.clamp(max=positions - 1)
    return (last - first + 1).clamp(min=0)
