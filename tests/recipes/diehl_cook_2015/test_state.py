"""What training remembers: labels that follow, points for figures, and a checkpoint that gives all of it back."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.counts import Counts
from picojoule.core.errors import CheckpointError
from picojoule.core.responses import Responses
from picojoule.models import DiehlCook2015
from picojoule.network.network import Network
from picojoule.network.store import save_network
from picojoule.recipes.diehl_cook_2015.state import (
    FORGET,
    LEVELS,
    MOST_WEIGHTS,
    TrainingState,
    load_state,
    save_state,
)

IDENTITY = {"seed": 0, "nu": [0.1, 0.2], "dt": 1.0}


def fresh(neurons: int = 3, classes: int = 2) -> TrainingState:
    return TrainingState(torch.zeros(neurons, classes).double(), torch.zeros(classes).double())


def small() -> Network:
    return DiehlCook2015(n_input=4, n_neurons=3)


def responses(*counts: list[int]) -> Responses:
    return Responses(torch.tensor(counts, dtype=torch.int32), steps=10)


def test_there_is_no_accuracy_before_there_are_labels() -> None:
    assert fresh().running_accuracy(responses([1, 0, 0]), torch.tensor([0])) is None


def test_labels_of_one_window_name_the_next() -> None:
    state = fresh()
    # neuron 0 answers to class 0, neurons 1 and 2 to class 1
    state.learn_labels(responses([5, 0, 0], [0, 4, 0], [0, 0, 3]), torch.tensor([0, 1, 1]))
    shown = responses([2, 0, 0], [0, 2, 2], [0, 0, 1], [0, 1, 0])
    assert state.running_accuracy(shown, torch.tensor([0, 1, 1, 0])) == 0.75


@given(st.integers(1, 40))
def test_older_responses_fade(windows: int) -> None:
    state = fresh()
    for _ in range(windows):
        state.learn_labels(responses([3, 0, 1], [3, 0, 1]), torch.tensor([0, 0]))
    # a geometric series: the means stay what they were
    total = (1.0 - FORGET**windows) / (1.0 - FORGET)
    torch.testing.assert_close(state.shown, torch.tensor([2.0 * total, 0.0]).double())
    means = state.sums / state.shown.clamp(min=1e-9)
    torch.testing.assert_close(means, torch.tensor([[3.0, 0.0], [0.0, 0.0], [1.0, 0.0]]).double())


def test_a_class_forgotten_can_be_learned_anew() -> None:
    state = fresh()
    state.learn_labels(responses([5, 0, 0], [0, 5, 5]), torch.tensor([0, 1]))
    for _ in range(20):
        state.learn_labels(responses([0, 5, 0], [5, 0, 5]), torch.tensor([0, 1]))
    assert state.running_accuracy(responses([0, 1, 0], [1, 0, 0]), torch.tensor([0, 1])) == 1.0


def test_points_are_quantiles_of_what_the_network_has() -> None:
    state, network = fresh(), small()
    weight = network.connections["X", "Ae"].weight
    with torch.no_grad():
        weight.copy_(torch.linspace(0.0, 1.0, 12).reshape(4, 3))
    theta = network.population("Ae").theta
    assert theta is not None
    theta.copy_(torch.tensor([0.0, 10.0, 20.0]))
    state.done = 250
    state.record(network, None)
    state.record(network, 0.5)
    assert state.history.images == [250, 250]
    assert state.history.accuracy == [-1.0, 0.5]
    assert state.history.weights[0] == pytest.approx(LEVELS)
    assert state.history.thresholds[0] == pytest.approx([20.0 * level for level in LEVELS])


def test_of_large_matrices_evenly_spaced_weights_stand_for_all() -> None:
    state, network = fresh(), DiehlCook2015(n_input=784, n_neurons=400)
    assert network.connections["X", "Ae"].weight.numel() > 3 * MOST_WEIGHTS
    state.record(network, None)
    exact = torch.quantile(network.connections["X", "Ae"].weight.flatten()[::2].double(), torch.tensor(LEVELS).double())
    assert state.history.weights[0] == pytest.approx(exact.tolist(), abs=2e-3)


def test_a_checkpoint_gives_everything_back(tmp_path: Path) -> None:
    state, network, path = fresh(), small(), tmp_path / "checkpoint.safetensors"
    state.learn_labels(responses([5, 0, 2]), torch.tensor([1]))
    state.done, state.seconds = 123, 4.5
    state.record(network, 0.1 + 0.2)
    save_state(state, network, IDENTITY, path)
    other = DiehlCook2015(n_input=4, n_neurons=3, seed=9)
    found = load_state(other, IDENTITY, path)
    assert (found.done, found.seconds, found.counts, found.history) == (123, 4.5, None, state.history)
    assert found.sums.equal(state.sums)
    assert found.shown.equal(state.shown)
    assert other.connections["X", "Ae"].weight.equal(network.connections["X", "Ae"].weight)


def test_counts_come_back(tmp_path: Path) -> None:
    state, path = fresh(), tmp_path / "checkpoint.safetensors"
    state.counts = Counts(samples=7, steps=70, populations={}, connections={})
    save_state(state, small(), IDENTITY, path)
    assert load_state(small(), IDENTITY, path).counts == state.counts


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        (IDENTITY | {"seed": 1}, "was made with seed=0, but this run has 1; resume with the options of the first run"),
        (IDENTITY | {"nu": [0.1, 0.3]}, r"was made with nu=\[0.1, 0.2\], but this run has \[0.1, 0.3\]"),
        (IDENTITY | {"new": None, "newer": 1}, "was made with newer=None, but this run has 1"),
    ],
)
def test_another_run_is_refused(tmp_path: Path, identity: dict[str, object], message: str) -> None:
    path = tmp_path / "checkpoint.safetensors"
    save_state(fresh(), small(), IDENTITY, path)
    with pytest.raises(CheckpointError, match=message):
        load_state(small(), identity, path)


def test_notes_that_are_not_a_checkpoints_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    save_network(small(), path, notes={"identity": IDENTITY})
    with pytest.raises(CheckpointError, match=r"checkpoint.safetensors is damaged \(KeyError.*\); delete it and start"):
        load_state(small(), IDENTITY, path)
