"""`pj compare` as it is typed."""

from pathlib import Path

import pytest

from picojoule.recipes import catalogue, comparing
from picojoule.recipes.catalogue import RECIPES
from tests.cli.conftest import Command, Refusal
from tests.recipes.made_up import trial as made_up


@pytest.fixture(autouse=True)
def _recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {**RECIPES, "made-up": ("tests.recipes.made_up.recipe", "nothing is trained")}
    for module in (catalogue, comparing):
        monkeypatch.setattr(module, "RECIPES", found)
    made_up.calls.clear()


def test_alone_it_lists_the_recipes(pj: Command) -> None:
    answer = pj("compare")
    assert (answer.status, answer.err) == (2, "")
    assert answer.out.startswith("usage: pj compare RECIPE [options]")
    for name in RECIPES:
        assert name in answer.out
    assert (pj("compare", "--help").status, pj("compare", "-h").out) == (0, answer.out)


def test_help_lists_options_of_both(pj: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        pj("compare", "made-up", "--help")
    said = capsys.readouterr().out
    assert stop.value.code == 0
    for option in ("--seeds", "--first-seed", "--table", "--strict", "--joules", "--out", "--resume", "--rate", "--nu"):
        assert option in said
    assert "--seed " not in said


def test_a_comparison_from_end_to_end(pj: Command, here: Path) -> None:
    words = ("--seeds", "2", "--rate", "0.1", "--table", "horowitz-45nm-fp32", "--table", "loihi", "--out", "found")
    answer = pj("compare", "made-up", *words)
    assert answer.status == 0
    assert [seed for seed, *_ in made_up.calls] == [0, 1]
    assert "loihi" in answer.out
    assert "horowitz-45nm-int8" not in answer.out
    assert " ".join(answer.out.split()).endswith("of 25 steps on average.")
    assert "Report: found/report.html" in answer.err
    names = {file.name for file in (here / "found").iterdir()}
    assert names >= {"report.html", "result.json", "decision.png", "layers.png", "tables.png"}


def test_refusals_are_one_line(refusal: Refusal) -> None:
    assert refusal("compare", "made-down").startswith("unknown recipe 'made-down'; did you mean 'made-up'?")
    assert refusal("compare", "made-up", "--table", "loihj").startswith("unknown cost table 'loihj'; did you mean")
    assert refusal("compare", "made-up", "--seeds", "0") == "--seeds must be >= 1 seeds, got 0"
    assert refusal("compare", "made-up", "--rate", "-1") == "--rate must be >= 0, got -1"
