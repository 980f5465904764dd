"""Datasets by name."""

from pathlib import Path

import pytest

from picojoule.core.errors import UnknownNameError
from picojoule.data.catalogue import describe, load, names


def test_every_name_is_described() -> None:
    assert names() == ("mnist-5k", "mnist", "fashion-mnist")
    for name in names():
        entry = describe(name)
        assert entry.name == name
        assert entry.files is None or entry.files.name == name


@pytest.mark.parametrize("name", ["mnist-5k", "mnist", "fashion-mnist"])
def test_the_description_keeps_what_it_promises(name: str) -> None:
    entry = describe(name)
    if missing := entry.inspect().missing:
        pytest.skip(f"{name} is not at hand: {', '.join(missing)} missing")
    dataset = load(name)
    assert dataset.name == name
    assert (len(dataset.train), len(dataset.test), dataset.n_classes) == (entry.train, entry.test, 10)
    assert dataset.sources


@pytest.mark.parametrize("use", [load, describe])
@pytest.mark.parametrize(("wrong", "near"), [("mmist", "mnist"), ("fashion_mnist", "fashion-mnist")])
def test_an_unknown_name_brings_the_nearest_one(use: object, wrong: str, near: str) -> None:
    assert callable(use)
    with pytest.raises(UnknownNameError, match=rf"unknown dataset '{wrong}'; did you mean '{near}'\? Known: fashion-"):
        use(wrong)


def test_each_inspection_looks_into_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICOJOULE_DATA", str(tmp_path))
    for name in ("mnist", "fashion-mnist"):
        found = describe(name).inspect()
        assert found.folder == tmp_path / name
        assert len(found.missing) == 4
