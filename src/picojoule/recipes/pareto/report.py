"""The page of `pj pareto`."""

from pathlib import Path

from picojoule.core.words import percent
from picojoule.plot.pareto import Trained, pareto
from picojoule.plot.report import Card, Picture, Section, Table, write_report
from picojoule.plot.save import save_figure
from picojoule.plot.units import energy_text
from picojoule.recipes.pareto.outcome import NO_LIMIT, Outcome

HEADER = (
    "budget", "kept", "on the front", "energy, held-out images", "accuracy, held-out images", "energy, test images",
    "accuracy, test images",
)  # fmt: skip


def write_pareto_report(folder: Path, outcome: Outcome) -> None:
    """Draw the front, and put it on one page.

    Args:
        folder: of the run.
        outcome: all networks.
    """
    networks, rival = outcome.networks, outcome.rival
    holds = {network.name: found["holds"] for network, found in zip(networks, outcome.found.values(), strict=True)}
    rows = [_row(network, _kept(network, holds[network.name]), "yes" if network.front else "no")
            for network in networks]  # fmt: skip
    rows += [] if rival is None else [_row(rival, None, None)]
    validated = bool(outcome.options.validate)
    images = ("held-out images", "validation images" if validated else "test images")
    figure = pareto(networks, rival, images=images)
    known = outcome.first["energy_budget"]
    write_report(
        folder / "report.html",
        title=f"Accuracy against energy: {outcome.recipe}",
        introduction=(
            f"The same spiking network was trained several times from the same weights: once without a limit, then "
            f"with a penalty on counted energy, within a budget per image ({outcome.counted}). All was chosen on "
            f"{known['held_out_images']:,} training images that no network learned from. Seed {outcome.options.seed}."
        ),
        summary=_cards(outcome),
        sections=[
            Section(
                "The front",
                text=[outcome.sentence(), *_how(outcome)],
                table=Table(HEADER, rows),
                picture=Picture(save_figure(figure, folder / "pareto.png"), "Accuracy against energy per image"),
            ),
            Section("How to repeat it", text=[outcome.command()]),
        ],
        footer="Made by picojoule. Energies are operation counts times published costs, not measurements.",
    )


def _row(network: Trained, kept: str | None, front: str | None) -> list[str | None]:
    (energy, right), (tested, share) = network.chosen, network.tested
    return [network.name, kept, front, energy_text(energy), percent(right), energy_text(tested), percent(share)]


def _kept(network: Trained, holds: bool) -> str | None:
    return None if network.name == NO_LIMIT else "yes" if holds else "missed"


def _cards(outcome: Outcome) -> list[Card]:
    first, *others = outcome.networks
    cards = [Card(NO_LIMIT, f"{100 * first.chosen[1]:.2f}", "%", energy_text(first.chosen[0]))]
    cards += [Card(f"budget {n.name}", f"{100 * n.chosen[1]:.2f}", "%", energy_text(n.chosen[0])) for n in others]
    if (rival := outcome.rival) is not None:
        cards.append(Card(rival.name, f"{100 * rival.chosen[1]:.2f}", "%", energy_text(rival.chosen[0])))
    return cards


def _how(outcome: Outcome) -> list[str]:
    minimum = energy_text(outcome.first["energy_budget"]["minimum"])
    return [
        f"Without a single spike an image costs {minimum}: no budget can be lower. A network is on the front if no "
        "other spiking network needs less and is at least as accurate, or is more accurate and needs no more, on the "
        "held-out images; the right panel joins the same networks.",
        "The ReLU network was trained once, without a penalty. Pressed to be sparse, it too might need less.",
        "One seed each: networks whose accuracies lie within the sampling error of the images are not ordered by it.",
    ]
