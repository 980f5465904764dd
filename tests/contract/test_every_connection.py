"""What holds for every connection, found automatically."""

import copy
import importlib
import io
import pkgutil
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

import picojoule.connect
from picojoule.connect.base import Connection
from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.connect.one_to_one import OneToOne
from picojoule.learn.stdp.bounds import HardBounds
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.network.network import Network
from picojoule.neurons.lif import LIF
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference


def whole_numbers(low: int, high: int, shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Weights whose sums are exact, none of them zero."""
    drawn = torch.randint(low, high, shape, generator=Generator().manual_seed(seed)).float()
    return torch.where(drawn == 0, 1.0, drawn)


def delayed(seed: int) -> Dense:
    delays = torch.randint(1, 5, (6, 4), generator=Generator().manual_seed(seed + 1))
    return Dense(whole_numbers(-9, 9, (6, 4), seed), delay=delays)


EXAMPLES: dict[str, Callable[[int], Connection]] = {
    "Dense": lambda seed: Dense(whole_numbers(-9, 9, (6, 4), seed)),
    "Dense with delays": delayed,
    "Lateral": lambda seed: Lateral(6, strength=whole_numbers(-9, 9, (), seed).item()),
    "OneToOne": lambda seed: OneToOne(6, strength=whole_numbers(-9, 9, (), seed).item()),
}
every_connection = pytest.mark.parametrize("build", EXAMPLES.values(), ids=EXAMPLES.keys())


def chosen(connection: Connection, seed: int) -> torch.Tensor:
    """Indices of source neurons that spike, ascending."""
    return (torch.rand(connection.n_source, generator=Generator().manual_seed(seed)) < 0.5).nonzero().flatten()


def test_every_connection_of_this_library_has_an_example() -> None:
    for module in pkgutil.walk_packages(picojoule.connect.__path__, "picojoule.connect."):
        importlib.import_module(module.name)
    library = {kind for kind in Connection.__subclasses__() if kind.__module__.startswith("picojoule.")}
    assert {type(build(0)) for build in EXAMPLES.values()} == library


@every_connection
@given(seed=st.integers(0, 2**16))
def test_what_is_sent_is_the_spikes_times_the_matrix(build: Callable[[int], Connection], seed: int) -> None:
    connection = build(seed)
    spikes = chosen(connection, seed)
    arrivals = torch.zeros(connection.longest_delay, connection.n_target)
    events = connection.send(spikes, arrivals)
    mask = torch.zeros(connection.n_source).index_fill(0, spikes, 1.0)
    assert torch.equal(arrivals.sum(0), mask @ connection.matrix())
    fan_out = (connection.matrix() != 0).sum(1)
    assert events == int(fan_out[spikes].sum())


@every_connection
@pytest.mark.parametrize("engine", [Event(threads=1), Reference()], ids=["event", "reference"])
@pytest.mark.parametrize("learn", [False, True], ids=["frozen", "learning"])
def test_every_spike_counts_for_the_synapses_of_its_own_neuron(
    build: Callable[[int], Connection], engine: Event | Reference, learn: bool
) -> None:
    connection = build(4)
    network = Network(dt=1.0)
    network.add_input("X", connection.n_source)
    network.add_population("Y", connection.n_target, LIF())
    rule = PairSTDP(weight_bounds=HardBounds(-9.0, 9.0)) if learn and connection.weight.dim() == 2 else None
    network.connect("X", "Y", connection, rule=rule)
    spikes = (torch.rand(12, 3, connection.n_source, generator=Generator().manual_seed(1)) < 0.4).float()
    events = engine.run(network, spikes, learn=rule is not None).counts.connections["X", "Y"].events
    assert events == int((spikes.sum((0, 1)) * (connection.matrix() != 0).sum(1)).sum())


@every_connection
def test_fan_outs_are_those_of_the_matrix(build: Callable[[int], Connection]) -> None:
    connection = build(4)
    assert torch.equal(connection.fan_out, (connection.matrix() != 0).sum(1))


@every_connection
def test_sending_adds_to_what_is_there(build: Callable[[int], Connection]) -> None:
    connection = build(5)
    everyone = torch.arange(connection.n_source)
    arrivals = torch.ones(connection.longest_delay, connection.n_target)
    connection.send(everyone, arrivals)
    connection.send(everyone, arrivals)
    expected = 2.0 * connection.matrix().sum(0) + connection.longest_delay
    assert torch.equal(arrivals.sum(0), expected)


@every_connection
def test_no_spikes_bring_nothing(build: Callable[[int], Connection]) -> None:
    connection = build(1)
    arrivals = torch.zeros(connection.longest_delay, connection.n_target)
    assert connection.send(torch.zeros(0, dtype=torch.int64), arrivals) == 0
    assert not arrivals.any()


@every_connection
def test_sizes_agree(build: Callable[[int], Connection]) -> None:
    connection = build(2)
    assert connection.matrix().shape == (connection.n_source, connection.n_target)
    assert int((connection.matrix() != 0).sum()) == connection.synapses
    assert connection.longest_delay >= 1
    assert not connection.weight.requires_grad


@every_connection
def test_weights_are_saved_and_loaded_without_pickle(build: Callable[[int], Connection]) -> None:
    one, other = build(3), build(5)
    assert not torch.equal(one.matrix(), other.matrix())
    file = io.BytesIO()
    torch.save(one.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(one.matrix(), other.matrix())


@every_connection
def test_a_copy_is_independent(build: Callable[[int], Connection]) -> None:
    connection = build(3)
    before = connection.matrix().clone()
    twin = copy.deepcopy(connection)
    twin.weight.add_(1.0)
    assert torch.equal(connection.matrix(), before)
    assert not torch.equal(twin.matrix(), before)


@every_connection
def test_it_prints_its_size_and_port(build: Callable[[int], Connection]) -> None:
    connection = build(0)
    assert f"{connection.n_source} -> {connection.n_target}, port='current'" in repr(connection)
