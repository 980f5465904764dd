"""The pictures of a study: energy of each layer, energy against accuracy, interval over tables."""

from pathlib import Path

from picojoule.energy.study.price import cheapest
from picojoule.energy.study.reference import energy, reference_table
from picojoule.energy.study.study import Study
from picojoule.energy.study.trial import Side
from picojoule.energy.table import CostTable
from picojoule.plot.decision import Answer, decision
from picojoule.plot.layer_energy import layer_energy
from picojoule.plot.report import Picture
from picojoule.plot.save import save_figure
from picojoule.plot.table_interval import table_interval


def layers_picture(study: Study, folder: Path) -> Picture | None:
    """Energy of each layer of each network by each method, under the reference table."""
    table = reference_table(study)
    networks: dict[str, dict[str, tuple[float, float]]] = {}
    for side in (study.spiking, *study.rivals):
        found = study.prices_of(side.name, table.name)
        one = cheapest(found, memory=True) or cheapest(found, memory=False)
        if one is not None:
            layers = networks.setdefault(f"{one.side}, {one.method}", {})
            for line in one.account.lines:
                compute, memory = layers.get(line.name, (0.0, 0.0))
                layers[line.name] = compute + line.compute, memory + line.memory
    networks = {name: layers for name, layers in networks.items() if layers}
    if not networks:
        return None
    figure = layer_energy(networks, title=f"Energy of each layer ({table.name})")
    return Picture(save_figure(figure, folder / "layers.png"), "Energy per image of each layer of each network")


def decision_picture(study: Study, folder: Path) -> Picture | None:
    """Accuracy against energy over the decision time, under the reference table."""
    table = reference_table(study)
    side = study.spiking
    curve = [(moment.steps, energy(moment.inference, table), moment.accuracy) for moment in side.curve]
    curve = [point for point in curve if point[1] > 0]
    sides = study.rivals if len(curve) > 1 else (study.spiking, *study.rivals)
    answers = {one.name: _answer(study, one, table) for one in sides}
    answers = {name: answer for name, answer in answers.items() if answer.energy > 0}
    if not answers and len(curve) < 2:
        return None
    early = side.early_exit
    figure = decision(
        curve if len(curve) > 1 else [],
        answers,
        early=None if early is None else Answer(energy(early.inference, table), early.accuracy),
        name=side.name,
        title=f"Accuracy against energy over the decision time ({table.name})",
    )
    return Picture(save_figure(figure, folder / "decision.png"), "Accuracy against energy per image")


def tables_picture(study: Study, folder: Path, side: Side, file: str = "tables.png") -> Picture | None:
    """The ratio of a network's energy to that of the first rival, under every table that prices both networks."""
    ratios = {
        table: (found.compute, found.total)
        for table, found in study.ratios_of(side).items()
        if all(value is None or 0.0 < value < float("inf") for value in (found.compute, found.total))
    }
    if not ratios:
        return None
    names = side.name, study.rivals[0].name
    figure = table_interval(ratios, names=names)
    return Picture(save_figure(figure, folder / file), "Energy of one network over that of the other, by table")


def _answer(study: Study, side: Side, table: CostTable) -> Answer:
    found, accuracy = study.prices_of(side.name, table.name), study.accuracies[side.name]
    cost = energy(side.inference, table) if found else 0.0
    return Answer(cost, accuracy.mean, accuracy.low, accuracy.high)
