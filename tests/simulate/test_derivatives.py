"""Derivatives that torch knows: by the reference loop, all; by what is compiled, those that it has, or words."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.autograd.functional import hessian, jacobian

from picojoule.core.errors import EngineError
from picojoule.layers.base import Layer
from picojoule.layers.linear import Linear
from picojoule.layers.recurrent import Recurrent
from picojoule.layers.sequential import Sequential
from picojoule.layers.spiking import Spiking
from picojoule.learn.quantise.fake_quantise import fake_quantise
from picojoule.learn.quantise.levels import Levels
from picojoule.simulate.scan.job import Loop
from picojoule.simulate.scan.numba_loop import NumbaLoop
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.held import LIF
from tests.layers.stacks import FEATURES, drive
from tests.parity.scan.interpreted import interpreting

X = drive(4, 2, FEATURES, dtype=torch.float64)
SPIKES = (X > 3.0).double()
Function = Callable[[Tensor], Tensor]


def double_backward(function: Function, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    (first,) = torch.autograd.grad(function(x).square().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum() / 2.0, x)  # the Hessian times the gradient
    return second


def of_a_constant_gradient(function: Function, x: Tensor) -> Tensor:
    """Where the gradient that arrives is a constant, `once_differentiable` would pass nothing on in silence."""
    x = x.clone().requires_grad_()
    (first,) = torch.autograd.grad(function(x).sum(), x, create_graph=True)
    (x.sum() + first.square().sum()).backward()  # type: ignore[no-untyped-call]
    return x.grad  # type: ignore[return-value]


def dual(function: Function, x: Tensor) -> Tensor:
    with torch.no_grad(), forward_ad.dual_level():
        given = forward_ad.make_dual(x, torch.ones_like(x))  # type: ignore[no-untyped-call]
        return forward_ad.unpack_dual(function(given)).tangent  # type: ignore[no-untyped-call, no-any-return]


BEYOND: dict[str, Callable[[Function, Tensor], Tensor]] = {
    "double backward": double_backward,
    "of a constant gradient": of_a_constant_gradient,
    "func.grad": lambda f, x: torch.func.grad(lambda z: f(z).sum())(x),
    "vmap": lambda f, x: torch.func.vmap(f)(torch.stack([x, x / 2])),
    "jacrev": lambda f, x: torch.func.jacrev(f)(x),
    "jacfwd": lambda f, x: torch.func.jacfwd(f)(x),
    "jvp": lambda f, x: torch.func.jvp(f, (x,), (torch.ones_like(x),))[1],
    "forward mode": dual,
    "batched gradients": lambda f, x: jacobian(f, x, vectorize=True),  # type: ignore[no-untyped-call]
    "hessian": lambda f, x: hessian(lambda z: f(z).sum(), x),  # type: ignore[no-untyped-call]
}


def layers(loop: Loop | None) -> dict[str, Layer]:
    torch.manual_seed(3)
    spiking = Spiking(LIF(tau=5.0), trainable="tau", loop=loop)
    return {"Spiking": spiking, "Recurrent": Recurrent(LIF(tau=5.0), FEATURES, loop=loop).double()}


every_way = pytest.mark.parametrize("way", BEYOND)
every_layer = pytest.mark.parametrize("name", layers(None))


@every_way
@every_layer
def test_a_compiled_loop_names_the_loop_that_can(name: str, way: str) -> None:
    with interpreting(), pytest.raises(EngineError, match=r"a compiled loop has plain first .*loop=ReferenceLoop\(\)"):
        BEYOND[way](layers(NumbaLoop())[name], X)


@every_layer
def test_the_reference_loop_knows_them_all(name: str) -> None:
    layer = layers(ReferenceLoop())[name]
    full = jacobian(layer, X)  # type: ignore[no-untyped-call]
    for way in ("jacrev", "jacfwd", "batched gradients"):
        torch.testing.assert_close(BEYOND[way](layer, X), full, rtol=1e-12, atol=1e-12)
    for way in ("jvp", "forward mode"):
        torch.testing.assert_close(BEYOND[way](layer, X), full.sum((3, 4, 5)), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(BEYOND["func.grad"](layer, X), full.sum((0, 1, 2)), rtol=1e-12, atol=1e-12)
    assert torch.equal(BEYOND["vmap"](layer, X), torch.stack([layer(X), layer(X / 2)]))


@every_layer
def test_second_derivatives_of_the_reference_are_those_of_the_smooth_loop(name: str) -> None:
    """Where the smooth step stands for the spike, they can be checked against finite differences."""
    layer = layers(ReferenceLoop(smooth=True))[name]
    x = X[:3, :1, :2].expand(3, 1, 2) if name == "Spiking" else X[:2, :1]
    assert torch.autograd.gradgradcheck(layer, x.clone().requires_grad_())
    assert double_backward(layers(ReferenceLoop())[name], X).abs().sum() > 0.0


def test_plain_first_derivatives_are_what_compiled_loops_have() -> None:
    for name in layers(None):
        with interpreting():
            found = jacobian(layers(NumbaLoop())[name], X)  # type: ignore[no-untyped-call]
        expected = jacobian(layers(ReferenceLoop())[name], X)  # type: ignore[no-untyped-call]
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


@every_way
def test_a_product_of_spikes_is_dense_in_a_transform_and_says_what_it_has_not(way: str) -> None:
    layer, plain = Linear(FEATURES, 3).double(), torch.nn.Linear(FEATURES, 3).double()
    plain.load_state_dict(layer.state_dict())
    if way in ("double backward", "of a constant gradient", "batched gradients", "hessian"):
        with pytest.raises(EngineError, match=r"spike_product has plain first .*; use torch\.nn\.Linear"):
            BEYOND[way](layer, SPIKES)
    else:
        torch.testing.assert_close(BEYOND[way](layer, SPIKES), BEYOND[way](plain, SPIKES), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("way", ["double backward", "of a constant gradient"])
def test_quantised_numbers_have_no_second_derivative(way: str) -> None:
    with pytest.raises(EngineError, match="fake_quantise has plain first derivatives only"):
        BEYOND[way](lambda x: fake_quantise(x, torch.tensor(0.5, dtype=x.dtype), Levels(0, 3)), X)


def test_a_stack_goes_through_transforms_as_it_is() -> None:
    stack = Sequential(torch.nn.Linear(FEATURES, 5), Spiking(LIF(tau=5.0), loop=ReferenceLoop()), Linear(5, 3)).double()
    still = X[:1].expand(X.shape)
    for x in (X, still):
        plain = x.clone().requires_grad_()
        (expected,) = torch.autograd.grad(stack(plain).sum(), plain)
        torch.testing.assert_close(BEYOND["func.grad"](stack, x), expected, rtol=1e-12, atol=1e-12)
    both = torch.stack([X, X / 2])
    torch.testing.assert_close(torch.func.vmap(stack)(both), torch.stack([stack(x) for x in both]))
    each = torch.func.functional_call(stack, dict(stack.named_parameters()), (X,))
    assert torch.equal(each, stack(X))
