"""Accuracy and energy of a spiking network and of the networks that it replaces, over several seeds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from picojoule.core.arguments import validate
from picojoule.core.errors import OutputError, ParameterError
from picojoule.core.files import write_atomically
from picojoule.energy.study.break_even import BreakEven, break_even
from picojoule.energy.study.extent import Extent, extent
from picojoule.energy.study.pool import pooled_side
from picojoule.energy.study.price import Price, Ratio, prices, prices_memory, ratio
from picojoule.energy.study.sentence import sentence
from picojoule.energy.study.spread import Spread, spread
from picojoule.energy.study.trial import Side, Trial
from picojoule.energy.study.warn import degenerate, own_warnings
from picojoule.energy.table import CostTable

WIDTHS = (
    "Every table prices all numbers at its own width, whatever the bits of a network: a network of few bits saves what "
    "the table of a narrower type says, and no more."
)


@dataclass(frozen=True)
class Study:
    """What the trials of several seeds say together, under several cost tables.

    The verdict is about the spiking network and the first rival, each by its cheapest method.

    Args:
        trials: one for each seed, with the same networks.
        tables: cost tables, with different names.
        title: what was compared, for headings.
        measured: sentences on joules that were measured; they stand beside the estimates and change none.

    Raises:
        ParameterError: if there is no trial, no table or no rival, or if trials, tables or networks do not fit.

    Example:
        >>> from picojoule.energy.costs import cost_table
        >>> from picojoule.energy.dense import dense_inference
        >>> from picojoule.energy.work import Products, Work, Workload
        >>> from picojoule.core.counts import Operations
        >>> sums = Work("synapses", "4 -> 2", Operations(additions=4), products=Products(dense=40, accumulates=4))
        >>> spiking = Side("the SNN", 0.9, 10, {"event by event": Workload(1, (sums,), spikes=2, chances=20)}, steps=5)
        >>> rival = Side("the ANN", 0.9, 10, {"dense": dense_inference([4, 2])})
        >>> study = Study((Trial(0, 10, spiking, (rival,)),), (cost_table("horowitz-45nm-fp32"),))
        >>> study.verdict()[:55]
        'The SNN needs less energy under every cost table: with '
    """

    trials: tuple[Trial, ...]
    tables: tuple[CostTable, ...]
    title: str = "Comparison"
    measured: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        validate(self)
        seeds = [trial.seed for trial in self.trials]
        if not seeds or len(set(seeds)) < len(seeds):
            raise ParameterError(f"a study needs at least one trial, and each seed once, got seeds {seeds}.")
        names = [table.name for table in self.tables]
        if not names or len(set(names)) < len(names):
            raise ParameterError(
                f"a study needs at least one cost table, and different names, got {names}. Rename or leave out one."
            )
        for trial in self.trials:
            found, wanted = _names(trial), _names(self.trials[0])
            if found != wanted or len(set(found)) < len(found) or not trial.rivals:
                raise ParameterError(
                    "every trial needs the spiking network and at least one rival, with different names that are the "
                    f"same for every seed, got {', '.join(found)} with seed {trial.seed} and {', '.join(wanted)} "
                    f"with seed {seeds[0]}."
                )

    @cached_property
    def spiking(self) -> Side:
        """The spiking network over all seeds: means and pooled work."""
        return pooled_side([trial.spiking for trial in self.trials])

    @cached_property
    def rivals(self) -> tuple[Side, ...]:
        """The conventional networks over all seeds; the first is the matched one."""
        return tuple(pooled_side([trial.rivals[k] for trial in self.trials]) for k in range(len(self.trials[0].rivals)))

    @cached_property
    def early(self) -> Side | None:
        """The spiking network where it may stop as soon as it is sure; `None` if no rule was chosen for every seed."""
        found = self.spiking.early_exit
        if found is None:
            return None
        return replace(
            self.spiking,
            name=f"{self.spiking.name} stopped early",
            accuracy=found.accuracy,
            inference=found.inference,
            steps=found.mean_steps,
            milliseconds=found.mean_milliseconds,
            curve=(),
            early_exit=None,
        )

    @property
    def sides(self) -> tuple[Side, ...]:
        """All networks, the spiking one first; stopped early, it counts as another one."""
        return (self.spiking, *([] if self.early is None else [self.early]), *self.rivals)

    @cached_property
    def accuracies(self) -> dict[str, Spread]:
        """Mean accuracy with its 95 % interval, by network."""
        found: dict[str, list[float]] = {}
        for trial in self.trials:
            for side in (trial.spiking, *trial.rivals):
                found.setdefault(side.name, []).append(side.accuracy)
            if self.early is not None and trial.spiking.early_exit is not None:
                found.setdefault(self.early.name, []).append(trial.spiking.early_exit.accuracy)
        return {name: spread(values, images=self.trials[0].images) for name, values in found.items()}

    @cached_property
    def prices(self) -> tuple[Price, ...]:
        """What one image costs, for each table, network and method that the table prices."""
        return prices(self.sides, self.tables)

    @cached_property
    def ratios(self) -> dict[str, Ratio]:
        """Energy of the spiking network over that of the first rival, by table; of tables that price both."""
        return self.ratios_of(self.spiking)

    def ratios_of(self, side: Side) -> dict[str, Ratio]:
        """Energy of a network over that of the first rival, by table; of tables that price both.

        Args:
            side: one of `sides`.
        """
        found = {}
        for table in self.tables:
            own, other = (self.prices_of(one.name, table.name) for one in (side, self.rivals[0]))
            if own and other:
                found[table.name] = ratio(own, other)
        return found

    def prices_of(self, side: str, table: str | None = None) -> list[Price]:
        """Prices of one network, by every method, under one table or all.

        Args:
            side: the network's name.
            table: the table's name.
        """
        return [one for one in self.prices if one.side == side and table in (None, one.account.table)]

    def interval(self, *, memory: bool, side: Side | None = None) -> Extent | None:
        """The interval of the energy ratio over all tables that price both networks; `None` if there is none.

        Args:
            memory: with memory, or arithmetic alone.
            side: whose energy is set over that of the first rival; `None`: the spiking network's.
        """
        ratios = self.ratios if side is None else self.ratios_of(side)
        values = {table: found.total if memory else found.compute for table, found in ratios.items()}
        return extent({table: value for table, value in values.items() if value is not None})

    def break_even(self) -> tuple[BreakEven, ...]:
        """The spike rate at which the spiking network would need as much as its rival, and the present one."""
        rival = self.prices_of(self.rivals[0].name)
        return break_even(self.spiking.inference, self.prices_of(self.spiking.name), rival)

    def verdict(self) -> str:
        """Who needs less energy, by what interval over which tables, and who is more accurate, in one sentence."""
        names = self.spiking.name, self.rivals[0].name
        notes = []
        if degenerate(self.spiking):
            notes.append("it never spiked" if not self.spikes_per_image else "every neuron spiked in every step")
        if self.uncounted():
            notes.append("not everything was counted")
        return sentence(
            (names[0], self.accuracies[names[0]]),
            (names[1], self.accuracies[names[1]]),
            compute=self.interval(memory=False),
            total=self.interval(memory=True),
            notes=tuple(notes),
        )

    def early_verdict(self) -> str:
        """The same of the spiking network stopped early; empty if no rule was chosen."""
        if self.early is None:
            return ""
        return sentence(
            (self.early.name, self.accuracies[self.early.name]),
            (self.rivals[0].name, self.accuracies[self.rivals[0].name]),
            compute=self.interval(memory=False, side=self.early),
            total=self.interval(memory=True, side=self.early),
            notes=(f"it answers after {self.early.steps:.1f} of {self.spiking.steps:.0f} steps on average",),
        )

    @property
    def spikes_per_image(self) -> float:
        """Spikes of all populations of the spiking network, for one image."""
        work = next(iter(self.spiking.inference.values()))
        return work.spikes / work.images

    def warnings(self) -> list[str]:
        """What would fool a reader: what the study sees itself, then what the trials have seen, each once."""
        first = self.rivals[0]
        own = own_warnings(
            (self.spiking, self.accuracies[self.spiking.name]),
            (first, self.accuracies[first.name]),
            without_memory=[table.name for table in self.tables if not prices_memory(table)],
            seeds=len(self.trials),
        )
        found = [*own, *(line for trial in self.trials for line in trial.warnings)]
        return list(dict.fromkeys(f"{line[:1].upper()}{line[1:]}" for line in found))

    def uncounted(self) -> list[str]:
        """What was not counted, as sentences."""
        names = dict.fromkeys(name for trial in self.trials for name in trial.uncounted)
        return [f"not counted: {name}, its share is unknown" for name in names]

    def assumptions(self) -> list[str]:
        """Everything that has to be known to read the figures, each sentence once."""
        lines = [line for one in self.prices for line in one.account.assumptions]
        if len({side.bits for side in self.sides}) > 1:
            lines.append(WIDTHS)
        return list(dict.fromkeys(lines))

    def citations(self) -> dict[str, str]:
        """Where each table comes from."""
        return {table.name: table.citation for table in self.tables}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file; energies in pJ per image."""
        from picojoule.energy.study.figures import figures

        return figures(self)

    def table(self) -> None:
        """Print the figures, the break-even rates, the warnings and the verdict."""
        from picojoule.energy.study.table import print_study

        print_study(self)

    def write(self, folder: Path | str, *, repeat: Sequence[str] = (), more: Mapping[str, Any] | None = None) -> Path:
        """Write `result.json`, and the page `report.html` with its pictures.

        Args:
            folder: where to; it is made if it is not there.
            repeat: the commands that give the same figures, for the page.
            more: plain values for `result.json`, beside those of `to_dict`.

        Returns:
            The page.

        Raises:
            OutputError: if the folder cannot be written; choose another one.
        """
        from picojoule.energy.study.page import write_page

        place = Path(folder)
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make {place}: {error.strerror}; choose another folder") from error
        page = write_page(self, place, repeat=repeat)
        text = json.dumps({**self.to_dict(), **(more or {})}, indent=2, ensure_ascii=False, allow_nan=False)
        write_atomically(place / "result.json", (text + "\n").encode())
        return page


def _names(trial: Trial) -> list[str]:
    return [side.name for side in (trial.spiking, *trial.rivals)]
