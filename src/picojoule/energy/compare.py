"""A spiking network against a ReLU network: energies under every cost table, and what they mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from picojoule.core.arguments import public, validate
from picojoule.core.errors import ParameterError
from picojoule.energy.account import Account, account
from picojoule.energy.costs import DEFAULT_TABLES, CostTable, cost_table
from picojoule.energy.study.price import quotient
from picojoule.energy.verdict import Ratio, inference_sentence, training_sentence
from picojoule.energy.work import Workload


@dataclass(frozen=True)
class Contender:
    """One side of the comparison.

    Args:
        name: as it shall stand in sentences, for example `the spiking network`.
        accuracy: fraction in [0, 1] on the test images.
        inference: the work of classifying the test images, by method; of several the cheapest counts in the verdict.
        training: the work of training, by method; empty if it was not counted.
    """

    name: str
    accuracy: float
    inference: Mapping[str, Workload]
    training: Mapping[str, Workload] = field(default_factory=dict)

    def __post_init__(self) -> None:
        validate(self)
        if not 0.0 <= self.accuracy <= 1.0:
            raise ParameterError(
                f"accuracy of {self.name} must lie in [0, 1], got {self.accuracy:g}. Give a fraction, not percent."
            )
        if not self.inference:
            raise ParameterError(f"{self.name} has no inference work. Give at least one workload.")


@dataclass(frozen=True)
class Row:
    """Energy of one network, by one method, under one table: pJ per image, or pJ of a whole training."""

    table: str
    network: str
    method: str
    compute: float
    memory: float

    @property
    def total(self) -> float:
        """Arithmetic and memory."""
        return self.compute + self.memory


@dataclass(frozen=True)
class Comparison:
    """The outcome: rows, break-even points and sentences."""

    spiking: Contender
    relu: Contender
    accounts: tuple[tuple[str, str, Account], ...]  # network, method, what one image of inference costs
    inference: tuple[Row, ...]
    training: tuple[Row, ...]  # empty unless both trainings were counted

    def verdict(self) -> str:
        """One sentence: who needs less energy per image, by how much, and who is more accurate."""
        return inference_sentence(
            self._ratios(self.inference),
            spiking=(self.spiking.name, self.spiking.accuracy),
            relu=(self.relu.name, self.relu.accuracy),
            methods=self._methods(self.inference),
        )

    def training_verdict(self) -> str:
        """One sentence about the energy of training; empty if it was not counted for both."""
        if not self.training:
            return ""
        shown = [next(iter(c.training.values())).images for c in (self.spiking, self.relu)]
        return training_sentence(
            self._ratios(self.training),
            spiking=(self.spiking.name, shown[0]),
            relu=(self.relu.name, shown[1]),
            methods=self._methods(self.training),
        )

    def break_even(self) -> dict[str, dict[str, float | None]]:
        """Spikes per image at which the spiking network would cost as much as the cheapest ReLU method, by table.

        Returns:
            For each table that prices both networks `spikes` (now), `compute` and `total`: spikes per image with
            arithmetic alone, and with memory; `None` where it would cost more even without a spike.
        """
        result: dict[str, dict[str, float | None]] = {}
        for network, _, spiking in self.accounts:
            rivals = [r for r in self.inference if r.network == self.relu.name and r.table == spiking.table]
            if network == self.spiking.name and rivals:
                result[spiking.table] = {
                    "spikes": spiking.spikes,
                    "compute": spiking.break_even_spikes(min(r.compute for r in rivals), memory=False),
                    "total": spiking.break_even_spikes(min(r.total for r in rivals), memory=True),
                }
        return result

    def splits(self) -> dict[str, dict[str, dict[str, float]]]:
        """Energy per image in pJ by table, by network and method, by part: what a figure of the comparison shows."""
        result: dict[str, dict[str, dict[str, float]]] = {}
        for network, method, priced in self.accounts:
            result.setdefault(priced.table, {})[f"{network}, {method}"] = priced.split()
        return result

    def assumptions(self) -> list[str]:
        """Everything that has to be known to read the figures, each sentence once."""
        trainings = [work for side in (self.spiking, self.relu) for work in side.training.values()]
        sources = [priced.assumptions for _, _, priced in self.accounts] + [work.assumptions for work in trainings]
        return list(dict.fromkeys(line for lines in sources for line in lines))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for `result.json`; energies in pJ per image, of training in pJ."""
        return {
            "accuracy": {self.spiking.name: self.spiking.accuracy, self.relu.name: self.relu.accuracy},
            "inference": [{**asdict(row), "total": row.total} for row in self.inference],
            "training": [{**asdict(row), "total": row.total} for row in self.training],
            "splits": self.splits(),
            "break_even_spikes": self.break_even(),
            "verdict": self.verdict(),
            "training_verdict": self.training_verdict(),
            "citations": {a.table: a.citation for _, _, a in self.accounts},
            "assumptions": self.assumptions(),
        }

    def _ratios(self, rows: Sequence[Row]) -> dict[str, Ratio]:
        """Energy of the spiking network over that of the ReLU network, each by its cheapest method.

        A table that prices only one of them, such as that of a neuromorphic chip, has rows but no ratio.
        """
        return {
            table: Ratio(
                compute=quotient(*(min(r.compute for r in self._rows(rows, table, c)) for c in self._names())),
                total=quotient(*(min(r.total for r in self._rows(rows, table, c)) for c in self._names())),
            )
            for table in _tables_of_both(rows, self._names())
        }

    def _methods(self, rows: Sequence[Row]) -> str:
        """Says by which method a network that has several was counted."""
        notes = []
        for name in self._names():
            own = [list(self._rows(rows, table, name)) for table in _tables_of_both(rows, self._names())]
            if any(len(choice) > 1 for choice in own):
                best = {min(choice, key=key).method for choice in own for key in (_compute, _total)}
                notes.append(f"{name} is counted by its cheapest method, {' or '.join(sorted(best))}")
        return ", ".join(notes)

    def _names(self) -> tuple[str, str]:
        return self.spiking.name, self.relu.name

    @staticmethod
    def _rows(rows: Sequence[Row], table: str, network: str) -> Iterator[Row]:
        return (row for row in rows if row.table == table and row.network == network)


