"""A run that was stopped and resumed ends in the same bits as one left alone."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from picojoule.recipes.surrogate_mnist import recipe
from picojoule.recipes.surrogate_mnist.state import save_state
from tests.cli.runs import assert_same_bits, environment
from tests.recipes.surrogate_mnist.runs import CONV, RECIPE, TINY, run

pytestmark = pytest.mark.usefixtures("no_pictures")

CHECKPOINT = "checkpoint.safetensors"
STOP_AFTER_ONE = """
import os, signal, sys
from picojoule.cli.main import main
from picojoule.recipes.surrogate_mnist import recipe

signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever was inherited
save = recipe.save_state

def stop(*arguments):
    save(*arguments)
    os.kill(os.getpid(), int(sys.argv[1]))

recipe.save_state = stop
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("words", [TINY, (*TINY, "--encoding", "poisson"), (*CONV, "--epochs", "2")])
def test_interrupted_after_every_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    stops = []

    def save_and_stop(*arguments: Any) -> None:
        save_state(*arguments)
        stops.append(0)
        raise KeyboardInterrupt

    alone, folder = tmp_path / "alone", tmp_path / "run"
    assert run(*words, "--out", alone) == 0
    monkeypatch.setattr(recipe, "save_state", save_and_stop)
    assert run(*words, "--out", folder) == 130
    while run(*words, "--out", folder, "--resume") == 130:
        pass
    assert len(stops) == int(words[len(words) - words[::-1].index("--epochs")])
    assert_same_bits(folder, alone)
    assert not (folder / CHECKPOINT).exists()


@pytest.mark.parametrize("step", [2, 6, 14])  # of four in an epoch, and of twelve before the ReLU network's
def test_interrupted_within_an_epoch(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    set_rate, steps = recipe.set_rate, []

    def stop(*arguments: Any) -> None:
        set_rate(*arguments)
        steps.append(0)
        if len(steps) == step:
            raise KeyboardInterrupt

    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(recipe, "set_rate", stop)
        assert run(*TINY, "--out", folder) == 130
    assert (folder / CHECKPOINT).exists() == (step > 4)
    assert run(*TINY, "--out", folder, "--resume") == 0
    assert_same_bits(folder, finished)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["terminated", "killed"])
def test_a_process_that_was_stopped(finished: Path, tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "run"
    words = [sys.executable, "-c", STOP_AFTER_ONE, str(int(number)), *RECIPE, *TINY, "--out", str(folder)]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    if number == signal.SIGTERM:
        assert done.returncode == 143
        again = f"pj run surrogate-mnist --out {folder} --resume"
        assert done.stderr.splitlines()[-1] == f"pj: terminated; go on with: {again}"
        assert "Traceback" not in done.stderr
    else:
        assert done.returncode == -signal.SIGKILL
    assert run("--out", folder, "--resume") == 0  # with the options that it was begun with
    assert "resumed after 1 epochs" in (folder / "log").read_text()
    assert_same_bits(folder, finished)


def test_stopped_after_training_it_only_tests(stopped: Path, finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(stopped, folder)
    assert run(*TINY, "--out", folder, "--resume") == 0
    assert_same_bits(folder, finished)
    assert "resumed after 3 epochs" in (folder / "log").read_text()


def test_other_test_images_may_be_asked_for_when_resuming(stopped: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(stopped, folder)
    assert run(*TINY, "--test-images", "10", "--out", folder, "--resume") == 0
