"""What cannot be run is refused by both engines: in one line that says what, where and the way out."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import picojoule as pj
from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.core.errors import EngineError, ParameterError, PicojouleError, ShapeError, TraceError, UnknownNameError
from picojoule.core.trains import SpikeTrains, trains_from_spikes
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.network.network import Network
from picojoule.neurons.base import Current
from picojoule.neurons.few_spikes import FewSpikes
from picojoule.neurons.lif import LIF, LIFCoefficients, LIFState
from picojoule.neurons.selection import OnePerStep
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference
from picojoule.simulate.run import run
from tests.held import DeltaLIF

ENGINES = pytest.mark.parametrize("engine", [Event(threads=1), Reference()], ids=["event", "reference"])


def network(n: int = 2, *, rule: PairSTDP | None = None) -> Network:
    made = Network(dt=1.0)
    made.add_input("Image", 3)
    made.add_population("Hidden", n, LIF(tau=5.0))
    made.connect("Image", "Hidden", Dense(torch.full((3, n), 0.5)), rule=rule)
    return made


def refused(kind: type[PicojouleError], pattern: str, made: Network, spikes: Any, **options: Any) -> None:
    with pytest.raises(kind, match=pattern) as caught:
        run(made, spikes, **options)
    assert "\n" not in str(caught.value)


SPIKES = torch.ones(4, 2, 3)


@ENGINES
@pytest.mark.parametrize(
    ("spikes", "kind", "pattern"),
    [
        (torch.ones(4, 2, 5), ShapeError, r"input 'Image' has 3 neurons, but the spikes have 5"),
        (torch.ones(4, 3), ShapeError, r"spikes must be \[T, B, \*N\].*got \[4, 3\]"),
        (torch.ones(4, 0, 3), ShapeError, r"at least one of each"),
        (0.5 * SPIKES, ShapeError, r"0 or 1, found another value or NaN; encode intensities first"),
        (math.nan * SPIKES, ShapeError, r"0 or 1, found another value or NaN"),
        ({}, ShapeError, r"spikes of input 'Image' are missing; give a mapping"),
        ({"Imagge": SPIKES}, UnknownNameError, r"unknown input 'Imagge'; did you mean 'Image'\?"),
        ({"Image": SPIKES, "Hidden": SPIKES}, UnknownNameError, r"unknown input 'Hidden'"),
    ],
)
def test_spikes_that_do_not_fit(
    engine: Event | Reference, spikes: Any, kind: type[PicojouleError], pattern: str
) -> None:
    refused(kind, pattern, network(), spikes, engine=engine)


@ENGINES
def test_inputs_of_different_length(engine: Event | Reference) -> None:
    made = network()
    made.add_input("Other", 3)
    refused(ShapeError, "'Other' are missing", made, SPIKES, engine=engine)
    for other in (SPIKES[:3], SPIKES[:, :1]):
        given = {"Image": SPIKES, "Other": other}
        refused(ShapeError, "same number of samples and steps", made, given, engine=engine)


TRAINS = trains_from_spikes(SPIKES)


@ENGINES
@pytest.mark.parametrize(
    ("trains", "pattern"),
    [
        (replace(TRAINS, indices=TRAINS.indices + np.int32(1)), r"indices of input 'Image' must lie in 0\.\.2"),
        (replace(TRAINS, indices=TRAINS.indices - np.int32(1)), r"indices of input 'Image' must lie in 0\.\.2"),
        (replace(TRAINS, indices=TRAINS.indices[:-1]), r"pointers of input 'Image' must rise.*within its 23 indices"),
        (replace(TRAINS, pointers=TRAINS.pointers[:, ::-1].copy()), r"pointers of input 'Image' must rise"),
        (replace(TRAINS, pointers=TRAINS.pointers - 1), r"pointers of input 'Image' must rise"),
        (replace(TRAINS, indices=TRAINS.indices.astype(np.int64)), r"need int64 pointers and int32 indices"),
    ],
)
def test_trains_that_contradict_themselves(engine: Event | Reference, trains: SpikeTrains, pattern: str) -> None:
    """Compiled code would read and write beyond its arrays."""
    refused(ShapeError, pattern, network(), trains, engine=engine)


@ENGINES
@pytest.mark.parametrize("learn", [True, False])
def test_batch_size_and_record(engine: Event | Reference, learn: bool) -> None:
    refused(
        ParameterError,
        r"batch_size must be >= 1 samples, got 0",
        network(),
        SPIKES,
        engine=engine,
        learn=learn,
        batch_size=0,
    )
    refused(
        UnknownNameError,
        r"unknown population to record 'Hiden'; did you mean 'Hidden'\? Known: Hidden",
        network(),
        SPIKES,
        engine=engine,
        learn=learn,
        record=["Hiden"],
    )


@ENGINES
@pytest.mark.parametrize("batch_size", [1, 2])
def test_learning_where_nothing_can_learn(engine: Event | Reference, batch_size: int) -> None:
    pattern = r"learn=True, but nothing in the network can learn; give a connection a rule.*or leave learn out"
    refused(ParameterError, pattern, network(), SPIKES, engine=engine, learn=True, batch_size=batch_size)
    made = network()
    made.add_population("Other", 2, LIF(), homeostasis=AdaptiveThreshold())  # it learns, too
    run(made, SPIKES, engine=engine, learn=True, batch_size=batch_size)


@pytest.mark.parametrize("layers", [torch.nn.Linear(3, 2), pj.Sequential(pj.Spiking(LIF()))])
@pytest.mark.parametrize("name", ["run", "save_network", "load_network"])
def test_layers_where_a_network_is_needed(layers: torch.nn.Module, name: str, tmp_path: Path) -> None:
    with pytest.raises(
        ParameterError,
        match=rf"{name}: network must be Network\(\), got .*{type(layers).__name__}; call lay",
    ):
        getattr(pj, name)(layers, tmp_path / "file" if "network" in name else SPIKES)
    assert not list(tmp_path.iterdir())


@ENGINES
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8, np.bool_, np.int64])
def test_arrays_are_taken_like_tensors(engine: Event | Reference, dtype: Any) -> None:
    spikes = (torch.rand(9, 2, 3, generator=torch.Generator().manual_seed(0)) < 0.5).numpy().astype(dtype)
    flipped = spikes[::-1]  # of negative strides, and not to be written to
    flipped.setflags(write=False)
    for given in (spikes, flipped):
        expected = run(network(), torch.tensor(given.copy()), engine=engine)["Hidden"].counts
        assert torch.equal(run(network(), given, engine=engine)["Hidden"].counts, expected)
        assert torch.equal(run(network(), {"Image": given}, engine=engine)["Hidden"].counts, expected)


@ENGINES
def test_a_name_that_is_not_in_the_result(engine: Event | Reference) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown population 'Hiddem'; did you mean 'Hidden'\?"):
        run(network(), SPIKES, engine=engine)["Hiddem"]


@ENGINES
def test_a_network_of_another_precision(engine: Event | Reference) -> None:
    pattern = r"float32 networks on the CPU, but \S*weight is torch\.float64 on cpu; use network\.float\(\)\.cpu\(\)"
    made = network().double()
    refused(EngineError, pattern, made, SPIKES, engine=engine)
    run(made.float().cpu(), SPIKES, engine=Reference())  # the way out


def test_weights_that_are_a_view_of_a_transposed_matrix() -> None:
    made = network()
    weight = made.connections["Image", "Hidden"].weight
    weight.data = torch.full((2, 3), 0.5).T
    refused(EngineError, r"got strides \(1, 3\) for shape \[3, 2\]; use weight\.contiguous\(\)", made, SPIKES)
    weight.data = weight.data.contiguous()  # the way out
    run(made, SPIKES)


@ENGINES
def test_a_network_without_input(engine: Event | Reference) -> None:
    refused(
        EngineError, r"no input to send spikes to; add one with network\.add_input", Network(), SPIKES, engine=engine
    )


@ENGINES
def test_weights_outside_the_bounds_of_their_rule(engine: Event | Reference) -> None:
    """Engines leave out changes that bounds make impossible, so bounds must hold."""
    made = network(rule=PairSTDP())
    weight = made.connections["Image", "Hidden"].weight
    for value in (1.5, -0.1):
        with torch.no_grad():
            weight[0, 0] = value
        pattern = r"weights of Image->Hidden lie in .* outside the bounds.*\[0, 1\]; clamp them"
        refused(ParameterError, pattern, made, SPIKES, engine=engine, learn=True)
    with torch.no_grad():
        weight.clamp_(0.0, 1.0)  # the way out
    run(made, SPIKES, learn=True, engine=Reference())


@ENGINES
def test_as_many_values_as_neurons(engine: Event | Reference) -> None:
    made = Network()
    made.add_input("Image", 3)
    made.add_population("Hidden", 2, LIF(tau=torch.tensor([1.0, 2.0, 3.0])))
    pattern = (
        r"population 'Hidden': LIF has 3 values \[3\] of tau, but there are 2 neurons; give one number or one for each"
    )
    refused(ShapeError, pattern, made, SPIKES, engine=engine)


@ENGINES
def test_coefficients_that_change_from_step_to_step(engine: Event | Reference) -> None:
    made = Network()
    made.add_input("Image", 3)
    made.add_population("Hidden", 10, FewSpikes())  # as many neurons as coefficients, which would pass for one each
    pattern = r"population 'Hidden' has FewSpikes neurons, whose coefficients change from step to step.*scan"
    refused(EngineError, pattern, made, SPIKES, engine=engine)


class Freezing(LIF):
    def integrate(self, x: Current, state: LIFState, c: LIFCoefficients) -> tuple[Tensor, LIFState]:
        v = state.v + x.current / self.tau
        return v - c.v_th, LIFState(v)


@ENGINES
def test_an_equation_that_reads_a_number_from_its_model(engine: Event | Reference) -> None:
    made = Network()
    made.add_input("Image", 3)
    made.add_population("Hidden", 2, Freezing())
    refused(TraceError, r"Freezing\.tau is read inside an equation.*read c\.tau", made, SPIKES, engine=engine)


def test_recording_more_than_memory_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picojoule.simulate.event.engine.LONGEST_RECORD", 4 * 2 * 2 - 1)
    pattern = r"recording 'Hidden' may need room for 16 spikes, more than 15; record fewer samples in one call"
    refused(EngineError, pattern, network(), SPIKES, record=["Hidden"])
    assert run(network(), SPIKES[:, :1], record=["Hidden"])["Hidden"].events is not None  # the way out


def learning_from_a_population() -> Network:
    made = network()
    made.add_population("Out", 2, LIF())
    made.connect("Hidden", "Out", Dense(torch.full((2, 2), 0.5)), rule=PairSTDP())
    return made


def learning_beside_delayed_spikes() -> Network:
    made = network(rule=PairSTDP())
    made.connect("Hidden", "Hidden", Dense(torch.zeros(2, 2), delay=torch.full((2, 2), 3)))
    return made


@pytest.mark.parametrize("make", [learning_from_a_population, learning_beside_delayed_spikes])
def test_mini_batches_of_what_learns_directly(make: Callable[[], Network]) -> None:
    pattern = r"cannot learn \w+->\w+ in mini-batches.*use batch_size=1 or engine=Reference\(\)"
    refused(EngineError, pattern, make(), SPIKES, learn=True, batch_size=2)
    run(make(), SPIKES, learn=True, batch_size=2, engine=Reference())  # the way out


class Sparse(Lateral):
    """A connection of the user's own."""


