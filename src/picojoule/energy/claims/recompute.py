"""The headlines, recomputed: for every published network, step by step, and under every cost table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.claims.gain import Counting, gain
from picojoule.energy.claims.headlines import CONFIRMED, HEADLINES, Headline
from picojoule.energy.claims.ladder import RUNGS
from picojoule.energy.claims.networks import NETWORKS, PublishedNetwork, Range
from picojoule.energy.claims.rivals import Kind, rival_work
from picojoule.energy.claims.spiking import spiking_work
from picojoule.energy.costs import CostTable, cost_table

RIVALS: tuple[Kind, ...] = get_args(Kind)
TABLES = (
    "horowitz-45nm-fp32",
    "horowitz-45nm-int32",
    "horowitz-45nm-int8",
    "horowitz-45nm-fp16",
    "lemaire-2022",
    "gpu-gtx-titan-black",  # ratios on the CPU and on the ARM are the same: one price for every operation
)

ASSUMPTIONS = (
    "Factors are energies of the conventional network over those of the spiking one, which has the same layers, for "
    "one sample; below 1 the spiking network needs more. They say nothing about accuracy.",
    "An interval runs over rates that were not published: of an input between silence and a spike of every unit in "
    "every step, of hidden layers between the lowest and the highest of the other networks.",
    "All neurons are counted as adaptive ones, the readout as leaky integrators.",
    CONFIRMED,
)


@dataclass(frozen=True)
class Cell:
    """How many times more energy the rival needs under one table.

    Args:
        compute: in compute alone.
        total: with memory; `None` under a device's table, which has no line for memory.
    """

    compute: Range
    total: Range | None


@dataclass(frozen=True)
class Claims:
    """What the headlines become.

    Args:
        networks: the published networks.
        tables: the cost tables.
        ladder: by task, the gain on every rung of `RUNGS`.
        cells: by rival, by task, by table: the gain when everything is counted.
    """

    networks: tuple[PublishedNetwork, ...]
    tables: tuple[CostTable, ...]
    ladder: Mapping[str, tuple[Range, ...]]
    cells: Mapping[str, Mapping[str, Mapping[str, Cell]]]

    def reached(self, headline: Headline) -> list[list[str]]:
        """The tasks that reach a headline on each rung, at the better end of what is not known."""
        return [
            [task for task, gains in self.ladder.items() if gains[rung].highest >= headline.factor]
            for rung in range(len(RUNGS))
        ]

    def assumptions(self) -> list[str]:
        """Sentences that have to stand beside the figures, each once."""
        first = self.networks[0]
        silent = spiking_work(first, input_rate=0.0, rates=[0.0] * len(first.layers))
        made = (rival_work(first, "ReLU RNN"), silent)
        found = [sentence for table in self.tables for work in made for sentence in account(work, table).assumptions]
        return [*ASSUMPTIONS, *dict.fromkeys(found)]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file: factors, above 1 where the spiking network needs less."""
        return {
            "networks": {one.name: {"about": one.about, "input_rate": list(one.input_rate)} for one in self.networks},
            "ladder": [
                {"name": rung.name, "table": rung.table, "gain": {task: list(g[i]) for task, g in self.ladder.items()}}
                for i, rung in enumerate(RUNGS)
            ],
            "gain": {
                rival: {task: {name: _plain(cell) for name, cell in row.items()} for task, row in rows.items()}
                for rival, rows in self.cells.items()
            },
            "headlines": [
                {"factor": headline.factor, "source": headline.source, "reached": self.reached(headline)}
                for headline in HEADLINES
            ],
            "citations": {table.name: table.citation for table in self.tables},
            "assumptions": self.assumptions(),
        }


def recompute(tables: Sequence[CostTable] | None = None, networks: Sequence[PublishedNetwork] | None = None) -> Claims:
    """Recompute the headlines.

    Args:
        tables: cost tables for the last comparison; `None` takes `TABLES`. The ladder always has its own two.
        networks: published networks; `None` takes all.

    Returns:
        Gains by rung, and by rival, task and table.

    Raises:
        ParameterError: if a table cannot price both networks.

    Example:
        >>> from picojoule.energy.claims.networks import network
        >>> claims = recompute([cost_table("horowitz-45nm-fp32")], [network("ECG")])
        >>> [round(gain.highest) for gain in claims.ladder["ECG"]]
        [118, 51, 50, 22, 5, 5, 3]
    """
    priced = tuple(cost_table(name) for name in TABLES) if tables is None else tuple(tables)
    chosen = tuple(NETWORKS if networks is None else networks)
    for table in priced:
        if refusal := table.refusal(rival_work(chosen[0], "ReLU RNN")):
            raise ParameterError(
                f"cost table {table.name!r} {refusal}, so that there is no ratio. Take one that prices both networks, "
                f"such as {TABLES[0]!r}."
            )
    return Claims(
        chosen,
        priced,
        {one.name: tuple(gain(one, cost_table(r.table), r.counting) for r in RUNGS) for one in chosen},
        {
            rival: {one.name: {table.name: _cell(one, table, rival) for table in priced} for one in chosen}
            for rival in RIVALS
        },
    )


def _cell(network: PublishedNetwork, table: CostTable, rival: Kind) -> Cell:
    compute = gain(network, table, Counting(rival=rival, memory=False))
    return Cell(compute, gain(network, table, Counting(rival=rival)) if table.has_memory else None)


def _plain(cell: Cell) -> dict[str, list[float] | None]:
    return {"compute": list(cell.compute), "total": None if cell.total is None else list(cell.total)}
