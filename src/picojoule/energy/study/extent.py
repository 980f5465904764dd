"""A ratio of energies over all tables: its interval, and how it is said."""

from collections.abc import Mapping
from dataclasses import dataclass

from picojoule.core.words import factor

SAME = 0.005  # ratios nearer to 1 are no difference that the assumptions could carry


@dataclass(frozen=True)
class Extent:
    """The smallest and the largest of some ratios, spiking over rival.

    Args:
        low: the smallest ratio, at least 0.
        high: the largest one; infinite if the rival needs nothing.
        low_table: where it is smallest.
        high_table: where it is largest.
        tables: how many tables there are.
    """

    low: float
    high: float
    low_table: str
    high_table: str
    tables: int

    @property
    def wins(self) -> bool:
        """Whether the spiking network needs less under every table."""
        return self.high < 1.0 - SAME

    @property
    def loses(self) -> bool:
        """Whether the spiking network needs more under every table."""
        return self.low > 1.0 + SAME

    @property
    def never_less(self) -> bool:
        """Whether there is no table under which the spiking network needs less."""
        return self.low >= 1.0 - SAME

    def words(self, rival: str = "") -> str:
        """What the spiking network needs, to follow `needs`.

        Args:
            rival: its name; left out if it has just been named.

        Example:
            >>> extent({"fp32": 0.25, "int8": 0.5}).words("B")
            '2.0 (int8) to 4.0 (fp32) times less energy than B'
            >>> extent({"fp32": 0.25, "int8": 3.0}).words("B")
            'from 4.0 times less (fp32) to 3.0 times as much (int8) energy as B'
            >>> extent({"fp32": 1.5}).words("B")
            '1.50 times as much energy as B (fp32)'
            >>> extent({"fp32": 1.0, "int8": 1.0}).words()
            'as much (all 2 tables)'
        """
        less, much = (f" energy than {rival}", f" energy as {rival}") if rival else ("", "")
        if self.wins:
            return f"{self._range(inverse=True)} times less{less}{self._only()}"
        if self.loses:
            return f"{self._range(inverse=False)} times as much{much}{self._only()}"
        low, high = self._end(self.low, self.low_table), self._end(self.high, self.high_table)
        if max(abs(self.low - 1.0), abs(self.high - 1.0)) <= SAME:
            return f"as much{much}{self._only()}"
        return f"from {low} to {high}{much}"

    def _range(self, *, inverse: bool) -> str:
        ends = (_inverse(self.high), _inverse(self.low)) if inverse else (self.low, self.high)
        tables = (self.high_table, self.low_table) if inverse else (self.low_table, self.high_table)
        low, high = map(times, ends)
        return low if low == high else f"{low} ({tables[0]}) to {high} ({tables[1]})"

    def _only(self) -> str:
        """Names the table where there is one, and says how many there are where they agree."""
        if self.tables == 1:
            return f" ({self.low_table})"
        return "" if times(self.low) != times(self.high) else f" (all {self.tables} tables)"

    @staticmethod
    def _end(ratio: float, table: str) -> str:
        if abs(ratio - 1.0) <= SAME:
            return f"as much ({table})"
        return (
            f"{times(_inverse(ratio))} times less ({table})"
            if ratio < 1.0
            else f"{times(ratio)} times as much ({table})"
        )


def extent(ratios: Mapping[str, float]) -> Extent | None:
    """The interval of ratios over tables; `None` if there is no table.

    Args:
        ratios: by table.

    Example:
        >>> extent({"a": 2.0, "b": 3.0, "c": 0.5}).high_table
        'b'
    """
    if not ratios:
        return None
    low, high = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    return Extent(ratios[low], ratios[high], low, high, len(ratios))


def _inverse(ratio: float) -> float:
    return 1.0 / ratio if ratio else float("inf")


def times(ratio: float) -> str:
    """A factor as it is said.

    Example:
        >>> times(1.234), times(12.3), times(1234.5), times(float("inf"))
        ('1.23', '12', '1,234', 'infinitely many')
    """
    if ratio == float("inf"):
        return "infinitely many"
    return factor(ratio)
