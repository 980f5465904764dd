"""Stacks, and the chunks and short cuts in which they run. What every layer does: test_every_layer."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.modules import module as everywhere
from torch.nn.utils import prune

import picojoule.layers.chunks
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.layers.base import Layer
from picojoule.layers.linear import Linear
from picojoule.layers.over_time import OverTime
from picojoule.layers.sequential import Sequential
from picojoule.layers.spiking import Spiking
from picojoule.layers.state import StackState
from picojoule.layers.still import only_looks
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.held import LIF
from tests.layers.stacks import FEATURES, drive, dyadic, gradients, on_grid, recurrent, run_by, same, stack
from tests.rounding import assert_same_sums

reference = partial(run_by, ReferenceLoop())


class Counting(nn.Module):
    """Tells how it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.calls.append(x.shape[0])
        return x


class Pooling(nn.Module):
    """Leaves one of eight."""

    def forward(self, x: Tensor) -> Tensor:
        return x[..., ::8]


def convolutional(**options: Any) -> Sequential:
    torch.manual_seed(3)
    model = Sequential(
        nn.Conv2d(1, 4, 3, padding=1), Spiking(LIF(tau=3.0), shape=(4, 1, 1), trainable={"tau"}), nn.MaxPool2d(2),
        nn.Flatten(), Linear(64, 10), Spiking(LIF(tau=3.0)), **options,
    )  # fmt: skip
    on_grid(model, gain=4.0)  # so that all of it fires, and that no chunk rounds otherwise than the whole
    return model


@settings(max_examples=25)
@given(chunk=st.integers(1, 40), steps=st.integers(1, 30))
def test_every_length_of_chunks_gives_the_same(chunk: int, steps: int) -> None:
    x = drive(steps, 2, FEATURES)
    whole, last = reference(stack(chunk=1000)).advance(x)
    pieces, end = reference(stack(chunk=chunk)).advance(x)
    assert torch.equal(pieces, whole)
    assert torch.equal(end.layers[2].neuron[0], last.layers[2].neuron[0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("chunk", [1, 3, 7])
def test_gradients_through_chunks_are_those_without(dtype: torch.dtype, chunk: int) -> None:
    whole, pieces = (reference(convolutional(chunk=n)).to(dtype) for n in (1000, chunk))
    x = drive(12, 3, 1, 8, 8, dtype=dtype).requires_grad_()
    weight = drive(12, 3, 10, dtype=dtype, seed=5) / 40.0
    expected, got = whole(x), pieces(x)
    assert torch.equal(expected, got)
    for one, other in zip(
        gradients(pieces, (got * weight).sum(), x), gradients(whole, (expected * weight).sum(), x), strict=True
    ):
        scale = float(other.abs().max())
        assert scale > 0.0
        assert_same_sums(one, other, terms=12 * 3 * 64, size=max(1.0, scale))  # of every step, sample and pixel


def test_chunks_follow_the_size_of_activations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picojoule.layers.chunks, "AT_ONCE", 4096)
    counting = Counting()
    model = Sequential(
        Linear(16, 64), Pooling(), counting, Linear(8, 64), Spiking(LIF(v_th=0.1))
    )  # 2 samples: 512 bytes
    model(drive(20, 2, 16))
    assert counting.calls == [2 * n for n in (1, 8, 8, 3)]  # what pooling takes away is only known after the first
    counting.calls.clear()
    model(drive(20, 2, 16))
    assert counting.calls == [2 * n for n in (1, 8, 8, 3)]  # a second call is cut like the first
    counting.calls.clear()
    Sequential(*model, chunk=9)(drive(20, 2, 16))
    assert counting.calls == [18, 18, 4]


@pytest.mark.parametrize("chunk", [None, 3])
def test_a_batch_norm_that_trains_sees_the_whole_sequence(chunk: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picojoule.layers.chunks, "AT_ONCE", 64)
    counting, norm = Counting(), nn.BatchNorm1d(3)
    model = Sequential(nn.Identity(), counting, norm, Spiking(LIF()), chunk=chunk)
    x = drive(20, 2, 3)
    model(x)
    assert counting.calls == [40]
    assert norm.running_mean is not None
    torch.testing.assert_close(norm.running_mean, 0.1 * x.mean((0, 1)))
    counting.calls.clear()
    model.eval()(x)
    assert len(counting.calls) > 2


def test_it_is_torchs_sequential_with_modules_wrapped() -> None:
    x = drive(12, 3, 1, 8, 8)
    for training in (True, False):
        torch.manual_seed(0)
        parts = [nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), Spiking(LIF(tau=2.0)), nn.Flatten(), nn.Linear(144, 5)]
        ours = Sequential(*parts, Spiking(LIF(tau=2.0)), chunk=12).train(training)
        theirs = nn.Sequential(
            *(part if isinstance(part, Spiking) else OverTime(part) for part in parts), Spiking(LIF(tau=2.0))
        ).train(training)
        assert torch.equal(ours(x), theirs(x))


