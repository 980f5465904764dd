"""Trials come back from their files as they were."""

import json
from pathlib import Path

import pytest

from picojoule.core.errors import CheckpointError
from picojoule.energy.study.store import load_trial, save_trial
from tests.energy.study.trials import trial, without_time


def test_a_trial_comes_back_as_it_was(tmp_path: Path) -> None:
    made = trial(7, warnings=("dense input: ä.",), uncounted=("pool: FancyPool",))
    save_trial(made, tmp_path / "trial.json", identity={"seed": 7, "nu": (0.1, 0.2)})
    found, identity = load_trial(tmp_path / "trial.json")
    assert found == made
    assert identity == {"seed": 7, "nu": [0.1, 0.2]}


def test_a_trial_without_time_comes_back_as_it_was(tmp_path: Path) -> None:
    save_trial(without_time(trial()), tmp_path / "trial.json")
    assert load_trial(tmp_path / "trial.json") == (without_time(trial()), {})


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"trial": {}, "identity": {}}', '{"trial": 3}'], ids=repr)
def test_a_damaged_file_is_refused_with_the_way_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trial.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"trial\.json is damaged .*; delete it, and its seed is run again"):
        load_trial(path)


def test_a_part_that_is_missing_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "trial.json"
    save_trial(trial(), path)
    stored = json.loads(path.read_text(encoding="utf-8"))
    del stored["trial"]["spiking"]["inference"]["event by event"]["works"][0]["products"]
    path.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(CheckpointError, match="damaged"):
        load_trial(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"cannot read .*trial\.json: No such file"):
        load_trial(tmp_path / "trial.json")