class Quiet(OnePerStep):
    def emitted(self, excess: Tensor) -> Tensor:
        return torch.zeros_like(excess, dtype=torch.bool)


def test_parts_that_the_event_engine_has_no_loop_for() -> None:
    made = network()
    made.connect("Hidden", "Hidden", Sparse(2, strength=1.0))
    refused(EngineError, r"no loop for Sparse connections; use engine=Reference\(\)", made, SPIKES)
    run(made, SPIKES, engine=Reference())  # the way out

    other = Network()
    other.add_input("Image", 3)
    other.add_population("Hidden", 2, DeltaLIF(v_rest=-50.0), selection=Quiet())
    refused(EngineError, r"no loop for Quiet selections; use engine=Reference\(\)", other, SPIKES)
    assert run(other, SPIKES, engine=Reference())["Hidden"].counts.sum() == 0


def test_names_that_run_into_each_other() -> None:
    made = Network()
    for name in ("A", "A_B"):
        made.add_input(name, 2)
    for name in ("B_C", "C"):
        made.add_population(name, 2, LIF())
    made.connect("A", "B_C", Dense(torch.zeros(2, 2)))
    made.connect("A_B", "C", Dense(torch.zeros(2, 2)))
    spikes = dict.fromkeys(("A", "A_B"), torch.ones(2, 1, 2))
    refused(EngineError, r"run into each other at A_B_C_weight.*rename a population", made, spikes)
    run(made, spikes, engine=Reference())


@pytest.mark.parametrize("threads", [0, -1])
def test_no_threads(threads: int) -> None:
    with pytest.raises(ParameterError, match=rf"Event\.threads must be >= 1 threads, got {threads}"):
        Event(threads=threads)


def test_engines_say_what_they_are() -> None:
    assert re.fullmatch(r"Event\(threads=2\) Reference\(\)", f"{Event(threads=2)} {Reference()}")
