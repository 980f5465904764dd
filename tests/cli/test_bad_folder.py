"""Output folders that cannot be used are refused, and stay as they are."""

import os
import shutil
from pathlib import Path

import pytest

from picojoule.core.errors import OutputError
from picojoule.recipes.diehl_cook_2015 import recipe
from tests.cli.conftest import Command, Refusal, contents
from tests.cli.runs import RECIPE, TINY


def test_a_folder_with_something_in_it_is_not_written_into(refusal: Refusal, here: Path) -> None:
    (here / "run").mkdir()
    (here / "run" / "thesis.tex").write_text("years of work")
    said = refusal(*RECIPE, *TINY, "--out", "run")
    assert said == "run exists and is not empty; choose another --out, or add --resume to go on with it"


def test_a_file_is_no_folder(refusal: Refusal, here: Path) -> None:
    (here / "run").write_text("a file")
    assert refusal(*RECIPE, *TINY, "--out", "run") == "run is a file; choose another --out"


def test_below_a_file_there_is_no_folder(refusal: Refusal, here: Path) -> None:
    (here / "file").write_text("a file")
    said = refusal(*RECIPE, *TINY, "--out", Path("file", "a", "b"))
    assert said == f"cannot make {Path('file', 'a', 'b')}: Not a directory; choose another --out"


def test_a_name_longer_than_names_can_be(refusal: Refusal) -> None:
    said = refusal(*RECIPE, *TINY, "--out", Path("new", "x" * 300))
    assert said.endswith(": File name too long; choose another --out")


def test_a_folder_that_may_not_be_written(refusal: Refusal, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "run").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: not (Path(path) == Path("run") and mode == os.W_OK))
    assert refusal(*RECIPE, *TINY, "--out", "run") == "cannot write into run; choose another --out"


@pytest.mark.parametrize("made", [False, True])
def test_resuming_needs_a_run(refusal: Refusal, here: Path, made: bool) -> None:
    if made:
        (here / "run").mkdir()
        (here / "run" / "thesis.tex").write_text("years of work")
    said = refusal(*RECIPE, *TINY, "--out", "run", "--resume")
    assert said == "there is no run to resume in run; leave --resume out to start one"


def test_a_run_that_has_ended_is_not_resumed(refusal: Refusal, here: Path, finished: Path) -> None:
    shutil.copytree(finished, here / "run")
    said = refusal(*RECIPE, *TINY, "--out", "run", "--resume")
    assert said == "the run in run has ended; choose another --out to start a new one"


@pytest.mark.parametrize("made", [False, True])
def test_a_run_that_fails_leaves_no_folder_of_its_own(
    refusal: Refusal, here: Path, monkeypatch: pytest.MonkeyPatch, made: bool
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OutputError("the disk is full; free some space")

    if made:
        (here / "run").mkdir()
    monkeypatch.setattr(recipe, "train", fail)
    assert refusal(*RECIPE, *TINY, "--out", "run") == "the disk is full; free some space"


def test_a_run_that_fails_keeps_what_can_be_resumed(pj: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OutputError("the disk is full; free some space")

    monkeypatch.setattr(recipe, "write_pictures", fail)
    answer = pj(*RECIPE, *TINY, "--out", "run", "--checkpoint-seconds", "0")
    assert (answer.status, answer.err.splitlines()[-1]) == (2, "pj: the disk is full; free some space")
    assert sorted(contents(here / "run")) == ["checkpoint.safetensors", "log", "model.safetensors"]
