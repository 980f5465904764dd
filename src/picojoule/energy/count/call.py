"""One operation of torch that was carried out inside a model, as rules see it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from picojoule.core.counts import Operations
from picojoule.energy.count.book import Book, Site
from picojoule.energy.count.kind import Kind
from picojoule.energy.count.line import Record
from picojoule.energy.work import Part, Products, Traffic, Work

MULTIPLY_ACCUMULATE = Operations(additions=1, multiplications=1)
ACCUMULATE = Operations(additions=1)
COMPARISON = Operations(additions=1)
MULTIPLY = Operations(multiplications=1)
FUNCTION = Operations(functions=1)


@dataclass(frozen=True, eq=False)
class Matter:
    """A weighted sum: who meets whom.

    Args:
        inputs: activations, of all rows together.
        events: `[R]` int64, products of each row without zeros.
        dense: products of a row.
        sums: that a row makes.
        stored: weights that memory must hold; of two activations, those of the other one.
        kind: of the activations: spikes cost an addition, others a multiplication and an addition.
    """

    inputs: int
    events: Tensor
    dense: int
    sums: int
    stored: int
    kind: Kind


@dataclass(frozen=True, eq=False)
class Call:
    """An operation, its arguments and its result.

    Args:
        name: of the operation, for instance `addmm`.
        book: that the work is written in.
        site: where it takes place.
        args: positional arguments.
        kwargs: named arguments.
        result: what it gave.
    """

    name: str
    book: Book
    site: Site
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    result: Any

    @property
    def out(self) -> Tensor:
        """The first tensor of the result."""
        out: Tensor = self.result if isinstance(self.result, Tensor) else self.result[0]
        return out

    def argument(self, place: int, name: str, default: Any = None) -> Any:  # noqa: ANN401
        """An argument by its place or its name."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name, default)

    def kind(self, value: Any) -> Kind:  # noqa: ANN401
        """The kind of an argument; numbers are constants."""
        return self.book.kinds.of(value) if isinstance(value, Tensor) else Kind.CONSTANT

    def unknown(self) -> Kind:
        """Write down that nothing is known of this operation."""
        self.book.uncounted[self.site.label, self.name] = None
        return Kind.ANALOG

    def elementwise(self, count: int, operations: Operations, *, memory: Sequence[Traffic] = ()) -> None:
        """Write down the same operations for so many elements.

        Args:
            count: elements, of all rows together.
            operations: of one element.
            memory: of one element, with the words of a row.
        """
        if not count:
            return
        rows = self._rows(count)
        each = count // rows
        traffic = tuple(Traffic(t.words, t.reads * each, t.writes * each) for t in memory)
        work = Work("neurons", self.site.label, operations * each, traffic, per_spike=False)
        self.book.put(self.site, Record(work), rows=rows)

    def products(self, matter: Matter) -> None:
        """Write down weighted sums: products, the weights that they read, and the activations read."""
        spikes = matter.kind is Kind.SPIKES
        rows, label = len(matter.events), self.site.label
        analog_start = matter.kind is Kind.INPUT and self.book.spiking
        part: Part = "encoder" if analog_start else "synapses"
        per_spike = matter.kind in (Kind.SPIKES, Kind.GRADED)
        event = Work(
            part,
            label,
            ACCUMULATE if spikes else MULTIPLY_ACCUMULATE,
            (Traffic(matter.stored, reads=1),),
            per_spike,
            Products(macs=int(not spikes), accumulates=int(spikes), targets=matter.sums),
        )
        row = Work(part, label, per_spike=per_spike, products=Products(dense=matter.dense, targets=matter.sums))
        self.book.put(
            self.site,
            Record(row, event, matter.dense, analog=not spikes, stored=matter.stored),
            rows=rows,
            events=matter.events,
        )
        if not spikes and rows:
            self._activations(matter, part)

    def bias(self, count: int, stored: int) -> None:
        """Write down that a bias is added to so many sums.

        Args:
            count: sums, of all rows together.
            stored: biases that memory must hold.
        """
        self.elementwise(count, ACCUMULATE, memory=[Traffic(stored, reads=1)])

    def nonzero(self, x: Tensor) -> Tensor:
        """Where a tensor is not zero, as numbers that a product of matrices takes."""
        if self.kind(x) is Kind.SPIKES and x.is_floating_point() and not self.book.signed:
            return x
        return (x != 0).to(torch.float32)

    def _activations(self, matter: Matter, part: Part) -> None:
        """Analog inputs lie in memory: written once, unless they came from outside, read once, and looked at."""
        rows = len(matter.events)
        each, rest = divmod(matter.inputs, rows)
        if rest:
            each += 1
        own: Part = "encoder" if part == "encoder" else "neurons"
        writes = 0 if matter.kind is Kind.INPUT else each
        kept = Work(own, self.site.label, traffic=(Traffic(each, each, writes),), per_spike=False)
        self.book.put(self.site, Record(kept), rows=rows)
        look = Work(own, self.site.label, COMPARISON * each, per_spike=False)
        self.book.put(self.site, Record(look, method="skipping"), rows=rows)

    def _rows(self, count: int) -> int:
        for rows in (self.site.lead, *self._leading()):
            if rows and count % rows == 0:
                return rows
        return 1

    def _leading(self) -> Iterator[int]:
        """How many rows there may be where no module says it: steps times samples, samples, or the first axis."""
        shape, batch = (
            next(value.shape for value in (*self.args, self.out) if isinstance(value, Tensor)),
            self.book.batch,
        )
        if len(shape) > 1 and shape[1] == batch:
            yield int(shape[0] * shape[1])
        if len(shape) and batch in (shape[0], *shape[1:2]):
            yield batch
        yield int(self.out.shape[0]) if self.out.dim() else 1


Rule = Callable[[Call], Kind]  # writes an operation down, and says what its result holds
