"""A layer whose spikes come back. What every layer does: test_every_layer."""

import pytest
import torch

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.layers.recurrent import Recurrent
from picojoule.simulate.scan.scan import scan
from tests.held import LIF
from tests.layers.stacks import drive, dyadic


def test_it_is_a_scan_with_a_matrix() -> None:
    layer, x = dyadic(Recurrent(LIF(tau=5.0), 3)), drive(50, 2, 3)
    assert torch.equal(layer(x), scan(LIF(tau=5.0), x, weight=layer.weight).output)
    assert not torch.equal(layer(x), scan(LIF(tau=5.0), x).output)


def test_a_spike_reaches_the_others_one_step_later() -> None:
    layer = Recurrent(LIF(tau=20.0), 3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.0, 30.0, 0.0], [0.0, 0.0, 30.0], [0.0, 0.0, 0.0]]))
    kick = torch.zeros(4, 1, 3)
    kick[0, 0, 0] = 30.0  # along a chain: row to column
    assert layer(kick)[:, 0].tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]


def test_the_matrix_gets_the_gradient_of_what_was_there() -> None:
    # a spike of neuron 0 in step 0 is the only one, so in the gradient every row but its own is 0
    layer = Recurrent(LIF(tau=20.0), 3).double()
    kick = torch.zeros(2, 1, 3, dtype=torch.float64)
    kick[0, 0, 0] = 30.0
    (grad,) = torch.autograd.grad(layer(kick)[1].sum(), layer.weight)
    assert (grad[0] > 0.0).all()
    assert not grad[1:].any()


def test_weights_are_drawn_evenly_around_zero() -> None:
    torch.manual_seed(1)
    weight = Recurrent(LIF(), 100).weight.detach()
    assert float(weight.abs().max()) <= 0.1
    assert float(weight.abs().max()) > 0.099
    assert abs(float(weight.mean())) < 0.005


def test_autocast_leaves_the_product_in_single_precision() -> None:
    layer, x = Recurrent(LIF(tau=5.0), 8), drive(50, 2, 8)
    plain = layer(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, state = layer.advance(x)
    assert torch.equal(output, plain)
    assert state.spikes is not None
    assert state.spikes.dtype == torch.float32


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"Recurrent\.features must be >= 1 neurons, got 0"):
        Recurrent(LIF(), 0)
    with pytest.raises(ShapeError, match=r"Recurrent was made for neurons \[3\], but the input is \[5, 2, 4\]"):
        Recurrent(LIF(), 3)(drive(5, 2, 4))
    with pytest.raises(ShapeError, match=r"\[T, B, N\]"):
        Recurrent(LIF(), 3)(drive(5, 2, 3, 3))
