"""What a run of Diehl & Cook found: figures."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from picojoule.core.counts import Counts
from picojoule.core.words import percent, short
from picojoule.data.dataset import ImageDataset
from picojoule.decode.labels import Assignment
from picojoule.decode.score import Interval
from picojoule.energy.compare import Comparison
from picojoule.plot.units import energy_text
from picojoule.recipes.command import command as command_of
from picojoule.recipes.diehl_cook_2015.options import Options, Settings
from picojoule.recipes.diehl_cook_2015.state import TrainingState

NAME = "diehl-cook-2015"
READOUT = "PoissonLikelihood"  # the best of the three on held-out training images


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything that a run found."""

    settings: Settings
    data: ImageDataset
    tested: int
    accuracies: dict[str, float]
    interval: Interval
    confusion: Tensor
    assignment: Assignment
    state: TrainingState
    testing: Counts
    comparison: Comparison
    seconds: float

    @property
    def accuracy(self) -> float:
        """The headline accuracy: that of the Poisson likelihood."""
        return self.accuracies[READOUT]

    @property
    def kind(self) -> str:
        """Which images were reported on."""
        return "validation" if self.settings.options.validate else "test"

    def headline(self) -> str:
        """The outcome in one line."""
        return f"{percent(self.accuracy)} of {self.tested:,} {self.kind} images"

    def speed(self) -> str:
        """Images per second while training, without the first window, which compiles the network."""
        return f"{self.state.clocked / self.state.seconds:,.0f}" if self.state.clocked else "–"

    def rows(self) -> list[tuple[str, str]]:
        """Names and values for a table."""
        per_image, relu = self.testing.per_sample(), self.comparison.relu
        rows = [
            (f"{self.kind} accuracy, Poisson likelihood", percent(self.accuracy)),
            ("95 % interval", f"{percent(self.interval.low)} – {percent(self.interval.high)}"),
            (f"{self.kind} accuracy, proportion weighting", percent(self.accuracies["ProportionWeighting"])),
            (f"{self.kind} accuracy, all activity", percent(self.accuracies["AllActivity"])),
            (f"{self.kind} accuracy, {short(relu.name)} network", percent(relu.accuracy)),
            ("training images shown", f"{self.state.done:,}"),
            ("training speed", f"{self.speed()} images/s"),
            ("spikes per image, input included", f"{per_image['spikes']:,.0f}"),
            ("synaptic events per image", f"{per_image['synaptic_events']:,.0f}"),
            ("neuron updates per image", f"{per_image['neuron_updates']:,.0f}"),
        ]
        for row in self.comparison.inference:
            if row.network != relu.name or row.method != "dense":
                value = f"{energy_text(row.compute)} + {energy_text(row.memory)} memory"
                rows.append((f"energy per image, {short(row.network)}, {row.table}", value))
        return [*rows, ("wall time", f"{self.seconds:.1f} s")]

    def figures(self) -> dict[str, Any]:
        """Plain values for `result.json`."""
        options = self.settings.options
        return {
            "recipe": NAME,
            "options": self.settings.identity() | {"threads": options.threads},
            "images": {"training": len(self.data.train), "shown": self.state.done, self.kind: self.tested},
            "accuracy": {**self.accuracies, "reported": READOUT, "interval_95": list(self.interval)},
            "confusion": self.confusion.tolist(),
            "silent_neurons": int((self.assignment.labels < 0).sum()),
            "energy": self.comparison.to_dict(),
            "counts": {
                "testing": self.testing.to_dict(),
                "training": None if self.state.counts is None else self.state.counts.to_dict(),
            },
            "history": vars(self.state.history),
            "seconds": {"all": self.seconds, "training": self.state.seconds},
        }


def command(options: Options) -> str:
    """The command that gives the same figures.

    Example:
        >>> command(Options(neurons=400, losers_reset=False, nu=(0.0, 0.1), threads=2))
        'pj run diehl-cook-2015 --neurons 400 --nu 0.0 0.1 --no-losers-reset'
    """
    return command_of(NAME, options)
