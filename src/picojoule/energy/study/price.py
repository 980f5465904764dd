"""What one image costs by one network, one method and one table; and what the spiking network costs over its rival.

A table that prices arithmetic and memory gives two figures. The table of a device gives one: with memory, if its
published figures hold the device's memory, and else without.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from picojoule.energy.account import Account, account
from picojoule.energy.device import DeviceTable
from picojoule.energy.study.trial import Side
from picojoule.energy.table import CostTable
from picojoule.energy.work import Workload


@dataclass(frozen=True)
class Price:
    """What one image costs, in pJ.

    Args:
        account: line by line.
        table: where the prices come from.
        side: the network's name.
        method: how the network is computed.
    """

    account: Account
    table: CostTable
    side: str = ""
    method: str = ""

    @property
    def compute(self) -> float | None:
        """Arithmetic alone, in pJ per image; `None` if the table's figures cannot be had without memory."""
        return None if _inside(self.table) else self.account.compute

    @property
    def total(self) -> float | None:
        """With memory, in pJ per image; `None` if the table has no price of memory."""
        return self.account.total if prices_memory(self.table) else None

    def of(self, *, memory: bool) -> float | None:
        """`total` or `compute`.

        Args:
            memory: with memory, or arithmetic alone.
        """
        return self.total if memory else self.compute


@dataclass(frozen=True)
class Ratio:
    """Energy of the spiking network over that of its rival, each by its cheapest method; `None` if there is no price.

    Args:
        compute: in arithmetic alone.
        total: with memory.
    """

    compute: float | None
    total: float | None


def price(work: Workload, table: CostTable, *, side: str = "", method: str = "") -> Price | None:
    """What one image costs under a table; `None` if the table has no prices for this kind of network.

    Args:
        work: what was done.
        table: the cost table.
        side: the network's name.
        method: how the network is computed.
    """
    return None if table.refusal(work) else Price(account(work, table), table, side, method)


def prices(sides: Iterable[Side], tables: Sequence[CostTable]) -> tuple[Price, ...]:
    """What each side costs by each method under each table that prices it.

    Args:
        sides: the networks.
        tables: the cost tables.
    """
    found = (
        price(work, table, side=side.name, method=method)
        for table in tables
        for side in sides
        for method, work in side.inference.items()
    )
    return tuple(one for one in found if one is not None)


def prices_memory(table: CostTable) -> bool:
    """Whether a table's figures can be had with memory.

    Example:
        >>> from picojoule.energy.costs import cost_table
        >>> [prices_memory(cost_table(name)) for name in ("horowitz-45nm-fp32", "loihi")]
        [True, True]
    """
    return table.has_memory or _inside(table)


def _inside(table: CostTable) -> bool:
    return isinstance(table, DeviceTable) and table.memory_included


def ratio(spiking: Sequence[Price], rival: Sequence[Price]) -> Ratio:
    """Energy of one network over that of another, both under one table.

    Args:
        spiking: its prices, by every method.
        rival: its prices, by every method.
    """
    return Ratio(compute=_quotient(spiking, rival, memory=False), total=_quotient(spiking, rival, memory=True))


def cheapest(found: Iterable[Price], *, memory: bool) -> Price | None:
    """The cheapest of several methods; `None` if none is priced like this.

    Args:
        found: prices of one network under one table.
        memory: with memory, or arithmetic alone.
    """
    known = [(cost, k, one) for k, one in enumerate(found) if (cost := one.of(memory=memory)) is not None]
    return min(known)[2] if known else None


def _quotient(spiking: Sequence[Price], rival: Sequence[Price], *, memory: bool) -> float | None:
    own, other = cheapest(spiking, memory=memory), cheapest(rival, memory=memory)
    if own is None or other is None:
        return None
    return quotient(own.of(memory=memory) or 0.0, other.of(memory=memory) or 0.0)


def quotient(spiking: float, rival: float) -> float:
    """One energy over another; infinite over nothing, and 1 if both are nothing.

    Example:
        >>> quotient(2.0, 4.0), quotient(1.0, 0.0), quotient(0.0, 0.0)
        (0.5, inf, 1.0)
    """
    if rival > 0:
        return spiking / rival
    return float("inf") if spiking > 0 else 1.0
