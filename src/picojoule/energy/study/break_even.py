"""The spike rate at which the spiking network would need as much energy as its rival."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from picojoule.energy.device import DeviceTable
from picojoule.energy.study.price import Price, cheapest
from picojoule.energy.work import Workload

BREAK_EVEN_WORDS = {
    "never": "it costs more even without a spike",
    "always": "it costs less even if every neuron spikes in every step",
    "no spikes": "there are none to scale",
}


@dataclass(frozen=True)
class BreakEven:
    """Spike rates under one table, in spikes per neuron and step.

    Args:
        table: the cost table's name.
        rate: the present one; `None` if the run does not say how many spikes there could have been.
        compute: the break-even rate in arithmetic alone; `None` if even without a spike it would cost more, infinite
            if it costs less whatever the spikes.
        total: with memory.
        priced: whether the table prices arithmetic alone, and whether it prices it with memory.
    """

    table: str
    rate: float | None
    compute: float | None
    total: float | None
    priced: tuple[bool, bool] = (True, True)

    def words(self, *, memory: bool) -> str:
        """The break-even rate as it is shown: a number, or one of the words that `BREAK_EVEN_WORDS` explains.

        Args:
            memory: with memory, or arithmetic alone.

        Example:
            >>> BreakEven("fp32", 0.1, 0.0512, None).words(memory=False)
            '0.051'
            >>> BreakEven("fp32", 0.1, 0.05, None).words(memory=True)
            'never'
        """
        value = self.total if memory else self.compute
        if not self.priced[memory]:
            return "–"
        if not self.rate:
            return "no spikes"
        if value is None:
            return "never"
        return rate_text(value) if value <= 1.0 else "always"


def break_even(work: Mapping[str, Workload], spiking: Sequence[Price], rival: Sequence[Price]) -> tuple[BreakEven, ...]:
    """Break-even spike rates under each table that prices both networks.

    All populations are scaled alike: what does not depend on spikes stays, the rest grows in proportion. Reads of
    reused weights that all are needed anyway stay, too. Of several methods, the one that allows most spikes counts.

    Args:
        work: of the spiking network, by method.
        spiking: its prices.
        rival: the rival's prices; its cheapest method counts.

    Returns:
        One entry for each table.
    """
    found = []
    for table in dict.fromkeys(price.account.table for price in spiking):
        own, other = ([p for p in side if p.account.table == table] for side in (spiking, rival))
        if own and other:
            run = work[own[0].method]
            found.append(
                BreakEven(
                    table=table,
                    rate=run.spikes / run.chances if run.chances else None,
                    compute=_rate(work, own, other, memory=False),
                    total=_rate(work, own, other, memory=True),
                    priced=(cheapest(own, memory=False) is not None, cheapest(own, memory=True) is not None),
                )
            )
    return tuple(found)


def _rate(work: Mapping[str, Workload], own: Sequence[Price], other: Sequence[Price], *, memory: bool) -> float | None:
    rival = cheapest(other, memory=memory)
    if rival is None:
        return None
    cost = rival.of(memory=memory) or 0.0
    found = [_rate_of(one, work[one.method], cost, memory=memory) for one in own if one.of(memory=memory) is not None]
    return max((rate for rate in found if rate is not None), default=None)


def _rate_of(one: Price, run: Workload, cost: float, *, memory: bool) -> float | None:
    """The rate at which one method would need as much."""
    if isinstance(one.table, DeviceTable) and not one.table.skips_zeros:  # spikes change nothing
        return None if (one.of(memory=memory) or 0.0) > cost else math.inf
    spikes = one.account.break_even_spikes(cost, memory=memory)  # of a device all is in the account's arithmetic
    return None if spikes is None or not run.chances else spikes * run.images / run.chances


def rate_text(rate: float) -> str:
    """A spike rate with two digits.

    Example:
        >>> rate_text(0.0512), rate_text(0.4), rate_text(1e-5)
        ('0.051', '0.40', '1.0e-05')
    """
    if rate >= 0.1 or rate == 0:
        return f"{rate:.2f}"
    return f"{rate:.3f}" if rate >= 0.01 else f"{rate:.4f}" if rate >= 0.001 else f"{rate:.1e}"
