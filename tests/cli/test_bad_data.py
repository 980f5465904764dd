"""Datasets that are missing, damaged or make no sense are refused before a run makes its folder."""

import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from picojoule.data import mnist
from picojoule.data.files import FileSet
from tests.cli.conftest import Command, Refusal
from tests.cli.runs import RECIPE

TRAIN, TEST = "train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz"
TRAIN_LABELS, TEST_LABELS = "train-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
Publish = Callable[..., Path]


def idx(magic: int, shape: tuple[int, ...], values: bytes) -> bytes:
    """One file of MNIST's format, packed."""
    header = b"".join(number.to_bytes(4, "big") for number in (magic, *shape))
    return gzip.compress(header + values, mtime=0)


def images(count: int, side: int = 4) -> bytes:
    return idx(2051, (count, side, side), bytes(255 * (k % 3 > 0) for k in range(count * side * side)))


def labels(*values: int) -> bytes:
    return idx(2049, (len(values),), bytes(values))


WHOLE = {TRAIN: images(8), TRAIN_LABELS: labels(*[0, 1] * 4), TEST: images(4), TEST_LABELS: labels(0, 1, 1, 0)}


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Make these files the published ones of `mnist`, and put them where they belong."""

    def write(files: dict[str, bytes]) -> Path:
        contents = WHOLE | files
        folder = tmp_path / "data" / "mnist"
        folder.mkdir(parents=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        monkeypatch.setattr(mnist, "FILES", FileSet("mnist", mirrors=("http://127.0.0.1:9/",), sha256=digests))
        monkeypatch.setenv("PICOJOULE_DATA", str(folder.parent))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        return folder

    return write


@pytest.mark.usefixtures("no_pictures")
def test_what_the_other_tests_damage_is_good(publish: Publish, pj: Command, here: Path) -> None:
    publish({})
    small = ("--neurons", "10", "--steps", "60", "--threads", "1")
    assert pj(*RECIPE, "--data", "mnist", *small, "--out", "run").status == 0
    assert (here / "run" / "result.json").exists()


BAD = {
    "cut short": ({TRAIN: WHOLE[TRAIN][:-12]}, r"train-images-idx3-ubyte.gz is cut short: .* fetch it again\."),
    "not gzip": ({TRAIN: b"P5 28 28"}, r"train-images-idx3-ubyte.gz is not a gzip file .* fetch it again\."),
    "empty file": ({TEST_LABELS: b""}, r"t10k-labels-idx1-ubyte.gz is not a gzip file .* fetch it again\."),
    "magic number": (
        {TRAIN: WHOLE[TRAIN_LABELS]},
        r"train-images-idx3-ubyte.gz begins with 00 00 08 01, not with 00 00 08 03, .* or fetch it again\.",
    ),
    "fewer pixels than stated": (
        {TRAIN: idx(2051, (8, 4, 4), bytes(100))},
        r"train-images-idx3-ubyte.gz states the shape \(8, 4, 4\), 128 bytes, but 100 follow\. .* fetch it again\.",
    ),
    "fewer labels than images": (
        {TRAIN_LABELS: labels(0, 1, 0)},
        r"8 images have 3 labels; one label per image is needed\. Cut both to the same samples\.",
    ),
    "no images": ({TRAIN: idx(2051, (0, 4, 4), b"")}, r"states the shape \(0, 4, 4\), which holds nothing\. .*again\."),
    "one class": (
        {TRAIN_LABELS: labels(*[7] * 8)},
        r"mnist: all 8 training images are of class 7; at least 2 classes are needed\. Take more images",
    ),
    "a class too many": (
        {TEST_LABELS: labels(0, 1, 10, 0)},
        r"mnist: a test image has label 10, but n_classes=10 allows 0 … 9\. .* renumber the labels\.",
    ),
    "two shapes": (
        {TEST: images(4, side=5)},
        r"mnist: training images have shape \(4, 4\) and test images \(5, 5\); bring both to one shape\.",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_named_with_the_way_out(publish: Publish, refusal: Refusal, kind: str) -> None:
    files, message = BAD[kind]
    publish(files)
    assert re.search(message, refusal(*RECIPE, "--data", "mnist", "--out", "run"))


def test_a_file_that_is_not_the_published_one(publish: Publish, refusal: Refusal) -> None:
    folder = publish({})
    (folder / TRAIN).write_bytes(images(9))
    said = refusal(*RECIPE, "--data", "mnist", "--out", "run")
    assert re.search(r"train-images-idx3-ubyte.gz is not the published file: .* with `pj data fetch mnist`\.", said)


def test_a_file_that_is_missing_and_cannot_be_had(publish: Publish, refusal: Refusal) -> None:
    folder = publish({})
    (folder / TEST).unlink()
    said = refusal(*RECIPE, "--data", "mnist", "--out", "run")
    assert re.search(r"^cannot download t10k-images-idx3-ubyte\.gz from .* by hand, or set PICOJOULE_DATA to ", said)
    assert sorted(file.name for file in folder.iterdir()) == sorted(WHOLE.keys() - {TEST})


def test_a_data_folder_that_cannot_be(publish: Publish, refusal: Refusal, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = publish({})
    monkeypatch.setenv("PICOJOULE_DATA", str(folder / TRAIN))
    said = refusal(*RECIPE, "--data", "mnist", "--out", "run")
    assert re.search(r"cannot be written \(.*\)\. Set PICOJOULE_DATA to a folder that can be", said)
