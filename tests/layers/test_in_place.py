"""Modules that work in place, wherever they stand, and models without a state that change what they are given."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from picojoule.layers import chunks
from picojoule.layers.linear import Linear
from picojoule.layers.over_time import OverTime
from picojoule.layers.recurrent import Recurrent
from picojoule.layers.sequential import Sequential
from picojoule.layers.spiking import Spiking
from picojoule.simulate import products
from picojoule.simulate.scan.job import Loop
from picojoule.simulate.scan.numba_loop import NumbaLoop
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.triton_loop import TritonLoop
from tests.held import LIF
from tests.layers.stacks import FEATURES, drive
from tests.parity.scan.cases import why_not
from tests.parity.scan.interpreted import interpreting

STEPS, SAMPLES = 5, 2


class Shift(nn.Module):
    """A module of one's own."""

    def __init__(self, inplace: bool) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, x: Tensor) -> Tensor:
        if self.inplace:
            x += 1.0
            return x
        return x + 1.0


BEFORE: dict[str, Callable[[Loop], list[nn.Module]]] = {
    "nothing": lambda _: [],
    "Spiking": lambda loop: [Spiking(LIF(tau=3.0), trainable="tau", loop=loop)],
    "Recurrent": lambda loop: [Recurrent(LIF(tau=3.0), FEATURES, loop=loop)],
    "Linear": lambda _: [Linear(FEATURES, FEATURES)],
    "OverTime": lambda _: [OverTime(nn.Linear(FEATURES, FEATURES))],
}
IN_PLACE: dict[str, Callable[[bool], nn.Module]] = {
    "Dropout": lambda inplace: nn.Dropout(0.5, inplace),
    "ReLU": nn.ReLU,
    "LeakyReLU": lambda inplace: nn.LeakyReLU(0.3, inplace),
    "Hardtanh": lambda inplace: nn.Hardtanh(0.1, 0.6, inplace),
    "of one's own": Shift,
}
NEURONS = ("Spiking", "Recurrent")
LOOPS = {"reference": ReferenceLoop(), "numba": NumbaLoop(), "triton": TritonLoop()}

CASES = [(before, module, "reference") for before in BEFORE for module in IN_PLACE]
CASES += [(before, module, "numba") for before in NEURONS for module in IN_PLACE]
CASES += [(before, "LeakyReLU", "triton") for before in NEURONS]


def results(model: nn.Module, x: Tensor) -> list[Tensor]:
    """Output and gradients, of an input that somebody computed."""
    torch.manual_seed(2)
    leaf = x.clone().requires_grad_()
    y = model(leaf * 1.0)
    weight = drive(*y.shape, seed=7).to(y.dtype)
    return [y.detach(), *torch.autograd.grad((y * weight).sum(), [leaf, *model.parameters()])]


@pytest.mark.parametrize(("before", "module", "loop"), CASES)
def test_a_module_in_place_gives_what_it_gives_beside(before: str, module: str, loop: str) -> None:
    if loop == "triton" and (why := why_not("TritonLoop")) is not None:
        pytest.skip(why)
    for container, dtype in ((nn.Sequential, torch.float32), (Sequential, torch.float64)):
        found = []
        for inplace in (False, True):
            torch.manual_seed(1)
            parts = [*BEFORE[before](LOOPS[loop]), IN_PLACE[module](inplace), nn.Linear(FEATURES, 3)]
            options: dict[str, Any] = {"chunk": 2} if container is Sequential else {}
            with nullcontext() if loop == "triton" else interpreting():
                found.append(
                    results(container(*parts, **options).to(dtype), drive(STEPS, SAMPLES, FEATURES, dtype=dtype) - 1)
                )
        assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


