"""A run from end to end: what it leaves, and what does and does not change its figures."""

import json
import re
from pathlib import Path

import pytest
import torch

from picojoule import __version__
from picojoule.energy.layered import ANALOG
from picojoule.plot.units import energy_text
from picojoule.recipes.surrogate_mnist.networks import plan, spiking_network
from tests.cli.conftest import Command
from tests.cli.runs import assert_same_bits, figures, tensors
from tests.recipes.surrogate_mnist.runs import CONV, RECIPE, TINY, run

PICTURES = ("accuracy", "confusion", "energy", "raster", "time_constants", "weights")


def test_a_run_leaves_its_results_and_nothing_else(finished: Path) -> None:
    names = {file.name for file in finished.iterdir()}
    pictures = {f"{name}.png" for name in PICTURES}
    assert names == {"log", "model.safetensors", "report.html", "result.json"} | pictures


def test_figures_are_json_with_every_key(finished: Path) -> None:
    result = figures(finished)  # refuses NaN and infinity
    assert result.keys() == {
        "recipe",
        "options",
        "images",
        "accuracy",
        "confusion",
        "spikes_per_image",
        "spikes_per_neuron_and_step",
        "energy",
        "history",
    }
    whole = json.loads((finished / "result.json").read_text(encoding="utf-8"))
    assert whole["seconds"].keys() == {"all", "training"}
    assert 0.0 < whole["seconds"]["training"] < whole["seconds"]["all"]
    assert whole["machine"]["picojoule"] == __version__


def test_figures_agree_with_one_another(finished: Path) -> None:
    result = figures(finished)
    assert result["recipe"] == "surrogate-mnist"
    assert result["images"] == {"training": 60, "shown": 180, "test": 20}
    assert result["options"].items() >= {"seed": 0, "neurons": 12, "steps": 6, "epochs": 3, "shift": 1}.items()
    right = sum(result["confusion"][k][k] for k in range(10))
    assert sum(map(sum, result["confusion"])) == 20
    assert result["accuracy"]["spiking"] == right / 20
    low, high = result["accuracy"]["interval_95"]
    assert 0.0 <= low <= right / 20 <= high <= 1.0
    assert result["history"]["images"] == [60, 120, 180]
    assert len(result["history"]["loss"]) == len(result["history"]["accuracy"]) == 3
    assert {len(points) for points in result["history"]["time_constants"].values()} == {3}
    spikes = result["spikes_per_image"]["hidden"]
    assert result["spikes_per_image"].keys() == {"hidden"}  # currents are no spikes, and the readout has none
    assert 0.0 < spikes <= 12 * 6
    assert result["spikes_per_neuron_and_step"] == {"hidden": pytest.approx(spikes / 72)}


def test_it_learns(finished: Path) -> None:
    loss = figures(finished)["history"]["loss"]
    assert loss[2] < loss[1] < loss[0]


def test_time_constants_are_learned_and_their_start_is_the_option(finished: Path) -> None:
    found = tensors(finished)
    assert found["2.learned.raw_tau"].shape == (12,)
    assert found["4.learned.raw_tau"].shape == (10,)
    assert bool((found["2.learned.raw_tau"] != 0.0).all())  # it is 0 before training
    assert found["2.learned.start_tau"].tolist() == [2.0] * 12


def test_the_account_counts_the_spikes_of_the_run(finished: Path) -> None:
    result = figures(finished)
    lines = [row for row in result["energy"]["inference"] if row["table"] == "horowitz-45nm-fp32"]
    assert {(row["network"], row["method"]) for row in lines} == {
        ("the spiking network", "event by event"),
        ("the ReLU network", "dense"),
        ("the ReLU network", "zeros skipped"),
    }
    split = result["energy"]["splits"]["horowitz-45nm-fp32"]["the spiking network, event by event"]
    # each hidden spike is one addition at each of ten readout neurons
    assert split["synapses"] == pytest.approx(result["spikes_per_image"]["hidden"] * 10 * 0.9)
    assert split["encoder"] > 12 * 4.6  # the analog first layer
    assert split["readout"] == pytest.approx((6 * 10 + 10) * 0.9)
    assert ANALOG in result["energy"]["assumptions"]


def test_the_model_can_be_loaded_as_it_is(finished: Path) -> None:
    network = spiking_network(plan("dense", shape=(28, 28), neurons=12, classes=10), tau=2.0, seed=9)
    network.load_state_dict(tensors(finished))
    assert network(torch.zeros(6, 1, 1, 28, 28)).shape == (6, 1, 10)


