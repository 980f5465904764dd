"""The book that a count is kept in: lines of layers, and where in time and among the samples their calls belong."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.energy.count.fan_outs import FanOuts
from picojoule.energy.count.kind import Kinds
from picojoule.energy.count.line import Line, Place, Record, Tally, merged
from picojoule.energy.work import Part, Products, Work

SPIKE = Work("neurons", "spike", products=Products(accumulates=1))  # one, to be added up


@dataclass(frozen=True)
class Site:
    """Where a call takes place.

    Args:
        layer: name of the layer in the model.
        label: as it stands in the account.
        part: that its work belongs to; `None`: as the rule says.
        lead: samples times steps of the call; `None`: the first axis of whatever is computed.
        step: the number of its first step.
    """

    layer: str
    label: str
    part: Part | None = None
    lead: int | None = None
    step: int = 0


@dataclass(frozen=True)
class Still:
    """Where the last currents of a layer lay.

    Args:
        memory: their place and version.
        unread: steps for which reading them again was not written down, because they might have changed.
    """

    memory: tuple[int, int, int]
    unread: int


class Book:
    """Lines by part and label.

    Args:
        spiking: whether the model has spiking layers, or is given spikes.
        fold_batch_norm: whether a batch norm in evaluation is part of the weights before it.
        each_step: whether work is kept for each sample and step.
    """

    def __init__(self, *, spiking: bool, fold_batch_norm: bool, each_step: bool) -> None:
        self.spiking, self.fold_batch_norm, self.each_step = spiking, fold_batch_norm, each_step
        self.kinds = Kinds()
        self.fan_outs = FanOuts()
        self.signed = False  # whether spikes may be -1, too
        self.lines: dict[tuple[str, str], Line] = {}
        self.firing = Line()
        self.folded = False  # whether a batch norm was taken into weights
        self.inputs: dict[str, tuple[int, int]] = {}  # spikes that came from outside, and could have come
        self.uncounted: dict[tuple[str, str], None] = {}  # in the order of their first appearance
        self.samples = 0  # that have begun
        self.batch = 1  # samples of the sequence that is running
        self.steps: dict[str, int] = {}  # that each layer has gone through in this sequence
        self._length = 0  # steps of this sequence that the model was given
        self._awake: Tensor | None = None  # [T, B]
        self._start = 0  # of the steps that the model was given last
        self.still: dict[str, Still] = {}  # the last currents of each layer of neurons

    def begin(self, samples: int) -> None:
        """A batch of new sequences begins.

        Args:
            samples: how many.
        """
        self.samples += samples
        self.batch = samples
        self.steps.clear()
        self._length = self._start = 0
        self._awake = None
        self.still.clear()
        self.kinds.forget()

    def go_on(self, steps: int, awake: Tensor | None) -> None:
        """A call of the model begins.

        Args:
            steps: that it is given.
            awake: `[T, B]` bool, False where a padded sample has ended; `None`: all go on to the end.
        """
        self._awake, self._start = awake, self._length
        self._length += steps
        self.steps.clear()

    @property
    def steps_given(self) -> int:
        """Steps that the model was given last."""
        return self._length - self._start

    def step_of(self, layer: str) -> int:
        """The first step of a layer's next call; a layer that is used again goes through the same steps again.

        Args:
            layer: its name.
        """
        step = self.steps.get(layer, self._start)
        return self._start if step >= self._length > 0 else step

    def put(self, site: Site, record: Record, *, rows: int, events: Tensor | int = 0) -> None:
        """Write a call down.

        Args:
            site: where.
            record: what a row and an event of it are.
            rows: how many.
            events: `[rows]`, those of each row; or a number, those of all rows together.
        """
        part = record.row.part if site.part is None else site.part
        if part != record.row.part:
            event = None if record.event is None else replace(record.event, part=part)
            record = replace(record, row=replace(record.row, part=part), event=event)
        self._add(self.lines.setdefault((part, site.label), Line()), site, record, rows, events)

    def fired(self, site: Site, spikes: Tensor, chances: int) -> None:
        """Write down spikes, and how many there could have been.

        Args:
            site: where.
            spikes: `[rows]`, those of each row.
            chances: of one row.
        """
        row = Work("neurons", "chances", updates=chances)
        self._add(self.firing, site, Record(row, SPIKE), len(spikes), spikes)

    def input_rates(self) -> dict[str, float]:
        """Share of the spikes from outside that came, of all that could have come, by label."""
        return {label: came / chances for label, (came, chances) in self.inputs.items() if chances}

    def spikes(self, stops: Tensor | None = None) -> tuple[int, int]:
        """Spikes of all layers and spiking inputs together, and how many there could have been.

        Args:
            stops: `[samples]`: as if each sample had ended after so many steps.
        """
        works = list(self.firing.works(stops=stops))
        return sum(work.products.accumulates for work in works), sum(work.updates for work in works)

    def _add(self, line: Line, site: Site, record: Record, rows: int, events: Tensor | int) -> None:
        if not rows:
            return
        if self.each_step or (self._awake is not None and self._by_step(site, rows)):
            place = self._place(site, rows, events)
            line.add(record, place.until(None, record.stored), place if self.each_step else None)
        else:
            cells = rows if site.lead is None or not site.lead or rows % site.lead else site.lead
            line.add(record, _tally(rows, events, cells, record.stored), None)

    def works(self, *, skip_zeros: bool = True, reuse_weights: bool = False, stops: Tensor | None = None) -> list[Work]:
        """All lines, those of the same part and label put together.

        Args:
            skip_zeros: whether products with a zero are left out where the input is analog.
            reuse_weights: whether a weight is read at most once for a sample and step.
            stops: `[samples]`: as if each sample had ended after so many steps.

        Raises:
            ParameterError: if steps were not kept.
        """
        if stops is not None and not self.each_step:
            raise ParameterError("work until a step needs work of each step; count with each_step=True")

        def all_works() -> Iterator[Work]:
            for line in self.lines.values():
                yield from line.works(skip_zeros=skip_zeros, reuse_weights=reuse_weights, stops=stops)

        return merged(all_works())

    def _by_step(self, site: Site, rows: int) -> bool:
        lead = rows if site.lead is None else site.lead
        return lead > 0 and self.batch > 0 and rows % lead == 0 and lead % self.batch == 0

    def _place(self, site: Site, rows: int, events: Tensor | int) -> Place:
        """Rows sorted into steps and samples: the first axes of whatever is computed are time and samples."""
        lead = rows if site.lead is None else site.lead
        if not self._by_step(site, rows):
            raise ParameterError(
                f"{site.label} computes {rows} rows for {self.batch} samples, which cannot be told apart by step; "
                f"count without each_step"
            )
        spread = events if isinstance(events, Tensor) else torch.zeros(rows, dtype=torch.int64)
        cells = spread.reshape(lead // self.batch, self.batch, rows // lead).sum(2)
        first = site.step - self._start
        awake = None if self._awake is None else self._awake[first : first + len(cells)]
        return Place(self.samples - self.batch, site.step, rows // lead, cells.cpu(), awake)


def _tally(rows: int, events: Tensor | int, cells: int, stored: int) -> Tally:
    if not isinstance(events, Tensor):
        return Tally(rows, events, cells, min(events, cells * stored))
    reads = int(events.reshape(cells, -1).sum(1).clamp(max=stored).sum()) if stored and cells else 0
    return Tally(rows, int(events.sum()), cells, reads)
