"""How far two right computations of the same sum may lie apart, whoever adds, and in which order.

A sum of n terms, added in any order, with or without fused multiply-adds, lies within γ(n) Σ|terms| of the true one:
each term goes through at most n - 1 additions and one multiplication, each of which moves it by a factor within 1 ± u,
and (1 + u)^n - 1 <= γ(n) = n u / (1 - n u). Here u is half the distance from 1 to the next number: 2^-24 in single
precision and 2^-53 in double. So two of them are at most 2 γ(n) Σ|terms| apart.

Source: Higham, *Accuracy and Stability of Numerical Algorithms* (2002), sections 3.1 and 4.2.
"""

import torch
from torch import Tensor


def sums_apart(terms: int, size: float, dtype: torch.dtype) -> float:
    """The bound for sums of so many terms, whose absolute values add up to `size`."""
    n_u = terms * torch.finfo(dtype).eps / 2.0
    return 2.0 * n_u / (1.0 - n_u) * size


def assert_same_sums(found: Tensor, expected: Tensor, *, terms: int, size: float | None = None) -> None:
    """Whether sums agree as closely as any two computations of them must.

    Args:
        found: sums of `terms` terms.
        expected: the same sums by other means.
        terms: how many roundings a term goes through at most.
        size: what the absolute values of a sum's terms add up to at most; the largest sum where no term is negative.
    """
    size = float(expected.detach().abs().max()) if size is None else size
    torch.testing.assert_close(found, expected, rtol=0.0, atol=sums_apart(terms, size, expected.dtype))
