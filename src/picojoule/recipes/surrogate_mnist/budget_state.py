"""How far the search for a network within its energy budget is: what a resumed run needs of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import Tensor

from picojoule.learn.gradient.energy_schedule import Pressure


@dataclass
class BudgetState:
    """A point for each epoch, measured on validation images; and the best network so far.

    Args:
        weight: of the penalty, in force in the next epoch.
        allowance: pJ that spikes may cost in the next epoch without a penalty; `None`: it is free.
        energy: pJ per image, all that the budget counts.
        accuracy: fraction in [0, 1].
        weights: of the penalty, that were in force.
        chosen: number of the epoch whose weights are kept, from 0.
        kept: its weights, by their names in the network.
    """

    weight: float
    allowance: float | None
    energy: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    chosen: int = 0
    kept: dict[str, Tensor] = field(default_factory=dict, compare=False)

    @property
    def pressure(self) -> Pressure:
        """What is in force in the next epoch."""
        return Pressure(self.weight, self.allowance)

    def notes(self) -> dict[str, Any]:
        """Plain values, without the kept weights."""
        return {name: value for name, value in asdict(self).items() if name != "kept"}

    @classmethod
    def read(cls, notes: Mapping[str, Any], kept: Mapping[str, Tensor]) -> "BudgetState":
        """Put together what `notes` gave and the kept weights.

        Args:
            notes: plain values.
            kept: weights by name.
        """
        return cls(**notes, kept=dict(kept))
