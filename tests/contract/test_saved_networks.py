"""What a network is saved with is restored or refused by name, for every part that a network can be made of."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from picojoule.connect.base import Connection
from picojoule.connect.dense import Dense
from picojoule.core.errors import CheckpointError
from picojoule.core.tensor_file import read_tensors
from picojoule.learn.stdp.bounds import HardBounds, SoftBounds
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.learn.stdp.triplet import TripletSTDP
from picojoule.network.network import Network
from picojoule.network.plasticity import Normalisation
from picojoule.network.store import load_network, save_network
from picojoule.neurons.base import Neuron
from picojoule.neurons.delta_lif import DeltaLIF
from picojoule.neurons.lif import LIF
from picojoule.neurons.reset import HardReset
from picojoule.neurons.selection import OnePerStep
from picojoule.neurons.surrogate import Triangle
from picojoule.simulate.reference import Reference
from tests.contract.benches import MODELS
from tests.contract.test_every_connection import every_connection

Pass = Callable[[Network, Network, Path], object]


def by_file(one: Network, other: Network, folder: Path) -> object:
    save_network(one, folder / "model.safetensors")
    return load_network(other, folder / "model.safetensors")


def by_state_dict(one: Network, other: Network, folder: Path) -> object:
    return other.load_state_dict(one.state_dict())


def by_torch(one: Network, other: Network, folder: Path) -> object:
    torch.save(one.state_dict(), folder / "model.pt")
    return other.load_state_dict(torch.load(folder / "model.pt", weights_only=True))


every_way = pytest.mark.parametrize("through", [by_file, by_state_dict, by_torch])


def network(neuron: Any = None, *, dt: float = 1.0, connection: Connection | None = None, **options: Any) -> Network:
    made = Network(dt=dt)
    made.add_input("X", 3)
    learns = {name: options.pop(name) for name in ("rule", "normalise") if name in options}
    made.add_population("Y", 3, neuron or LIF(), **options)
    port = made.population("Y").neuron.ports._fields[0]  # type: ignore[attr-defined]
    made.connect("X", "Y", connection or Dense(torch.full((3, 3), 0.5), port=port), **learns)
    return made


def refused(one: Network, other: Network, through: Pass, folder: Path, pattern: str) -> None:
    before = copy.deepcopy(other.state_dict())
    with pytest.raises(CheckpointError, match=pattern) as caught:
        through(one, other, folder)
    assert "\n" not in str(caught.value)
    assert all(torch.equal(value, before[name]) for name, value in other.state_dict().items())


def numbers(kind: type[Neuron[Any, Any, Any]]) -> list[str]:
    return [name for name, value in vars(kind()).items() if isinstance(value, float) and not isinstance(value, bool)]


@every_way
@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_number_of_every_neuron(name: str, through: Pass, tmp_path: Path) -> None:
    neuron = MODELS[name]()
    for field in numbers(MODELS[name]):
        value = getattr(neuron, field)
        other = network(replace(neuron, **{field: value * 1.01 if value else 1e-3}))
        refused(
            network(neuron), other, through, tmp_path, rf"made otherwise: populations\.Y\.neuron\.{field} is .* here"
        )


@every_way
@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_tensor_of_every_neuron_comes_back(name: str, through: Pass, tmp_path: Path) -> None:
    neuron = MODELS[name]()
    for field in numbers(MODELS[name]):
        value = getattr(neuron, field)
        each = torch.tensor([1.0, 1.001, 1.002], dtype=torch.float64) * value + (0.0 if value else 1e-3)
        one, other = (network(replace(neuron, **{field: each * k})) for k in (1.0, 1.0005))
        through(one, other, tmp_path)
        found = getattr(other.population("Y").neuron, field)
        assert torch.equal(found, each)
        assert found.dtype == torch.float64
        assert torch.equal(getattr(neuron, field) * torch.ones(1), torch.ones(1) * value)  # the model itself stays


def test_a_loaded_network_answers_like_the_saved_one(tmp_path: Path) -> None:
    made = [
        network(DeltaLIF(tau=torch.tensor(tau)), connection=Dense(torch.full((3, 3), 4.0)))
        for tau in ([5.0, 50.0, 500.0], [100.0] * 3)
    ]
    spikes = (torch.rand(100, 2, 3, generator=torch.Generator().manual_seed(0)) < 0.3).float()
    first, second = (Reference().run(one, spikes)["Y"].counts for one in made)
    assert not torch.equal(first, second)
    by_file(made[0], made[1], tmp_path)
    assert torch.equal(Reference().run(made[1], spikes)["Y"].counts, first)


@every_way
@pytest.mark.parametrize(
    ("one", "other", "pattern"),
    [
        ({}, {"neuron": LIF(reset=HardReset())}, r"Y\.neuron\.reset is SoftReset there and HardReset here"),
        ({"neuron": LIF()}, {"neuron": DeltaLIF()}, r"LIF"),
        ({"dt": 1.0}, {"dt": 1.0000001}, r"dt is 1\.0 there and 1\.0000001 here"),
        ({}, {"selection": OnePerStep()}, r"Y\.selection is None there and OnePerStep here"),
        (
            {"selection": OnePerStep()},
            {"selection": OnePerStep(losers_reset=False)},
            r"Y\.selection\.losers_reset is True there and False here",
        ),
        ({}, {"rule": PairSTDP()}, r"X->Y\.rule is None there and PairSTDP here"),
        ({"rule": TripletSTDP()}, {"rule": PairSTDP()}, r"X->Y\.rule is TripletSTDP there and PairSTDP here"),
        (
            {"rule": PairSTDP(weight_bounds=SoftBounds())},
            {"rule": PairSTDP()},
            r"rule\.weight_bounds is SoftBounds there and HardBounds here",
        ),
        (
            {"rule": PairSTDP(), "normalise": Normalisation()},
            {"rule": PairSTDP()},
            r"X->Y\.normalise is Normalisation there and None here",
        ),
    ],
)
def test_other_parts(one: Any, other: Any, pattern: str, through: Pass, tmp_path: Path) -> None:
    refused(network(**one), network(**other), through, tmp_path, pattern)


@every_way
def test_what_it_learns_with_comes_back(through: Pass, tmp_path: Path) -> None:
    def learning(k: float, **others: Any) -> Network:
        rule = PairSTDP(nu=(0.1 * k, 0.2 * k), tau_pre=9.0 * k, all_pairs=k > 1.0, weight_bounds=HardBounds(0.0, k))
        slow = AdaptiveThreshold(step=0.3 * k, tau=5.0 * k, initial=k)
        return network(rule=rule, normalise=Normalisation(k), homeostasis=slow, **others)

    one, other = learning(2.0), learning(1.0)
    through(one, other, tmp_path)
    assert (other.rules, other.normalisations) == (one.rules, one.normalisations)
    assert other.population("Y").homeostasis == one.population("Y").homeostasis
    assert isinstance(other.rules["X", "Y"].nu, tuple)  # type: ignore[attr-defined]
    spikes = (torch.rand(40, 2, 3, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    for made in (one, other):
        Reference().run(made, spikes, learn=True)
    assert torch.equal(one.connections["X", "Y"].weight, other.connections["X", "Y"].weight)
    untouched = learning(1.0, dt=0.5)
    with pytest.raises(CheckpointError):
        through(one, untouched, tmp_path)
    assert untouched.rules == learning(1.0).rules


@every_way
def test_a_surrogate_changes_no_spike(through: Pass, tmp_path: Path) -> None:
    through(network(LIF(surrogate=Triangle())), network(LIF()), tmp_path)


class Gated(Dense):
    """A connection of one's own, with a number that no tensor holds."""

    def __init__(self, weight: Tensor, *, gate: Any) -> None:
        super().__init__(weight)
        self.gate = gate


