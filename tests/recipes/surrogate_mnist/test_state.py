"""What training remembers, and a checkpoint that gives all of it back."""

from pathlib import Path

import pytest
import torch
from torch.optim import Adam

from picojoule.core.errors import CheckpointError
from picojoule.layers import Sequential
from picojoule.recipes.surrogate_mnist.networks import plan, spiking_network
from picojoule.recipes.surrogate_mnist.state import LEVELS, TrainingState, load_state, save_state, time_constants

IDENTITY = {"seed": 0, "steps": 25, "max_rate": 500.0}


def network(seed: int = 0, neurons: int = 3) -> tuple[Sequential, Adam]:
    made = spiking_network(plan("dense", shape=(2, 2), neurons=neurons, classes=2), tau=2.0, seed=seed)
    return made, Adam(made.parameters(), lr=0.1)


def step(trained: Sequential, optimiser: Adam) -> None:
    optimiser.zero_grad()
    trained(torch.ones(5, 1, 1, 2, 2)).square().sum().backward()
    optimiser.step()


def test_a_point_for_each_epoch() -> None:
    state, (trained, _) = TrainingState(), network()
    with torch.no_grad():
        trained.get_parameter("2.learned.raw_tau").copy_(torch.tensor([0.0, 0.5, 1.0]).log1p())
    state.record(trained, images=60, accuracy=0.5, loss=2.0)
    state.record(trained, images=120, accuracy=0.6, loss=1.5)
    assert (state.epochs, state.history.images) == (2, [60, 120])
    assert (state.history.accuracy, state.history.loss) == ([0.5, 0.6], [2.0, 1.5])
    hidden, readout = state.history.time_constants.values()
    # time constants of 2, 3 and 4 ms
    assert hidden[0] == pytest.approx([2.0 + 2.0 * level for level in LEVELS], rel=1e-6)
    assert readout == [pytest.approx([10.0] * 5)] * 2


def test_time_constants_are_found_by_layer() -> None:
    found = dict(time_constants(network()[0]))
    assert {name: tuple(value.shape) for name, value in found.items()} == {"2": (3,), "4": (2,)}
    assert not any(value.requires_grad for value in found.values())


def test_a_checkpoint_gives_everything_back(tmp_path: Path) -> None:
    state, (trained, optimiser), path = TrainingState(), network(), tmp_path / "checkpoint.safetensors"
    step(trained, optimiser)
    state.record(trained, images=60, accuracy=0.1 + 0.2, loss=2.0)
    state.seconds = 4.5
    save_state(state, trained, optimiser, IDENTITY, path)
    again, other = network(seed=9)
    assert load_state(again, other, IDENTITY, path) == state
    for _ in range(3):  # weights, means and squares of gradients and the count of steps are the same
        step(trained, optimiser)
        step(again, other)
    assert all(a.equal(b) for a, b in zip(trained.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        (IDENTITY | {"seed": 1}, "was made with seed=0, but this run has 1; resume with the options of the first run"),
        (IDENTITY | {"new": None, "newer": 1}, "was made with newer=None, but this run has 1"),
    ],
)
def test_another_run_is_refused(tmp_path: Path, identity: dict[str, object], message: str) -> None:
    path = tmp_path / "checkpoint.safetensors"
    trained, optimiser = network()
    step(trained, optimiser)
    save_state(TrainingState(), trained, optimiser, IDENTITY, path)
    with pytest.raises(CheckpointError, match=message):
        load_state(*network(), identity, path)


def test_a_network_of_another_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    trained, optimiser = network()
    step(trained, optimiser)
    save_state(TrainingState(), trained, optimiser, IDENTITY, path)
    with pytest.raises(CheckpointError, match=r"is damaged \(RuntimeError.*delete it and start again"):
        load_state(*network(neurons=4), IDENTITY, path)


def test_without_the_optimisers_memory_it_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    save_state(TrainingState(), *network(), IDENTITY, path)
    with pytest.raises(CheckpointError, match="the optimiser's memory is not whole"):
        load_state(*network(), IDENTITY, path)


def test_a_missing_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no checkpoint .*; start without resuming"):
        load_state(*network(), IDENTITY, tmp_path / "checkpoint.safetensors")
