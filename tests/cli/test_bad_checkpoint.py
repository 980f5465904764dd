"""Checkpoints of something else, or damaged, are refused, and stay as they are."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Refusal
from tests.cli.runs import RECIPE, TINY


@pytest.fixture
def checkpoint(here: Path, stopped: Path) -> Path:
    """The checkpoint of a run that was stopped, in `run`."""
    shutil.copytree(stopped, here / "run")
    return here / "run" / "checkpoint.safetensors"


@pytest.mark.usefixtures("checkpoint")
def test_of_another_network(refusal: Refusal, here: Path) -> None:
    (here / "run" / "log").write_text("")  # it says what the run was begun with
    said = refusal(*RECIPE, *TINY, "--neurons", "12", "--out", "run", "--resume")
    assert "run/checkpoint.safetensors holds another network: " in said
    assert "Ae[10 DeltaLIF]" in said
    assert "Ae[12 DeltaLIF]" in said
    assert said.endswith(". Use the options it was made with")


@pytest.mark.usefixtures("checkpoint")
@pytest.mark.parametrize(
    ("options", "difference"),
    [
        ("--seed 1", "seed=0, but this run has 1"),
        ("--epochs 2", "epochs=1, but this run has 2"),
        ("--train-images 70", "train_images=60, but this run has 70"),
        ("--max-rate 100", "max_rate=128.0, but this run has 100.0"),
        ("--nu 0.1 0.1", "nu=[0.0001, 0.01], but this run has [0.1, 0.1]"),
        ("--engine reference", "engine='event', but this run has 'reference'"),
    ],
)
def test_of_other_options(refusal: Refusal, options: str, difference: str) -> None:
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
        "notes": whole.replace(b'\\"done\\"', b'\\"gone\\"'),
        "notes that are no JSON": whole.replace(b'\\"done\\":', b'\\"done\\"?'),
        "history": whole.replace(b'\\"thresholds\\"', b'\\"threshholds'),
        "format": whole.replace(b"picojoule 1", b"picojoule 9"),
        "name of a tensor": whole.replace(b"extra.sums", b"extra.sumz"),
    }


@pytest.mark.parametrize("kind", damaged(b""))
def test_damaged(refusal: Refusal, checkpoint: Path, kind: str) -> None:
    bad = damaged(checkpoint.read_bytes())[kind]
    assert bad != checkpoint.read_bytes()
    checkpoint.write_bytes(bad)
    said = refusal(*RECIPE, *TINY, "--out", "run", "--resume")
    assert "run/checkpoint.safetensors" in said
    assert any(way in said for way in ("delete it and start again", "choose another file"))


def test_a_finished_model_is_no_checkpoint(refusal: Refusal, checkpoint: Path, finished: Path) -> None:
    shutil.copy(finished / "model.safetensors", checkpoint)
    said = refusal(*RECIPE, *TINY, "--out", "run", "--resume")
    assert said.startswith("run/checkpoint.safetensors was made with data=None")
