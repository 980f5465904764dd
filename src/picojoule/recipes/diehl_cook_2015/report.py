"""What a run of Diehl & Cook found, as pictures and a page."""

from pathlib import Path

import numpy as np

from picojoule.core.trains import SpikeTrains
from picojoule.network.network import Network
from picojoule.plot.confusion import confusion
from picojoule.plot.history import accuracy_history, quantile_history
from picojoule.plot.raster import raster
from picojoule.plot.receptive_fields import receptive_fields
from picojoule.plot.report import Card, Picture, Section, Table, write_report
from picojoule.plot.save import save_figure
from picojoule.plot.units import energy_text
from picojoule.recipes.diehl_cook_2015.findings import Findings, command
from picojoule.recipes.diehl_cook_2015.state import LEVELS
from picojoule.recipes.energy_sections import energy_sections
from picojoule.simulate.result import Run

SOURCE = (
    "P. U. Diehl & M. Cook, Unsupervised learning of digit recognition using spike-timing-dependent plasticity, "
    "Frontiers in Computational Neuroscience 9:99 (2015)"
)
FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


def write_pictures(folder: Path, findings: Findings, network: Network, spikes: SpikeTrains, one: Run) -> None:
    """Draw everything, and put it on one page."""
    sections = [
        _overview(findings),
        _fields(folder, findings, network),
        _learning(folder, findings),
        _changes(folder, findings),
        _confused(folder, findings),
        _spikes(folder, findings, network, spikes, one),
        *energy_sections(folder, findings.comparison),
        Section("How to repeat it", text=[command(findings.settings.options)]),
        Section("Sources", text=_sources(findings)),
    ]
    options = findings.settings.options
    write_report(
        folder / "report.html",
        title=f"Diehl & Cook 2015 on {options.data}",
        introduction=(
            f"{options.neurons:,} excitatory neurons saw {findings.state.done:,} images and learned from their spikes "
            f"alone, without labels. Labels of training images then named the neurons. Preset {options.preset}, "
            f"seed {options.seed}."
        ),
        summary=_cards(findings),
        sections=sections,
        footer="Made by picojoule. Energies are operation counts times published costs, not measurements.",
    )


def _cards(findings: Findings) -> list[Card]:
    rows, accuracy = findings.comparison.inference, 100.0 * findings.accuracy
    own = rows[0]
    other = min(row.total for row in rows if row.table == own.table and row.network != own.network)
    return [
        Card(f"{findings.kind} accuracy", f"{accuracy:.2f}", "%", f"{findings.tested:,} images"),
        Card("ReLU network", f"{100 * findings.comparison.relu.accuracy:.2f}", "%", "same size, same images"),
        Card("training", findings.speed(), "images/s", f"{findings.state.done:,} images"),
        Card(
            "energy per image",
            energy_text(own.total),
            "",
            f"ReLU network: {energy_text(other)} ({own.table}, memory included)",
        ),
    ]


def _overview(findings: Findings) -> Section:
    rows = [[name, value] for name, value in findings.rows()]
    return Section(
        "Outcome",
        text=[findings.comparison.verdict(), findings.comparison.training_verdict()],
        table=Table(["figure", "value"], rows),
    )


def _names(findings: Findings) -> list[str]:
    fashion = findings.settings.options.data.startswith("fashion")
    return list(FASHION) if fashion else [str(k) for k in range(findings.data.n_classes)]


def _fields(folder: Path, findings: Findings, network: Network) -> Section:
    weight = network.connections["X", "Ae"].weight.detach()
    labels = [str(int(label)) if label >= 0 else "" for label in findings.assignment.labels]
    height, width = findings.data.shape
    figure = receptive_fields(weight, image_shape=(height, width), labels=labels, title="What each neuron has learned")
    silent = int((findings.assignment.labels < 0).sum())
    without = f"{silent:,} fired for no labelled image and have none" if silent else "every neuron has one"
    return Section(
        "Receptive fields",
        text=[
            "Input weights of the excitatory neurons, each drawn as an image. In its corner stands the class that the "
            f"neuron was named after; {without}."
        ],
        picture=Picture(
            save_figure(figure, folder / "receptive_fields.png"), "Input weights of each neuron as an image"
        ),
    )


def _learning(folder: Path, findings: Findings) -> Section:
    history = findings.state.history
    known = [k for k, value in enumerate(history.accuracy) if value >= 0]
    if not known:
        return Section("Accuracy while training", text=["Too few images were shown to draw a curve."])
    figure = accuracy_history(
        [history.images[k] for k in known],
        [history.accuracy[k] for k in known],
        test_accuracy=findings.accuracy,
    )
    return Section(
        "Accuracy while training",
        text=[
            "Each point is the share of the last images shown that the labels learned from earlier ones named rightly, "
            "while weights were still changing. Labels are only used for this curve, never for learning."
        ],
        picture=Picture(save_figure(figure, folder / "accuracy.png"), "Accuracy against training images shown"),
    )


def _changes(folder: Path, findings: Findings) -> Section:
    history = findings.state.history
    if not history.images:
        return Section("Weights and thresholds", text=["Too few images were shown to draw a curve."])
    figure = quantile_history(
        history.images,
        {"weight": np.array(history.weights), "threshold offset (mV)": np.array(history.thresholds)},
        levels=LEVELS,
    )
    return Section(
        "Weights and thresholds",
        text=[
            "Lines are medians; bands hold the middle 50 % and 90 % of all weights, and of all neurons. A neuron's "
            "threshold rises with every spike, so that no neuron answers to everything."
        ],
        picture=Picture(
            save_figure(figure, folder / "history.png"), "Quantiles of weights and thresholds over training"
        ),
    )


def _confused(folder: Path, findings: Findings) -> Section:
    undecided = int(findings.confusion[:, -1].sum())
    figure = confusion(findings.confusion[:, :-1], class_names=_names(findings))
    notes = [f"{undecided:,} images excited no labelled neuron; they count as wrong and are not in the matrix."]
    return Section(
        "Confusion",
        text=notes if undecided else [],
        picture=Picture(save_figure(figure, folder / "confusion.png"), "Confusion matrix"),
    )


def _spikes(folder: Path, findings: Findings, network: Network, spikes: SpikeTrains, one: Run) -> Section:
    steps = np.repeat(np.arange(spikes.steps), np.diff(spikes.pointers[0]))
    panels = {"X (input)": (steps, spikes.indices[: len(steps)], spikes.size)}
    for name, title in (("Ae", "Ae (excitatory)"), ("Ai", "Ai (inhibitory)")):
        events = one[name].events
        if events is not None:
            panels[title] = (events.t.numpy(), events.i.numpy(), network.population(name).n)
    figure = raster(panels, dt=network.dt, duration=spikes.steps * network.dt, title="Spikes of one image")
    return Section(
        "Spikes",
        text=[f"The first {findings.kind} image: every spike of every population."],
        picture=Picture(save_figure(figure, folder / "raster.png"), "Spike raster of one image"),
    )


def _sources(findings: Findings) -> list[str]:
    prices = dict.fromkeys(priced.citation for _, _, priced in findings.comparison.accounts)
    return [SOURCE, *findings.data.sources, *prices]