def test_names_in_a_state_dict_are_torchs() -> None:
    ours = Sequential(nn.Conv2d(1, 2, 3), Spiking(LIF()), nn.Flatten(), Linear(8, 2))
    theirs = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    assert torch.equal(ours.get_parameter("0.weight"), theirs.get_parameter("0.weight"))


def test_an_image_that_stands_still_is_seen_once() -> None:
    calls = []
    model = convolutional()
    model[0].register_forward_hook(only_looks(lambda *_: calls.append(1)))
    image = drive(3, 1, 8, 8)
    still = model(image.expand(20, 3, 1, 8, 8))
    assert len(calls) == 1
    moving = model(image.expand(20, 3, 1, 8, 8).contiguous())
    assert torch.equal(still, moving)
    assert still.sum() > 0


@pytest.mark.parametrize("chunk", [None, 4])
def test_gradients_of_a_still_image_are_those_of_its_copies(chunk: int | None) -> None:
    model = reference(convolutional(chunk=chunk)).double()
    image = drive(3, 1, 8, 8, dtype=torch.float64).requires_grad_()
    weight = drive(20, 3, 10, dtype=torch.float64, seed=5)
    copies = image.expand(20, 3, 1, 8, 8)
    once = gradients(model, (model(copies) * weight).sum(), image)
    each = gradients(model, (model(copies.contiguous()) * weight).sum(), image)
    for one, other in zip(once, each, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize("chunk", [None, 1, 4])
def test_every_step_of_a_still_image_has_a_gradient_of_its_own(chunk: int | None) -> None:
    model = reference(convolutional(chunk=chunk)).double()
    still = drive(1, 3, 1, 8, 8, dtype=torch.float64).expand(20, 3, 1, 8, 8).requires_grad_()
    moving = still.detach().contiguous().requires_grad_()
    weight = drive(20, 3, 10, dtype=torch.float64, seed=5)
    found, expected = (gradients(model, (model(x) * weight).sum(), x) for x in (still, moving))
    assert bool(expected[-1].flatten(1).any(1).all())  # else the steps are not told apart
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize("training", [True, False])
def test_what_draws_or_averages_is_run_on_every_step_of_a_still_image(training: bool) -> None:
    counting = Counting()  # nothing is known of it
    torch.manual_seed(0)
    drop = Sequential(nn.Dropout(), Spiking(LIF(tau=2.0))).train(training)
    image = drive(2, 30)
    frames = drop(image.expand(8, 2, 30))
    assert torch.equal(frames.std(0), torch.zeros(2, 30)) is False
    Sequential(nn.Flatten(), counting, Spiking(LIF()), chunk=100).train(training)(image.expand(8, 2, 30))
    assert counting.calls == [16]
    norm = nn.BatchNorm1d(30)
    Sequential(norm, Spiking(LIF())).train(training)(image.expand(8, 2, 30))
    assert norm.running_var is not None
    expected = 0.9 + 0.1 * image.repeat(8, 1).var(0) if training else torch.ones(30)
    torch.testing.assert_close(norm.running_var, expected)


def test_a_mask_reaches_every_layer() -> None:
    model = Sequential(Spiking(LIF(tau=3.0)), Linear(FEATURES, FEATURES), recurrent())
    reference(dyadic(model))
    x = drive(20, 2, FEATURES)
    mask = torch.arange(20)[:, None] < torch.tensor([20, 9])
    for chunk in (1, 4, 100):
        model.chunk = chunk
        output, state = model.advance(x, None, mask)
        alone, end = model.advance(x[:9, 1:])
        assert torch.equal(output[:9, 1:], alone)
        assert not output[9:, 1].any()
        assert torch.equal(state.layers[2].neuron[0][1:], end.layers[2].neuron[0])


class Residual(Layer):
    """A layer of one's own: two parts, each with its part of the state."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Spiking(LIF(tau=3.0)), Spiking(LIF(tau=9.0))

    def advance(self, x: Tensor, state: Any = None, mask: Tensor | None = None) -> tuple[Tensor, StackState]:
        first, second = (None, None) if state is None else state.layers
        y, first = self.first.advance(x, first, mask)
        z, second = self.second.advance(y * 4.0, second, mask)
        return z + y, StackState((first, second))


LAYERS: dict[str, Callable[[], Layer]] = {
    "Spiking": lambda: Spiking(LIF(tau=3.0)), "Recurrent": recurrent, "stack": stack, "of one's own": Residual
}  # fmt: skip


@pytest.mark.parametrize("chunk", [None, 4])
@pytest.mark.parametrize("name", LAYERS)
def test_hooks_of_a_layer_in_a_stack_are_called(name: str, chunk: int | None) -> None:
    """With what torch would give them, and for every chunk; what they give back counts."""
    x = drive(10, 2, FEATURES)
    mask = torch.arange(10)[:, None] < torch.tensor([10, 6])
    plain = reference(LAYERS[name]())
    expected, last = plain.advance(x * 0.5, None, mask)
    layer, seen = copy.deepcopy(plain), []
    layer.register_forward_pre_hook(lambda _, given: (given[0] * 0.5, *given[1:]))
    layer.register_forward_hook(lambda *call: seen.append(call))
    layer.register_forward_hook(lambda *call: call[2] + 3.0)
    output, state = Sequential(nn.Identity(), layer, chunk=chunk).advance(x, None, mask)
    assert torch.equal(output, expected + 3.0)
    assert same(state.layers[1], last)
    assert {module for module, _, _ in seen} == {layer}
    assert torch.equal(torch.cat([given[1] for _, given, _ in seen]), mask)
    assert torch.equal(torch.cat([part for _, _, part in seen]), expected)
    assert torch.equal(layer(x, mask), expected + 3.0)  # and by itself it begins anew


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("hook", ["forward_pre_hook", "forward_hook", "full_backward_hook"])
def test_hooks_of_all_modules_are_called_for_a_layer_in_a_stack(hook: str, name: str) -> None:
    x, plain, seen = drive(10, 2, FEATURES).requires_grad_(), reference(LAYERS[name]()), []
    expected, last = plain.advance(x)
    handle = getattr(everywhere, f"register_module_{hook}")(lambda module, *_: seen.append(module))
    try:
        output, state = Sequential(nn.Identity(), plain, chunk=4).advance(x)
        output.sum().backward()  # type: ignore[no-untyped-call]
    finally:
        handle.remove()
    assert seen.count(plain) == 3
    assert torch.equal(output, expected)
    assert same(state.layers[1], last)


class Louder(Residual):
    """Does something beside `advance`."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return super().forward(x, mask) * 2.0


class LouderSpiking(Spiking):
    def forward(self, x: Any, mask: Tensor | None = None) -> Tensor:
        return super().forward(x, mask) * 2.0


class LouderStack(Sequential):
    def forward(self, x: Any, mask: Tensor | None = None) -> Tensor:
        return super().forward(x, mask) * 2.0


@pytest.mark.parametrize("make", [Louder, lambda: LouderSpiking(LIF()), LouderStack])
def test_a_layer_that_overrides_forward_is_refused(make: Callable[[], Layer]) -> None:
    layer, x = make(), drive(4, 2, FEATURES)
    assert layer(x).shape == x.shape  # by itself it may
    with pytest.raises(ParameterError, match="overrides forward, which a Sequential does not call; override advance"):
        Sequential(nn.Identity(), layer)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_whose_forward_was_replaced_is_refused(name: str) -> None:
    layer, x = reference(LAYERS[name]()), drive(4, 2, FEATURES)
    model, plain = Sequential(layer), layer.forward
    layer.forward = lambda *given: plain(*given) * 2.0  # type: ignore[method-assign]
    for run in (lambda: model(x), lambda: Sequential(layer)):
        with pytest.raises(ParameterError, match="overrides forward, which a Sequential does not call"):
            run()
    del layer.forward
    assert model(x).shape == x.shape


def test_a_matrix_that_a_hook_computes_is_that_of_the_step() -> None:
    layer, x = run_by(ReferenceLoop(), recurrent()), drive(10, 2, FEATURES)
    prune.l1_unstructured(layer, "weight", 0.5)  # type: ignore[no-untyped-call]
    model = Sequential(layer, chunk=3)
    model(x)
    with torch.no_grad():
        layer.get_parameter("weight_orig").mul_(-2.0)
    assert torch.equal(model(x), layer(x))


def test_a_layer_of_ones_own_hands_on_its_state() -> None:
    x = drive(30, 2, FEATURES)
    whole = Sequential(Residual(), nn.Identity(), chunk=100)(x)
    assert torch.equal(Sequential(Residual(), nn.Identity(), chunk=7)(x), whole)
    assert {0.0, 1.0, 2.0} >= set(whole.unique().tolist()) > {0.0}


def test_a_module_may_stand_in_it_twice() -> None:
    linear = dyadic(Linear(FEATURES, FEATURES))
    model = Sequential(linear, linear)
    x = drive(3, 2, FEATURES)
    assert len(model) == 2
    assert torch.equal(model(x), linear(linear(x)))
    assert model[-1] is linear
    assert list(model) == [linear, linear]


LATER: dict[str, Callable[[], nn.Module]] = {
    "LazyLinear": lambda: nn.LazyLinear(3),
    "LazyConv1d": lambda: nn.LazyConv1d(3, 2),
    "LazyConvTranspose1d": lambda: nn.LazyConvTranspose1d(3, 2),
    "LazyBatchNorm1d": nn.LazyBatchNorm1d,
    "scripted": lambda: torch.jit.script(nn.Linear(6, 3)),
    "scripted within": lambda: nn.Sequential(torch.jit.script(nn.Linear(6, 3)), nn.ReLU(inplace=True)),
}


@pytest.mark.parametrize("chunk", [None, 3])
@pytest.mark.parametrize("name", LATER)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")  # torch's, of lazy modules and scripts
def test_modules_without_shapes_yet_and_scripts_may_stand_in_it(name: str, chunk: int | None) -> None:
    module, image = LATER[name](), drive(2, 4, 6)
    model = Sequential(module, nn.Flatten(), Spiking(LIF(), loop=ReferenceLoop()), chunk=chunk)
    for x in (image.expand(7, 2, 4, 6), image.repeat(7, 1, 1, 1)):
        assert model(x).shape[:2] == (7, 2)


def test_an_empty_stack_gives_its_input() -> None:
    x = drive(3, 2, FEATURES)
    assert torch.equal(Sequential()(x), x)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"Sequential\.chunk must be >= 1 steps, got 0"):
        Sequential(chunk=0)
    with pytest.raises(ParameterError, match=r"modules\[1\] is a neuron, LIF, .*; write pj\.Spiking\(LIF\(\)\)"):
        Sequential(nn.Identity(), LIF())  # type: ignore[arg-type]
    for several in ([nn.Identity()], (nn.Identity(),)):
        with pytest.raises(ParameterError, match=r"write pj\.Sequential\(\*modules\)"):
            Sequential(several)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"Sequential\.modules\[0\] must be a torch Module, got 3"):
        Sequential(3)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"Sequential holds Spiking as '0', whose state it cannot hand on"):
        Sequential(nn.Sequential(Spiking(LIF())))
    with pytest.raises(ParameterError, match=r"Sequential: x must be a tensor, got an object of tuple"):
        Sequential()((drive(2, 2, 2),))
    with pytest.raises(ShapeError, match=r"a Sequential takes one tensor \[T, B, \*N\], got \[2\]"):
        Sequential()(drive(2))
    with pytest.raises(ShapeError, match="a state with 1 parts, got StackState with 2; pass what its own advance gave"):
        Sequential(Spiking(LIF())).advance(drive(2, 2, 2), StackState((None, None)))
