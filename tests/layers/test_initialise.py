"""`initialise`: every layer fires at the wanted rate, whatever the neurons, the units and the architecture."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from picojoule import neurons
from picojoule.core.errors import ParameterError
from picojoule.layers import Linear, OverTime, Recurrent, Sequential, Spiking, initialise
from picojoule.layers.neuron_layer import NeuronLayer
from picojoule.neurons import LIF, DeltaLIF, LeakyIntegrator

MILLIVOLTS = DeltaLIF(tau=100.0, v_th=-52.0, v_rest=-65.0, v_reset=-60.0, refractory=2.0)
STACKS: dict[str, Callable[[], nn.Module]] = {
    "dense": lambda: Sequential(Linear(36, 60), Spiking(LIF()), Linear(60, 40), Spiking(LIF())),
    "exact response": lambda: Sequential(Linear(36, 60), Spiking(LIF(gain=None)), Linear(60, 40), Spiking(LIF())),
    "mV": lambda: Sequential(Linear(36, 60), Spiking(MILLIVOLTS), Linear(60, 40), Spiking(MILLIVOLTS)),
    "recurrent": lambda: Sequential(Linear(36, 60), Recurrent(LIF(tau=5.0), 60), Linear(60, 9), Spiking(LIF())),
    "readout": lambda: Sequential(Linear(36, 60), Spiking(neurons.ALIF()), Linear(60, 4), Spiking(LeakyIntegrator())),
    "chunks": lambda: Sequential(Linear(36, 60), Spiking(LIF()), Linear(60, 40), Spiking(LIF()), chunk=7),
    "convolution": lambda: Sequential(
        nn.Unflatten(1, (1, 6, 6)),
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        Spiking(LIF()),
        nn.MaxPool2d(2),
        nn.Flatten(),
        Linear(16, 30),
        Spiking(LIF()),
    ),
    "torch": lambda: nn.Sequential(
        OverTime(nn.Linear(36, 60)), nn.Sequential(Spiking(LIF()), Linear(60, 9)), Spiking(LIF())
    ),
}  # fmt: skip


def batch() -> Tensor:
    return torch.rand(8, 36, generator=torch.Generator().manual_seed(1)).expand(20, 8, 36)


def rates(model: nn.Module) -> list[float]:
    spikes: dict[nn.Module, list[Tensor]] = {}
    layers = [part for part in model.modules() if isinstance(part, NeuronLayer) and part.neuron.output == "spike"]
    handles = [
        part.register_advance_hook(lambda call: spikes.setdefault(call.layer, []).append(call.output))
        for part in layers
    ]
    with torch.no_grad():
        model(batch())
    for handle in handles:
        handle.remove()
    return [float(torch.cat(spikes[part]).mean()) for part in layers]


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("wanted", [0.05, 0.25])
def test_every_layer_fires_at_the_wanted_rate(name: str, wanted: float) -> None:
    torch.manual_seed(0)
    model = STACKS[name]()
    assert initialise(model, batch(), spikes_per_step=wanted) is model
    assert rates(model) == [pytest.approx(wanted, rel=0.1, abs=2e-3)] * len(rates(model))


def test_nothing_else_is_changed() -> None:
    model = STACKS["convolution"]()
    buffers, generator = [buffer.clone() for buffer in model.buffers()], torch.get_rng_state()
    before = [parameter.clone() for parameter in model.parameters()]
    initialise(model, batch())
    assert all(torch.equal(a, b) for a, b in zip(buffers, model.buffers(), strict=True))
    assert torch.equal(generator, torch.get_rng_state())
    changed = [not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True)]
    assert changed == [False, False, True, False, True, True]  # a shift of 0 stays
    assert all(part.watch is None for part in model.modules() if isinstance(part, NeuronLayer))


class Forgetful(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 1.0 + 0.0 * x


ERRORS: dict[str, tuple[Callable[[], Any], str]] = {
    "no layer": (lambda: initialise(nn.Linear(36, 2), batch()), "Linear holds no layer of neurons that spike"),
    "only a readout": (lambda: initialise(Spiking(LeakyIntegrator()), batch()), "holds no layer of neurons that spike"),
    "zeros": (lambda: initialise(STACKS["dense"](), 0.0 * batch()), "holds nothing but zeros"),
    "rate 0": (lambda: initialise(STACKS["dense"](), batch(), spikes_per_step=0.0), "must be > 0 spikes, got 0"),
    "rate 1": (lambda: initialise(STACKS["dense"](), batch(), spikes_per_step=1.0), "must be < 1 spikes, got 1"),
    "no weights": (lambda: initialise(Sequential(Spiking(LIF())), batch()), "layer '0' (Spiking) has no weights"),
    "out of reach": (
        lambda: initialise(
            Sequential(Linear(36, 9), Spiking(DeltaLIF(refractory=9.0, reset=neurons.HardReset()))),
            batch(),
            spikes_per_step=0.5,
        ),
        "layer '1' (Spiking of DeltaLIF) cannot fire 0.5 spikes per step",
    ),
    "no factor": (
        lambda: initialise(Sequential(Linear(36, 9), Forgetful(), Spiking(LIF())), batch(), spikes_per_step=0.1),
        "layer '2' (Spiking) fires",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_be_done_is_said_with_the_layer(name: str) -> None:
    call, message = ERRORS[name]
    with pytest.raises(ParameterError, match=re.escape(message)):
        call()
