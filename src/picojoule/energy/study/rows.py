"""The figures of a study as words, for the terminal and for the page."""

from collections.abc import Iterator
from dataclasses import dataclass

from picojoule.core.words import short
from picojoule.energy.contenders import DENSE
from picojoule.energy.study.break_even import BREAK_EVEN_WORDS, rate_text
from picojoule.energy.study.operations import PerImage, operations
from picojoule.energy.study.price import cheapest
from picojoule.energy.study.study import Study
from picojoule.energy.study.trial import Side
from picojoule.plot.units import energy_text

NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """A line of the table: a name and one value for each network and method."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """What a column of the table is about.

    Args:
        side: the network.
        label: how it is computed.
        methods: of these, the cheapest one is shown.
    """

    side: Side
    label: str
    methods: tuple[str, ...]


def columns(study: Study) -> list[Column]:
    """The columns of the table: each network by its cheapest method, the matched one also with all its products."""
    return [column for side in study.sides for column in _columns_of(side, dense=side is study.rivals[0])]


def _columns_of(side: Side, *, dense: bool) -> Iterator[Column]:
    others = tuple(method for method in side.inference if method != DENSE) or tuple(side.inference)
    if dense and DENSE in side.inference and DENSE not in others:
        yield Column(side, DENSE, (DENSE,))
    yield Column(side, others[0] if len(others) == 1 else "cheapest", others)


def rows(study: Study) -> tuple[list[str], dict[str, list[Row]]]:
    """The table: figures as rows, networks and methods as columns.

    Returns:
        The header, and the rows by what they are about.
    """
    found = columns(study)
    header = ["per image", *(f"{short(column.side.name)}, {column.label}" for column in found)]
    return header, {
        "accuracy and operations": [*_answers(study, found), *_operations(found)],
        "energy, compute only": list(_energies(study, found, memory=False)),
        "energy, with memory": list(_energies(study, found, memory=True)),
    }


def methods_note(study: Study) -> str:
    """What *cheapest* chooses among; empty if no column says so."""
    found = dict.fromkeys(method for column in columns(study) if len(column.methods) > 1 for method in column.methods)
    return f"Cheapest, under each table: {' or '.join(found)}." if found else ""


def _answers(study: Study, found: list[Column]) -> Iterator[Row]:
    sides = [column.side for column in found]
    spreads = [study.accuracies[side.name] for side in sides]
    yield Row("accuracy", tuple(f"{100 * a.mean:.2f} %" for a in spreads))
    yield Row("95 % interval", tuple(f"{_percent(a.low)}–{_percent(a.high)} %" for a in spreads))
    yield Row("parameters", tuple(f"{side.parameters:,}" for side in sides))
    yield Row("bits", tuple(f"{side.bits}" for side in sides))
    yield Row("steps until the answer", tuple(_steps(side.steps) for side in sides))
    yield Row("simulated time", tuple(_time(side.milliseconds) for side in sides))


def _operations(found: list[Column]) -> Iterator[Row]:
    work = [operations(column.side.inference[column.methods[0]]) for column in found]
    for name, key in (
        ("dense MACs", "dense"),
        ("effective MACs", "macs"),
        ("accumulates", "accumulates"),
        ("neuron updates", "updates"),
        ("spikes", "spikes"),
    ):
        yield Row(name, tuple(_count(getattr(one, key)) for one in work))
    yield Row("spikes per neuron and step", tuple(_rate(one) for one in work))


def _energies(study: Study, found: list[Column], *, memory: bool) -> Iterator[Row]:
    for table in study.tables:
        costs = []
        for column in found:
            own = [one for one in study.prices_of(column.side.name, table.name) if one.method in column.methods]
            best = cheapest(own, memory=memory)
            costs.append(None if best is None else best.of(memory=memory))
        if any(cost is not None for cost in costs):
            yield Row(table.name, tuple(NOTHING if cost is None else energy_text(cost) for cost in costs))


def break_even_rows(study: Study) -> tuple[list[str], list[list[str]]]:
    """The break-even spike rates with the present rate beside them.

    Returns:
        The header and the rows, none if no table prices both networks.
    """
    header = ["table", "present rate", "break-even, compute only", "break-even, with memory"]
    return header, [
        [
            found.table,
            NOTHING if found.rate is None else rate_text(found.rate),
            found.words(memory=False),
            found.words(memory=True),
        ]
        for found in study.break_even()
    ]


def break_even_title(study: Study) -> str:
    """What the break-even rates are."""
    return f"Spikes per neuron and step at which {study.spiking.name} needs as much as {study.rivals[0].name}"


def break_even_notes(found: list[list[str]]) -> list[str]:
    """Explains the words among the break-even rates."""
    words = {cell for row in found for cell in row}
    return [f"{word}: {meaning}." for word, meaning in BREAK_EVEN_WORDS.items() if word in words]


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f}" if fraction < 1.0 else "100"


def _count(value: float) -> str:
    if value == 0:
        return NOTHING
    if value >= 1e8:
        return f"{value / 1e6:,.0f} M"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _rate(one: PerImage) -> str:
    return NOTHING if one.spike_rate is None else rate_text(one.spike_rate)


def _steps(steps: float) -> str:
    return f"{steps:,.0f}" if steps == round(steps) else f"{steps:,.1f}"


def _time(milliseconds: float) -> str:
    return f"{milliseconds:,.4g} ms" if milliseconds else NOTHING
