"""Runs of the recipe that are small enough to be made often, and what they left."""

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor

import picojoule
from picojoule.cli.main import main

RECIPE = ("run", "diehl-cook-2015")
TINY = ("--train-images", "60", "--test-images", "20", "--neurons", "10", "--steps", "60", "--threads", "1")
SMALL = ("--train-images", "1500", "--test-images", "100", "--neurons", "20")  # six windows of training
WITHOUT_TIMES = ("seconds", "machine")


def run(*words: str | Path) -> int:
    """Run the recipe without showing what it says."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return main([*RECIPE, *map(str, words)])


def figures(folder: Path) -> dict[str, Any]:
    """Everything in `result.json` that must not depend on the machine or its load."""

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"), parse_constant=refuse)
    return {name: value for name, value in result.items() if name not in WITHOUT_TIMES}


def tensors(folder: Path) -> dict[str, Tensor]:
    """Everything in `model.safetensors`."""
    with safe_open(folder / "model.safetensors", framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a dict


def assert_same_bits(one: Path, other: Path) -> None:
    assert figures(one) == figures(other)
    first, second = tensors(one), tensors(other)
    assert first.keys() == second.keys()
    assert {name for name, value in first.items() if not value.equal(second[name])} == set()


def environment() -> dict[str, str]:
    """What a new process needs to find this package, and to be no burden."""
    source = str(Path(picojoule.__file__).parents[1])
    return os.environ | {"PYTHONPATH": source, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def command(*words: str | Path) -> list[str]:
    """The recipe as a command of its own process."""
    return [sys.executable, "-m", "picojoule.cli.main", *RECIPE, *map(str, words)]
