"""Trials as JSON files: a seed that has ended is not run again."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from picojoule.core.counts import Operations
from picojoule.core.errors import CheckpointError
from picojoule.core.files import write_atomically
from picojoule.energy.study.trial import EarlyExit, Moment, Side, Trial
from picojoule.energy.work import Products, Traffic, Work, Workload


def save_trial(trial: Trial, path: Path, *, identity: Mapping[str, Any] | None = None) -> None:
    """Write what one seed found, whole or not at all.

    Args:
        trial: what it found.
        path: the file to write; its folder must exist.
        identity: plain values that the run that reads it must agree in.

    Raises:
        OutputError: if the folder cannot be written; choose another one.
    """
    stored = {"identity": dict(identity or {}), "trial": asdict(trial)}
    write_atomically(path, (json.dumps(stored, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())


def load_trial(path: Path) -> tuple[Trial, dict[str, Any]]:
    """Read what one seed found, and the identity that it was written with.

    Args:
        path: of the file.

    Raises:
        CheckpointError: if the file cannot be read or is damaged; delete it, and the seed is run again.

    Example:
        >>> import tempfile
        >>> from picojoule.energy.dense import dense_inference
        >>> side = Side("the ANN", 0.9, 10, {"dense": dense_inference([4, 2])})
        >>> trial, path = Trial(0, 10, side, (side,)), Path(tempfile.mkdtemp()) / "trial.json"
        >>> save_trial(trial, path)
        >>> load_trial(path) == (trial, {})
        True
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return trial_from_dict(stored["trial"]), dict(stored["identity"])
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}; delete it, and its seed is run again") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({error!r}); delete it, and its seed is run again") from error


def trial_from_dict(stored: Mapping[str, Any]) -> Trial:
    """A trial from what `dataclasses.asdict` gave.

    Example:
        >>> from picojoule.energy.dense import dense_inference
        >>> side = Side("the ANN", 0.9, 10, {"dense": dense_inference([4, 2])})
        >>> trial = Trial(0, 10, side, (side,), warnings=("dense input",))
        >>> trial_from_dict(asdict(trial)) == trial
        True
    """
    return Trial(
        **{
            **stored,
            "spiking": _side(stored["spiking"]),
            "rivals": tuple(_side(side) for side in stored["rivals"]),
            "warnings": tuple(stored["warnings"]),
            "uncounted": tuple(stored["uncounted"]),
        }
    )


def _side(stored: Mapping[str, Any]) -> Side:
    early = stored["early_exit"]
    return Side(
        **{
            **stored,
            "inference": _methods(stored["inference"]),
            "curve": tuple(Moment(**_with_work(moment)) for moment in stored["curve"]),
            "early_exit": None if early is None else EarlyExit(**_with_work(early)),
        }
    )


def _with_work(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {**stored, "inference": _methods(stored["inference"])}


def _methods(stored: Mapping[str, Any]) -> dict[str, Workload]:
    return {method: _workload(work) for method, work in stored.items()}


def _workload(stored: Mapping[str, Any]) -> Workload:
    works = tuple(_work(work) for work in stored["works"])
    return Workload(**{**stored, "works": works, "assumptions": tuple(stored["assumptions"])})


def _work(stored: Mapping[str, Any]) -> Work:
    return Work(
        **{
            **stored,
            "operations": Operations(**stored["operations"]),
            "traffic": tuple(Traffic(**traffic) for traffic in stored["traffic"]),
            "products": Products(**stored["products"]),
        }
    )
