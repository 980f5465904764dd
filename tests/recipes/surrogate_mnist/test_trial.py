"""A trial: networks trained alike, counted as they run, test images kept out of every choice."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.contenders import DENSE, EVENTS, REUSING, SKIPPING
from picojoule.energy.costs import arithmetic_table
from picojoule.energy.count.count import Count
from picojoule.energy.study.trial import Trial
from picojoule.energy.work import Workload
from picojoule.recipes.datasets import datasets
from picojoule.recipes.surrogate_mnist.account import relu_works, spiking_work
from picojoule.recipes.surrogate_mnist.networks import plan, relu_network, spiking_network
from picojoule.recipes.surrogate_mnist.options import Options
from picojoule.recipes.surrogate_mnist.recipe import answers_of_relu, answers_of_spiking
from picojoule.recipes.surrogate_mnist.showing import TEST_NUMBERS, Showing
from picojoule.recipes.surrogate_mnist.trial import trial

LOG = logging.getLogger("test")
SMALL = Options(train_images=300, test_images=60, epochs=1, neurons=30, steps=6, threads=1)
TABLE = arithmetic_table("horowitz-45nm-fp32")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return trial(SMALL, tmp_path_factory.mktemp("trial"), LOG)


def test_all_networks_answered_the_same_test_images(found: Trial) -> None:
    assert found.images == 60
    assert [side.name for side in found.rivals] == ["the 3-bit ReLU network", "the ReLU network"]
    assert [side.bits for side in found.rivals] == [3, 32]
    for side in (found.spiking, *found.rivals):
        assert all(work.images == 60 for work in side.inference.values())
        assert 0.0 <= side.accuracy <= 1.0
    assert found.uncounted == ()


def test_the_curve_ends_where_the_whole_run_ends(found: Trial) -> None:
    spiking = found.spiking
    assert [moment.steps for moment in spiking.curve] == [1, 2, 3, 4, 5, 6]
    assert spiking.curve[-1].accuracy == spiking.accuracy
    assert spiking.curve[-1].inference == spiking.inference
    energies = [account(moment.inference[EVENTS], TABLE).total for moment in spiking.curve]
    assert energies == sorted(energies)


def test_stopping_early_takes_no_more_steps_and_looks_after_each(found: Trial) -> None:
    early = found.spiking.early_exit
    assert early is not None
    assert 1.0 <= early.mean_steps <= 6.0
    assert early.chosen_on.startswith("30 training images")
    looks = next(line for line in early.inference[EVENTS].works if line.name == "sureness")
    assert looks.operations.functions == round(early.mean_steps * 60) * 10


def test_the_rival_has_the_same_weights(found: Trial) -> None:
    weights = 784 * 30 + 30 + 30 * 10 + 10
    assert found.rivals[1].parameters == weights
    assert found.spiking.parameters == weights + 30 + 10  # time constants
    dense = found.rivals[1].inference[DENSE].works
    assert sum(line.products.macs for line in dense) == 60 * (784 * 30 + 300)
    skipping = found.rivals[1].inference[SKIPPING].works
    assert sum(line.products.macs for line in skipping) < 60 * (784 * 30 + 300)


def test_an_interrupted_trial_goes_on_to_the_same_result(found: Trial, tmp_path: Path) -> None:
    again = trial(SMALL, tmp_path, LOG)
    assert again.spiking == found.spiking
    assert again.rivals == found.rivals


def test_validation_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"reports on test images; leave --validate out"):
        trial(Options(validate=100), tmp_path, LOG)


def test_a_budget_makes_the_network_cheaper(tmp_path: Path) -> None:
    """The same network with and without a budget: what can be saved is spikes."""
    options = replace(SMALL, train_images=600, epochs=8, energy_without_memory=True)
    found = {}
    for budget in ("unlimited", "23.6 nJ"):
        folder = tmp_path / budget.replace(" ", "")
        folder.mkdir()
        made = trial(replace(options, energy_budget=budget), folder, LOG)
        work = made.spiking.inference[EVENTS]
        found[budget] = account(work, TABLE).compute
        early = made.spiking.early_exit
        assert early is None or early.chosen_on.startswith("200 training images")
    assert found["23.6 nJ"] < found["unlimited"]


def split(work: Workload) -> dict[str, float]:
    """Energy by part, with memory, the readout left out: the recipe declares it, a count observes it."""
    lines = account(work, TABLE).lines
    readout = {"sum over time", "decision"}
    parts = dict.fromkeys(("encoder", "neurons", "synapses"), 0.0)
    for line in lines:
        if line.name not in readout and line.part != "readout":
            # a current that stands still is made by the first layer and read by its neurons
            parts["synapses" if line.part == "synapses" else "neurons"] += line.compute + line.memory
    return parts


@pytest.mark.parametrize("encoding", ["current", "poisson"])
@pytest.mark.parametrize("model", ["dense", "conv"])
def test_what_is_observed_agrees_with_the_closed_form(model: str, encoding: str) -> None:
    """Two ways to the same account: spikes put into formulas, and operations seen while they happen."""
    neurons = None if model == "conv" else 40
    settings = Options(
        model=model, encoding=encoding, neurons=neurons, steps=5, train_images=20, test_images=20
    ).checked()
    data, test = datasets("mnist-5k", validate=0, train_images=20, test_images=20)
    made = plan(model, shape=data.shape, neurons=settings.neurons, classes=10)
    network, rival = spiking_network(made, tau=settings.tau, seed=0), relu_network(made, seed=0)
    show, numbers = Showing(settings), torch.arange(20)
    pictures = test.intensities(numbers)
    with torch.no_grad(), Count(network, input_spikes=encoding == "poisson") as seen:
        network(show(pictures, numbers + TEST_NUMBERS, 0))
    with torch.no_grad(), Count(rival) as other:
        rival(pictures[:, None])
    formula = spiking_work(settings, made, network, answers_of_spiking(network, show, test, quiet=True))
    answers = answers_of_spiking(network, show, test, quiet=True)
    reused = spiking_work(settings, made, network, answers, reuse_weights=True)
    of_rival = relu_works(made, answers_of_relu(rival, test))

    # the formulas add a bias after pooling, where it is added once for a window of four sums
    runs = [1 if encoding == "current" else 5, 5]
    spare = [stage.outputs * (stage.window - 1) for stage in made.stages[:-1]]
    bias = TABLE.add + TABLE.read(1)
    ours, theirs = split(seen.workload()), split(formula)
    encoder = sum(
        line.compute + line.memory for line in account(formula, TABLE).lines if line.name in ("pixels", "intervals")
    )
    extra = sum(count * run for count, run in zip(spare, runs, strict=False)) * bias
    assert ours["synapses"] == pytest.approx(theirs["synapses"], rel=1e-9)
    assert ours["neurons"] == pytest.approx(theirs["neurons"] - encoder + extra, rel=1e-9)
    if model == "conv":  # every picture needs every weight of a convolution
        ours = split(other.workload(reuse_weights=True))
        assert ours["synapses"] == pytest.approx(split(of_rival[REUSING])["synapses"], rel=1e-2)
        least, most = (split(work)["synapses"] for work in (seen.workload(reuse_weights=True), reused))
        assert least <= most * (1 + 1e-9)
        assert most <= theirs["synapses"]
    for method, skip in ((DENSE, False), (SKIPPING, True)):
        ours, theirs = split(other.workload(skip_zeros=skip)), split(of_rival[method])
        assert ours["synapses"] == pytest.approx(theirs["synapses"], rel=1e-9)
        assert ours["neurons"] == pytest.approx(theirs["neurons"] + sum(spare) * bias, rel=2e-2)