@every_way
@pytest.mark.parametrize(
    ("one", "other", "pattern"),
    [
        (0.5, 0.6, r"connections\.X->Y\.gate is 0\.5 there and 0\.6 here"),
        (torch.ones(3), torch.zeros(3), r"connections\.X->Y\.gate is a tensor \[3\] with other numbers there"),
        (torch.ones(3), torch.ones(4), r"gate is tensor \[3\] there and tensor \[4\] here"),
        ([1, 2], [1, 3], r"gate\[1\] is 2 there and 3 here"),
        ({"a": 1}, {"a": 1, "b": 2}, r"gate\.b is nothing there and 2 here"),
        (float("inf"), 1.0, r"gate is inf there and 1\.0 here"),
    ],
)
def test_a_connection_of_ones_own(one: Any, other: Any, pattern: str, through: Pass, tmp_path: Path) -> None:
    made = [network(connection=Gated(torch.ones(3, 3), gate=gate)) for gate in (one, one, other)]
    through(made[0], made[1], tmp_path)
    refused(made[0], made[2], through, tmp_path, pattern)


@every_connection
def test_every_connection_of_another_kind_or_port(build: Callable[[int], Connection], tmp_path: Path) -> None:
    def made(connection: Connection) -> Network:
        built = Network()
        built.add_input("X", connection.n_source)
        built.add_population("Y", connection.n_target, MODELS["ConductanceLIF"]())
        built.connect("X", "Y", connection)
        return built

    one, other = build(0), build(0)
    one.port, other.port = "exc", "inh"
    pattern = r"connections\.X->Y\.port is exc there and inh here"
    refused(made(one), made(other), by_file, tmp_path, pattern)
    other.port = "exc"
    by_file(made(one), made(other), tmp_path)
    same = type("Same", (type(one),), {})
    other.__class__ = same
    refused(made(one), made(other), by_file, tmp_path, rf"X->Y is {type(one).__name__} there and Same here")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
