r"""Numbers moved to a grid, with gradients as if they had stayed where they were.

With a step s > 0 and whole levels l ≤ 0 < h,

    forward     y = s · round(clip(x / s, l, h))            halves go to the even level
    backward    ∂y/∂x = 1 where l ≤ x/s ≤ h, else 0
                ∂y/∂s = round(x/s) - x/s  inside,  l  below,  h  above

The gradients are exact but for the rounding, whose derivative is taken to be 1: the straight-through estimator. 0 stays
exactly 0.

Source: Esser, McKinstry, Bablani, Appuswamy & Modha, *Learned step size quantization* (ICLR 2020; arXiv:1902.08153),
equations 1 to 3.
"""

from typing import Any

import torch
from torch import Tensor

from picojoule.learn.quantise.levels import Levels
from picojoule.simulate.derivatives import first_only


def fake_quantise(x: Tensor, step: Tensor, levels: Levels) -> Tensor:
    """Move numbers to the nearest level, in floating point.

    Args:
        x: of any shape.
        step: distance of two levels, above 0, broadcastable to `x`: one for all, or one for each channel.
        levels: lowest and highest multiple of the step.

    Returns:
        Multiples of `step`, in the shape of `x`.

    Example:
        >>> x = torch.tensor([-3.0, 0.2, 0.4, 0.8, 9.0], requires_grad=True)
        >>> step = torch.tensor(0.5, requires_grad=True)
        >>> y = fake_quantise(x, step, Levels(0, 3))
        >>> y.tolist()
        [0.0, 0.0, 0.5, 1.0, 1.5]
        >>> y.sum().backward()
        >>> x.grad.tolist(), round(step.grad.item(), 6)  # 0 - 0.4 + 1 - 0.8 + 2 - 1.6, and 3 for what was cut off
        ([0.0, 1.0, 1.0, 1.0, 0.0], 3.2)
    """
    result: Tensor = _FakeQuantise.apply(x, step, levels)  # type: ignore[no-untyped-call]
    return result


class _FakeQuantise(torch.autograd.Function):
    """By hand, because the same in torch's operations keeps five copies of `x` for the backward pass."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, step: Tensor, levels: Levels) -> Tensor:  # noqa: ANN401  # torch's own type
        ctx.save_for_backward(x, step)
        ctx.levels = levels
        return (x / step).round_().clamp_(levels.low, levels.high).mul_(step)

    @staticmethod
    @first_only("fake_quantise", "leave the quantisation out")
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:  # noqa: ANN401
        x, step = ctx.saved_tensors
        low, high = ctx.levels.low, ctx.levels.high
        ratio = x / step
        inside = (ratio >= low) & (ratio <= high)
        for_step = None
        if ctx.needs_input_grad[1]:
            moved = torch.where(inside, ratio.round() - ratio, ratio.clamp(low, high))
            for_step = moved.mul_(gradient).sum_to_size(step.shape)
        return gradient * inside, for_step, None
