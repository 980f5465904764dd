"""A comparison of several seeds: kept, gone on with, and repeated by the command that it names."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from picojoule.cli.compare import parsed
from picojoule.core.errors import CheckpointError, OutputError, ParameterError, UnknownNameError
from picojoule.energy.measure import Joules
from picojoule.energy.study import page
from picojoule.recipes import compare
from picojoule.recipes.compare import compare_recipe, identity, repeat, trial_of
from picojoule.recipes.comparing import Comparing
from tests.recipes.made_up import trial as made_up
from tests.recipes.made_up.recipe import Options

pytestmark = pytest.mark.usefixtures("recipes")
FP32 = ("horowitz-45nm-fp32",)


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without pictures, whose drawing is most of the work."""
    for name in ("layers_picture", "decision_picture", "tables_picture"):
        monkeypatch.setattr(page, name, lambda *_: None)


def run(folder: Path, options: Options | None = None, **settings: Any) -> int:
    return compare_recipe("made-up", options or Options(), Comparing(out=folder, table=FP32, **settings))


def result(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return found


def test_every_seed_is_run_in_its_own_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert run(folder, seeds=2, first_seed=5) == 0
    assert made_up.calls == [(5, folder / "seed-5", False), (6, folder / "seed-6", False)]
    names = {file.name for file in folder.iterdir()}
    assert names == {"log", "report.html", "result.json", "seed-5", "seed-6"}
    assert [file.name for file in (folder / "seed-5").iterdir()] == ["trial.json"]
    found = result(folder)
    assert (found["recipe"], found["seeds"]) == ("made-up", [5, 6])
    assert found["options"] == {"rate": 0.05, "nu": [0.1, 0.2]}
    assert found["machine"]["picojoule"]
    assert "pj compare made-up --seeds 2 --first-seed 5" in (folder / "report.html").read_text(encoding="utf-8")


def test_without_a_folder_there_is_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    compare_recipe("made-up", Options(), Comparing(seeds=1, table=FP32))
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("compare-made-up-")


def test_seeds_that_have_ended_are_not_run_again(tmp_path: Path) -> None:
    made_up.failures[1] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", seeds=3)
    assert (tmp_path / "cut" / "seed-0" / "trial.json").exists()
    assert not (tmp_path / "cut" / "result.json").exists()
    made_up.calls.clear()
    made_up.failures.clear()
    assert run(tmp_path / "cut", seeds=3, resume=True) == 0
    # seed 1 had begun, and may go on with what it left
    assert made_up.calls == [(1, tmp_path / "cut" / "seed-1", True), (2, tmp_path / "cut" / "seed-2", False)]
    assert run(tmp_path / "whole", seeds=3) == 0
    cut, whole = result(tmp_path / "cut"), result(tmp_path / "whole")
    assert cut == whole


def test_an_interruption_says_how_to_go_on(tmp_path: Path) -> None:
    made_up.failures[0] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt, match=f"^go on with: pj compare made-up --out {tmp_path / 'cut'} --resume$"):
        run(tmp_path / "cut")


def test_a_comparison_that_has_ended_takes_more_seeds_and_other_tables(tmp_path: Path) -> None:
    run(tmp_path / "a", seeds=1)
    made_up.calls.clear()
    tables = ("horowitz-45nm-int8", "loihi")
    compare_recipe("made-up", Options(), Comparing(seeds=2, table=tables, out=tmp_path / "a", resume=True))
    assert [seed for seed, *_ in made_up.calls] == [1]
    assert list(result(tmp_path / "a")["citations"]) == list(tables)


def test_going_on_with_other_options_is_refused(tmp_path: Path) -> None:
    run(tmp_path / "a", seeds=1)
    with pytest.raises(CheckpointError, match=r"trial\.json was made with rate=0\.05, but this run has 0\.1"):
        run(tmp_path / "a", Options(rate=0.1), seeds=1, resume=True)


