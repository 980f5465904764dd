"""Networks on disk: what is written comes back, what does not fit is refused and changes nothing."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from picojoule.connect.dense import Dense
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import CheckpointError, OutputError
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
