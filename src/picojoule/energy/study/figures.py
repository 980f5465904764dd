"""A study as plain values, for JSON."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from picojoule.energy.study.operations import operations
from picojoule.energy.study.price import price
from picojoule.energy.study.trial import Side
from picojoule.energy.work import Workload

if TYPE_CHECKING:
    from picojoule.energy.study.study import Study


def figures(study: "Study") -> dict[str, Any]:
    """Everything that a study found, for a JSON file; energies in pJ per image, infinite ratios as `None`."""
    return {
        "title": study.title,
        "seeds": [trial.seed for trial in study.trials],
        "images": study.trials[0].images,
        "verdict": study.verdict(),
        "early_verdict": study.early_verdict(),
        "warnings": study.warnings(),
        "uncounted": study.uncounted(),
        "networks": {side.name: _network(study, side) for side in study.sides},
        "energy_ratio": {
            "spiking": study.spiking.name,
            "rival": study.rivals[0].name,
            "tables": {
                table: {"compute": _finite(found.compute), "with_memory": _finite(found.total)}
                for table, found in study.ratios.items()
            },
            "interval": {"compute": _interval(study, memory=False), "with_memory": _interval(study, memory=True)},
        },
        "break_even_spike_rate": {
            found.table: {
                "present": found.rate,
                "compute": _finite(found.compute),
                "with_memory": _finite(found.total),
                "words": {"compute": found.words(memory=False), "with_memory": found.words(memory=True)},
            }
            for found in study.break_even()
        },
        "measured": list(study.measured),
        "citations": study.citations(),
        "assumptions": study.assumptions(),
        "seconds": {str(trial.seed): dict(trial.seconds) for trial in study.trials},
    }


def _network(study: "Study", side: Side) -> dict[str, Any]:
    accuracy = study.accuracies[side.name]
    return {
        "accuracy": {
            "mean": accuracy.mean,
            "interval_95": [accuracy.low, accuracy.high],
            "interval_over": accuracy.over,
            "by_seed": list(accuracy.values),
        },
        "parameters": side.parameters,
        "bits": side.bits,
        "latency": {"steps": side.steps, "milliseconds": side.milliseconds},
        "per_image": {method: asdict(operations(work)) for method, work in side.inference.items()},
        "energy": {
            method: {
                one.account.table: {"compute": one.compute, "with_memory": one.total}
                for one in study.prices_of(side.name)
                if one.method == method
            }
            for method in side.inference
        },
        "curve": [
            {
                "steps": moment.steps,
                "milliseconds": moment.milliseconds,
                "accuracy": moment.accuracy,
                "energy": _energies(study, moment.inference),
            }
            for moment in side.curve
        ],
        "early_exit": None
        if side.early_exit is None
        else {
            **{name: value for name, value in vars(side.early_exit).items() if name != "inference"},
            "energy": _energies(study, side.early_exit.inference),
        },
    }


def _energies(study: "Study", inference: Mapping[str, Workload]) -> dict[str, dict[str, dict[str, float | None]]]:
    """Energies by method and table."""
    return {
        method: {
            one.account.table: {"compute": one.compute, "with_memory": one.total}
            for table in study.tables
            if (one := price(work, table)) is not None
        }
        for method, work in inference.items()
    }


def _interval(study: "Study", *, memory: bool) -> dict[str, Any] | None:
    found = study.interval(memory=memory)
    if found is None:
        return None
    return {"low": _finite(found.low), "high": _finite(found.high), "tables": found.tables}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
