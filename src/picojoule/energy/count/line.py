"""Work of one kind in one layer, added up call by call; with its place in time where that is wanted."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor

from picojoule.energy.work import NO_PRODUCTS, Products, Traffic, Work

Method = Literal["always", "skipping"]  # skipping: only where hardware leaves out zeros


@dataclass(frozen=True)
class Record:
    """What a call was made of: so much for each row, and so much for each event in it.

    A row is what is computed for one sample in one step: the row of a matrix product, the picture of a convolution.

    Args:
        row: work of one row, whatever is in it.
        event: work of one event: a product that is not left out, or a spike; `None`: there are none.
        dense: events in a row if nothing is left out.
        analog: whether zeros are left out only by hardware that looks for them; a spike that did not come is never
            looked at.
        method: when it counts at all.
        stored: words that the events of a sample and step read, each at most once where they are reused; 0: what an
            event reads and writes is never shared.
    """

    row: Work
    event: Work | None = None
    dense: int = 0
    analog: bool = False
    method: Method = "always"
    stored: int = 0


@dataclass
class Tally:
    """How often a record was met."""

    rows: int = 0
    events: int = 0
    cells: int = 0  # samples times steps
    reads: int = 0  # of words that are read at most once in a cell
    places: list["Place"] = field(default_factory=list)  # empty unless steps are kept

    def take(self, other: "Tally") -> None:
        """Add another one, without its places."""
        self.rows += other.rows
        self.events += other.events
        self.cells += other.cells
        self.reads += other.reads


@dataclass(frozen=True, eq=False)
class Place:
    """Where and when a call took place.

    Args:
        sample: number of its first sample.
        step: number of its first step.
        per_cell: rows for each sample and step.
        events: `[T, B]`, summed over the rows of a cell.
        awake: `[T, B]` bool, False where a padded sample has ended; `None`: nowhere.
    """

    sample: int
    step: int
    per_cell: int
    events: Tensor
    awake: Tensor | None = None

    def until(self, stops: Tensor | None, stored: int = 0) -> "Tally":
        """Rows, events and reads of the samples until each of them stops.

        Args:
            stops: `[samples]`, steps of every sample; `None`: all that there are.
            stored: words that the events of a cell read, each at most once where they are reused.
        """
        steps, samples = self.events.shape
        runs = torch.ones(steps, samples, dtype=torch.bool) if self.awake is None else self.awake
        if stops is not None:
            ends = stops[self.sample : self.sample + samples] - self.step
            runs = runs & (torch.arange(steps)[:, None] < ends)
        cells, events = int(runs.sum()), self.events * runs
        return Tally(cells * self.per_cell, int(events.sum()), cells, int(events.clamp(max=stored).sum()))


class Line:
    """One line of a layer's account: everything of one part and name."""

    def __init__(self) -> None:
        self.tallies: dict[Record, Tally] = {}

    def add(self, record: Record, call: Tally, place: Place | None) -> None:
        """Add a call.

        Args:
            record: what it was made of.
            call: how much of it.
            place: where and when, if that is kept.
        """
        tally = self.tallies.setdefault(record, Tally())
        tally.take(call)
        if place is not None:
            tally.places.append(place)

    def works(
        self, *, skip_zeros: bool = True, reuse_weights: bool = False, stops: Tensor | None = None
    ) -> Iterator[Work]:
        """The work of all calls, one entry for each record.

        Args:
            skip_zeros: whether products with a zero are left out where the input is analog.
            reuse_weights: whether a weight is read at most once for a sample and step.
            stops: `[samples]`: as if each sample had ended after so many steps; needs kept places.
        """
        for record, tally in self.tallies.items():
            if record.method == "skipping" and not skip_zeros:
                continue
            found = tally
            if stops is not None:
                found = Tally()
                for place in tally.places:
                    found.take(place.until(stops, record.stored))
            yield times(record.row, found.rows)
            if record.event is not None:
                dense = record.analog and not skip_zeros
                yield from _events(record, record.event, found, dense=dense, reuse=reuse_weights)


def _events(record: Record, event: Work, found: Tally, *, dense: bool, reuse: bool) -> Iterator[Work]:
    events = found.rows * record.dense if dense else found.events
    if not reuse or not record.stored:
        yield times(event, events)
        return
    reads = min(events, found.cells * record.stored) if dense else found.reads
    yield times(replace(event, traffic=()), events)
    grows = event.per_spike and reads == events  # otherwise all weights are read anyway, with fewer spikes too
    yield times(Work(event.part, event.name, traffic=event.traffic, per_spike=grows), reads)


def times(work: Work, count: int) -> Work:
    """The same work, so often.

    Args:
        work: once.
        count: at least 0.

    Example:
        >>> from picojoule.core.counts import Operations
        >>> times(Work("synapses", "a", Operations(additions=2), (Traffic(4, reads=1),)), 3).traffic
        (Traffic(words=4, reads=3, writes=0),)
    """
    products = work.products
    return Work(
        work.part,
        work.name,
        work.operations * count,
        tuple(Traffic(t.words, t.reads * count, t.writes * count) for t in work.traffic),
        work.per_spike,
        Products(products.dense * count, products.macs * count, products.accumulates * count, products.targets),
        work.updates * count,
    )


def merged(works: Iterator[Work]) -> list[Work]:
    """Works of the same part and name, and of the same dependence on spikes, put together.

    Args:
        works: in any order.

    Example:
        >>> from picojoule.core.counts import Operations
        >>> one = Work("neurons", "a", Operations(additions=1), (Traffic(4, reads=1),))
        >>> two = Work("neurons", "a", Operations(additions=2), (Traffic(4, writes=1), Traffic(8, reads=1)))
        >>> merged(iter([one, two]))[0].traffic
        (Traffic(words=4, reads=1, writes=1), Traffic(words=8, reads=1, writes=0))
    """
    found: dict[tuple[str, str, bool], Work] = {}
    for work in works:
        key = work.part, work.name, work.per_spike
        found[key] = work if key not in found else _sum(found[key], work)
    return [work for work in found.values() if _is_any(work)]


def _sum(a: Work, b: Work) -> Work:
    memories: dict[int, tuple[int, int]] = {}
    for traffic in (*a.traffic, *b.traffic):
        reads, writes = memories.get(traffic.words, (0, 0))
        memories[traffic.words] = reads + traffic.reads, writes + traffic.writes
    p, q = a.products, b.products
    return Work(
        a.part,
        a.name,
        a.operations + b.operations,
        tuple(Traffic(words, reads, writes) for words, (reads, writes) in memories.items()),
        a.per_spike,
        Products(p.dense + q.dense, p.macs + q.macs, p.accumulates + q.accumulates, max(p.targets, q.targets)),
        a.updates + b.updates,
    )


def _is_any(work: Work) -> bool:
    moved = any(t.reads or t.writes for t in work.traffic)
    return bool(work.operations.total or moved or work.updates or work.products.dense or work.products != NO_PRODUCTS)
