"""A run from end to end: what it leaves, and what does and does not change its figures."""

import html
import html.parser
import json
import re
from pathlib import Path
from typing import Any

import pytest

from picojoule import __version__
from picojoule.plot.units import energy_text
from picojoule.recipes.diehl_cook_2015 import recipe
from tests.cli.conftest import Command
from tests.cli.runs import RECIPE, TINY, assert_same_bits, figures, run, tensors

PICTURES = ("accuracy", "confusion", "energy", "history", "raster", "receptive_fields")


def test_a_run_leaves_its_results_and_nothing_else(finished: Path) -> None:
    names = {file.name for file in finished.iterdir()}
    pictures = {f"{name}.png" for name in PICTURES}
    # too few images were shown for a curve of the accuracy
    assert names == {"log", "model.safetensors", "report.html", "result.json"} | pictures - {"accuracy.png"}


def test_figures_are_json_with_every_key(finished: Path) -> None:
    result = figures(finished)  # refuses NaN and infinity
    assert result.keys() == {
        "recipe",
        "options",
        "images",
        "accuracy",
        "confusion",
        "silent_neurons",
        "energy",
        "counts",
        "history",
    }
    whole = json.loads((finished / "result.json").read_text(encoding="utf-8"))
    assert whole["seconds"].keys() == {"all", "training"}
    assert 0.0 <= whole["seconds"]["training"] < whole["seconds"]["all"]
    assert whole["machine"]["picojoule"] == __version__
    assert whole["machine"].keys() >= {"python", "torch", "numba", "platform", "processor", "cores"}


def test_figures_agree_with_one_another(finished: Path) -> None:
    result = figures(finished)
    assert result["recipe"] == "diehl-cook-2015"
    assert result["images"] == {"training": 60, "shown": 60, "test": 20}
    assert result["options"].items() >= {"seed": 0, "neurons": 10, "steps": 60, "dt": 1.0, "max_rate": 128.0}.items()
    right = sum(result["confusion"][k][k] for k in range(10))
    assert sum(map(sum, result["confusion"])) == 20
    assert result["accuracy"]["reported"] == "PoissonLikelihood"
    assert result["accuracy"]["PoissonLikelihood"] == right / 20
    low, high = result["accuracy"]["interval_95"]
    assert 0.0 <= low <= right / 20 <= high <= 1.0
    assert result["counts"]["testing"]["samples"] == 20
    assert result["counts"]["training"]["samples"] == 60
    assert result["history"]["images"] == [60]


def test_the_model_holds_what_was_learned(finished: Path) -> None:
    found = tensors(finished)
    weight, theta = found["network.connections.X->Ae.weight"], found["network.populations.Ae.theta"]
    assert weight.shape == (784, 10)
    assert bool((weight >= 0.0).all())
    assert bool((weight <= 1.0).all())
    assert bool((theta > 0.0).any())  # thresholds rise with every spike
    assert found["extra.rates"].shape == (10, 10)


