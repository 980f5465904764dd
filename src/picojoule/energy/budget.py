"""What one answer may cost: an amount, the table that prices it, and whether memory is counted."""

import math
from dataclasses import dataclass

from picojoule.core.arguments import validate
from picojoule.energy.account import account
from picojoule.energy.amount import energy_amount
from picojoule.energy.costs import CostTable
from picojoule.energy.work import Workload

UNLIMITED = "unlimited"


@dataclass(frozen=True)
class EnergyBudget:
    """The energy that one image may cost in the mean.

    Args:
        text: as the user wrote it: a number and a unit, or `unlimited`.
        table: that prices the counts.
        memory: whether reads and writes are counted, or arithmetic alone.

    Raises:
        ParameterError: if the text is no energy; the message says what is missing.

    Example:
        >>> from picojoule.energy.costs import cost_table
        >>> EnergyBudget("50 nJ", cost_table("horowitz-45nm-fp32")).amount
        50000.0
    """

    text: str
    table: CostTable
    memory: bool = True

    def __post_init__(self) -> None:
        validate(self)
        _ = self.amount

    @property
    def amount(self) -> float:
        """The budget in pJ per image; infinite without a limit."""
        if self.text.strip().lower() == UNLIMITED:
            return math.inf
        return energy_amount(self.text, name="an energy budget")

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return math.isfinite(self.amount)

    def energy(self, workload: Workload) -> float:
        """What one image costs, in pJ, as the budget counts it.

        Args:
            workload: of some images.
        """
        priced = account(workload, self.table)
        return priced.total if self.memory else priced.compute

    def counted(self) -> str:
        """How the budget counts, in words."""
        return f"{self.table.name}, {'memory included' if self.memory else 'compute alone'}"
