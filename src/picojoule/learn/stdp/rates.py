"""What rules with two learning rates and bounded weights share."""

from typing import NamedTuple

import torch
from torch import Tensor


class RateCoefficients(NamedTuple):
    """Every number such a rule needs."""

    nu_pre: Tensor
    nu_post: Tensor
    low: Tensor
    high: Tensor


def rate_coefficients(nu: tuple[float, float], bounds: tuple[float, float]) -> RateCoefficients:
    """Learning rates and bounds as tensors; the loop decides their precision."""
    return RateCoefficients(*(torch.tensor(value, dtype=torch.float64) for value in (*nu, *bounds)))
