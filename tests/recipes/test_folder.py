"""The folder of a run: made, found again, refused, and left as it was."""

import json
import math
import platform
import re
from pathlib import Path

import pytest

from picojoule import __version__
from picojoule.core.errors import CheckpointError, OutputError
from picojoule.recipes.folder import (
    close_log,
    fingerprint,
    leave_folder,
    open_folder,
    open_log,
    processor,
    run_folder,
    write_result,
)
from picojoule.simulate.event.engine import available_threads


def test_a_new_folder_is_made_with_all_above_it(tmp_path: Path) -> None:
    wanted = tmp_path / "a" / "b"
    assert open_folder(wanted, name="x", resume=False) == (wanted, [wanted, tmp_path / "a"])
    assert wanted.is_dir()


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    assert open_folder(tmp_path, name="x", resume=False) == (tmp_path, [])


def test_without_a_name_it_is_named_by_recipe_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made, _ = open_folder(None, name="recipe", resume=False)
    assert re.fullmatch(r"recipe-\d{8}-\d{6}", made.name)
    assert made.parent == Path("runs")


@pytest.mark.parametrize("file", ["log", "checkpoint.safetensors"])
def test_a_run_is_known_by_its_log_or_its_checkpoint(tmp_path: Path, file: str) -> None:
    (tmp_path / file).touch()
    assert open_folder(tmp_path, name="x", resume=True) == (tmp_path, [])


def test_what_is_half_made_above_it_is_removed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Path.mkdir

    def fail(path: Path, *arguments: object, **options: object) -> None:
        if path.name == "deep":
            make(tmp_path / "new")
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", fail)
    with pytest.raises(OutputError, match=r"cannot make .*deep: Permission denied; choose another --out"):
        open_folder(tmp_path / "new" / "deep", name="x", resume=False)
    assert list(tmp_path.iterdir()) == []


def test_files_that_were_being_written_are_swept_away(tmp_path: Path) -> None:
    for name in ("log", ".result.json.0123abcd", ".report.html.ffffffff", ".hidden", ".notes.2024", "x.0123abcd"):
        (tmp_path / name).touch()
    open_folder(tmp_path, name="x", resume=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == [".hidden", ".notes.2024", "log", "x.0123abcd"]


def test_a_failed_run_leaves_nothing(tmp_path: Path) -> None:
    folder, made = open_folder(tmp_path / "runs" / "one", name="x", resume=False)
    close_log(open_log(folder))
    leave_folder(folder, made)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_leaves_the_folder_of_another(tmp_path: Path) -> None:
    folder, made = open_folder(tmp_path / "runs" / "one", name="x", resume=False)
    open_folder(tmp_path / "runs" / "two", name="x", resume=False)
    close_log(open_log(folder))
    leave_folder(folder, made)
    assert list((tmp_path / "runs").iterdir()) == [tmp_path / "runs" / "two"]


def test_a_failed_run_leaves_what_can_be_resumed(tmp_path: Path) -> None:
    folder, made = open_folder(tmp_path / "one", name="x", resume=False)
    close_log(open_log(folder))
    (folder / "checkpoint.safetensors").touch()
    leave_folder(folder, made)
    assert sorted(file.name for file in folder.iterdir()) == ["checkpoint.safetensors", "log"]


def test_a_run_keeps_its_folder_and_a_failed_one_does_not(tmp_path: Path) -> None:
    with run_folder(tmp_path / "good", name="x", resume=False) as (folder, log):
        log.info("begun")
    assert (folder / "log").read_text().endswith("begun\n")
    with pytest.raises(OutputError), run_folder(tmp_path / "bad", name="x", resume=False):
        raise OutputError("the disk is full")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good"]


def test_an_interrupted_run_keeps_its_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), run_folder(tmp_path / "run", name="x", resume=False):
        raise KeyboardInterrupt
    with run_folder(tmp_path / "run", name="x", resume=True) as (folder, _):
        assert folder == tmp_path / "run"


def test_a_run_that_has_ended_is_not_opened_again(tmp_path: Path) -> None:
    for name in ("log", "result.json"):
        (tmp_path / name).touch()
    with (
        pytest.raises(CheckpointError, match="has ended; choose another --out to start a new one"),
        run_folder(tmp_path, name="x", resume=True),
    ):
        pass


def test_a_log_grows_and_speaks_to_nobody_else(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for word in ("first", "second"):
        log = open_log(tmp_path)
        log.info("%s part", word)
        close_log(log)
        log.info("after it was closed")
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line[20:] for line in lines] == ["first part", "second part"]
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in lines)
    assert capfd.readouterr() == ("", "")


def test_results_are_json(tmp_path: Path) -> None:
    write_result(tmp_path, {"name": "Diehl & Cook – 2015", "values": [1, 2.5, None]})
    text = (tmp_path / "result.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"name": "Diehl & Cook – 2015", "values": [1, 2.5, None]}
    assert "–" in text
    assert text.endswith("}\n")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_never_written(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_result(tmp_path, {"value": value})
    assert list(tmp_path.iterdir()) == []


def test_the_fingerprint_names_versions_and_machine() -> None:
    found = fingerprint()
    assert found["picojoule"] == __version__
    assert found["cores"] == available_threads()
    assert all(value for value in found.values())
    json.dumps(found)


def test_the_processor_is_named_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        raise FileNotFoundError

    assert processor()
    monkeypatch.setattr(Path, "read_text", fail)
    monkeypatch.setattr(platform, "processor", lambda: "")
    assert processor() == platform.machine()
