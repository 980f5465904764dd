"""States that are carried on: what flows back through them, and what is said when nothing can."""

import pytest
import torch
from torch import Tensor

from picojoule.core.errors import EngineError, ShapeError
from picojoule.layers.base import Layer
from picojoule.layers.spiking import Spiking
from picojoule.layers.state import StackState, carried
from picojoule.neurons.delta_lif import DeltaLIFState
from picojoule.simulate.scan.job import Loop, LoopState
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.held import LIF
from tests.layers.stacks import EVERY_LAYER, FEATURES, drive, run_by, tensors

LAYERS = ["Spiking", "Recurrent", "Sequential"]  # those with parameters, so that a graph lies behind every state
every_loop = pytest.mark.parametrize("loop", [None, ReferenceLoop()], ids=["default", "reference"])
every_layer = pytest.mark.parametrize("name", LAYERS)


def made(name: str, loop: Loop | None) -> Layer:
    return run_by(loop, EVERY_LAYER[name]())


def backward(loss: Tensor, *, retain_graph: bool = False) -> None:
    torch.autograd.backward(loss, retain_graph=retain_graph)


@every_loop
@every_layer
def test_going_on_after_a_backward_is_explained(name: str, loop: Loop | None) -> None:
    layer, x = made(name, loop), drive(10, 2, FEATURES)
    first, state = layer.advance(x)
    backward(first.sum())
    second, _ = layer.advance(x, state)
    with pytest.raises(EngineError, match=r"an earlier backward has finished with.* state = state\.detach\(\)"):
        backward(second.sum())


@every_loop
@every_layer
def test_a_state_cut_off_goes_on_with_the_same_values(name: str, loop: Loop | None) -> None:
    layer, x = made(name, loop), drive(20, 2, FEATURES)
    first, state = layer.advance(x[:10])
    backward(first.sum())
    cut = state.detach()
    assert not any(tensor.requires_grad for tensor in tensors(cut))
    second, _ = layer.advance(x[10:], cut)
    backward(second.sum())
    assert torch.equal(torch.cat([first, second]), layer(x))


@every_loop
@every_layer
def test_a_graph_that_is_kept_may_be_gone_through_again(name: str, loop: Loop | None) -> None:
    layer, x = made(name, loop), drive(10, 2, FEATURES)
    first, state = layer.advance(x)
    backward(first.sum(), retain_graph=True)
    second, state = layer.advance(x, state)
    backward(second.sum(), retain_graph=True)
    third, _ = layer.advance(x, state)
    backward((first + second + third).sum())
    assert all(p.grad is not None and p.grad.isfinite().all() for p in layer.parameters())


@every_loop
@every_layer
def test_one_backward_through_many_pieces_is_fine(name: str, loop: Loop | None) -> None:
    layer, state, loss = made(name, loop), None, torch.zeros(())
    for seed in range(4):
        output, state = layer.advance(drive(5, 2, FEATURES, seed=seed), state)
        loss = loss + output.sum()
    backward(loss)
    assert all(p.grad is not None for p in layer.parameters())


@every_layer
def test_evaluating_with_a_state_from_training_is_fine(name: str) -> None:
    layer, x = made(name, ReferenceLoop()), drive(10, 2, FEATURES)
    first, state = layer.advance(x)
    backward(first.sum())
    with torch.no_grad():
        output, _ = layer.advance(x, state)
    assert torch.equal(output, layer.advance(x, state.detach())[0])


def test_without_gradients_a_state_is_handed_on_as_it_is() -> None:
    state = LoopState(LIF().initial(torch.zeros(1, 2)))
    assert carried(state) is state


def test_what_needs_no_gradient_gets_none_by_being_carried() -> None:
    wanted, other = torch.zeros(1, 2, requires_grad=True), torch.zeros(1, 2)
    state = carried(LoopState(DeltaLIFState(wanted * 2.0, other), other))
    assert state.neuron[0].requires_grad
    assert state.neuron[1] is other
    assert state.spikes is other


def test_a_stack_of_stacks_is_cut_off_at_once() -> None:
    inner = StackState((LoopState((torch.ones(1, 2, requires_grad=True) * 2.0,), None, 7), None))
    cut = StackState((inner, None)).detach()
    assert cut.layers[1] is None
    assert cut.layers[0].layers[0].step == 7
    assert not cut.layers[0].layers[0].neuron[0].requires_grad


def test_the_gradient_that_comes_back_through_a_state_is_exact() -> None:
    # without a spike, v after n steps is v0 exp(-n dt / tau)
    layer = Spiking(LIF(tau=10.0), trainable_initial={"v"}).double()
    silence = torch.zeros(5, 1, 1, dtype=torch.float64)
    _, state = layer.advance(silence)
    _, state = layer.advance(silence, state)
    (grad,) = torch.autograd.grad(state.neuron[0].sum(), list(layer.parameters()))
    torch.testing.assert_close(grad, torch.exp(torch.tensor(-1.0, dtype=torch.float64)), rtol=1e-14, atol=0.0)


@pytest.mark.parametrize("strange", [None, "array"])
@pytest.mark.parametrize("name", ["Spiking", "Recurrent"])
def test_fields_that_are_no_tensors_are_refused(name: str, strange: str | None) -> None:
    layer, x = made(name, ReferenceLoop()), drive(5, 2, FEATURES)
    state = layer.advance(x)[1].detach()
    fields = type(state.neuron)(*(field.numpy() if strange else None for field in state.neuron))
    with pytest.raises(ShapeError, match=r"must be a tensor \[2, 4\], got (ndarray|NoneType); pass a state"):
        layer.advance(x, state._replace(neuron=fields))


def test_spikes_of_other_samples_are_refused() -> None:
    layer, x = made("Recurrent", ReferenceLoop()), drive(5, 2, FEATURES)
    state = layer.advance(x)[1].detach()
    with pytest.raises(ShapeError, match=r"the state's spikes is \[3, 4\], but this input needs \[2, 4\]"):
        layer.advance(x, state._replace(spikes=torch.zeros(3, FEATURES)))


@pytest.mark.parametrize("name", ["Spiking", "Recurrent"])
def test_a_layer_without_memory_says_so(name: str) -> None:
    layer = made(name, ReferenceLoop()).to("meta")
    with pytest.raises(ShapeError, match=r"has its tensors on meta, got x on cpu; fill it first by to_empty"):
        layer(drive(5, 2, FEATURES))
