"""The part of a report that says what a run's networks cost."""

from pathlib import Path

from picojoule.energy.compare import Comparison
from picojoule.plot.energy import energy
from picojoule.plot.report import Picture, Section, Table
from picojoule.plot.save import save_figure
from picojoule.plot.units import energy_text

HEADER = ("table", "network", "method", "compute", "with memory")


def energy_sections(folder: Path, comparison: Comparison) -> list[Section]:
    """Sections on the energy of an answer, of the training if that was counted, and on what was assumed.

    Args:
        folder: where the picture goes.
        comparison: from `picojoule.energy.compare`.
    """
    inference, training = (
        [[row.table, row.network, row.method, energy_text(row.compute), energy_text(row.total)] for row in rows]
        for rows in (comparison.inference, comparison.training)
    )
    figure = energy(comparison.splits())
    sections = [
        Section(
            "Energy of one answer",
            text=[
                "What a network does is counted and priced with published costs: its arithmetic alone, and with every "
                "access to memory."
            ],
            table=Table(HEADER, inference),
            picture=Picture(save_figure(figure, folder / "energy.png"), "Energy per image by part, network and table"),
        )
    ]
    if training:
        sections.append(Section("Energy of the whole training", table=Table(HEADER, training)))
    return [*sections, Section("What is assumed", text=comparison.assumptions())]
