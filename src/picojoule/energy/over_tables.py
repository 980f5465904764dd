"""One result over all cost tables: an interval, with the table that each end is from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.costs import CostTable, cost_table, cost_table_names
from picojoule.energy.verdict import Ratio
from picojoule.energy.work import Workload


@dataclass(frozen=True)
class Interval:
    """The lowest and the highest value, and the cost tables that give them.

    Args:
        lowest: value.
        lowest_table: its table.
        highest: value.
        highest_table: its table.
    """

    lowest: float
    lowest_table: str
    highest: float
    highest_table: str

    def __str__(self) -> str:
        return f"{self.lowest:.3g} ({self.lowest_table}) to {self.highest:.3g} ({self.highest_table})"


@dataclass(frozen=True)
class OverTables:
    """Energy of the spiking network over that of its rival, under every table that prices both.

    Args:
        ratios: by table, in compute alone and with memory; both are the same under a device's table, which has no
            line for memory.
        left_out: why a table prices only one of them, or none, by table.
    """

    ratios: Mapping[str, Ratio]
    left_out: Mapping[str, str]

    @property
    def compute(self) -> Interval:
        """In compute alone."""
        return self._interval(lambda ratio: ratio.compute)

    @property
    def total(self) -> Interval:
        """With memory."""
        return self._interval(lambda ratio: ratio.total)

    def _interval(self, value: Callable[[Ratio], float]) -> Interval:
        values = {table: value(ratio) for table, ratio in self.ratios.items()}
        low, high = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
        return Interval(values[low], low, values[high], high)


@public
def over_tables(spiking: Workload, rival: Workload, *, tables: Sequence[CostTable] | None = None) -> OverTables:
    """What one image costs with a spiking network over what it costs with its rival, under every table.

    Args:
        spiking: work of the spiking network.
        rival: work of the other.
        tables: cost tables; `None` takes all that come with the library.

    Returns:
        Below 1 the spiking network needs less. `compute` and `total` are intervals over the tables.

    Raises:
        ParameterError: if no table prices both, or the rival needs no energy under one of them.

    Example:
        >>> from picojoule.core.counts import ConnectionCounts, Counts
        >>> from picojoule.energy.dense import dense_inference
        >>> from picojoule.energy.work import spiking_workload
        >>> counts = Counts(1, 1, {}, {("X", "Y"): ConnectionCounts(synapses=7840, events=800, stored_weights=7840)})
        >>> found = over_tables(spiking_workload(counts), dense_inference([784, 10]))
        >>> print(found.compute)
        0.00319 (horowitz-45nm-int32) to 1 (arm-cortex-a)
        >>> found.left_out["loihi"]
        'runs spiking networks only, and this one is conventional'
    """
    ratios: dict[str, Ratio] = {}
    left_out: dict[str, str] = {}
    for table in [cost_table(name) for name in cost_table_names()] if tables is None else tables:
        if refusal := table.refusal(spiking) or table.refusal(rival):
            left_out[table.name] = refusal
            continue
        own, other = account(spiking, table), account(rival, table)
        if not other.compute > 0:
            raise ParameterError(
                f"under cost table {table.name!r} the rival needs no energy, so that there is no ratio. "
                "Count a rival that computes something."
            )
        ratios[table.name] = Ratio(own.compute / other.compute, own.total / other.total)
    if not ratios:
        reasons = "; ".join(f"{name} {reason}" for name, reason in left_out.items())
        raise ParameterError(f"no cost table prices both networks: {reasons or 'none was given'}. Add one that does.")
    return OverTables(ratios, left_out)