def test_the_report_says_what_the_figures_say(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    result = figures(finished)
    for share in (result["accuracy"]["spiking"], result["accuracy"]["relu"]):
        assert f"<td>{100 * share:.2f} %</td>" in page
    for section in (
        "Outcome", "Accuracy while training", "Time constants", "What the first layer looks for", "Confusion",
        "Spikes", "Energy of one answer", "What is assumed", "How to repeat it", "Sources",
    ):  # fmt: skip
        assert f">{section}</h2>" in page
    assert "Energy of the whole training" not in page  # it is not counted, and the page says so
    assert "Training is not counted." in page
    assert "784-12-10" in page
    assert "its first layer is analog" in page.lower()
    assert (
        "pj run surrogate-mnist --epochs 3 --steps 6 --neurons 12 --batch-size 16 --train-images 60 --test-images 20<"
        in page
    )
    assert page.count("data:image/png;base64,") == len(PICTURES)
    assert not re.search(r"<script|https?://(?!www\.w3)", page)


def test_the_headline_does_not_hide_the_cheaper_network(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    rows = figures(finished)["energy"]["inference"]
    spiking, table = rows[0]["total"], rows[0]["table"]
    relu = min(row["total"] for row in rows if row["table"] == table and "ReLU" in row["network"])
    head = page[: page.index("<h2")]
    assert energy_text(spiking) in head
    assert f"ReLU network: {energy_text(relu)} ({table}, memory included)" in head


@pytest.mark.usefixtures("no_pictures")
def test_the_outcome_is_told(pj: Command, here: Path) -> None:
    answer = pj(*RECIPE, *TINY, "--out", "run")
    assert answer.status == 0
    share = figures(here / "run")["accuracy"]["spiking"]
    assert f"surrogate-mnist: {100 * share:.2f} % of 20 test images" in answer.out
    assert answer.out.endswith(f"Report: {Path('run', 'report.html')}\n")
    assert [line.split(":")[0] for line in answer.err.splitlines()] == ["training", "testing", "ReLU network"]


@pytest.mark.usefixtures("no_pictures")
def test_the_same_seed_gives_the_same_bits_and_another_does_not(finished: Path, tmp_path: Path) -> None:
    before = torch.get_num_threads()
    state = torch.random.get_rng_state()
    assert run(*TINY, "--out", tmp_path / "again") == 0
    assert_same_bits(tmp_path / "again", finished)
    assert torch.get_num_threads() == before
    assert torch.random.get_rng_state().equal(state)  # nothing comes from torch's own generator
    assert run(*TINY, "--seed", "1", "--out", tmp_path / "other") == 0
    assert figures(tmp_path / "other")["history"]["loss"] != figures(finished)["history"]["loss"]


@pytest.mark.usefixtures("no_pictures")
def test_reporting_on_validation_images(tmp_path: Path) -> None:
    assert run(*TINY, "--validate", "40", "--epochs", "1", "--out", tmp_path / "held") == 0
    assert figures(tmp_path / "held")["images"] == {"training": 60, "shown": 60, "validation": 20}


def test_the_convolutional_network(tmp_path: Path) -> None:
    assert run(*CONV, "--out", tmp_path / "run") == 0
    result = figures(tmp_path / "run")
    assert result["spikes_per_image"].keys() == {"hidden 1", "hidden 2"}
    assert 0.0 < result["spikes_per_image"]["hidden 1"] <= 2 * 1728
    found = tensors(tmp_path / "run")
    assert found["0.weight"].shape == (12, 1, 5, 5)
    assert found["2.learned.raw_tau"].shape == (12, 1, 1)  # one for each channel
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "12C5-P2-64C5-P2-10" in page
    assert "12 x 12 x 12 -&gt; 64 kernels" not in page  # lines of the account stay in result.json


def test_poisson_spikes(tmp_path: Path) -> None:
    assert run(*TINY, "--encoding", "poisson", "--max-rate", "300", "--out", tmp_path / "run") == 0
    result = figures(tmp_path / "run")
    # about a seventh of the pixels are bright, and each step of 1 ms holds a spike with probability 1 - exp(-0.3)
    assert 0.05 * 784 * 6 * 0.26 < result["spikes_per_image"]["input"] < 0.3 * 784 * 6 * 0.26
    assert ANALOG not in result["energy"]["assumptions"]
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Each pixel fired at random, a white one at 300 Hz." in page
