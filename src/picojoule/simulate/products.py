"""Products of spikes and weights, by the spikes alone where these are few.

The input is searched once for non-zeros; their list serves the product and, in the backward pass, the weights'
gradient. Where the list would be long, and for few rows, both products are dense. In float32 on one core (Zen 4), ms of
the product with its search, and of the weights' gradient:

| rows × inputs × outputs | 2 % spikes | 10 % | 20 % | `torch.nn.functional.linear` |
|---|---|---|---|---|
| 16,000 × 700 × 128 | 5.6, 3.1 | 13.2, 10.5 | 22.6, 22.2 | 41.8, 36.6 |
| 3,200 × 784 × 1,000 | 7.0, 5.4 | 15.3, 13.9 | 38.1, 27.3 | 52.9, 51.8 |
| 16,000 × 128 × 128 | 1.6, 0.7 | 2.9, 2.6 | 4.2, 4.5 | 7.4, 6.8 |
| 16,000 × 128 × 20 | 1.0, 0.4 | 1.6, 1.1 | dense: 2.4, 1.5 | 2.4, 1.5 |
| 6,400 × 784 × 10 | 1.7, 0.4 | 3.1, 1.9 | dense: 2.5, 3.2 | 5.5, 3.0 |
| 640 × 784 × 1,000 | 1.8, 1.4 | 3.6, 3.1 | 6.1, 5.4 | 10.7, 10.6 |
"""

from typing import Any

import torch
from torch import Tensor

from picojoule.core.errors import ShapeError
from picojoule.core.transforms import transformed
from picojoule.simulate.dense_product import dense_product
from picojoule.simulate.derivatives import first_only


def spike_product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`x @ weight.T + bias`, as `torch.nn.functional.linear`; fast where most of `x` is 0.

    Any numbers are right in `x`; each non-zero costs one addition (or multiplication and addition) for each output.
    Where `x` is sparse enough for that, its zeros are skipped: a zero times an infinite weight is then 0 and not NaN,
    and so in the weights' gradient. Sums do not depend on the number of threads then. Second derivatives are refused;
    inside a transform of `torch.func` the product is dense.

    Args:
        x: `[..., inputs]`, float32 or float64. On other devices than the CPU, the product is dense.
        weight: `[outputs, inputs]`, of the same dtype.
        bias: `[outputs]`, of the same dtype.

    Returns:
        `[..., outputs]`.

    Raises:
        ShapeError: if shapes or dtypes do not fit.

    Example:
        >>> spikes = torch.tensor([[0.0, 1.0, 1.0]])
        >>> spike_product(spikes, torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
        tensor([[ 5., 11.]])
    """
    _check(x, weight, bias)
    if x.device.type != "cpu" or (not torch.compiler.is_compiling() and transformed()):
        return torch.nn.functional.linear(x, weight, bias)
    result: Tensor = _Product.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return result


def density_limit(rows: int, inputs: int, outputs: int) -> float:
    """The density of an input up to which its non-zeros are listed.

    From what was measured on one core, in ns for each number of the input: a dense product takes 0.3 + 0.02 for each
    output; a search 0.15, laying out the weights 0.8 for each output and row, and each non-zero 2.5 + 0.062 for each
    output. 60,000 ns go into calling.
    """
    if rows * inputs * outputs == 0:
        return 0.0
    dense = 0.3 + 0.02 * outputs
    fixed = 0.15 + 0.8 * outputs / rows + 60_000.0 / (rows * inputs)
    return max(0.0, (dense - fixed) / (2.5 + 0.062 * outputs))


class _Product(torch.autograd.Function):
    """A product that keeps the list of non-zeros for its backward pass, and not the input."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:  # noqa: ANN401
        from picojoule.simulate.products_sparse import non_zeros

        rows = x.reshape(x.shape[:-1].numel(), x.shape[-1])
        limit = density_limit(rows.shape[0], rows.shape[1], weight.shape[0])
        ctx.listed = non_zeros(_array(rows), limit) if limit > 0.0 else None
        ctx.shape = x.shape
        ctx.save_for_backward(weight, rows if ctx.listed is None else None)
        if ctx.listed is None:
            out = dense_product(rows, weight, bias)
        else:
            out = x.new_empty(rows.shape[0], weight.shape[0])
            ctx.listed.times(_array(weight), None if bias is None else _array(bias), out.numpy())
        # not a view in torch's eyes: of what a function gives, it lets nobody change a view in place
        shaped: Tensor = torch.ops.aten._unsafe_view(out, [*x.shape[:-1], weight.shape[0]])
        return shaped

    @staticmethod
    @first_only("spike_product", "use torch.nn.Linear")
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        weight, rows = ctx.saved_tensors
        gradients: list[Tensor | None] = [None, None, None]
        g = gradient.reshape(gradient.shape[:-1].numel(), weight.shape[0])
        if ctx.needs_input_grad[0]:
            gradients[0] = dense_product(g, weight.t()).view(ctx.shape)
        if ctx.needs_input_grad[1] and ctx.listed is None:
            gradients[1] = g.t() @ rows
        elif ctx.needs_input_grad[1]:
            gradients[1] = sums = torch.empty_like(weight, memory_format=torch.contiguous_format)
            ctx.listed.outer(_array(g), sums.numpy())
        if ctx.needs_input_grad[2]:
            gradients[2] = g.sum(0)
        return tuple(gradients)


def _array(tensor: Tensor) -> Any:  # noqa: ANN401
    return tensor.detach().contiguous().numpy()


def _check(x: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    if x.dtype not in (torch.float32, torch.float64):
        raise ShapeError(f"spike_product takes x in float32 or float64, got {x.dtype}; give it x.to(weight.dtype)")
    others = [weight] if bias is None else [weight, bias]
    if any(other.dtype != x.dtype for other in others):
        got = ", ".join(str(part.dtype) for part in (x, *others))
        raise ShapeError(f"spike_product takes x, weight and bias of one dtype, got {got}; convert with .to(x.dtype)")
    if x.ndim < 1 or weight.ndim != 2 or x.shape[-1] != weight.shape[1]:
        raise ShapeError(
            f"spike_product takes x [..., inputs] and weight [outputs, inputs], "
            f"got {list(x.shape)} and {list(weight.shape)}"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ShapeError(f"spike_product takes a bias [{weight.shape[0]}], one for each output, got {list(bias.shape)}")
