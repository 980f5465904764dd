"""Layers of neurons beside torch's own modules. What every layer does: test_every_layer."""

import math

import pytest
import torch
from torch import nn

from picojoule.core.errors import ShapeError
from picojoule.layers.over_time import OverTime
from picojoule.layers.spiking import Spiking
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.held import LIF
from tests.layers.stacks import drive


def test_it_is_a_scan() -> None:
    x = drive(50, 2, 3)
    neuron = LIF(tau=torch.tensor([5.0, 9.0, 20.0]))
    assert torch.equal(Spiking(neuron, dt=0.5)(x), scan(neuron, x, dt=0.5).output)


@pytest.mark.parametrize("dt", [0.25, 1.0])
def test_the_first_spike_comes_at_the_analytic_time(dt: float) -> None:
    spikes = Spiking(LIF(tau=20.0), dt=dt)(torch.full((200, 1, 1), 1.5, dtype=torch.float64))
    first = (float(spikes.flatten().argmax()) + 1) * dt
    analytic = 20.0 * math.log(1.5 / 0.5)
    assert analytic <= first <= analytic + dt


def test_several_ports_take_a_tensor_each() -> None:
    exc, inh = drive(40, 2, 3), drive(40, 2, 3, seed=7) / 20.0
    layer = Spiking(ConductanceLIF())
    whole = layer((exc, inh))
    assert whole.sum() > 0
    assert torch.equal(whole, scan(ConductanceLIF(), (exc, inh)).output)
    state, frames = None, []
    for frame in zip(exc, inh, strict=True):
        output, state = layer.step(frame, state)
        frames.append(output)
    assert torch.equal(torch.stack(frames), whole)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_input_is_computed_in_single(dtype: torch.dtype) -> None:
    x = drive(60, 2, 3).to(dtype)
    output, state = Spiking(LIF(), shape=(3,), trainable={"tau"}, trainable_initial={"v"}).advance(x)
    assert output.dtype == dtype
    assert state.neuron[0].dtype == torch.float32
    assert torch.equal(output.float(), Spiking(LIF())(x.float()))


def test_under_autocast_the_state_stays_in_single_precision() -> None:
    layer = nn.Linear(3, 3)
    spiking, x = Spiking(LIF(tau=5.0), trainable={"tau"}), drive(40, 2, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        current = layer(x)
        output, state = spiking.advance(current)
    assert (current.dtype, output.dtype, state.neuron[0].dtype) == (torch.bfloat16, torch.bfloat16, torch.float32)
    assert torch.equal(output.float(), spiking(current.float()))


def test_it_stands_beside_torchs_own_modules() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(1, 4, 3, padding=1)
    model = nn.Sequential(
        OverTime(conv),
        OverTime(nn.BatchNorm2d(4)),
        Spiking(LIF(tau=2.0), shape=(4, 1, 1), trainable={"tau"}),
        OverTime(nn.MaxPool2d(2)),
        OverTime(nn.Flatten()),
        nn.Linear(64, 10),
        Spiking(LIF(tau=2.0)),
    )
    spikes = model(drive(6, 3, 1, 8, 8))
    assert spikes.shape == (6, 3, 10)
    torch.autograd.backward(spikes.mean())
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
    assert conv.weight.grad is not None
    assert bool(conv.weight.grad.any())  # through both layers of neurons


def test_channels_have_time_constants_of_their_own() -> None:
    layer = Spiking(LIF(tau=10.0), shape=(2, 1, 1), trainable={"tau"})
    with torch.no_grad():
        layer.learned.get_parameter("raw_tau")[0] = 2.0
    spikes = layer(torch.full((100, 1, 2, 3, 3), 1.5))
    slow, fast = spikes.sum((0, 1, 3, 4)).tolist()
    assert 0 < slow < fast


def test_another_shape_of_neurons_is_refused() -> None:
    layer = Spiking(LIF(), shape=(3,), trainable={"tau"})
    with pytest.raises(ShapeError, match=r"Spiking was made for neurons \[3\], but the input is \[5, 2, 4\]: .*\[4\]"):
        layer(drive(5, 2, 4))
    with pytest.raises(ShapeError, match=r"made for neurons \[2, 1, 1\]"):
        Spiking(LIF(), shape=(2, 1, 1))(drive(5, 2, 2))


def test_it_says_what_it_is() -> None:
    layer = Spiking(
        LIF(tau=torch.ones(3)), shape=(3,), trainable={"tau"}, trainable_initial={"v"}, loop=ReferenceLoop()
    )
    text = repr(layer)
    assert text.startswith("Spiking(LIF(tau=tensor[3], v_th=1.0, ")
    assert text.endswith(
        "shape=(3,), dt=1, trainable={'tau'}, trainable_initial={'v'}, loop=ReferenceLoop(smooth=False))"
    )
    assert "\n" not in text