class Links(html.parser.HTMLParser):
    """What a page loads or points at."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]


def test_the_report_needs_no_other_file(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    links = Links()
    links.feed(page)
    pictures = [link for link in links.found if link.startswith("data:image/png;base64,")]
    assert len(pictures) == len(PICTURES) - 1
    assert all(link.startswith(("#", "data:")) for link in links.found)
    assert not links.tags & {"script", "iframe", "object"}
    assert not re.search(r"url\((?!['\"]?data:)|@import", page)


def test_the_report_says_what_the_figures_say(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    result = figures(finished)
    for readout in ("ProportionWeighting", "AllActivity", "PoissonLikelihood"):
        assert f"<td>{100 * result['accuracy'][readout]:.2f} %</td>" in page
    for section in ("Receptive fields", "Confusion", "Spikes", "Energy of one answer", "What is assumed", "Sources"):
        assert f">{section}</h2>" in page
    assert "pj run diehl-cook-2015 --neurons 10 --steps 60 --train-images 60 --test-images 20<" in page


def test_the_headline_does_not_hide_the_cheaper_network(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    rows = figures(finished)["energy"]["inference"]
    spiking, table = rows[0]["total"], rows[0]["table"]
    relu = min(row["total"] for row in rows if row["table"] == table and "ReLU" in row["network"])
    assert rows[0]["network"] == "the spiking network"
    head = page[: page.index("<h2")]
    assert energy_text(spiking) in head
    assert f"ReLU network: {energy_text(relu)} ({table}, memory included)" in head


def test_the_outcome_is_told(pj: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "WINDOW", 20)
    answer = pj(*RECIPE, *TINY, "--out", "run")
    assert answer.status == 0
    share = figures(here / "run")["accuracy"]["PoissonLikelihood"]
    assert f"diehl-cook-2015: {100 * share:.2f} % of 20 test images" in answer.out
    assert (here / "run" / "accuracy.png").exists()  # there are three windows now
    assert answer.out.endswith(f"Report: {Path('run', 'report.html')}\n")
    assert [line.split(":")[0] for line in answer.err.splitlines()] == [
        "training",
        "labelling",
        "testing",
        "ReLU network",
    ]


@pytest.mark.usefixtures("here", "no_pictures")
def test_a_folder_is_named_if_none_is_given(finished: Path) -> None:
    assert run(*TINY) == 0
    (folder,) = Path("runs").iterdir()
    assert re.fullmatch(r"diehl-cook-2015-\d{8}-\d{6}", folder.name)
    assert_same_bits(folder, finished)


def without_threads(folder: Path) -> dict[str, Any]:
    result = figures(folder)
    del result["options"]["threads"]
    return result


@pytest.mark.usefixtures("no_pictures")
def test_threads_change_nothing(finished: Path, tmp_path: Path) -> None:
    assert run(*TINY, "--threads", "2", "--out", tmp_path / "two") == 0
    assert without_threads(tmp_path / "two") == without_threads(finished)
    first, second = tensors(finished), tensors(tmp_path / "two")
    assert all(value.equal(second[name]) for name, value in first.items())


@pytest.mark.usefixtures("no_pictures")
def test_another_seed_is_another_run(finished: Path, tmp_path: Path) -> None:
    assert run(*TINY, "--seed", "1", "--out", tmp_path / "other") == 0
    first, second = figures(finished), figures(tmp_path / "other")
    assert first["counts"]["training"] != second["counts"]["training"]
    assert first["history"]["weights"] != second["history"]["weights"]


@pytest.mark.usefixtures("no_pictures")
def test_reporting_on_validation_images(tmp_path: Path) -> None:
    assert run(*TINY, "--validate", "40", "--label-images", "30", "--out", tmp_path / "held") == 0
    result = figures(tmp_path / "held")
    assert result["images"] == {"training": 60, "shown": 60, "validation": 20}


@pytest.mark.parametrize("options", ["--max-rate 1 --steps 5", "--neurons 1 --inhibition 0 --nu 0 0 --theta-plus 0"])
def test_networks_that_can_do_nothing_are_told_as_they_are(tmp_path: Path, options: str) -> None:
    assert run(*TINY, *options.split(), "--out", tmp_path / "run") == 0
    result = figures(tmp_path / "run")  # refuses NaN and infinity
    undecided = sum(row[-1] for row in result["confusion"])
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert (f"{undecided} images excited no labelled neuron" in page) == (undecided > 0)
    assert (f"{result['silent_neurons']} fired for no labelled image" in page) == (result["silent_neurons"] > 0)
    if "--max-rate" in options:
        assert (undecided, result["silent_neurons"], result["accuracy"]["ProportionWeighting"]) == (20, 10, 0.0)


@pytest.mark.usefixtures("no_pictures")
def test_both_engines_tell_the_same(tmp_path: Path) -> None:
    few = ("--train-images", "6", "--test-images", "4", "--neurons", "10", "--steps", "40", "--max-rate", "500")
    for engine in ("event", "reference"):
        assert run(*few, "--engine", engine, "--out", tmp_path / engine) == 0
    event, reference = figures(tmp_path / "event"), figures(tmp_path / "reference")
    assert event["counts"]["testing"]["populations"]["Ae"]["spikes"] > 0
    for result in (event, reference):
        del result["options"]["engine"]
    assert event == reference
