"""Runs of the recipe that are small enough to be made often."""

import contextlib
import io
from pathlib import Path

from picojoule.cli.main import main

RECIPE = ("run", "surrogate-mnist")
SHORT = ("--test-images", "20", "--batch-size", "16", "--threads", "1")
TINY = (*SHORT, "--train-images", "60", "--neurons", "12", "--steps", "6", "--epochs", "3")
CONV = (*SHORT, "--model", "conv", "--train-images", "20", "--steps", "2", "--epochs", "1")


def run(*words: str | Path) -> int:
    """Run the recipe without showing what it says."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return main([*RECIPE, *map(str, words)])
