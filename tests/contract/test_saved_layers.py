"""A layer's `state_dict` is not taken by a layer made otherwise, and keeps the keys that torch gives it."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from picojoule.core.errors import CheckpointError
from picojoule.layers import Recurrent, Sequential, Spiking
from picojoule.learn.quantise.quantised_input import QuantisedInput
from picojoule.learn.quantise.quantised_relu import QuantisedReLU
from picojoule.learn.quantise.quantised_weights import QuantisedWeights
from picojoule.neurons.lif import LIF
from picojoule.neurons.reset import HardReset
from picojoule.neurons.surrogate import Triangle
from tests.contract.benches import MODELS, bench

Make = Callable[..., nn.Module]


def recurrent(neuron: Any, **options: Any) -> nn.Module:
    return Recurrent(neuron, 2, **options)


every_layer = pytest.mark.parametrize("make", [Spiking, recurrent], ids=["Spiking", "Recurrent"])
every_stack = pytest.mark.parametrize("stack", [nn.Sequential, Sequential], ids=["torch", "picojoule"])


@every_layer
@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_number_of_every_neuron(name: str, make: Make) -> None:
    neuron, dt = MODELS[name](), bench(MODELS[name]()).dt
    if make is recurrent and (neuron.per_step or neuron.output != "spike"):
        return
    for field, value in vars(neuron).items():
        if isinstance(value, float):
            other = replace(neuron, **{field: value * 1.01 if value else 1e-3})
            with pytest.raises(CheckpointError, match=rf"made otherwise: neuron\.{field} is .* there and .* here"):
                make(other, dt=dt).load_state_dict(make(neuron, dt=dt).state_dict())


@every_layer
@every_stack
@pytest.mark.parametrize("saved", [False, True], ids=["at once", "from a file"])
def test_in_a_stack(stack: Any, make: Make, saved: bool, tmp_path: Path) -> None:
    def made(**options: Any) -> nn.Module:
        found: nn.Module = stack(nn.Linear(3, 2), make(LIF(tau=5.0), **options))
        return found

    state: Any = made().state_dict()
    if saved:
        torch.save(state, tmp_path / "state.pt")
        state = torch.load(tmp_path / "state.pt", weights_only=True)
    made().load_state_dict(state)
    with pytest.raises(
        CheckpointError, match=r"the state_dict at '1' is of a \w+ made otherwise: dt is 1\.0 there and 0"
    ):
        made(dt=0.5).load_state_dict(copy.deepcopy(state))
    taken = made(dt=0.5)
    taken.load_state_dict(dict(state))  # the way out that the message names
    assert all(torch.equal(value, state[name]) for name, value in taken.state_dict().items())
    assert [name for name in state if "weight" not in name and "bias" not in name] == []


def test_parts_and_surrogates() -> None:
    state = Spiking(LIF()).state_dict()
    with pytest.raises(CheckpointError, match=r"neuron\.reset is SoftReset there and HardReset here"):
        Spiking(LIF(reset=HardReset())).load_state_dict(state)
    Spiking(LIF(surrogate=Triangle())).load_state_dict(state)  # it changes no spike


def test_what_trains_comes_back_and_the_rest_must_agree() -> None:
    state = Spiking(LIF(tau=5.0, v_th=torch.tensor([0.5, 1.0])), trainable="tau").state_dict()
    other = Spiking(LIF(tau=9.0, v_th=torch.tensor([2.0, 3.0])), trainable="tau")
    other.load_state_dict(state)
    assert other.neuron.tau.item() == pytest.approx(5.0)  # type: ignore[attr-defined]
    assert other.neuron.v_th.tolist() == [0.5, 1.0]  # type: ignore[attr-defined]
    with pytest.raises(CheckpointError, match=r"neuron\.v_rest is 0\.0 there and 0\.5 here"):
        Spiking(LIF(v_th=torch.ones(2), v_rest=0.5), trainable="tau").load_state_dict(state)


@pytest.mark.parametrize(
    "make",
    [lambda bits: QuantisedReLU(bits, clip=1.0), QuantisedInput, lambda bits: QuantisedWeights(nn.Linear(2, 2), bits)],
)
def test_quantised_layers_of_other_bits(make: Callable[[int], nn.Module]) -> None:
    with pytest.raises(CheckpointError, match=r"bits is 4 there and 8 here"):
        nn.Sequential(make(8)).load_state_dict(nn.Sequential(make(4)).state_dict())
    make(4).load_state_dict(make(4).state_dict())
