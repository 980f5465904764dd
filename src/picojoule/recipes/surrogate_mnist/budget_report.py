"""The part of a report that says how an energy budget was kept, or missed."""

from pathlib import Path

from picojoule.core.words import percent
from picojoule.plot.budget_history import budget_history
from picojoule.plot.report import Picture, Section, Table
from picojoule.plot.save import save_figure
from picojoule.plot.units import energy_text
from picojoule.recipes.surrogate_mnist.budget_outcome import BudgetOutcome


def budget_sections(folder: Path, outcome: BudgetOutcome | None) -> list[Section]:
    """One section on the budget; none without a budget.

    Args:
        folder: where the picture goes.
        outcome: of the training.
    """
    if outcome is None:
        return []
    budget, state = outcome.limit.budget, outcome.state
    rows = [
        [k, f"{weight:g}" if weight else "none", energy_text(energy), percent(right),
         "yes" if energy <= budget.amount else "no"]
        for k, (weight, energy, right) in enumerate(zip(state.weights, state.energy, state.accuracy, strict=True), 1)
    ]  # fmt: skip
    figure = budget_history(
        state.energy, state.accuracy, budget=budget.amount if budget.limited else None, chosen=state.chosen
    )
    return [
        Section(
            "Energy budget",
            text=[outcome.sentence(), *_how(outcome)],
            table=Table(["epoch", "weight of the penalty", "energy per image", "accuracy", "within the budget"], rows),
            picture=Picture(save_figure(figure, folder / "energy_budget.png"), "Energy and accuracy over the epochs"),
        )
    ]


def _how(outcome: BudgetOutcome) -> list[str]:
    limit = outcome.limit
    held = (
        f"Measured on {len(limit.images):,} training images, from which neither network learned; they decided how hard "
        f"the penalty pressed and which epoch was kept: the most accurate one within the budget, or, if there is none, "
        f"the one that needs least. Without a single spike, one of them costs {energy_text(limit.minimum)}."
    )
    if not limit.budget.limited:
        return [held]
    return [
        held,
        "The loss of the spiking network is the cross-entropy plus the weight times how far the energy of a batch lies "
        "above an allowance, which falls to the budget while the network is trained. The ReLU network was trained "
        "without a penalty, and is that of the last epoch; pressed to be sparse, it too might need less.",
    ]