@public
def compare(spiking: Contender, relu: Contender, *, tables: Sequence[CostTable] | None = None) -> Comparison:
    """Price both networks under every table.

    Args:
        spiking: the spiking network; its break-even point is computed.
        relu: the rival; give both the dense and the zero-skipping method, and the cheaper one counts.
        tables: cost tables; `None` takes `DEFAULT_TABLES`, the arithmetic of three number formats. One that cannot
            price a network, or a method of it, prices the others, and enters no ratio unless it prices both sides.

    Returns:
        The comparison.

    Raises:
        ParameterError: if both networks have the same name, or two tables have, or no table prices both networks.

    Example:
        >>> from picojoule.core.counts import Counts, ConnectionCounts
        >>> from picojoule.energy.dense import dense_inference
        >>> from picojoule.energy.work import spiking_workload
        >>> counts = Counts(1, 1, {}, {("X", "Y"): ConnectionCounts(synapses=40, events=100, stored_weights=40)})
        >>> spiking = Contender("the spiking network", 0.8, {"events": spiking_workload(counts)})
        >>> relu = Contender("the ReLU network", 0.9, {"dense": dense_inference([4, 10])})
        >>> print(compare(spiking, relu, tables=[cost_table("horowitz-45nm-fp32")]).verdict())  # doctest: +ELLIPSIS
        Which network ... depends on what is counted: ...; the ReLU network is more accurate, 90.0 % against 80.0 %.
    """
    tables = [cost_table(name) for name in DEFAULT_TABLES] if tables is None else list(tables)
    names = [table.name for table in tables]
    if spiking.name == relu.name or len(set(names)) < len(names) or not names:
        raise ParameterError(
            f"networks and tables need different names, got {spiking.name!r}, {relu.name!r} and tables {names}. "
            "Rename one."
        )
    sides = (spiking, relu)
    accounts = [
        (side.name, method, account(work, table))
        for table in tables
        for side in sides
        for method, work in side.inference.items()
        if not table.refusal(work)
    ]
    inference = tuple(Row(a.table, name, method, a.compute, a.memory) for name, method, a in accounts)
    _check_priced(inference, sides, tables)
    counted = bool(spiking.training and relu.training)
    training = tuple(
        Row(table.name, side.name, method, priced.compute * work.images, priced.memory * work.images)
        for table in tables
        for side in sides
        for method, work in side.training.items()
        if counted and not table.refusal(work)
        for priced in [account(work, table)]
    )
    return Comparison(spiking, relu, tuple(accounts), inference, training)


def _check_priced(rows: Sequence[Row], sides: tuple[Contender, Contender], tables: Sequence[CostTable]) -> None:
    if not _tables_of_both(rows, (sides[0].name, sides[1].name)):
        found = ((table.name, table.refusal(work)) for table in tables for s in sides for work in s.inference.values())
        refusals = dict.fromkeys(f"{name} {refusal}" for name, refusal in found if refusal)
        raise ParameterError(
            f"no cost table prices both {sides[0].name} and {sides[1].name}: {'; '.join(refusals)}. "
            "Add a table that does."
        )


def _tables_of_both(rows: Sequence[Row], names: tuple[str, str]) -> list[str]:
    found = {(row.table, row.network) for row in rows}
    tables = dict.fromkeys(row.table for row in rows)
    return [table for table in tables if all((table, name) in found for name in names)]


def _compute(row: Row) -> float:
    return row.compute


def _total(row: Row) -> float:
    return row.total
