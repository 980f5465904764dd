"""Weighted sums: how many products are left where zeros are left out, exactly, for each row.

In a product of matrices, input `k` of a row meets the weights of row `k` that are not zero; in a convolution, an input
meets the weights that `fan_outs` says.
"""

import torch
from torch import Tensor

from picojoule.energy.count.call import Call, Matter
from picojoule.energy.count.fan_outs import all_products
from picojoule.energy.count.kind import Kind

EXACT = 1 << 24  # up to here float32 holds every whole number


def matrix_product(call: Call, a: Tensor, b: Tensor) -> Kind:
    """`a @ b`, either of them weights, or both activations.

    Args:
        call: where it stands.
        a: `[..., R, K]`.
        b: `[..., K, M]`.
    """
    kinds = call.kind(a), call.kind(b)
    if kinds[1] is Kind.CONSTANT:
        x, weight, kind = a, b, kinds[0]
    elif kinds[0] is Kind.CONSTANT:
        x, weight, kind = b.mT, a.mT, kinds[1]
    else:  # a spike on either side saves the multiplication
        x, weight = a, b
        kind = Kind.SPIKES if Kind.SPIKES in kinds else Kind.ANALOG
    sums = weight.shape[-1]
    events = _meetings(call, x, weight)
    dense = x.shape[-1] * sums
    call.products(Matter(x.numel(), events, dense, sums, weight.shape[-2] * sums, kind))
    call.book.kinds.put_sum(call.out, bias=False)
    return Kind.ANALOG


def _meetings(call: Call, x: Tensor, weight: Tensor) -> Tensor:
    """Products without zeros of each row of x: `[R]`."""
    if weight.dim() > 2 or call.kind(weight) is not Kind.CONSTANT:
        fan_out = (weight != 0).sum(-1).to(torch.float64)  # [..., K]
        return ((x != 0).to(torch.float64) @ fan_out[..., None]).flatten().to(torch.int64)
    fan_out = torch.count_nonzero(weight, dim=1)  # [K]
    return rows_times(call.nonzero(x), fan_out)


def rows_times(x: Tensor, fan_out: Tensor) -> Tensor:
    """Sum of the fan-outs of whatever is not zero in each row.

    Args:
        x: `[R, K]` of 0 and 1.
        fan_out: `[K]`, whole numbers.

    Returns:
        `[R]` int64.

    Example:
        >>> rows_times(torch.tensor([[1.0, 0.0, 1.0]]), torch.tensor([2, 3, 4]))
        tensor([6])
    """
    kind = x.dtype if x.dtype in (torch.float32, torch.float64) else torch.float32
    if kind is torch.float32 and int(fan_out.sum()) >= EXACT:
        kind = torch.float64
    return (x.detach().to(kind) @ fan_out.to(kind)).to(torch.int64)


def convolution(call: Call) -> Kind:
    """A convolution, plain or transposed, of any number of dimensions, with weights."""
    x, weight, bias = call.args[:3]
    settings = tuple(call.args[3:9])
    kind, out = call.kind(x), call.out
    if call.kind(weight) is not Kind.CONSTANT:
        return call.unknown()
    meets = call.book.fan_outs.of(x, weight, settings, out)
    events = rows_times(call.nonzero(x).flatten(1), meets.flatten())
    sums = out[0].numel() if len(out) else 0
    dense = int(all_products(x, weight, settings, out, meets))
    call.products(Matter(x.numel(), events, dense, sums, weight.numel(), kind))
    if bias is not None:
        call.bias(out.numel(), bias.numel())
    call.book.kinds.put_sum(out, bias=bias is not None)
    return Kind.ANALOG