def test_a_comparison_that_fails_at_once_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ParameterError("bad")

    monkeypatch.setattr(made_up, "trial", fails)
    with pytest.raises(ParameterError, match="bad"):
        run(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_later_failure_keeps_what_has_ended(tmp_path: Path) -> None:
    made_up.failures[1] = ParameterError("bad")
    with pytest.raises(ParameterError, match="bad"):
        run(tmp_path / "a")
    assert (tmp_path / "a" / "seed-0" / "trial.json").exists()


def test_what_was_not_counted_changes_the_status_only_if_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_up.uncounted.append("pool: FancyPool")
    assert run(tmp_path / "a", seeds=1) == 0
    assert run(tmp_path / "b", seeds=1, strict=True) == 3
    said = capsys.readouterr().err
    assert (
        f"pj: --strict: not counted: pool: FancyPool, its share is unknown. The results are in {tmp_path / 'b'}" in said
    )
    assert (tmp_path / "b" / "report.html").exists()


def test_strict_is_content_if_all_was_counted(tmp_path: Path) -> None:
    assert run(tmp_path / "a", seeds=1, strict=True) == 0


def test_joules_stand_beside_the_estimate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fake:
        def __enter__(self) -> Joules:
            return Joules(available=True, reason="", by_counter={"CPU package 0": 12.5}, seconds=3.0)

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(compare, "measure", Fake)
    run(tmp_path / "a", seeds=1, joules=True)
    said = "Seed 0, training and testing all networks: Measured in 3 s: CPU package 0 12.5 J"
    with_joules = result(tmp_path / "a")
    assert with_joules["measured"] == [said]
    assert said in (tmp_path / "a" / "report.html").read_text(encoding="utf-8")
    run(tmp_path / "b", seeds=1)
    assert {**with_joules, "measured": []} == result(tmp_path / "b")  # and change none of its figures
    run(tmp_path / "a", seeds=1, resume=True)
    assert result(tmp_path / "a")["measured"] == [said]  # still known when the seed is not run again


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seeds": 0}, "--seeds must be >= 1 seeds, got 0"),
        ({"first_seed": -1}, "--first-seed must be >= 0"),
    ],
    ids=["seeds", "first seed"],
)
def test_numbers_out_of_range_are_refused(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        run(tmp_path / "a", **settings)
    assert list(tmp_path.iterdir()) == []


def test_bad_options_of_the_recipe_and_tables_are_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="--rate must be >= 0"):
        run(tmp_path / "a", Options(rate=-1.0))
    with pytest.raises(UnknownNameError, match="unknown cost table 'horowitz'"):
        compare_recipe("made-up", Options(), Comparing(table=("horowitz",), out=tmp_path / "a"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    run(tmp_path / "a", seeds=1)
    with pytest.raises(OutputError, match="exists and is not empty; choose another --out, or add --resume"):
        run(tmp_path / "a", seeds=1)
    with pytest.raises(OutputError, match="no run to resume"):
        run(tmp_path / "b", seeds=1, resume=True)


def test_a_recipe_without_trial_names_those_that_have_one() -> None:
    with pytest.raises(ParameterError, match="lonely has no trial, so it cannot be compared; take one of: made-up"):
        trial_of("lonely")


@pytest.mark.parametrize(
    ("options", "comparing"),
    [
        (Options(), Comparing()),
        (Options(rate=0.1, nu=(0.0, 0.3)), Comparing(seeds=5, first_seed=2)),
        (Options(), Comparing(table=("loihi", "my tables/a b.toml"))),
    ],
    ids=["plain", "numbers", "tables"],
)
def test_the_command_gives_the_same_options_again(options: Options, comparing: Comparing) -> None:
    words = shlex.split(repeat("made-up", options, comparing))
    assert words[:3] == ["pj", "compare", "made-up"]
    assert parsed("made-up", Options, words[3:]) == (options, comparing)


def test_identity_is_what_figures_depend_on() -> None:
    one = identity(Options(out=Path("a"), resume=True, seed=3))
    assert one == identity(Options())
    assert one != identity(replace(Options(), rate=0.2))
