"""What a run of Diehl & Cook found, as figures, pictures and a page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from picojoule.core.counts import Counts
from picojoule.core.trains import SpikeTrains
from picojoule.data.dataset import ImageDataset
from picojoule.decode.labels import Assignment
from picojoule.decode.score import Interval
from picojoule.energy.compare import Comparison
from picojoule.network.network import Network
from picojoule.plot.confusion import confusion
from picojoule.plot.energy import energy
from picojoule.plot.history import accuracy_history, quantile_history
from picojoule.plot.raster import raster
from picojoule.plot.receptive_fields import receptive_fields
from picojoule.plot.report import Card, Picture, Section, Table, write_report
from picojoule.plot.save import save_figure
from picojoule.plot.units import energy_text
from picojoule.recipes.diehl_cook_2015.options import Settings
from picojoule.recipes.diehl_cook_2015.state import LEVELS, TrainingState
from picojoule.simulate.result import Run

FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
NAME = "diehl-cook-2015"
READOUT = "ProportionWeighting"  # the better of the two votes on held-out training images


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
        """The headline accuracy: that of proportion weighting."""
        return self.accuracies[READOUT]

    @property
    def kind(self) -> str:
        """Which images were reported on."""
        return "validation" if self.settings.options.validate else "test"

    def headline(self) -> str:
        """The outcome in one line."""
        return f"{self.accuracy:.2%} of {self.tested:,} {self.kind} images"

    def speed(self) -> float:
        """Images per second while training."""
        return self.state.done / max(self.state.seconds, 1e-9)

    def rows(self) -> list[tuple[str, str]]:
        """Names and values for a table."""
        per_image = self.testing.per_sample()
        own, other = self.comparison.spiking.name, self.comparison.relu.name
        rows = [
            (f"{self.kind} accuracy, proportion weighting", f"{self.accuracy:.2%}"),
            ("95 % interval", f"{self.interval.low:.2%} – {self.interval.high:.2%}"),
            (f"{self.kind} accuracy, all activity", f"{self.accuracies['AllActivity']:.2%}"),
            (f"{other}, {self.kind} accuracy", f"{self.comparison.relu.accuracy:.2%}"),
            ("training images shown", f"{self.state.done:,}"),
            ("training speed", f"{self.speed():,.0f} images/s"),
            ("spikes per image (all populations, input included)", f"{per_image['spikes']:,.0f}"),
            ("synaptic events per image", f"{per_image['synaptic_events']:,.0f}"),
            ("neuron updates per image", f"{per_image['neuron_updates']:,.0f}"),
        ]
        for row in self.comparison.inference:
            if row.network == own or row.method != "dense":
                rows.append(
                    (f"{row.network}, {row.table}", f"{energy_text(row.compute)} + {energy_text(row.memory)} memory")
                )
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


def tell(findings: Findings, folder: Path) -> None:
    """The outcome on the terminal."""
    from rich.console import Console
    from rich.table import Table as Grid

    console = Console()
    table = Grid(title=f"{NAME}: {findings.headline()}", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in findings.rows():
        table.add_row(name, value)
    console.print(table)
    console.print(findings.comparison.verdict())
    console.print(f"Report: {folder / 'report.html'}", highlight=False, soft_wrap=True)


def write_pictures(folder: Path, findings: Findings, network: Network, spikes: SpikeTrains, one: Run) -> None:
    """Draw everything, and put it on one page."""
    sections = [
        _overview(findings),
        _fields(folder, findings, network),
        _learning(folder, findings),
        _changes(folder, findings),
        _confused(folder, findings),
        _spikes(folder, findings, network, spikes, one),
        *_energies(folder, findings),
    ]
    options = findings.settings.options
    spiking = findings.comparison.inference[0]
    write_report(
        folder / "report.html",
        title=f"Diehl & Cook 2015 on {options.data}",
        introduction=(
            f"{options.neurons:,} excitatory neurons saw {findings.state.done:,} images and learned from their spikes "
            f"alone, without labels. Labels of training images then named the neurons. Preset {options.preset}, "
            f"seed {options.seed}."
        ),
        summary=[
            Card(f"{findings.kind} accuracy", f"{100 * findings.accuracy:.2f}", "%", f"{findings.tested:,} images"),
            Card("ReLU network", f"{100 * findings.comparison.relu.accuracy:.2f}", "%", "same size, same images"),
            Card("training", f"{findings.speed():,.0f}", "images/s", f"{findings.state.seconds:.1f} s"),
            Card("energy per image", energy_text(spiking.total), "", f"{spiking.table}, with memory"),
        ],
        sections=sections,
        footer="Made by picojoule. Energies are operation counts times published costs, not measurements.",
    )


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
    return Section(
        "Receptive fields",
        text=[f"Input weights of the excitatory neurons. {silent:,} of them fired for no labelled image."],
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


def _energies(folder: Path, findings: Findings) -> list[Section]:
    comparison = findings.comparison
    figure = energy(comparison.splits())
    header = ["table", "network", "method", "compute", "with memory"]
    inference = [
        [row.table, row.network, row.method, energy_text(row.compute), energy_text(row.total)]
        for row in comparison.inference
    ]
    training = [
        [row.table, row.network, row.method, energy_text(row.compute), energy_text(row.total)]
        for row in comparison.training
    ]
    return [
        Section(
            "Energy of one answer",
            text=[comparison.verdict()],
            table=Table(header, inference),
            picture=Picture(save_figure(figure, folder / "energy.png"), "Energy per image by part, network and table"),
        ),
        Section("Energy of the whole training", text=[comparison.training_verdict()], table=Table(header, training)),
        Section("What is assumed", text=comparison.assumptions()),
    ]
