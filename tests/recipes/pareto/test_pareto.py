"""`pj pareto`: several budgets, one page; what is refused; and how it goes on."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from picojoule.energy.front import front
from picojoule.recipes.surrogate_mnist import recipe
from picojoule.recipes.surrogate_mnist.state import save_state
from tests.cli.conftest import Command, Refusal
from tests.cli.runs import figures

VERB = ("pareto", "surrogate-mnist")
TINY = (
    "--train-images", "400", "--test-images", "20", "--neurons", "20", "--steps", "5", "--epochs", "3",
    "--threads", "1", "--energy-table", "horowitz-45nm-int8", "--energy-without-memory",
)  # fmt: skip
BUDGETS = ("--budgets", "764 pJ", "0.765 nJ")


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "write_pictures", lambda *_: None)


def test_given_budgets_from_end_to_end(pj: Command, here: Path) -> None:
    answer = pj(*VERB, *TINY, *BUDGETS, "--out", "run")
    assert answer.status == 0
    result = figures(here / "run")
    assert [network["budget"] for network in result["networks"]] == [None, "0.765 nJ", "764 pJ"]
    names = {file.name for file in (here / "run").iterdir()}
    assert names == {"log", "pareto.png", "report.html", "result.json", "unlimited", "0.765-nJ", "764-pJ"}
    points = []
    for network in result["networks"]:
        own = figures(here / "run" / (network["budget"] or "unlimited").replace(" ", "-"))["energy_budget"]
        assert network["spiking"] == own["spiking"]
        assert own["relu"] == result["relu"]  # the same conventional network beside each
        points.append((own["spiking"]["validation_energy"], own["spiking"]["validation_accuracy"]))
    assert [network["front"] for network in result["networks"]] == [k in front(points) for k in range(3)]
    assert result["options"]["energy_budget"] is None

    page = (here / "run" / "report.html").read_text(encoding="utf-8")
    assert result["sentence"].split(". ")[0] in page
    assert "of 3 spiking networks are on the front: " in result["sentence"]
    command = f"pj pareto surrogate-mnist {shlex.join(TINY)}".replace("--threads 1 ", "")
    for word in shlex.split(command):
        assert word in page
    assert "&#x27;764 pJ&#x27;" in page
    assert page.count("data:image/png;base64,") == 1
    assert "surrogate-mnist: " not in answer.out  # tables of the single runs are in their own pages
    assert answer.out.count("of the held-out images at") == 3


def test_default_budgets_lie_between_the_least_and_the_most(pj: Command, here: Path) -> None:
    assert pj(*VERB, *TINY, "--epochs", "1", "--out", "run").status == 0
    first, *others = figures(here / "run")["networks"]
    amounts = [network["amount"] for network in others]
    assert len(amounts) == 4
    assert amounts == sorted(amounts, reverse=True)
    assert figures(here / "run")["minimum"] < amounts[-1]
    assert amounts[0] < first["spiking"]["validation_energy"]


def test_interrupted_in_the_second_budget_it_goes_on(pj: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    epochs: list[int] = []

    def save_and_stop(*arguments: Any) -> None:
        save_state(*arguments)
        epochs.append(0)
        if len(epochs) == 5:
            raise KeyboardInterrupt

    assert pj(*VERB, *TINY, *BUDGETS, "--out", "alone").status == 0
    monkeypatch.setattr(recipe, "save_state", save_and_stop)
    stopped = pj(*VERB, *TINY, *BUDGETS, "--out", "run")
    assert stopped.status == 130
    assert not (here / "run" / "result.json").exists()
    again = pj(*VERB, *TINY, *BUDGETS, "--out", "run", "--resume")
    assert again.status == 0
    assert len(epochs) == 9  # none was trained twice
    assert "the first network, without a limit: begins" not in again.out
    assert "budget 1 of 2, 0.765 nJ: goes on" in again.out
    assert figures(here / "run") == figures(here / "alone")
    assert pj(*VERB, *TINY, *BUDGETS, "--out", "run", "--resume").status == 2  # it has ended


def test_what_was_trained_with_other_options_is_not_mixed_in(
    pj: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pj(*VERB, *TINY, *BUDGETS, "--out", "run").status == 0
    (here / "run" / "result.json").unlink()
    answer = pj(*VERB, *TINY, *BUDGETS, "--seed", "1", "--out", "run", "--resume")
    assert answer.status == 2
    assert "log was made with seed=0, but this run has 1" in answer.err
    (here / "run" / "unlimited" / "result.json").write_text(json.dumps({"options": {}}), encoding="utf-8")
    answer = pj(*VERB, *TINY, *BUDGETS, "--out", "run", "--resume")
    assert answer.status == 2
    assert "is damaged" in answer.err
    assert "delete its folder and start again" in answer.err


CASES = {
    "--budgets 50": "--budgets '50' has no unit; add one of pJ, nJ, µJ (or uJ), mJ, J, for instance '50 nJ'",
    "--budgets 1uJ 1000nJ": "--budgets holds '1uJ' and '1000nJ', the same energy; leave one out",
    "--train-images 100": "--energy-budget holds 200 training images out to measure energy, and needs 400 training "
    "images or more, got 100; use more images",
    "--resume": "--resume needs the folder of the run: add --out FOLDER",
}


@pytest.mark.parametrize("words", CASES)
def test_refused_with_the_way_out(refusal: Refusal, words: str) -> None:
    assert refusal(*VERB, *words.split()) == CASES[words]


def test_a_budget_below_the_minimum_is_refused_before_anything_is_trained(refusal: Refusal) -> None:
    said = refusal(*VERB, *TINY, "--budgets", "1 uJ", "1 pJ")
    assert said.startswith("--energy-budget 1 pJ is below what this network needs without a single spike, ")


def test_a_recipe_without_budgets_is_refused_by_name(refusal: Refusal) -> None:
    assert refusal("pareto", "diehl-cook-2015") == (
        "diehl-cook-2015 cannot be trained within an energy budget; recipes that can: surrogate-mnist"
    )
    assert refusal("pareto", "surogate-mnist").startswith("unknown recipe 'surogate-mnist'; did you mean")


def test_help(pj: Command) -> None:
    assert pj("pareto").status == 2
    assert pj("pareto", "--help").out.startswith("usage: pj pareto RECIPE [--budgets ENERGY ...]")
    with pytest.raises(SystemExit) as ended:
        pj(*VERB, "--help")
    assert ended.value.code == 0
