"""The four files of MNIST's layout become a dataset."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from picojoule.core.errors import DataError
from picojoule.data.files import FileSet
from picojoule.data.idx_images import idx_images

MakeFiles = Callable[..., FileSet]
LABELS = "train-labels-idx1-ubyte.gz"


def test_each_file_goes_to_its_place(place: Callable[[], Path], small_set: MakeFiles) -> None:
    place()
    dataset = idx_images(small_set("http://m/"), n_classes=2, credit="Somebody")
    assert dataset.train.images.tolist() == [[[0, 20], [40, 60]], [[80, 100], [120, 140]], [[160, 180], [200, 220]]]
    assert dataset.train.labels.tolist() == [1, 0, 1]
    assert dataset.test.images.flatten().tolist() == list(range(8))
    assert dataset.test.labels.tolist() == [0, 1]
    assert (dataset.name, dataset.n_classes, dataset.sources) == ("toy", 2, ("Somebody", "http://m/"))


def test_a_changed_file_is_refused(place: Callable[[], Path], small_set: MakeFiles) -> None:
    (place() / LABELS).write_bytes(b"\x1f\x8b")
    with pytest.raises(DataError, match=rf"{LABELS} is not the published file"):
        idx_images(small_set(), n_classes=2, credit="")


def test_files_under_each_others_names_are_refused(
    place: Callable[[], Path], small_set: MakeFiles, small_files: dict[str, bytes]
) -> None:
    folder, images = place(), small_files["train-images-idx3-ubyte.gz"]
    (folder / LABELS).write_bytes(images)
    swapped = FileSet("toy", ("http://m/",), {**small_set().sha256, LABELS: hashlib.sha256(images).hexdigest()})
    with pytest.raises(DataError, match=rf"{LABELS} begins with 00 00 08 03.* right name"):
        idx_images(swapped, n_classes=2, credit="")
