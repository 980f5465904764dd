"""Good arguments for the callables of `pj.energy`; see `calls`."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

import picojoule as pj
from picojoule.core.counts import Operations
from picojoule.data.dataset import LabelledImages

STEPS, BATCH, SIZE, CLASSES = 3, 8, 4, 2


def labels() -> torch.Tensor:
    return torch.arange(BATCH) % CLASSES


def images() -> torch.Tensor:
    return torch.linspace(0.0, 1.0, BATCH * SIZE).reshape(BATCH, SIZE)


def labelled() -> LabelledImages:
    return LabelledImages(images(), labels())


def workload() -> Any:
    return pj.energy.dense_inference([SIZE, CLASSES], images=BATCH)


def table() -> Any:
    return pj.energy.cost_table("horowitz-45nm-fp32")


def side(name: str = "it") -> Any:
    return pj.energy.Side(name, 0.5, 10, {"all": workload()})


def contender(name: str = "it") -> Any:
    return pj.energy.Contender(name, 0.5, {"all": workload()})


def stage() -> Any:
    return pj.energy.dense_stage(SIZE, CLASSES)


def trial() -> Any:
    return pj.energy.Trial(0, BATCH, side(), (side("other"),))


def one(value: Any) -> Callable[[], Any]:
    return lambda: value


# What the library makes and hands over; it is not made by users.
HANDED_OVER = {
    *("Account", "Comparison", "Interval", "Joules", "Line", "OverTables", "Priced", "Counter", "Work", "Workload"),
    *("Products", "Traffic", "Addressing", "MemoryLevel", "ArithmeticTable", "ReluBaseline", "Shown"),
    # they are called with what only a run or a training gives, by the recipes
    *("answers_over_time", "conventional_side", "spiking_side", "relu_contender", "relu_accuracy", "spiking_contender"),
    *("spiking_workload", "encoder_operations", "readout_operations", "layered_inference", "spike_prices"),
    *("SpikingStage", "relu_accuracy", "twin_of"),
}

GOOD: dict[str, Callable[[], Any]] = {
    "Answers.classes": lambda: torch.zeros(STEPS, BATCH, dtype=torch.int64),
    "Answers.sureness": lambda: torch.zeros(STEPS, BATCH),
    "name": one("it"),
    "accuracy": one(0.5),
    "inference": lambda: {"all": workload()},
    "citation": one("it"),
    "synaptic_operation": one(1.0),
    "neuron_update": one(1.0),
    "rule": one("it"),
    "chosen_on": one("it"),
    "validation_accuracy": one(0.5),
    "mean_steps": one(2.0),
    "mean_milliseconds": one(2.0),
    "milliseconds": one(2.0),
    "parameters": one(10),
    "text": one("5 nJ"),
    "table": table,
    "images": one(BATCH),
    "spiking": contender,
    "relu": lambda: contender("other"),
    "over_tables.spiking": workload,
    "over_tables.rival": workload,
    "Trial.spiking": side,
    "rivals": lambda: (side("other"),),
    "trials": lambda: (trial(),),
    "tables": lambda: (table(),),
    "workload": workload,
    "arithmetic_table.name": one("horowitz-45nm-fp32"),
    "cost_table.name": one("loihi"),
    "shape": one((1, 4, 4)),
    "channels": one(2),
    "kernel": one(3),
    "inputs": one(SIZE),
    "outputs": one(CLASSES),
    "layers": one([SIZE, CLASSES]),
    "stages": lambda: [stage()],
    "points": one([(1.0, 0.5), (2.0, 0.6)]),
    "steps": one(STEPS),
    "neuron": pj.neurons.LIF,
    "looks": one(2),
    "n_classes": one(CLASSES),
    "seed": one(0),
    "fan_out": lambda: torch.full((SIZE,), CLASSES),
    "units": one((CLASSES,)),
    "weights": one(SIZE * CLASSES),
    "biases": one(CLASSES),
    "operations": Operations,
    "state_words": one(2),
    "network": lambda: nn.Sequential(nn.Linear(SIZE, CLASSES), pj.Spiking(pj.neurons.LIF())),
    "bits": one(4),
    "module": lambda: nn.Linear(SIZE, CLASSES),
    "train_images": images,
    "train_labels": labels,
    "hidden": one(2),
    "epochs": one(1),
}
