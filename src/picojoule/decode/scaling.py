"""Bring the spike counts of all neurons to one scale before a linear classifier sees them.

scaled[i] = (count[i] - shift[i]) * factor[i]
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from picojoule.core.responses import row_blocks


class Scaling(ABC):
    """A linear map per neuron, learned from training counts."""

    @abstractmethod
    def fit(self, counts: Tensor) -> tuple[Tensor, Tensor]:
        """Learn shift and factor.

        Args:
            counts: `[samples, neurons]`, at least one sample.

        Returns:
            Shift and factor, each `[neurons]` float64. A neuron that carries no information has factor 0.
        """


@dataclass(frozen=True)
class MaxScaling(Scaling):
    """Divide by each neuron's largest count, so that values lie in [0, 1] and silence stays 0.

    Example:
        >>> MaxScaling().fit(torch.tensor([[0, 4], [0, 2]]))[1]
        tensor([0.0000, 0.2500], dtype=torch.float64)
    """

    def fit(self, counts: Tensor) -> tuple[Tensor, Tensor]:  # noqa: D102 (see Scaling)
        largest = counts.amax(0).double()
        return torch.zeros_like(largest), _inverse(largest)


@dataclass(frozen=True)
class Standardisation(Scaling):
    """Subtract each neuron's mean and divide by its standard deviation (of the population, not the estimate).

    Example:
        >>> Standardisation().fit(torch.tensor([[0, 4], [0, 2]]))
        (tensor([0., 3.], dtype=torch.float64), tensor([0., 1.], dtype=torch.float64))
    """

    def fit(self, counts: Tensor) -> tuple[Tensor, Tensor]:  # noqa: D102
        total = torch.zeros(counts.shape[1], dtype=torch.float64, device=counts.device)
        for rows in row_blocks(counts):
            total += counts[rows].double().sum(0)
        mean, square = total / counts.shape[0], torch.zeros_like(total)
        for rows in row_blocks(counts):
            square += (counts[rows].double() - mean).square().sum(0)
        return mean, _inverse((square / counts.shape[0]).sqrt())


def _inverse(size: Tensor) -> Tensor:
    return torch.where(size > 0, 1.0 / torch.where(size > 0, size, 1.0), 0.0)
