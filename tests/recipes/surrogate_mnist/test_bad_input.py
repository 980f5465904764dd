"""Options, folders and checkpoints that make no sense are refused before anything is written."""

import shutil
from pathlib import Path

import pytest

from picojoule.core.errors import OutputError
from picojoule.recipes.surrogate_mnist import recipe
from tests.cli.conftest import Refusal
from tests.recipes.surrogate_mnist.runs import RECIPE, TINY

CASES = {
    "--data mnst": "unknown dataset 'mnst'; did you mean 'mnist'? Known: fashion-mnist, mnist, mnist-5k",
    "--model convolution": "unknown model 'convolution'; did you mean 'conv'? Known: conv, dense",
    "--encoding poison": "unknown encoding 'poison'; did you mean 'poisson'? Known: current, poisson",
    "--epochs 0": "--epochs must be >= 1 epochs, got 0",
    "--steps 0": "--steps must be >= 1 steps, got 0",
    "--neurons 0": "--neurons must be >= 1 neurons, got 0",
    "--neurons 5 --model conv": "--neurons is the size of the dense network; leave it out with --model conv",
    "--tau 0": "--tau must be > 0 ms, got 0",
    "--tau nan": "--tau must be a finite number in ms, got nan",
    "--max-rate 100": "--max-rate is the rate of Poisson spikes; leave it out, or add --encoding poisson",
    "--max-rate 2000 --encoding poisson": "max_rate=2000 Hz with dt=1 ms needs 2 spikes per step, and one holds at "
    "most 1; use max_rate <= 1000 Hz or dt <= 0.5 ms",
    "--batch-size 0": "--batch-size must be >= 1 images, got 0",
    "--learning-rate 0": "--learning-rate must be > 0 per step, got 0",
    "--shift -1": "--shift must be >= 0 pixels, got -1",
    "--shift 15": "--shift must be <= 14 pixels, got 15",
    "--seed -1": "--seed must be >= 0 (a whole number), got -1",
    "--threads 0": "--threads must be >= 1 threads, got 0",
    "--validate 4000": "mnist-5k: count must be 1 … 3999, got 4000; "
    "of 4000 training images some must be left to learn from.",
    "--train-images 1": "mnist-5k: all 1 training images are of class 6; at least 2 classes are needed. "
    "Take more images or a mixed order.",
    "--test-images 0": "--test-images must be >= 1 images, got 0",
    "--resume": "--resume needs the folder of the run: add --out FOLDER",
    "--resume --out nowhere": "there is no run to resume in nowhere; leave --resume out to start one",
}


@pytest.mark.parametrize("options", CASES)
def test_refused_with_the_way_out(refusal: Refusal, options: str) -> None:
    assert refusal(*RECIPE, *options.split()) == CASES[options]


def test_a_run_that_fails_leaves_no_folder_of_its_own(refusal: Refusal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OutputError("the disk is full; free some space")

    monkeypatch.setattr(recipe, "train", fail)
    assert refusal(*RECIPE, *TINY, "--out", "run") == "the disk is full; free some space"


def test_a_run_that_has_ended_is_not_resumed(refusal: Refusal, here: Path, finished: Path) -> None:
    shutil.copytree(finished, here / "run")
    said = refusal(*RECIPE, *TINY, "--out", "run", "--resume")
    assert said == "the run in run has ended; choose another --out to start a new one"


@pytest.fixture
def checkpoint(here: Path, stopped: Path) -> Path:
    """The checkpoint of a run that was stopped, in `run`."""
    shutil.copytree(stopped, here / "run")
    return here / "run" / "checkpoint.safetensors"


@pytest.mark.usefixtures("checkpoint")
@pytest.mark.parametrize(
    ("options", "difference"),
    [
        ("--seed 1", "seed=0, but this run has 1"),
        ("--neurons 13", "neurons=12, but this run has 13"),
        ("--epochs 4", "epochs=3, but this run has 4"),
        ("--tau 3", "tau=2.0, but this run has 3.0"),
        ("--threads 2", "threads=1, but this run has 2"),
    ],
)
def test_the_checkpoint_of_other_options(refusal: Refusal, options: str, difference: str) -> None:
    said = refusal(*RECIPE, *TINY, *options.split(), "--out", "run", "--resume")
    assert said == (
        f"run/checkpoint.safetensors was made with {difference}; "
        f"resume with the options of the first run, or choose another --out"
    )


def damaged(whole: bytes) -> dict[str, bytes]:
    return {
        "empty": b"",
        "cut short": whole[: len(whole) // 2],
        "no header": bytes(len(whole)),
        "something else": b"years of work" * 100,
        "notes": whole.replace(b'\\"seconds\\"', b'\\"secunds\\"'),
        "history": whole.replace(b'\\"loss\\"', b'\\"lose\\"'),
        "format": whole.replace(b"surrogate-mnist 1", b"surrogate-mnist 9"),
        "name of a weight": whole.replace(b"network.1.weight", b"network.1.wieght"),
        "memory of the optimiser": whole.replace(b"optimiser.3.exp_avg", b"0ptimiser.3.exp_avg"),
    }


@pytest.mark.parametrize("kind", damaged(b""))
def test_a_damaged_checkpoint(refusal: Refusal, checkpoint: Path, kind: str) -> None:
    bad = damaged(checkpoint.read_bytes())[kind]
    assert bad != checkpoint.read_bytes()
    checkpoint.write_bytes(bad)
    said = refusal(*RECIPE, *TINY, "--out", "run", "--resume")
    assert "run/checkpoint.safetensors" in said
    assert any(way in said for way in ("delete it and start again", "choose another --out"))
