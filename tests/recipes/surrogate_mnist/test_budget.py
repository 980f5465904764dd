"""Training within an energy budget: what is refused, what holds, what the penalty agrees with, and how it resumes."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from picojoule.core.errors import CheckpointError, ParameterError
from picojoule.energy.costs import cost_table
from picojoule.layers.activity import Activity
from picojoule.learn.gradient.energy_penalty import spike_energy
from picojoule.recipes.surrogate_mnist import recipe
from picojoule.recipes.surrogate_mnist.account import spiking_work
from picojoule.recipes.surrogate_mnist.budget import BudgetedTraining
from picojoule.recipes.surrogate_mnist.budget_state import BudgetState
from picojoule.recipes.surrogate_mnist.networks import spiking_network
from picojoule.recipes.surrogate_mnist.options import Options
from picojoule.recipes.surrogate_mnist.recipe import answers_of_spiking, prepare
from picojoule.recipes.surrogate_mnist.showing import TEST_NUMBERS, Showing
from picojoule.recipes.surrogate_mnist.state import TrainingState, load_state, save_state
from tests.cli.conftest import Command, Refusal
from tests.cli.runs import assert_same_bits, figures
from tests.recipes.surrogate_mnist.runs import RECIPE, SHORT, run

SMALL = (*SHORT, "--train-images", "400", "--neurons", "30", "--steps", "6", "--epochs", "5", "--batch-size", "40")
INT8 = ("--energy-table", "horowitz-45nm-int8", "--energy-without-memory")


def options(**given: Any) -> Options:
    usual: dict[str, Any] = {"train_images": 400, "test_images": 20, "neurons": 30, "steps": 6, "threads": 1}
    return Options(**(usual | {"energy_budget": "unlimited"} | given))


def network_of(given: Options) -> tuple[Any, Any, Any, Any]:
    settings, _, _, made, limit = prepare(given)
    return settings, made, spiking_network(made, tau=settings.tau, seed=0, chunk=settings.steps), limit


CASES = {
    "--energy-table horowitz-45nm-int8": "--energy-table says how a budget is counted; leave it out, or add "
    "--energy-budget",
    "--energy-without-memory": "--energy-without-memory says how a budget is counted; leave it out, or add "
    "--energy-budget",
    "--energy-budget 50": "an energy budget '50' has no unit; add one of pJ, nJ, µJ (or uJ), mJ, J, for instance "
    "'50 nJ'",
    "--energy-budget 0nJ": "an energy budget must be a finite energy > 0 pJ, got '0nJ'; for instance '50 nJ'",
    "--energy-budget 5kWh": "an energy budget '5kWh' has the unknown unit 'kWh'; use one of pJ, nJ, µJ (or uJ), mJ, J",
    "--energy-budget 1J --train-images 300": "--energy-budget holds 200 training images out to measure energy, and "
    "needs 400 training images or more, got 300; use more images",
}


@pytest.mark.parametrize("words", CASES)
def test_refused_with_the_way_out(refusal: Refusal, words: str) -> None:
    assert refusal(*RECIPE, *words.split()) == CASES[words]


def test_a_table_that_does_not_exist(refusal: Refusal) -> None:
    said = refusal(*RECIPE, "--energy-budget", "1 J", "--energy-table", "horowitz")
    assert said.startswith("unknown cost table 'horowitz'; did you mean 'horowitz-45nm-")


@pytest.mark.parametrize("model", ["dense", "conv"])
@pytest.mark.parametrize("encoding", ["current", "poisson"])
def test_the_minimum_is_the_account_of_a_network_without_a_spike(refusal: Refusal, model: str, encoding: str) -> None:
    given = options(model=model, neurons=None if model == "conv" else 30, encoding=encoding)
    settings, made, network, limit = network_of(given)
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name.endswith(("weight", "bias")):
                value.zero_()
    did = answers_of_spiking(network, Showing(settings), limit.images, quiet=True)
    assert not any(count.any() for count in did.active[1:])
    assert limit.minimum == limit.budget.energy(spiking_work(settings, made, network, did))
    words = ["--model", model, "--encoding", encoding, "--steps", "6", "--train-images", "400"]
    words += ["--neurons", "30"] if model == "dense" else []
    said = refusal(*RECIPE, *words, "--energy-budget", f"{0.999 * limit.minimum} pJ")
    assert "is below what this network needs without a single spike, " in said
    assert "(horowitz-45nm-fp32, memory included); give more, or take fewer --steps" in said


def test_a_table_under_which_spikes_cost_nothing_is_refused(refusal: Refusal, here: Path) -> None:
    text = """
