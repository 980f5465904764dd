"""What every cost table can do, whatever its prices are given for."""

from abc import ABC, abstractmethod
from typing import NamedTuple

from picojoule.energy.work import Work, Workload


class Priced(NamedTuple):
    """One line of work with its prices."""

    work: Work  # with what the table's own model adds to it
    compute: float  # pJ of arithmetic
    memory: float  # pJ of reads and writes


class CostTable(ABC):
    """Prices in pJ, all from one source.

    Args:
        name: what the user calls the table.
        citation: where the numbers come from.
        assumptions: sentences that have to stand beside every result.
    """

    name: str
    citation: str
    assumptions: tuple[str, ...]

    @property
    @abstractmethod
    def has_memory(self) -> bool:
        """Whether memory has prices of its own, so that energy without and with memory are two figures."""

    @abstractmethod
    def refusal(self, workload: Workload) -> str:
        """Why this table has no price for a workload, in words that follow its name; empty if it has.

        Args:
            workload: that shall be priced.
        """

    @abstractmethod
    def priced(self, work: Work) -> Priced:
        """One line with its prices, summed over the run.

        Args:
            work: the line.
        """

    @abstractmethod
    def beside(self, workload: Workload) -> tuple[str, ...]:
        """Sentences that have to stand beside a result: those of the work that hold under this table, and its own.

        Args:
            workload: that was priced.
        """

    @abstractmethod
    def scaled(self, factor: float) -> "CostTable":
        """The same table with every price multiplied, for example for another technology.

        Args:
            factor: at least 0.
        """
