"""What a run found: figures."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from picojoule.core.words import percent, short
from picojoule.data.dataset import ImageDataset
from picojoule.decode.score import Interval
from picojoule.energy.compare import Comparison
from picojoule.energy.contenders import REUSING
from picojoule.plot.units import energy_text
from picojoule.recipes.command import command as command_of
from picojoule.recipes.surrogate_mnist.account import Answers
from picojoule.recipes.surrogate_mnist.budget_outcome import BudgetOutcome
from picojoule.recipes.surrogate_mnist.networks import Plan
from picojoule.recipes.surrogate_mnist.options import Options, Settings
from picojoule.recipes.surrogate_mnist.state import TrainingState

NAME = "surrogate-mnist"


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything that a run found."""

    settings: Settings
    data: ImageDataset
    made: Plan
    accuracy: float
    interval: Interval
    confusion: Tensor
    state: TrainingState
    tested: Answers
    comparison: Comparison
    seconds: float
    budget: BudgetOutcome | None = None

    @property
    def kind(self) -> str:
        """Which images were reported on."""
        return "validation" if self.settings.options.validate else "test"

    @property
    def images(self) -> int:
        """How many these are."""
        return len(self.tested.classes)

    def headline(self) -> str:
        """The outcome in one line."""
        return f"{percent(self.accuracy)} of {self.images:,} {self.kind} images"

    def verdict(self) -> str:
        """The outcome in sentences: of the comparison, and of the energy budget, if there is one."""
        sentences = [self.comparison.verdict()] + ([] if self.budget is None else [self.budget.sentence()])
        return " ".join(sentences)

    def speed(self) -> str:
        """Images per second while the spiking network was trained."""
        return f"{self.state.epochs * len(self.data.train) / self.state.seconds:,.0f}"

    def spikes(self) -> dict[str, float]:
        """Spikes per image of every layer that can spike."""
        poisson = self.settings.options.encoding == "poisson"
        names = ("input", *self.made.names[:-1])
        counts = zip(names, self.tested.active, strict=False)
        return {name: int(count.sum()) / self.images for name, count in counts if poisson or name != "input"}

    def rates(self) -> dict[str, float]:
        """Spikes per neuron and step of every hidden layer."""
        units = dict(zip(self.made.names, (stage.outputs for stage in self.made.stages), strict=True))
        spikes = self.spikes()
        return {name: spikes[name] / (units[name] * self.settings.steps) for name in self.made.names[:-1]}

    def rows(self) -> list[tuple[str, str]]:
        """Names and values for a table."""
        relu = self.comparison.relu
        rows = [
            (f"{self.kind} accuracy", percent(self.accuracy)),
            ("95 % interval", f"{percent(self.interval.low)} – {percent(self.interval.high)}"),
            (f"{self.kind} accuracy, {short(relu.name)} network", percent(relu.accuracy)),
            ("training images shown", f"{self.state.epochs * len(self.data.train):,}"),
            ("training speed", f"{self.speed()} images/s"),
        ]
        rows += [(f"spikes per image, {name}", f"{count:,.0f}") for name, count in self.spikes().items()]
        rows += [(f"spikes per neuron and step, {name}", f"{rate:.3f}") for name, rate in self.rates().items()]
        for row in self.comparison.inference:
            if row.network != relu.name or row.method != "dense":
                value = f"{energy_text(row.compute)} + {energy_text(row.memory)} memory"
                method = f", {row.method}" if row.method == REUSING else ""
                rows.append((f"energy per image, {short(row.network)}{method}, {row.table}", value))
        rows += [] if self.budget is None else self.budget.rows()
        return [*rows, ("wall time", f"{self.seconds:.1f} s")]

    def figures(self) -> dict[str, Any]:
        """Plain values for `result.json`."""
        own = {} if self.budget is None else {"energy_budget": self.budget.figures()}
        return {
            "recipe": NAME,
            "options": self.settings.identity(),
            "images": {
                "training": len(self.data.train),
                "shown": self.state.epochs * len(self.data.train),
                self.kind: self.images,
            },
            "accuracy": {
                "spiking": self.accuracy,
                "relu": self.comparison.relu.accuracy,
                "interval_95": list(self.interval),
            },
            "confusion": self.confusion.tolist(),
            "spikes_per_image": self.spikes(),
            "spikes_per_neuron_and_step": self.rates(),
            "energy": self.comparison.to_dict(),
            **own,
            "history": vars(self.state.history),
            "seconds": {"all": self.seconds, "training": self.state.seconds},
        }


def command(options: Options) -> str:
    """The command that gives the same figures; another number of threads may change the last bits.

    Example:
        >>> command(Options(model="conv", epochs=3, threads=2))
        'pj run surrogate-mnist --model conv --epochs 3'
    """
    return command_of(NAME, options)
