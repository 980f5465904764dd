"""Whether an energy budget was kept: in words, rows and figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from picojoule.core.words import percent
from picojoule.data.dataset import LabelledImages
from picojoule.decode.score import accuracy
from picojoule.energy.budget import EnergyBudget
from picojoule.energy.compare import Comparison
from picojoule.energy.contenders import EVENTS, REUSING
from picojoule.energy.work import Workload
from picojoule.plot.units import energy_text
from picojoule.recipes.surrogate_mnist.account import Answers, relu_works
from picojoule.recipes.surrogate_mnist.budget import BudgetedTraining, Limit
from picojoule.recipes.surrogate_mnist.budget_state import BudgetState
from picojoule.recipes.surrogate_mnist.networks import Plan


@dataclass(frozen=True)
class Measured:
    """One network: accuracies are fractions, energies pJ per image."""

    validation_accuracy: float
    validation_energy: float
    test_accuracy: float
    test_energy: float


@dataclass(frozen=True, eq=False)
class BudgetOutcome:
    """What came of a budget.

    Args:
        limit: the budget.
        state: of the search, ended.
        spiking: the network of the chosen epoch.
        relu: the ReLU network, zeros skipped where that is cheaper; `None` if the table does not price it.
        kind: of the images that were reported on, `test` or `validation`.
        reusing: pJ per image of these images on hardware that reuses weights, of the spiking and of the ReLU network;
            `None` if there is nothing to reuse, or no price.
    """

    limit: Limit
    state: BudgetState
    spiking: Measured
    relu: Measured | None
    kind: str
    reusing: tuple[float, float] | None = None

    @property
    def holds(self) -> bool:
        """Whether the network keeps the budget on the held-out images."""
        return self.spiking.validation_energy <= self.limit.budget.amount

    def sentence(self) -> str:
        """The outcome in words."""
        budget, own = self.limit.budget, self.spiking
        reported = f"{energy_text(own.test_energy)} on the {self.kind} images"
        measured = f"{energy_text(own.validation_energy)} per image"
        if not budget.limited:
            return f"There was no budget to keep: {measured} on the held-out images, {reported} ({budget.counted()})."
        if not self.holds:
            missed = percent(self.limit.missed_by(own.validation_energy))
            return (
                f"The energy budget of {budget.text} is missed by {missed}: the cheapest epoch needs {measured} on the "
                f"held-out images ({budget.counted()}), {reported}. Give more --epochs, or a larger budget."
            )
        beyond = self.limit.missed_by(own.test_energy)
        note = f", which is {percent(beyond)} above it" if beyond else ""
        silent = own.validation_energy <= self.limit.minimum
        dead = " No hidden neuron spikes any more: it guesses. Give a larger budget." if silent else ""
        return (
            f"The energy budget of {budget.text} holds: {measured} on the held-out images ({budget.counted()}), "
            f"{reported}{note}; the ReLU network was trained without a penalty.{dead}"
        )

    def rows(self) -> list[tuple[str, str]]:
        """Names and values for a table."""
        budget, own = self.limit.budget, self.spiking
        return [
            ("energy budget", f"{budget.text} ({budget.counted()})"),
            ("energy without a spike", energy_text(self.limit.minimum)),
            ("energy, held-out images", energy_text(own.validation_energy)),
            (f"energy, {self.kind} images", energy_text(own.test_energy)),
            ("accuracy, held-out images", percent(own.validation_accuracy)),
            ("epoch chosen", f"{self.state.chosen + 1} of {len(self.state.energy)}"),
        ]

    def figures(self) -> dict[str, Any]:
        """Plain values for `result.json`; energies in pJ per image."""
        budget, state = self.limit.budget, self.state
        return {
            "budget": budget.text,
            "amount": budget.amount if budget.limited else None,
            "table": budget.table.name,
            "memory": budget.memory,
            "minimum": self.limit.minimum,
            "holds": self.holds,
            "held_out_images": len(self.limit.images),
            "epoch": state.chosen + 1,
            "spiking": vars(self.spiking),
            "relu": None if self.relu is None else vars(self.relu),
            "test_energy_reusing_weights": None
            if self.reusing is None
            else {"spiking": self.reusing[0], "relu": self.reusing[1]},
            "history": {"energy": state.energy, "accuracy": state.accuracy, "weight": state.weights},
            "sentence": self.sentence(),
        }


def budget_outcome(
    within: BudgetedTraining | None,
    made: Plan,
    compared: Comparison,
    answer: Callable[[LabelledImages], Answers],
    *,
    kind: str,
) -> BudgetOutcome | None:
    """Put the outcome together.

    Args:
        within: the training, ended; `None`: there was no budget.
        made: what both networks are made of.
        compared: both networks on the images that are reported on.
        answer: what the ReLU network answers to images.
        kind: of the images that were reported on.
    """
    if within is None:
        return None
    limit, state = within.limit, within.state
    relu = answer(limit.images)
    budget, rival = limit.budget, relu_works(made, relu)
    own = Measured(
        state.accuracy[state.chosen],
        state.energy[state.chosen],
        compared.spiking.accuracy,
        budget.energy(compared.spiking.inference[EVENTS]),  # as on the held-out images, whatever would be cheaper
    )
    other, reusing = None, None
    if not any(budget.table.refusal(work) for work in rival.values()):
        right = accuracy(relu.classes, limit.images.labels)
        reported = compared.relu
        other = Measured(right, _least(budget, rival), reported.accuracy, _least(budget, reported.inference))
        if REUSING in reported.inference:
            sides = compared.spiking.inference, reported.inference
            reusing = budget.energy(sides[0][REUSING]), budget.energy(sides[1][REUSING])
    return BudgetOutcome(limit, state, own, other, kind, reusing)


def _least(budget: EnergyBudget, works: Mapping[str, Workload]) -> float:
    """By the cheapest method of hardware like the spiking network's, which reads a weight whenever it needs it."""
    return min(budget.energy(work) for method, work in works.items() if method != REUSING)
