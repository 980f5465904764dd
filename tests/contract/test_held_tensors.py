"""Tensors of a network that were changed after it was made: what does not fit is refused by a run and by a file."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from picojoule.connect.base import Connection
from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import CheckpointError, ParameterError, PicojouleError, ShapeError
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.network.network import Network
from picojoule.network.store import load_network, save_network
from picojoule.neurons.delta_lif import DeltaLIF
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference

ENGINES = pytest.mark.parametrize("engine", [Event(threads=1), Reference()], ids=["event", "reference"])
SPIKES = torch.ones(4, 1, 3)
Change = Callable[[Network], None]


def network(connection: Connection | None = None) -> Network:
    made = Network(dt=1.0)
    made.add_input("X", 3)
    neuron = DeltaLIF(tau=torch.tensor([5.0, 6.0, 7.0]), refractory=torch.tensor([1.0, 1.0, 1.0]))
    made.add_population("Y", 3, neuron, homeostasis=AdaptiveThreshold())
    made.connect("X", "Y", connection or Dense(torch.ones(3, 3), delay=torch.ones(3, 3, dtype=torch.int16)))
    return made


def of(name: str, value: Tensor) -> Change:
    def change(made: Network) -> None:
        part: Any = made.connections["X", "Y"] if name in ("weight", "delay") else made.population("Y")
        old = getattr(part, name)
        setattr(part, name, nn.Parameter(value, requires_grad=False) if isinstance(old, nn.Parameter) else value)

    return change


def at(name: str, place: tuple[int, ...], value: float) -> Change:
    def change(made: Network) -> None:
        part: Any = made.connections["X", "Y"] if name == "delay" else made.population("Y")
        getattr(part, name)[place] = value

    return change


def step(made: Network) -> None:
    made.dt = -1.0


SHAPES = [
    (of("weight", torch.full((2, 2), 9.0)), r"connection X->Y: weight must have the shape \[3, 3\], got \[2, 2\]"),
    (of("delay", torch.ones(1, 1, dtype=torch.int16)), r"connection X->Y: delays must be .*, got torch.int16 \[1, 1\]"),
    (of("theta", torch.zeros(1)), r"population 'Y': theta must have the shape \[3\], got \[1\]"),
    (of("neuron_tau", torch.ones(2)), r"population 'Y': DeltaLIF has 2 values \[2\] of tau, but there are 3 neurons"),
    (of("neuron_tau", torch.ones(3, 1)), r"population 'Y': DeltaLIF has 3 values \[3, 1\] of tau"),
]
NUMBERS = [
    (at("delay", (1, 2), 0), r"connection X->Y: delays must be whole steps in 1\.\.32767 .*, got 0 at \[1, 2\]"),
    (at("delay", (0, 0), -4), r"connection X->Y: delays must be .*, got -4 at \[0, 0\]"),
    (
        of("delay", torch.full((3, 3), 40000, dtype=torch.int32)),
        r"connection X->Y: delays must be .*, got 40000 at \[0, 0\]",
    ),
    (at("neuron_tau", (1,), -5.0), r"population 'Y': DeltaLIF\.tau must be > 0 ms, got -5"),
    (at("neuron_refractory", (2,), -3.0), r"population 'Y': DeltaLIF\.refractory must be >= 0 ms, got -3"),
]


def refused(kind: type[PicojouleError], pattern: str, call: Callable[[], object]) -> None:
    with pytest.raises(kind, match=pattern) as caught:
        call()
    assert "\n" not in str(caught.value)


@ENGINES
@pytest.mark.parametrize(("change", "pattern"), [*SHAPES, *NUMBERS, (step, r"Network\.dt must be > 0 ms, got -1")])
def test_a_run_refuses_what_does_not_fit(change: Change, pattern: str, engine: Any) -> None:
    made = network()
    change(made)
    kind = ParameterError if " ms, got" in pattern else ShapeError
    refused(kind, pattern, lambda: engine.run(made, SPIKES))


@ENGINES
@pytest.mark.parametrize("build", [OneToOne, Lateral])
def test_a_shared_weight_stays_one_number(build: Any, engine: Any) -> None:
    made = network(build(3, strength=1.0))
    of("weight", torch.ones(3))(made)
    pattern = r"connection X->Y: weight must have the shape \[\], got \[3\]"
    refused(ShapeError, pattern, lambda: engine.run(made, SPIKES))


@pytest.mark.parametrize(("change", "pattern"), NUMBERS)
def test_a_file_with_numbers_out_of_range_is_refused_and_changes_nothing(
    change: Change, pattern: str, tmp_path: Path
) -> None:
    broken, made = network(), network()
    change(broken)
    save_network(broken, tmp_path / "model.safetensors")
    before = {name: value.clone() for name, value in made.state_dict().items()}
    refused(CheckpointError, rf"{pattern}.*, in .*model", lambda: load_network(made, tmp_path / "model.safetensors"))
    assert all(torch.equal(value, before[name]) for name, value in made.state_dict().items())


def test_one_connection_for_two_pairs_is_refused_and_a_copy_is_taken() -> None:
    made, connection = network(), Dense(torch.ones(3, 2))
    made.add_population("Z", 2, DeltaLIF())
    made.add_population("V", 2, DeltaLIF())
    made.connect("X", "Z", connection)
    pattern = r"the connection of X->V is that of X->Z already, .*; give X->V its own, copy\.deepcopy\(connection\)"
    refused(ParameterError, pattern, lambda: made.connect("X", "V", connection))
    assert ("X", "V") not in made.connections
    made.connect("X", "V", copy.deepcopy(connection))
