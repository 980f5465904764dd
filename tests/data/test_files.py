"""Where files are looked for, and what an inspection says of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from picojoule.data.files import FileSet, data_folder, inspect

MakeFiles = Callable[..., FileSet]
TRAIN, TEST = "train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz"


def test_the_variable_names_the_folder_of_all_datasets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PICOJOULE_DATA", str(tmp_path))
    assert FileSet("toy", mirrors=(), sha256={}).folder == tmp_path / "toy"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PICOJOULE_DATA", "~/digits")
    assert data_folder() == tmp_path / "digits"


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_it_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("PICOJOULE_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("PICOJOULE_DATA", value)
    assert data_folder() == user_cache_path("picojoule") / "data"


def test_a_whole_dataset_is_complete(place: Callable[[], Path], small_set: MakeFiles) -> None:
    folder = place()
    found = inspect(small_set())
    assert (found.folder, found.expected, found.missing, found.damaged) == (folder, 4, (), ())
    assert found.complete


def test_missing_and_damaged_files_are_told_apart(place: Callable[[], Path], small_set: MakeFiles) -> None:
    folder = place()
    (folder / TRAIN).unlink()
    (folder / TEST).write_bytes((folder / TEST).read_bytes()[:-1])
    found = inspect(small_set())
    assert (found.missing, found.damaged) == ((TRAIN,), (TEST,))
    assert not found.complete


def test_a_folder_in_a_files_place_is_damage(place: Callable[[], Path], small_set: MakeFiles) -> None:
    folder = place()
    (folder / TRAIN).unlink()
    (folder / TRAIN).mkdir()
    assert inspect(small_set()).damaged == (TRAIN,)


def test_looking_creates_nothing(data_folder: Path, small_set: MakeFiles) -> None:
    assert len(inspect(small_set()).missing) == 4
    assert list(data_folder.iterdir()) == []


def test_a_file_in_the_folders_place_means_all_is_missing(data_folder: Path, small_set: MakeFiles) -> None:
    (data_folder / "toy").write_bytes(b"")
    assert len(inspect(small_set()).missing) == 4
