"""`pj data fetch` and `pj data check`: the table and the exit status."""

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from picojoule.cli.data import check, fetch
from picojoule.core.errors import DataError, UnknownNameError
from picojoule.data import catalogue
from picojoule.data.files import FileSet, Inspection, inspect

CONTENT = gzip.compress(b"digits", mtime=0)
TOY = FileSet("mnist", ("http://127.0.0.1:9/",), {"a.gz": hashlib.sha256(CONTENT).hexdigest(), "b.gz": "0" * 64})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a stand-in for MNIST that consists of `a.gz` and `b.gz`."""
    monkeypatch.setenv("PICOJOULE_DATA", str(tmp_path))
    entry = replace(catalogue.describe("mnist"), files=TOY, inspect=lambda: inspect(TOY))
    monkeypatch.setitem(catalogue._ENTRIES, "mnist", entry)
    (tmp_path / "mnist").mkdir()
    return tmp_path / "mnist"


def row(text: str, name: str) -> list[str]:
    """Return the cells of the table's row that begins with `name`."""
    (line,) = (line for line in text.splitlines() if line.startswith(f"│ {name} "))
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_the_embedded_digits_need_no_fetching(capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch("mnist-5k") == 0
    cells = row(capsys.readouterr().out, "mnist-5k")
    assert cells[:4] == ["mnist-5k", "4,000 + 1,000", "1 of 1", "ok"]
    assert cells[4].endswith("data")


def test_check_lists_every_dataset_and_does_not_mind_missing_ones(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check() == 0
    text = capsys.readouterr().out
    assert row(text, "mnist")[2:] == ["0 of 2", "–", str(folder)]
    assert row(text, "fashion-mnist")[2:4] == ["0 of 4", "–"]
    assert row(text, "mnist-5k")[2:4] == ["1 of 1", "ok"]


def test_a_dataset_asked_for_by_name_must_be_complete(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.gz").write_bytes(CONTENT)
    assert check("mnist") == 1
    assert row(capsys.readouterr().out, "mnist")[2:4] == ["1 of 2", "ok"]


def test_damage_is_named_and_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.gz").write_bytes(CONTENT)
    (folder / "b.gz").write_bytes(b"?")
    assert check() == 1
    assert check("mnist") == 1
    assert "wrong: b.gz" in capsys.readouterr().out


def test_a_complete_dataset_is_not_downloaded_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = replace(TOY, sha256={"a.gz": TOY.sha256["a.gz"]})
    entry = replace(catalogue.describe("mnist"), files=whole, inspect=lambda: inspect(whole))
    monkeypatch.setitem(catalogue._ENTRIES, "mnist", entry)
    (folder / "a.gz").write_bytes(CONTENT)
    assert fetch("mnist") == 0
    assert row(capsys.readouterr().out, "mnist")[2:4] == ["1 of 1", "ok"]


def test_a_source_that_does_not_answer_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(DataError, match=r"^cannot download a\.gz from http://127\.0\.0\.1:9/ .* by hand.*\.$"):
        fetch("mnist")


def test_an_embedded_dataset_that_is_damaged_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = replace(catalogue.describe("mnist-5k"), inspect=lambda: Inspection(tmp_path, 1, (), ("x",)))
    monkeypatch.setitem(catalogue._ENTRIES, "mnist-5k", broken)
    assert fetch("mnist-5k") == 1


@pytest.mark.parametrize("verb", [check, fetch])
@pytest.mark.parametrize("name", ["minst", ""])
def test_unknown_names_are_refused(verb: object, name: str) -> None:
    assert callable(verb)
    with pytest.raises(UnknownNameError, match=f"unknown dataset '{name}'"):
        verb(name)


def test_brackets_in_a_folder_are_no_markup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PICOJOULE_DATA", str(tmp_path / "[red]"))
    check("fashion-mnist")
    assert "[red]/fashion-mnist" in capsys.readouterr().out


def test_an_interrupted_download_says_how_it_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: FileSet) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("picojoule.data.download.fetch", interrupted)
    with pytest.raises(KeyboardInterrupt, match=r"^files that are whole are kept; go on with: pj data fetch mnist$"):
        fetch("mnist")