name = "free adds"
citation = "nobody"
unit = "pJ"
[arithmetic]
add = 0.0
multiply = 1.0
divide = 1.0
function = 1.0
[memory]
word_bytes = 4
access_bytes = 4
[[memory.sram]]
bytes = 1024
read = 1.0
write = 1.0
[memory.beyond]
read = 1.0
write = 1.0
"""
    (here / "free.toml").write_text(text, encoding="utf-8")
    said = refusal(*RECIPE, "--energy-budget", "1 J", "--energy-table", "free.toml", "--energy-without-memory")
    assert said.startswith("spikes cost nothing under the cost table 'free adds'")
    assert said.endswith("choose another --energy-table")


@pytest.mark.parametrize("model", ["dense", "conv"])
@pytest.mark.parametrize("encoding", ["current", "poisson"])
@pytest.mark.parametrize("memory", [True, False])
def test_the_penalty_and_the_account_agree_on_the_same_spikes(model: str, encoding: str, memory: bool) -> None:
    given = options(
        model=model, neurons=None if model == "conv" else 30, encoding=encoding, energy_without_memory=not memory
    )
    settings, made, network, limit = network_of(given)
    show, images = Showing(settings), limit.images
    did = answers_of_spiking(network, show, images, quiet=True)
    whole = limit.budget.energy(spiking_work(settings, made, network, did))
    training = BudgetedTraining(settings, made, network, limit, lambda _: did)
    numbers = torch.arange(len(images)) + TEST_NUMBERS
    with torch.no_grad(), Activity(network) as activity:
        network(show(images.intensities(), numbers, 0))
        spikes = spike_energy(activity, training.prices).item()
    assert spikes > 0.0
    assert limit.minimum + spikes == pytest.approx(whole, rel=1e-12)


def test_images_of_the_schedule_are_the_last_training_images_and_nothing_else() -> None:
    _, data, held_out, _, limit = prepare(options(train_images=2500, validate=300))
    assert limit is not None
    whole = prepare(options(train_images=2500, validate=300, energy_budget=None))
    assert (len(data.train), len(limit.images), len(held_out)) == (2250, 250, 20)
    assert limit.images.images.equal(whole[1].train.images[2250:])
    assert held_out.images.equal(whole[2].images)
    assert prepare(options(energy_budget=None))[4] is None


@pytest.mark.usefixtures("no_pictures")
def test_a_budget_that_holds(pj: Command, here: Path) -> None:
    def pj_run(*words: str) -> tuple[int, dict[str, Any], str]:
        shutil.rmtree(here / "run", ignore_errors=True)
        answer = pj(*RECIPE, *SMALL, *INT8, *words, "--out", "run")
        return answer.status, figures(here / "run"), " ".join(answer.out.split())

    status, free, said = pj_run("--energy-budget", "unlimited")
    found = free["energy_budget"]
    assert status == 0
    assert found["amount"] is None
    assert found["history"]["weight"] == [0.0] * 5
    assert "There was no budget to keep: " in said
    least, most = found["minimum"], found["spiking"]["validation_energy"]
    assert 0.0 < least < most
    assert free["images"] == {"training": 200, "shown": 1000, "test": 20}

    budget = f"{least + 0.4 * (most - least)} pJ"
    status, result, said = pj_run("--energy-budget", budget)
    found = result["energy_budget"]
    assert status == 0
    assert found["holds"]
    assert least < found["spiking"]["validation_energy"] <= found["amount"]
    assert f"The energy budget of {budget} holds: " in said
    held = [k for k, energy in enumerate(found["history"]["energy"]) if energy <= found["amount"]]
    assert found["epoch"] - 1 in held
    assert found["spiking"]["validation_accuracy"] == max(found["history"]["accuracy"][k] for k in held)
    assert result["spikes_per_image"]["hidden"] < free["spikes_per_image"]["hidden"]
    # the ReLU network learned from the same images, without a penalty
    assert found["relu"] == free["energy_budget"]["relu"]
    # the reported energy is that of the account, and of the network whose weights were kept
    table = cost_table("horowitz-45nm-int8")
    rows = [row for row in result["energy"]["inference"] if row["table"] == table.name]
    assert found["spiking"]["test_energy"] == pytest.approx(rows[0]["compute"], rel=1e-12)
    assert found["spiking"]["test_accuracy"] == result["accuracy"]["spiking"]


def test_a_budget_that_is_missed_is_said_so_and_ends_with_1(pj: Command, here: Path) -> None:
    _, _, _, limit = network_of(options(energy_without_memory=True))
    budget = f"{limit.minimum + 0.001} pJ"  # less than one spike
    words = (*SHORT, "--train-images", "400", "--neurons", "30", "--steps", "6", "--epochs", "1")
    still = ("--learning-rate", "1e-9")  # spikes stay
    answer = pj(*RECIPE, *words, *still, "--energy-without-memory", "--energy-budget", budget, "--out", "run")
    found = figures(here / "run")["energy_budget"]
    assert answer.status == 1
    assert not found["holds"]
    missed = found["spiking"]["validation_energy"] / found["amount"] - 1.0
    sentence = f"The energy budget of {budget} is missed by {100 * missed:.2f} %: "
    assert sentence in " ".join(answer.out.split())
    page = (here / "run" / "report.html").read_text(encoding="utf-8")
    assert sentence in page
    assert ">Energy budget</h2>" in page
    assert "<td>no</td>" in page


@pytest.mark.usefixtures("no_pictures")
def test_a_network_that_died_keeps_its_budget_and_is_said_to_be_dead(pj: Command, here: Path) -> None:
    _, _, _, limit = network_of(options(energy_without_memory=True))
    words = (*SHORT, "--train-images", "400", "--neurons", "30", "--steps", "6", "--epochs", "1")
    budget = f"{limit.minimum + 0.001} pJ"  # less than one spike
    answer = pj(*RECIPE, *words, "--energy-without-memory", "--energy-budget", budget, "--out", "run")
    assert answer.status == 0
    assert figures(here / "run")["spikes_per_image"]["hidden"] == 0.0
    assert "No hidden neuron spikes any more: it guesses. Give a larger budget." in " ".join(answer.out.split())


@pytest.mark.usefixtures("no_pictures")
def test_interrupted_after_every_epoch_it_ends_in_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops = []

    def save_and_stop(*arguments: Any) -> None:
        save_state(*arguments)
        stops.append(0)
        raise KeyboardInterrupt

    words = (*SMALL, *INT8, "--energy-budget", "6.5 nJ")
    alone, folder = tmp_path / "alone", tmp_path / "run"
    status = run(*words, "--out", alone)
    assert status in (0, 1)
    history = figures(alone)["energy_budget"]["history"]
    assert any(history["weight"])  # there was a penalty
    monkeypatch.setattr(recipe, "save_state", save_and_stop)
    assert run(*words, "--out", folder) == 130
    while (ended := run(*words, "--out", folder, "--resume")) == 130:
        pass
    assert ended == status
    assert len(stops) == 5
    assert_same_bits(folder, alone)


def test_a_checkpoint_gives_the_budget_back(tmp_path: Path) -> None:
    settings, _, network, _ = network_of(options())
    optimiser = torch.optim.Adam(network.parameters())
    network(torch.ones(6, 1, 1, 28, 28)).sum().backward()
    optimiser.step()
    kept = {name: value + 1.0 for name, value in network.state_dict().items()}
    budget = BudgetState(0.6, 1 / 3, [2.0, 1.0], [0.5, 0.25], [0.0, 0.2], chosen=1, kept=kept)
    path = tmp_path / "checkpoint.safetensors"
    save_state(TrainingState(budget=budget), network, optimiser, settings.identity(), path)
    found = load_state(network, optimiser, settings.identity(), path).budget
    assert found == budget
    assert all(found.kept[name].equal(value) for name, value in kept.items())
    assert found.kept.keys() == kept.keys()


def test_a_checkpoint_without_all_of_the_best_weights_is_damaged(tmp_path: Path) -> None:
    settings, _, network, _ = network_of(options())
    optimiser = torch.optim.Adam(network.parameters())
    network(torch.ones(6, 1, 1, 28, 28)).sum().backward()
    optimiser.step()
    kept = {name: value.clone() for name, value in list(network.state_dict().items())[1:]}
    path = tmp_path / "checkpoint.safetensors"
    state = TrainingState(budget=BudgetState(0.6, None, [1.0], [0.5], [0.0], kept=kept))
    save_state(state, network, optimiser, settings.identity(), path)
    with pytest.raises(
        CheckpointError, match=r"the weights of the best epoch are not whole.*delete it and start again"
    ):
        load_state(network, optimiser, settings.identity(), path)


@pytest.mark.parametrize(
    "change",
    [{"energy_budget": "2 J"}, {"energy_table": "horowitz-45nm-int8"}, {"energy_without_memory": True}],
    ids=" ".join,
)
def test_a_budget_changes_the_identity_and_no_budget_does_not(change: dict[str, Any]) -> None:
    without, within = options(energy_budget=None), options(energy_budget="1 J")
    identity = within.checked().identity()
    assert options(**{"energy_budget": "1 J"} | change).checked().identity() != identity
    assert json.loads(json.dumps(identity)) == identity
    assert not any("energy" in name or "budget" in name for name in without.checked().identity())


def test_more_than_a_budget_is_no_settings_of_it() -> None:
    with pytest.raises(ParameterError, match="--energy-table says how a budget is counted"):
        options(energy_budget=None, energy_table="horowitz-45nm-int8").checked()