FIRST: dict[str, Callable[[bool], list[nn.Module]]] = {
    **{name: partial(lambda make, inplace: [make(inplace)], make) for name, make in IN_PLACE.items()},
    "OverTime": lambda inplace: [OverTime(nn.ReLU(inplace))],
    "a stack": lambda inplace: [Sequential(nn.Sequential(nn.ReLU(inplace)))],
    "after views": lambda inplace: [nn.Identity(), Sequential(), nn.Flatten(1), nn.ReLU(inplace)],
    "after a layer of neurons": lambda inplace: [Spiking(LIF(tau=3.0), loop=ReferenceLoop()), nn.ReLU(inplace)],
}


@pytest.mark.parametrize("chunk", [2, None])
@pytest.mark.parametrize("first", FIRST)
def test_a_module_in_place_first_in_a_stack_of_chunks(
    first: str, chunk: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters behind it train, of an input that needs no gradient."""
    monkeypatch.setattr(chunks, "AT_ONCE", 2 * SAMPLES * FEATURES * 4)  # automatic ones, too, are of about two steps
    x, found = drive(STEPS, SAMPLES, FEATURES) - 1.0, []
    before = x.clone()
    for inplace in (False, True):
        torch.manual_seed(1)
        model = Sequential(*FIRST[first](inplace), Linear(FEATURES, 3), nn.Linear(3, 3), chunk=chunk)
        torch.manual_seed(2)
        y = model(x)
        found.append([y.detach(), *torch.autograd.grad((y * drive(*y.shape, seed=7)).sum(), list(model.parameters()))])
        assert torch.equal(x, before)
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


@pytest.mark.parametrize("module", IN_PLACE)
def test_an_image_of_one_sample_may_be_changed_in_place(module: str) -> None:
    image = drive(1, 1, FEATURES) - 1.0
    model = Sequential(IN_PLACE[module](True), nn.Identity(), chunk=2).eval()
    assert torch.equal(model(image.expand(STEPS, 1, FEATURES)), model(image.repeat(STEPS, 1, 1)))


def test_what_works_in_no_place_reads_chunks_where_they_lie() -> None:
    x, seen = drive(4, SAMPLES, FEATURES), []
    layer = Spiking(LIF(tau=3.0), loop=ReferenceLoop())
    layer.register_advance_hook(lambda call: seen.append(call.x))
    Sequential(layer, nn.ReLU(inplace=True), chunk=2)(x)
    assert [part.data_ptr() for part in seen if isinstance(part, Tensor)] == [x.data_ptr(), x[2:].data_ptr()]


@pytest.mark.parametrize("limit", [0.0, 1.0], ids=["dense", "listed"])
def test_what_a_product_gives_may_be_changed_in_place(limit: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "density_limit", lambda *_: limit)
    layer, x = Linear(FEATURES, 3), (drive(STEPS, SAMPLES, FEATURES) > 3.0).float().requires_grad_()
    for y in (layer(x).relu_(), layer(x).relu()):
        (grad,) = torch.autograd.grad(y.sum(), x)
    assert torch.equal(torch.autograd.grad(layer(x).relu_().sum(), x)[0], grad)


@pytest.mark.parametrize("chunk", [None, 1, 2])
@pytest.mark.parametrize("module", IN_PLACE)
def test_an_image_that_stands_still_is_left_as_it_is(module: str, chunk: int | None) -> None:
    image = drive(1, SAMPLES, FEATURES) - 1.0
    before = image.clone()
    model = Sequential(IN_PLACE[module](True), nn.Identity(), chunk=chunk).eval()
    with torch.no_grad():
        found = model(image.expand(STEPS, *image.shape[1:]))
    assert torch.equal(image, before)
    assert torch.equal(found, model(image.repeat(STEPS, 1, 1)))


@pytest.mark.parametrize("loop", ["reference", "numba"])
def test_evaluating_and_half_precision_in_place(loop: str) -> None:
    x = drive(STEPS, SAMPLES, FEATURES).bfloat16()
    layer = Spiking(LIF(tau=3.0), loop=LOOPS[loop])
    with interpreting(), torch.inference_mode():
        expected = layer(x) * 2.0
        assert torch.equal(Sequential(layer, nn.Threshold(0.5, 0.0, inplace=True))(x).mul_(2.0), expected)
    assert expected.any()