@pytest.mark.parametrize("part", ["weight", "theta", "tensor of a neuron"])
def test_numbers_that_cannot_run(part: str, number: float, tmp_path: Path) -> None:
    made = network(LIF(tau=torch.tensor([5.0, 6.0, 7.0])), homeostasis=AdaptiveThreshold())
    path, before = tmp_path / "model.safetensors", copy.deepcopy(made)
    save_network(made, path)
    name, place = {
        "weight": ("connections.X->Y.weight", (1, 2)),
        "theta": ("populations.Y.theta", (1,)),
        "tensor of a neuron": ("populations.Y.neuron_tau", (1,)),
    }[part]
    tensors, texts = read_tensors(path)
    tensors[f"network.{name}"][place] = number
    path.write_bytes(save(tensors, texts))
    pattern = (
        rf"^{name} is {number:g} at \{list(place)} in .*model\.safetensors; a network with such a number cannot run"
    )
    with pytest.raises(CheckpointError, match=pattern):
        load_network(made, path)
    assert all(torch.equal(value, before.state_dict()[key]) for key, value in made.state_dict().items())
    made.state_dict()[name][place] = number
    with pytest.raises(CheckpointError, match=rf"^{name} is {number:g}"):
        save_network(made, tmp_path / "again.safetensors")
    assert not (tmp_path / "again.safetensors").exists()


def test_a_state_dict_without_conditions_is_taken_as_it_is() -> None:
    """For instance one of tensors only, to take weights to another network on purpose."""
    one, other = network(LIF(tau=5.0)), network(LIF(tau=7.0))
    other.load_state_dict(dict(one.state_dict()))
    assert other.population("Y").neuron == LIF(tau=7.0)


def test_conditions_that_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    for bad in ("", "{}", "[]", json.dumps({"made": 3, "learns": None})):
        save_network(network(), path)
        tensors, texts = read_tensors(path)
        path.write_bytes(save(tensors, texts | {"conditions": bad}))
        with pytest.raises(CheckpointError, match=r"model\.safetensors (is damaged|holds a network made otherwise)"):
            load_network(network(), path)


SAVING = """
import sys, torch, picojoule as pj
network = pj.models.DiehlCook2015(n_input=5, n_neurons=4)
pj.save_network(network, sys.argv[1], extra={"b": torch.ones(2), "a": torch.zeros(1)}, notes={"z": 1, "a": [2.5]})
"""


def test_equal_networks_give_equal_files(tmp_path: Path) -> None:
    """The header's order is another one in every process, and for every file, unless it is put in order."""
    files = [tmp_path / f"{k}.safetensors" for k in range(3)]
    subprocess.run([sys.executable, "-c", SAVING, str(files[0])], check=True)
    sys.argv, kept = ["", str(files[1])], sys.argv
    exec(SAVING, {})
    sys.argv[1] = str(files[2])
    exec(SAVING, {})
    sys.argv = kept
    assert len({file.read_bytes() for file in files}) == 1
