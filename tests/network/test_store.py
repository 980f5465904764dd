"""Networks on disk: what is written comes back, what does not fit is refused and changes nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn

from picojoule.connect.dense import Dense
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import CheckpointError, OutputError, ParameterError
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.network.network import Network
from picojoule.network.store import load_network, save_network
from tests.held import LIF


def network(seed: int = 0, *, n: int = 3, dense: bool = True, delay: bool = False, dt: float = 1.0) -> Network:
    generator = torch.Generator().manual_seed(seed)
    built = Network(dt=dt)
    built.add_input("X", n)
    built.add_population("Y", n, LIF(), homeostasis=AdaptiveThreshold(initial=float(seed)))
    weight, delays = torch.rand(n, n, generator=generator), torch.randint(1, 5, (n, n), generator=generator)
    built.connect("X", "Y", Dense(weight, delay=delays if delay else None) if dense else OneToOne(n, strength=1.0))
    return built


def same(one: Network, other: Network) -> bool:
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("delay", [False, True])
def test_weights_thresholds_and_delays_come_back(tmp_path: Path, delay: bool) -> None:
    one, other = network(1, delay=delay), network(2, delay=delay)
    save_network(one, tmp_path / "model.safetensors")
    assert not same(one, other)
    assert load_network(other, tmp_path / "model.safetensors") == ({}, {})
    assert same(one, other)


def test_further_tensors_and_notes_come_back(tmp_path: Path) -> None:
    extra = {"rates": torch.arange(6.0).reshape(2, 3).t(), "order": torch.tensor([2, 0, 1])}
    notes = {"seed": 3, "images": [1, 2], "name": "é"}
    save_network(network(), tmp_path / "model.safetensors", extra=extra, notes=notes)
    found, read = load_network(network(), str(tmp_path / "model.safetensors"))
    assert read == notes
    assert found.keys() == extra.keys()
    assert all(torch.equal(found[name], value) for name, value in extra.items())


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (network(n=4), r"holds another network: .*X\[3\].*; this one is .*X\[4\]"),
        (network(dt=0.5), r"holds another network: dt=1 ms"),
        (network(dense=False), r"holds other weights than this network has\. Use the options it was made with"),
        (network(delay=True), r"holds other weights than this network has"),
        (network(dt=1.0 + 1e-9), r"holds a network made otherwise: dt is 1\.0 there and 1\.000000001 here"),
    ],
    ids=["size", "step", "connection", "delays", "nearly the same step"],
)
def test_another_network_is_refused_and_left_alone(tmp_path: Path, other: Network, message: str) -> None:
    save_network(network(1), tmp_path / "model.safetensors")
    before = {name: value.clone() for name, value in other.state_dict().items()}
    with pytest.raises(CheckpointError, match=message):
        load_network(other, tmp_path / "model.safetensors")
    assert all(torch.equal(value, before[name]) for name, value in other.state_dict().items())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no checkpoint .*nowhere\.safetensors; start without resuming"):
        load_network(network(), tmp_path / "nowhere.safetensors")


@pytest.mark.parametrize("keep", [0, 4, 100])
def test_half_a_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "model.safetensors"
    save_network(network(), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=r"is damaged, or no file of tensors .*; choose another file"):
        load_network(network(), path)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(save({"weight": torch.ones(2)}))
    with pytest.raises(CheckpointError, match=r"is not a network of this library \(picojoule 1\); choose another file"):
        load_network(network(), path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        save_network(network(), tmp_path / "nowhere" / "model.safetensors")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_further_tensors_that_are_not_finite_are_refused(tmp_path: Path, number: float) -> None:
    with pytest.raises(CheckpointError, match=rf"extra 'a' is {number:g} at \[1\] in .*model") as caught:
        save_network(network(), tmp_path / "model.safetensors", extra={"a": torch.tensor([0.0, number])})
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize("value", [np.float32(1.0), {1, 2}, [np.int64(3)], {"deep": {1}}])
def test_notes_that_json_cannot_hold_are_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(ParameterError, match=r"notes\['b'\] is a \w+ that JSON cannot hold .*; give plain") as caught:
        save_network(network(), tmp_path / "model.safetensors", notes={"a": 1, "b": value})
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "model.safetensors").exists()


def twins(tau: Tensor, later: Tensor | None = None) -> Network:
    neuron = LIF(tau=tau)
    made = Network(dt=1.0)
    made.add_input("X", 2)
    made.add_population("Y", 2, neuron)
    made.add_population("Z", 2, neuron if later is None else LIF(tau=later))
    return made


def test_populations_of_one_neuron_have_their_own_parameters(tmp_path: Path) -> None:
    tau = torch.tensor([5.0, 6.0])
    shared, apart = twins(tau), twins(tau.clone(), torch.tensor([7.0, 8.0]))
    shared.population("Y").get_buffer("neuron_tau")[0] = 9.0
    assert shared.population("Z").get_buffer("neuron_tau").tolist() == tau.tolist() == [5.0, 6.0]
    save_network(apart, tmp_path / "model.safetensors")
    load_network(shared, tmp_path / "model.safetensors")
    assert same(shared, apart)


def test_tensors_that_share_memory_are_saved(tmp_path: Path) -> None:
    tied, other = twins(nn.Parameter(torch.tensor([5.0, 6.0]))), twins(torch.ones(2))
    held = torch.arange(4.0)
    save_network(tied, tmp_path / "model.safetensors", extra={"all": held, "part": held[1:3]})
    extra, _ = load_network(other, tmp_path / "model.safetensors")
    assert same(tied, other)
    assert extra["part"].tolist() == [1.0, 2.0]
