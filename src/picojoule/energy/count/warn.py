"""What usually fools people, said where it was found."""

from collections.abc import Iterable, Iterator

from picojoule.core.words import listed
from picojoule.energy.count.book import Book
from picojoule.energy.work import Work

DENSE_CODE = 0.1  # of the input spikes that could have come


def warnings_of(works: Iterable[Work], book: Book) -> tuple[str, ...]:
    """Sentences about a count.

    Args:
        works: of all samples.
        book: that they come from.
    """
    return tuple(_sentences(list(works), book)) if book.spiking else ()


def _sentences(works: list[Work], book: Book) -> Iterator[str]:
    analog = [work.name for work in works if work.part == "encoder" and work.products.macs]
    if analog:
        yield (
            f"Analog first layer: {listed(analog)} takes the input as it is, not as spikes; it multiplies and "
            f"accumulates like a conventional layer."
        )
    for label, rate in book.input_rates().items():
        yield from dense_code(label, rate)
    graded = [work.name for work in works if work.part == "synapses" and work.per_spike and work.products.macs]
    if graded:
        yield (
            f"Not binary: {listed(graded)} takes sums or means of spikes (a residual connection, average pooling), so "
            f"its products are multiply-accumulates, not additions."
        )
    other = [work.name for work in works if work.part == "synapses" and not work.per_spike and work.products.macs]
    if other:
        yield f"Analog inside: {listed(other)} takes values that are no spikes, and multiplies and accumulates."


def dense_code(label: str, rate: float) -> Iterator[str]:
    """A sentence, if so many spikes come in that little is saved.

    Args:
        label: of the spikes.
        rate: share of those that could have come.

    Example:
        >>> list(dense_code("input spikes", 0.05))
        []
    """
    if rate > DENSE_CODE:
        yield (
            f"Dense input code: {100 * rate:.0f} % of all {label} that could come do come; the first layer saves "
            f"little over a dense one in every step."
        )
