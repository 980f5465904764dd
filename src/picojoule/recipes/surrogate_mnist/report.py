"""What a run found, as pictures and a page."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from picojoule.energy.compare import Row
from picojoule.plot.confusion import confusion
from picojoule.plot.history import accuracy_history, quantile_history
from picojoule.plot.raster import raster
from picojoule.plot.receptive_fields import receptive_fields
from picojoule.plot.report import Card, Picture, Section, Table, write_report
from picojoule.plot.save import save_figure
from picojoule.plot.units import energy_text
from picojoule.recipes.energy_sections import energy_sections
from picojoule.recipes.surrogate_mnist.budget_report import budget_sections
from picojoule.recipes.surrogate_mnist.findings import Findings, command
from picojoule.recipes.surrogate_mnist.options import DT
from picojoule.recipes.surrogate_mnist.state import LEVELS

SOURCES = (
    "E. O. Neftci, H. Mostafa & F. Zenke, Surrogate gradient learning in spiking neural networks, IEEE Signal "
    "Processing Magazine 36 (2019)",
    "W. Fang et al., Incorporating learnable membrane time constant to enhance learning of spiking neural networks, "
    "ICCV (2021)",
)
NAMES = {"dense": "784-1000-10", "conv": "12C5-P2-64C5-P2-10"}


def write_pictures(folder: Path, findings: Findings, network: nn.Module, one: Sequence[Tensor]) -> None:
    """Draw everything, and put it on one page."""
    options = findings.settings.options
    sections = [
        _overview(findings),
        *budget_sections(folder, findings.budget),
        _learning(folder, findings),
        _time_constants(folder, findings),
        _weights(folder, findings, network),
        _confused(folder, findings),
        _spikes(folder, findings, one),
        *energy_sections(folder, findings.comparison),
        Section("How to repeat it", text=[command(options)]),
        Section("Sources", text=_sources(findings)),
    ]
    write_report(
        folder / "report.html",
        title=f"Surrogate gradients on {options.data}",
        introduction=(
            f"A spiking network ({_name(findings)}) was trained by backpropagation through {findings.settings.steps} "
            f"steps of time, with surrogates for the derivatives of its spikes, in {findings.state.epochs} epochs; its "
            f"time constants were learned with its weights. {_encoded(findings)} Seed {options.seed}."
        ),
        summary=_cards(findings),
        sections=sections,
        footer="Made by picojoule. Energies are operation counts times published costs, not measurements.",
    )


def _name(findings: Findings) -> str:
    return "-".join(str(n) for n in _sizes(findings)) if len(findings.made.stages) == 2 else NAMES["conv"]


def _sizes(findings: Findings) -> list[int]:
    return [findings.made.stages[0].inputs, *(stage.outputs for stage in findings.made.stages)]


def _encoded(findings: Findings) -> str:
    if findings.settings.options.encoding == "current":
        return "Each pixel was a constant current."
    return f"Each pixel fired at random, a white one at {findings.settings.max_rate:g} Hz."


def _cards(findings: Findings) -> list[Card]:
    rows, accuracy = findings.comparison.inference, 100.0 * findings.accuracy
    own = min((row for row in rows if row.table == rows[0].table and row.network == rows[0].network), key=_total)
    other = min(row.total for row in rows if row.table == own.table and row.network != own.network)
    return [
        Card(f"{findings.kind} accuracy", f"{accuracy:.2f}", "%", f"{findings.images:,} images"),
        Card("ReLU network", f"{100 * findings.comparison.relu.accuracy:.2f}", "%", _trained(findings)),
        Card("spikes per image", f"{sum(findings.spikes().values()):,.0f}", "", f"{findings.settings.steps} steps"),
        Card(
            "energy per image",
            energy_text(own.total),
            "",
            f"ReLU network: {energy_text(other)} ({own.table}, memory included)",
        ),
    ]


def _trained(findings: Findings) -> str:
    pressed = findings.budget is not None and findings.budget.limit.budget.limited
    return "same layers, trained without a penalty" if pressed else "same layers, same training"


def _total(row: Row) -> float:
    return row.total


def _overview(findings: Findings) -> Section:
    rows = [[name, value] for name, value in findings.rows()]
    return Section("Outcome", text=[findings.verdict()], table=Table(["figure", "value"], rows))


def _learning(folder: Path, findings: Findings) -> Section:
    history = findings.state.history
    figure = accuracy_history(history.images, history.accuracy, test_accuracy=findings.accuracy)
    return Section(
        "Accuracy while training",
        text=[
            "Each point is the share of the training images that were named rightly during an epoch, moved at random "
            "as they were and while weights were still changing; it may therefore lie below the accuracy on new images."
        ],
        table=Table(
            ["epoch", "loss", "training accuracy"],
            [
                [k, f"{loss:.4f}", f"{100 * right:.2f} %"]
                for k, (loss, right) in enumerate(zip(history.loss, history.accuracy, strict=True), start=1)
            ],
        ),
        picture=Picture(save_figure(figure, folder / "accuracy.png"), "Accuracy against training images shown"),
    )


def _time_constants(folder: Path, findings: Findings) -> Section:
    history = findings.state.history
    quantities = {
        f"{name}: tau (ms)": np.array(points)
        for name, points in zip(findings.made.names, history.time_constants.values(), strict=True)
    }
    figure = quantile_history(history.images, quantities, levels=LEVELS, title="Time constants in training")
    return Section(
        "Time constants",
        text=["Lines are medians; bands hold the middle 50 % and 90 % of a layer's membrane time constants."],
        picture=Picture(
            save_figure(figure, folder / "time_constants.png"), "Quantiles of time constants over training"
        ),
    )


def _weights(folder: Path, findings: Findings, network: nn.Module) -> Section:
    owned = (getattr(module, "weight", None) for module in network.modules())
    weight = next(value for value in owned if isinstance(value, Tensor))
    conv = weight.dim() == 4
    height, width = weight.shape[-2:] if conv else findings.data.shape
    figure = receptive_fields(
        weight.detach().flatten(1).T,
        image_shape=(height, width),
        title="Kernels, one for each channel" if conv else "Input weights",
    )
    what = "Kernels of the first layer" if conv else "Input weights of the hidden neurons, each drawn as an image"
    return Section(
        "What the first layer looks for",
        text=[f"{what}: blue excites, red inhibits."],
        picture=Picture(save_figure(figure, folder / "weights.png"), what),
    )


def _confused(folder: Path, findings: Findings) -> Section:
    names = [str(k) for k in range(findings.data.n_classes)]
    figure = confusion(findings.confusion[:, :-1], class_names=names)
    return Section("Confusion", picture=Picture(save_figure(figure, folder / "confusion.png"), "Confusion matrix"))


def _spikes(folder: Path, findings: Findings, one: Sequence[Tensor]) -> Section:
    poisson = findings.settings.options.encoding == "poisson"
    panels = {}
    for name, value in zip(("input", *findings.made.names[:-1]), one, strict=False):
        if poisson or name != "input":
            t, i = value.nonzero(as_tuple=True)
            panels[name] = (t.numpy(), i.numpy(), value.shape[1])
    figure = raster(panels, dt=DT, duration=findings.settings.steps * DT, title="Spikes of one image")
    return Section(
        "Spikes",
        text=[f"The first {findings.kind} image: every spike of every layer."],
        picture=Picture(save_figure(figure, folder / "raster.png"), "Spike raster of one image"),
    )


def _sources(findings: Findings) -> list[str]:
    prices = dict.fromkeys(priced.citation for _, _, priced in findings.comparison.accounts)
    return [*SOURCES, *findings.data.sources, *prices]
