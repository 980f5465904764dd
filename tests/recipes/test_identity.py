"""A checkpoint of another run is refused; one of the same run is not, whatever JSON made of it."""

from pathlib import Path

import pytest

from picojoule.core.errors import CheckpointError
from picojoule.recipes.identity import check_identity

PATH = Path("run") / "checkpoint.safetensors"


def test_what_json_gives_back_is_the_same() -> None:
    check_identity({"nu": [0.1, 0.2], "seed": 0, "more": 1}, {"nu": (0.1, 0.2), "seed": 0}, PATH)


def test_the_first_difference_is_named() -> None:
    with pytest.raises(CheckpointError, match=r"made with seed=0, but this run has 1; resume with the options of"):
        check_identity({"seed": 0, "dt": 1.0}, {"seed": 1, "dt": 2.0}, PATH)
    with pytest.raises(CheckpointError, match="made with dt=None, but this run has 2"):
        check_identity({}, {"dt": 2}, PATH)
