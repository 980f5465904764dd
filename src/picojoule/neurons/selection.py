"""Selections: which of the neurons that cross their threshold in a step may emit a spike.

A selection is the only part of a step that looks across neurons. It is applied between `integrate` and `fire`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from picojoule.core.arguments import validate


@dataclass(frozen=True)
class OnePerStep:
    """At most one spike per step: of all neurons that cross, the one with the highest excess is emitted.

    On ties the lowest index wins. The others are silenced: they send no spike.

    Args:
        losers_reset: the silenced are reset, made refractory and raise their adaptive threshold as if they had fired;
            otherwise they keep their state.

    Example:
        >>> excess = torch.tensor([[-1.0, 0.5, 2.0, 2.0]])
        >>> OnePerStep().emitted(excess)
        tensor([[False, False,  True, False]])
    """

    losers_reset: bool = True

    def __post_init__(self) -> None:
        validate(self)

    def emitted(self, excess: Tensor) -> Tensor:
        """Which neurons emit a spike.

        Args:
            excess: `[B, *N]`, how far above threshold each neuron is; it crosses where that is >= 0.

        Returns:
            Mask `[B, *N]`, true for one neuron of a sample at most.
        """
        flat = excess.flatten(1)
        first_best = torch.argmax(flat, dim=1, keepdim=True)  # the first one on ties
        chosen = torch.zeros_like(flat, dtype=torch.bool).scatter_(1, first_best, flat.gather(1, first_best) >= 0)
        return chosen.reshape(excess.shape)
