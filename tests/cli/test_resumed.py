"""A run that was killed or interrupted, and resumed, ends in the same bits as one left alone."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from picojoule.recipes.diehl_cook_2015 import recipe
from picojoule.recipes.diehl_cook_2015.state import WINDOW, save_state
from tests.cli.conftest import Refusal
from tests.cli.runs import RECIPE, SMALL, TINY, assert_same_bits, command, environment, run

pytestmark = pytest.mark.usefixtures("no_pictures")

CHECKPOINT = "checkpoint.safetensors"
ALWAYS = ("--checkpoint-seconds", "0")
MOST_SECONDS = 120.0  # until a process that was started has written its second checkpoint
STOP_AFTER_TWO = """
import os, signal, sys
from picojoule.cli.main import main
from picojoule.recipes.diehl_cook_2015 import recipe

recipe.WINDOW = int(sys.argv[2])
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever was inherited
save, saved = recipe.save_state, []

def stop(*arguments):
    save(*arguments)
    saved.append(0)
    if len(saved) == 2:
        os.kill(os.getpid(), int(sys.argv[1]))

recipe.save_state = stop
sys.exit(main(sys.argv[3:]))
"""


def stop_after_two(number: int, words: list[str], window: int = WINDOW) -> "subprocess.CompletedProcess[str]":
    """Run the recipe in a process that gets a signal as soon as it has written its second checkpoint."""
    code = [sys.executable, "-c", STOP_AFTER_TWO, str(int(number)), str(window), *words]
    return subprocess.run(code, env=environment(), capture_output=True, text=True, check=False)


def kill_when_rewritten(words: list[str], checkpoint: Path) -> int:
    """Start a process, wait until its checkpoint is there and has been replaced, kill it, and return its status."""
    process = subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    first, begin = 0, time.monotonic()
    try:
        while process.poll() is None and time.monotonic() - begin < MOST_SECONDS:
            found = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
            first = first or found
            if found != first:
                break
            time.sleep(0.001)
    finally:
        process.kill()
    return process.wait()


def images_done(folder: Path) -> str:
    """What the checkpoint says of the images shown."""
    with safe_open(folder / CHECKPOINT, framework="pt") as file:
        notes: str = file.metadata()["notes"]
    return notes.partition('"done": ')[2].partition(",")[0]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run that nothing happened to."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    assert run(*SMALL, "--out", folder) == 0
    return folder


def test_killed_at_any_moment(undisturbed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    status = kill_when_rewritten(command(*SMALL, *ALWAYS, "--out", folder), folder / CHECKPOINT)
    assert status == -signal.SIGKILL
    assert not (folder / "result.json").exists()
    assert run(*SMALL, "--out", folder, "--resume") == 0
    assert_same_bits(folder, undisturbed)
    assert not (folder / CHECKPOINT).exists()


def test_interrupted_by_ctrl_c(undisturbed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = stop_after_two(signal.SIGINT, command(*SMALL, *ALWAYS, "--out", folder)[3:])
    assert done.returncode == 130
    again = f"pj run diehl-cook-2015 --out {folder} --resume"
    assert done.stderr.splitlines()[-1] == f"pj: interrupted; go on with: {again}"
    assert "Traceback" not in done.stderr
    assert images_done(folder) == "500"
    assert run("--threads", "2", "--out", folder, "--resume") == 0  # the other options are those that it was begun with
    result = folder / "result.json"
    result.write_text(result.read_text().replace('"threads": 2', '"threads": null'))  # the only difference allowed
    assert_same_bits(folder, undisturbed)


@pytest.mark.parametrize(
    ("options", "done"),
    [
        ("--batch-size 8 --epochs 2 --anneal 0.1 --validate 100", "32"),
        ("--preset paper --steps 60 --max-rate 500 --anneal-theta 0.5", "40"),
    ],
    ids=["batches", "paper"],
)
def test_killed_between_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, done: str) -> None:
    monkeypatch.setattr(recipe, "WINDOW", 20)
    words = (*TINY, *options.split())
    alone, folder = tmp_path / "alone", tmp_path / "run"
    assert run(*words, "--out", alone) == 0
    killed = stop_after_two(signal.SIGKILL, command(*words, *ALWAYS, "--out", folder)[3:], window=20)
    assert killed.returncode == -signal.SIGKILL
    assert images_done(folder) == done
    assert run(*words, "--out", folder, "--resume") == 0
    assert_same_bits(folder, alone)


@pytest.mark.parametrize("options", ["--batch-size 25 --seed 3", "--train-images 50 --anneal 0 --threads 2"])
def test_interrupted_after_every_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str) -> None:
    def save_and_stop(*arguments: Any) -> None:
        save_state(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(recipe, "WINDOW", 20)
    words = (*TINY, "--epochs", "2", *options.split())
    alone, folder = tmp_path / "alone", tmp_path / "run"
    assert run(*words, "--out", alone) == 0
    monkeypatch.setattr(recipe, "save_state", save_and_stop)
    assert run(*words, *ALWAYS, "--out", folder) == 130
    done = [images_done(folder)]
    while run(*words, *ALWAYS, "--out", folder, "--resume") == 130:
        done.append(images_done(folder))
    # windows of whole batches, and what is left of an epoch
    assert done == (["25", "50", "60", "85", "110", "120"] if "25" in words else ["20", "40", "50", "70", "90", "100"])
    assert_same_bits(folder, alone)


def test_killed_before_the_first_checkpoint_it_starts_again(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "log").write_text("options\n")
    assert run(*TINY, "--out", folder, "--resume") == 0
    assert_same_bits(folder, finished)


def test_killed_after_training_it_only_tests(stopped: Path, finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(stopped, folder)
    assert run(*TINY, "--out", folder, "--resume") == 0
    assert_same_bits(folder, finished)
    assert "resumed after 60 images" in (folder / "log").read_text()


def test_killed_while_writing_no_half_of_a_file_stays(stopped: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(stopped, folder)
    (folder / ".checkpoint.safetensors.0a1b2c3d").write_bytes(b"half")
    (folder / ".gitignore").write_text("*")
    assert run(*TINY, "--out", folder, "--resume") == 0
    assert [file.name for file in folder.glob(".*")] == [".gitignore"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--neurons", "11"), "{folder}/checkpoint.safetensors was made with neurons=10, but this run has 11; "),
        (
            ("--preset", "paper"),
            "{folder}/checkpoint.safetensors was made with preset='current', but this run has 'paper'; ",
        ),
        (
            ("--nu", "0.1", "0.2"),
            "{folder}/checkpoint.safetensors was made with nu=[0.0001, 0.01], but this run has [0.1, 0.2]; ",
        ),
    ],
)
def test_other_options_than_those_it_was_begun_with_are_refused(
    stopped: Path, refusal: Refusal, words: tuple[str, ...], said: str
) -> None:
    assert refusal(*RECIPE, "--out", stopped, "--resume", *words).startswith(said.format(folder=stopped))


def test_another_recipe_is_refused(stopped: Path, refusal: Refusal) -> None:
    assert refusal("run", "surrogate-mnist", "--out", stopped, "--resume") == (
        f"{stopped} was begun with pj run diehl-cook-2015, not with pj run surrogate-mnist; "
        "go on with that, or choose another --out"
    )
