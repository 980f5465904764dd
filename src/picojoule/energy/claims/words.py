"""The recomputed headlines as tables of text, the same for the terminal and for the documentation."""

from collections.abc import Sequence
from dataclasses import dataclass

from picojoule.energy.claims.headlines import HEADLINES
from picojoule.energy.claims.ladder import RUNGS
from picojoule.energy.claims.networks import PublishedNetwork, Range
from picojoule.energy.claims.recompute import Cell, Claims


@dataclass(frozen=True)
class TextTable:
    """A titled table of text.

    Args:
        title: above it.
        head: names of the columns.
        rows: as many texts each.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """The table in Markdown, without its title.

        Example:
            >>> print(TextTable("Sizes", ("task", "inputs"), (("SHD", "700"),)).markdown())
            | task | inputs |
            |---|---|
            | SHD | 700 |
        """
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        texts = [f"| {' | '.join(line)} |" for line in lines]
        texts[1] = f"|{'---|' * len(self.head)}"
        return "\n".join(texts)


def text_tables(claims: Claims) -> tuple[TextTable, ...]:
    """All tables: the networks, the ladder, the headlines, and one for each rival.

    Args:
        claims: from `recompute`.

    Example:
        >>> from picojoule.energy.claims.networks import network
        >>> from picojoule.energy.claims.recompute import recompute
        >>> from picojoule.energy.costs import cost_table
        >>> claims = recompute([cost_table("horowitz-45nm-fp32")], [network("ECG")])
        >>> [table.title for table in text_tables(claims)][:3]
        ['The published networks', 'The assumptions, taken away one after the other', 'The headlines']
    """
    return (_networks(claims.networks), _ladder(claims), _headlines(claims), *_rivals(claims))


def times(factor: float) -> str:
    """A factor with two or three digits.

    Example:
        >>> [times(x) for x in (0.806, 1.284, 9.96, 42.3, 2394.6)]
        ['0.81', '1.3', '10', '42', '2,395']
    """
    digits = 2 if factor < 0.995 else 1 if factor < 9.95 else 0
    return f"{factor:,.{digits}f}"


def interval(found: Range) -> str:
    """An interval of factors, or one factor where both ends read the same.

    Example:
        >>> interval(Range(3.43, 18.97)), interval(Range(4.73, 4.73))
        ('3.4 to 19', '4.7')
    """
    low, high = times(found.lowest), times(found.highest)
    return low if low == high else f"{low} to {high}"


def _networks(networks: Sequence[PublishedNetwork]) -> TextTable:
    rows = []
    for one in networks:
        layers = [f"{layer.units}{' recurrent' if layer.recurrent else ''}" for layer in one.layers]
        sizes = f"{one.inputs} - {' - '.join(layers)} - {one.outputs}"
        rates = ", ".join(dict.fromkeys(_percent(layer.rate) for layer in one.layers))
        rows.append((one.name, sizes, str(one.steps), _percent(one.input_rate), rates, one.about))
    head = ("task", "layers", "steps", "input rate", "hidden rates", "where the rates are from")
    return TextTable("The published networks", head, tuple(rows))


def _percent(rate: Range) -> str:
    low, high = (f"{100 * end:.3g}" for end in rate)
    return f"{low} %" if low == high else f"{low} to {high} %"


def _ladder(claims: Claims) -> TextTable:
    rows = [
        (str(number), rung.name, *(interval(gains[number - 1]) for gains in claims.ladder.values()))
        for number, rung in enumerate(RUNGS, 1)
    ]
    title = "The assumptions, taken away one after the other"
    return TextTable(title, ("", "from here on", *claims.ladder), tuple(rows))


def _headlines(claims: Claims) -> TextTable:
    rows = []
    for headline in HEADLINES:
        reached = claims.reached(headline)
        last = max((number for number, tasks in enumerate(reached, 1) if tasks), default=0)
        until = "none" if not last else "1" if last == 1 else f"1 to {last}"
        tasks = ", ".join(reached[last - 1]) if last else "none"
        rows.append((headline.words, headline.source, until, tasks, RUNGS[last].name if last < len(RUNGS) else "never"))
    head = ("headline", "source", "reached in rows", "in the last of them by", "lost with")
    return TextTable("The headlines", head, tuple(rows))


def _rivals(claims: Claims) -> list[TextTable]:
    names = [table.name for table in claims.tables]
    found = []
    for rival, tasks in claims.cells.items():
        rows = tuple((task, *(_cell(row[name]) for name in names)) for task, row in tasks.items())
        title = f"Everything counted, against {'an' if rival == 'LSTM' else 'a'} {rival}: without memory / with memory"
        found.append(TextTable(title, ("task", *names), rows))
    return found


def _cell(cell: Cell) -> str:
    return interval(cell.compute) if cell.total is None else f"{interval(cell.compute)} / {interval(cell.total)}"
