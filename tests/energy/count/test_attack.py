"""Nothing lost, nothing twice: odd models, errors on the way, contexts in contexts, streams, masks, early stops."""

import contextlib
import copy
import gc
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack
from torch.utils.checkpoint import checkpoint

from picojoule.core.errors import ParameterError, ShapeError, UnknownNameError
from picojoule.energy.count.count import Count
from picojoule.energy.work import Workload
from picojoule.layers import Layer, Linear, OverTime, Recurrent, Sequential, Spiking
from picojoule.layers.over_time import over_time
from picojoule.models import DiehlCook2015
from picojoule.network.network import Network
from tests.held import LIF, LeakyIntegrator

V = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))


def products(work: Workload) -> tuple[int, int, int]:
    found = [line.products for line in work.works]
    return sum(p.dense for p in found), sum(p.macs for p in found), sum(p.accumulates for p in found)


def counted(model: nn.Module, *x: Any, **options: Any) -> tuple[int, int, int]:
    with Count(model, **options) as count:
        model(*x)
    assert count.uncounted == ()
    return products(count.workload())


class Does(nn.Module):
    """A function with layers in it."""

    def __init__(self, does: Callable[..., Any], *layers: nn.Module) -> None:
        super().__init__()
        self.does, self.layers = does, nn.ModuleList(layers)

    def forward(self, *args: Any, **named: Any) -> Any:
        return self.does(*self.layers, *args, **named)


class InTorch(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ARG004
        return x * 2

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:  # noqa: ARG004
        return grads[0] * 2


class InNumpy(InTorch):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ARG004
        return torch.from_numpy(np.asarray(x.detach().numpy() * 2))


def _apply(function: Any, x: Tensor) -> Any:
    return function.apply(x)


LAYER = (64, 64, 0)  # a Linear of 8 inputs and 4 outputs, two samples


@pytest.mark.parametrize(
    ("does", "x", "times"),
    [
        (lambda a, x: (a(x), a(x)), (V,), 2),
        (lambda a, x: {"out": [a(x["in"])], "again": (x["in"],)}, ({"in": V},), 1),
        (lambda a, x: a(x.clone().mul_(2).add_(1)), (V,), 1),
        (lambda a, x: a(x.T.contiguous().T), (V,), 1),
        (lambda a, x: checkpoint(a, x, use_reentrant=False), (V,), 1),
        (lambda a, x: a(_apply(InTorch, x)), (V,), 1),
        (lambda a, x: torch.stack([a(row) for row in x]), (V,), 1),
    ],
    ids=["twice", "dict", "in place", "not contiguous", "checkpoint", "own function", "row by row"],
)  # fmt: skip
def test_every_way_of_calling_a_layer(does: Callable[..., Any], x: tuple[Any, ...], times: int) -> None:
    for model in (Does(does, nn.Linear(8, 4)), Does(does, Linear(8, 4))):
        for grad in (False, True):
            with torch.set_grad_enabled(grad):
                assert counted(model, *x) == (64 * times, 64 * times, 0)
    with torch.inference_mode():
        assert counted(Does(does, nn.Linear(8, 4)), *x) == (64 * times, 64 * times, 0)


def test_wrappers_traces_and_names() -> None:
    layer = nn.Linear(8, 4)
    assert counted(nn.DataParallel(layer), V) == LAYER
    assert counted(nn.Sequential(nn.Identity(), nn.Sequential(nn.Sequential(layer))), V) == LAYER
    with Count(Does(lambda a, *, x: a(x), layer)) as count:
        count._observer._model(x=V)
    assert products(count.workload()) == LAYER
    assert count.samples == 2
    with pytest.raises(ShapeError, match="without a tensor"), Count(layer):
        layer("nothing")


@pytest.mark.filterwarnings("ignore:Using `torch.compile:UserWarning")
def test_a_compiled_model_is_counted_as_it_is_written() -> None:
    plain = nn.Sequential(nn.Linear(8, 4), nn.ReLU())
    wrapped = torch.compile(copy.deepcopy(plain), backend="eager")
    in_place = copy.deepcopy(plain)
    in_place.compile(backend="eager")
    models: list[Any] = [wrapped, in_place]
    for model in models:
        for _ in range(2):
            with torch.no_grad():
                expected = model(V)
                assert counted(model, V) == LAYER
                with Count(model):
                    assert torch.equal(model(V), expected)


@pytest.mark.parametrize("reentrant", [False, True])
def test_what_a_backward_pass_computes_again_is_not_counted(reentrant: bool) -> None:
    layer = nn.Linear(8, 4)
    model = Does(lambda a, x: checkpoint(a, x, use_reentrant=reentrant), layer)
    with Count(model) as count:
        model(V.clone().requires_grad_()).sum().backward()
    assert products(count.workload()) == LAYER


@pytest.mark.parametrize("reentrant", [False, True])
def test_neurons_that_a_backward_pass_runs_again_are_not_counted_twice(reentrant: bool) -> None:
    neurons = Spiking(LIF(tau=3.0, v_th=0.05))
    model = Does(lambda a, n, x: checkpoint(lambda y: n(a(y)), x, use_reentrant=reentrant), Linear(8, 4), neurons)
    x = torch.rand(5, 2, 8).requires_grad_()
    with Count(model) as once:
        model(x)
    with Count(model) as count:
        model(x).sum().backward()
    assert count.workload() == once.workload()
    assert sum(line.updates for line in count.workload().works) == 5 * 2 * 4


def test_a_layer_of_neurons_that_breaks_off_does_not_blind_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    from picojoule.layers import neuron_layer

    def breaks(*_: Any, **__: Any) -> None:
        raise MemoryError("in the middle")

    model, x = nn.Sequential(nn.Linear(8, 4), Spiking(LIF()), nn.Linear(4, 2)), torch.rand(5, 2, 8)
    with torch.no_grad(), Count(model) as count:
        model(x)
        before = products(count.workload())
        with monkeypatch.context() as patch:
            patch.setattr(neuron_layer, "scan", breaks)
            with pytest.raises(MemoryError):
                model(x)
        between = products(count.workload())
        model(x)
        after = products(count.workload())
    assert [b - a for a, b in zip(between, after, strict=True)] == list(before)


def test_a_model_that_is_used_beside_itself() -> None:
    model, other = nn.Linear(8, 4), nn.Linear(8, 4)
    with Count(model) as count:
        model(V)
        other(V)
        _ = V @ torch.ones(8, 3)
    assert products(count.workload()) == LAYER


def test_an_output_that_comes_back_as_an_input() -> None:
    model = nn.Linear(8, 8)
    with Count(model) as count:
        model(model(V))
        model(torch.zeros(2, 8))
        model(model.weight)  # not told as a weight here
    assert products(count.workload())[:2] == (128 + 128 + 128 + 512, 128 + 128 + 512)


@pytest.mark.parametrize(
    "does",
    [
        lambda a, x: a(_apply(InNumpy, x)),
        lambda a, x: a(torch.as_tensor(x.detach().numpy())),
        lambda a, x: a(torch.tensor(x.detach().numpy())),
        lambda a, x: a(x) + torch.from_numpy(x.detach().numpy()[:, :4]),
    ],
    ids=["own function", "as_tensor", "tensor", "residual"],
)
def test_numbers_from_elsewhere_are_named_and_what_follows_is_counted(does: Callable[..., Any]) -> None:
    model = Does(does, nn.Linear(8, 4))
    with Count(model) as count:
        model(V)
    assert count.uncounted == ("Does: numbers come from outside torch",)
    assert products(count.workload()) == LAYER


def test_a_result_of_constants_is_named() -> None:
    model = Does(lambda a, x: a(torch.tensor(x.tolist())), nn.Linear(8, 4))
    with Count(model) as count:
        model(V)
    assert count.uncounted == ("Does: its result does not come from its input",)


def test_an_error_in_the_model_leaves_nothing_behind() -> None:
    before = len(hooks._global_forward_hooks), len(hooks._global_forward_pre_hooks)

    def fails(*_: Any) -> None:
        raise ValueError("on the way")

    stack = Sequential(Linear(8, 4), Spiking(LIF()), Does(fails))
    for model, x in ((nn.Sequential(nn.Linear(8, 4), Does(fails)), V), (stack, V[None]), (Does(fails), V)):
        with pytest.raises(ValueError, match="on the way"), Count(model):
            model(x)
        assert (len(hooks._global_forward_hooks), len(hooks._global_forward_pre_hooks)) == before
        assert _get_current_dispatch_mode_stack() == []
        assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())
        assert "advance" not in vars(model)
        assert not any(getattr(part, "_advance_hooks", None) for part in model.modules())
        fine = nn.Linear(8, 4)
        assert counted(fine, V) == LAYER


def test_an_error_that_is_caught_while_the_count_is_open() -> None:
    model = Sequential(Linear(8, 4), Spiking(LIF()), Linear(4, 3))
    good, bad = torch.ones(3, 2, 8), torch.ones(3, 2, 9)
    with torch.no_grad(), Count(model, input_spikes=True) as once:
        model(good)
    with torch.no_grad(), Count(model, input_spikes=True) as count:
        for x in (bad, good, bad):
            with contextlib.suppress(ShapeError):
                model(x)
    lines = {line.name: line.products for line in count.workload().works if line.products.dense}
    assert lines == {line.name: line.products for line in once.workload().works if line.products.dense}


def test_a_count_in_a_count() -> None:
    a, b = nn.Linear(8, 4), nn.Linear(4, 2)
    model = nn.Sequential(a, nn.ReLU(), b)
    with Count(model) as alone:
        model(V)
    with Count(b) as part:
        model(V)
    with Count(model) as outer, Count(b) as inner:
        model(V)
    assert (outer.workload(), inner.workload()) == (alone.workload(), part.workload())
    with Count(b) as outer, Count(model) as inner:
        model(V)
    assert (inner.workload(), outer.workload()) == (alone.workload(), part.workload())
    with Count(a) as first:
        y = a(V)
        with Count(b) as second:
            b(y)
            a(V)
    assert products(first.workload()) == (128, 128, 0)
    assert products(second.workload())[0] == 16


def test_attention_in_a_count_in_a_count() -> None:
    model = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    x = torch.randn(2, 3, 8)
    with torch.no_grad():
        with Count(model) as alone:
            model(x)
        wrapped = nn.Sequential(model)
        with Count(wrapped) as outer, Count(model) as inner:
            wrapped(x)
    assert products(alone.workload()) == products(inner.workload()) == products(outer.workload())


def test_entering_twice_is_refused_and_entering_again_goes_on() -> None:
    model = nn.Linear(8, 4)
    count = Count(model)
    with count:
        with pytest.raises(ParameterError, match="open already"), count:
            pass
        model(V)
    with count:
        model(V)
    assert products(count.workload()) == (128, 128, 0)


def test_another_thread_is_named_and_disturbs_nothing() -> None:
    model = nn.Sequential(nn.Linear(8, 4))
    with Count(model) as count:
        thread = threading.Thread(target=model, args=(V,))
        thread.start()
        thread.join()
        model(V)
    assert products(count.workload()) == LAYER
    assert count.uncounted[0] == "Sequential: it ran in another thread"


def test_two_threads_count_each_its_own() -> None:
    found: list[tuple[int, int, int]] = []
    models = [nn.Sequential(nn.Linear(8, 4), nn.ReLU()) for _ in range(2)]

    def work(model: nn.Module) -> None:
        with torch.no_grad():
            for _ in range(20):
                found.append(counted(model, V))

    threads = [threading.Thread(target=work, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [LAYER] * 40


def test_an_encoder_is_given_what_nobody_told_of() -> None:
    model = nn.Linear(8, 4)
    with Count(model) as count:
        with count.part("encoder"):
            x = V * 2 + 1
        model(x)
    works = {line.part: line for line in count.workload(skip_zeros=False).works}
    assert works["encoder"].operations.multiplications == 16
    assert products(count.workload()) == LAYER


def test_an_empty_batch_and_a_batch_of_one() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3))
    x = torch.rand(1, 1, 6, 6)
    one = counted(model, x)
    with Count(model) as count:
        model(x[:0])
        model(x)
        model(x[:0])
    assert products(count.workload()) == one
    assert count.samples == 1


def test_memory_is_let_go_and_small_while_a_count_is_open() -> None:
    model = nn.Sequential(*[nn.Linear(8, 8) for _ in range(20)])
    with torch.no_grad(), Count(model, calls_per_sample=10**6) as count:
        for _ in range(200):
            model(V)
        gc.collect()
        assert len(count._book.kinds._kinds) < 5000
        assert all(not tally.places for line in count._book.lines.values() for tally in line.tallies.values())
        assert sum(len(line.tallies) for line in count._book.lines.values()) <= 20 * 5


# spikes and time

STEPS, SAMPLES = 12, 3
STOPS = torch.tensor([2, STEPS, 7])


def spikes(rate: float = 0.3) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return (torch.rand(STEPS, SAMPLES, 1, 6, 6, generator=generator) < rate).float()


def parts() -> list[nn.Module]:
    torch.manual_seed(0)
    fires = LIF(tau=3.0, v_th=0.05)
    return [
        nn.Conv2d(1, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        Spiking(fires),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 4, 3, padding=1),
        Spiking(fires),
        nn.AvgPool2d(2),
        nn.Flatten(),
        Linear(4, 6),
        Recurrent(LIF(tau=3.0, v_th=0.1), 6),
        Linear(6, 3),
        Spiking(LeakyIntegrator()),
    ]


def stack(chunk: int | None = None) -> Sequential:
    model: Sequential = Sequential(*parts(), chunk=chunk).eval()
    return model


def ordinary() -> nn.Sequential:
    """The same in torch's own container, where ordinary modules are told of time."""
    known = (Spiking, Recurrent, Linear)
    return nn.Sequential(*[part if isinstance(part, known) else OverTime(part) for part in parts()]).eval()


def whole(x: Tensor, **options: Any) -> Count:
    with torch.no_grad(), Count(stack(STEPS), input_spikes=True, **options) as count:
        stack_ = count._observer._model
        stack_(x)
    assert count.uncounted == ()
    assert count.workload().spikes > 0
    return count


@pytest.mark.parametrize("chunk", [1, 3, 5, None])
@pytest.mark.parametrize("skip", [False, True])
def test_chunks_change_nothing(chunk: int | None, skip: bool) -> None:
    model = stack(chunk)
    with torch.no_grad(), Count(model, input_spikes=True) as count:
        model(spikes())
    assert count.workload(skip_zeros=skip) == whole(spikes()).workload(skip_zeros=skip)


@pytest.mark.parametrize("pieces", [[1] * STEPS, [5, 7], [4, 4, 4]], ids=["frames", "two", "three"])
def test_a_stream_is_counted_like_the_whole(pieces: list[int]) -> None:
    model, expected = stack(), whole(spikes(), each_step=True)
    with torch.no_grad(), Count(model, input_spikes=True, each_step=True) as count:
        for _ in range(2):  # two sequences, one after the other
            state = None
            for x in torch.split(spikes(), pieces):
                if len(x) == 1:
                    _, state = model.step(x[0], state)
                else:
                    _, state = model.advance(x, state)
    twice = [(line.name, line.products.effective, line.updates, line.operations) for line in count.workload().works]
    once = [
        (line.name, 2 * line.products.effective, 2 * line.updates, line.operations * 2)
        for line in expected.workload().works
    ]
    assert twice == once
    assert count.samples == 2 * SAMPLES
    assert sum(line.products.dense for line in count.workload(stops=7).works) == 2 * sum(
        line.products.dense for line in expected.workload(stops=7).works
    )


@pytest.mark.parametrize("make", [stack, ordinary], ids=["stack", "ordinary"])
@pytest.mark.parametrize("stop", [1, 4, 7, STEPS, STEPS + 3])
def test_stopping_is_a_shorter_run(make: Callable[[], nn.Module], stop: int) -> None:
    model = make()
    with torch.no_grad():
        with Count(model, input_spikes=True, each_step=True) as long:
            model(spikes())
        with Count(model, input_spikes=True) as short:
            model(spikes()[:stop])
    for skip in (False, True):
        assert long.workload(stops=stop, skip_zeros=skip) == short.workload(skip_zeros=skip)


@pytest.mark.parametrize("analog", [False, True], ids=["spikes", "an image that stands still"])
def test_samples_that_stop_at_their_own_steps(analog: bool) -> None:
    x = spikes()
    x = (x[:1] * 0.7).expand(x.shape) if analog else x
    model = stack()
    with torch.no_grad():
        with Count(model, input_spikes=not analog, each_step=True) as together:
            model(x)
        with Count(model, input_spikes=not analog) as alone:
            for i, stop in enumerate(STOPS.tolist()):
                model(x[:stop, i : i + 1])
    assert together.workload(stops=STOPS) == alone.workload()


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("each_step", [False, True])
def test_padded_samples_cost_nothing_while_they_sleep(each_step: bool, late: bool) -> None:
    """And spikes that come back through a matrix arrive when their sample goes on."""
    model, mask = stack(chunk=5), torch.arange(STEPS)[:, None] < STOPS
    if late:
        mask = mask.roll(3, 0).logical_xor(torch.arange(STEPS)[:, None] == 7)
    with torch.no_grad():
        with Count(model, input_spikes=True, each_step=each_step) as together:
            model(spikes(), mask=mask)
        with Count(model, input_spikes=True) as alone:
            for i in range(SAMPLES):
                model(spikes()[mask[:, i], i : i + 1])
    assert together.workload() == alone.workload()
    if each_step and not late:
        assert together.workload(stops=STOPS) == together.workload()


def test_torchs_own_container_counts_the_same() -> None:
    model = ordinary()
    with torch.no_grad(), Count(model, input_spikes=True) as count:
        model(spikes())
    expected = whole(spikes()).workload()
    assert [line.products for line in count.workload().works] == [line.products for line in expected.works]
    assert [line.operations for line in count.workload().works] == [line.operations for line in expected.works]


def test_signed_spikes_count_like_unsigned_ones_in_the_first_layer() -> None:
    signs = torch.where(
        torch.rand(STEPS, SAMPLES, 1, 6, 6, generator=torch.Generator().manual_seed(3)) < 0.5, -1.0, 1.0
    )
    found = []
    for x in (spikes(), spikes() * signs):
        with torch.no_grad(), Count(stack(), input_spikes=True) as count:
            count._observer._model(x)
        work = count.workload()
        found.append(next(line.products for line in work.works if line.name == "0 Conv2d"))
    assert found[0] == found[1]
    assert found[0].accumulates > 0


class Leaky(nn.Module):
    """Somebody else's spiking layer: a loop over `[T, B, N]`."""

    def forward(self, x: Tensor) -> Tensor:
        v, out = torch.zeros_like(x[0]), []
        for current in x:
            v = 0.9 * v + current
            fired = (v >= 1.0).to(x.dtype)
            v = v - fired
            out.append(fired)
        return torch.stack(out)


def test_a_loop_of_somebody_else() -> None:
    model = nn.Sequential(nn.Linear(8, 5), Leaky(), nn.Linear(5, 3, bias=False))
    x = torch.randn(STEPS, 2, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        fired = int(model[:2](x).sum())
        with Count(model, spiking=[Leaky], batch_axis=1) as count:
            model(x)
    assert fired > 0
    assert products(count.workload()) == (STEPS * 2 * (40 + 15), STEPS * 2 * 40, 3 * fired)
    loop = next(line for line in count.workload().works if line.name == "1 Leaky")
    assert (loop.operations.multiplications, loop.operations.additions) == (STEPS * 10, STEPS * 10 * 3)
    assert count.samples == 2
    with pytest.raises(ParameterError, match="calls_per_sample"):
        Count(model, spiking=[Leaky], batch_axis=1, each_step=True)


def test_a_model_that_is_called_once_for_each_step() -> None:
    model = nn.Sequential(nn.Linear(8, 5), nn.ReLU(), nn.Linear(5, 3))
    x = (torch.randn(STEPS, 2, 8, generator=torch.Generator().manual_seed(0)) > 0).float()
    options = {"input_spikes": True, "calls_per_sample": STEPS, "each_step": True}
    with torch.no_grad(), Count(model, **options) as count:  # type: ignore[arg-type]
        for _ in range(2):
            for frame in x:
                model(frame)
    with torch.no_grad(), Count(model, input_spikes=True, calls_per_sample=4) as short:
        for _ in range(2):
            for frame in x[:4]:
                model(frame)
    assert count.samples == short.samples == 4
    assert count.workload(stops=4) == short.workload()


class Own(Layer):
    """A layer of somebody else's, with an ordinary module in it, whose channels are as many as the samples."""

    def __init__(self) -> None:
        super().__init__()
        self.weights, self.neurons = nn.Conv2d(1, SAMPLES, 3, padding=1), Spiking(LIF(tau=3.0, v_th=0.05))

    def advance(self, x: Any, state: Any = None, mask: Tensor | None = None) -> tuple[Tensor, Any]:
        return self.neurons.advance(over_time(self.weights, x), state, mask)


def test_a_layer_of_somebody_elses() -> None:
    torch.manual_seed(0)
    model = Own()
    with torch.no_grad():
        with Count(model, input_spikes=True, each_step=True) as long:
            model(spikes())
        with Count(model, input_spikes=True) as short:
            model(spikes()[:4])
    assert long.workload(stops=4) == short.workload()


def test_a_layer_that_is_used_twice() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights, self.neurons = Linear(5, 5), Spiking(LIF(tau=3.0, v_th=0.05))

        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = self.neurons(self.weights(self.neurons(self.weights(x))))
            return out

    torch.manual_seed(0)
    model, x = Twice(), spikes().reshape(STEPS, SAMPLES, 36)[..., :5]
    with torch.no_grad():
        with Count(model, input_spikes=True, each_step=True) as long:
            model(x)
        with Count(model, input_spikes=True) as short:
            model(x[:4])
    assert long.workload(stops=4) == short.workload()
    shared = Linear(5, 5)
    with pytest.raises(ParameterError, match="stands twice"):
        Count(Sequential(shared, Spiking(LIF()), shared, Spiking(LIF())), each_step=True)


def test_a_copy_that_is_made_while_the_count_is_open_is_a_plain_model() -> None:
    model = stack()
    with torch.no_grad(), Count(model, input_spikes=True) as count:
        twin = copy.deepcopy(model)
        expected = model(spikes())
        before = products(count.workload())
        found, _ = twin.advance(spikes())
        assert products(count.workload()) == before
    assert torch.equal(found, expected)
    assert torch.equal(twin(spikes()), expected)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool])
@pytest.mark.parametrize("signed", [False, True])
def test_spikes_of_any_precision_are_looked_at(kind: torch.dtype, signed: bool) -> None:
    x = torch.zeros(2, 3000)
    x[0, :2051] = 1.0  # more than float16 can count
    if signed and kind is not torch.bool:
        x[0, 5] = -1.0
    with Count(nn.Identity(), input_spikes=True) as count:
        count._observer._model(x.to(kind))
    assert (count.workload().spikes, count.workload().chances) == (2051, 6000)


@pytest.mark.parametrize("value", [0.5, 2.0, -0.5, -2.0, float("nan"), float("inf")])
def test_what_is_no_spike_is_refused(value: float) -> None:
    x = torch.tensor([[0.0, 1.0, value]])
    model = nn.Identity()
    with pytest.raises(ShapeError, match=f"but holds {value:g}"), Count(model, input_spikes=True):
        model(x)


@pytest.mark.parametrize("wrap", [lambda network: network, lambda network: nn.Sequential(nn.ReLU(), network)])
def test_a_network_counts_by_itself(wrap: Callable[[Network], nn.Module]) -> None:
    pattern = r"is a pj\.Network, which counts by itself: pj\.run\(network, spikes\)\.counts"
    with pytest.raises(ParameterError, match=pattern):
        Count(wrap(DiehlCook2015(n_input=4, n_neurons=3)))


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        ({"names": {"firts": "a"}}, r"unknown layer to label in Sequential 'firts'; did you mean 'first'\?"),
        ({"spiking": ["secnd"]}, r"unknown spiking layer in Sequential 'secnd'; did you mean 'second'\?"),
    ],
)
def test_names_of_no_layer(options: dict[str, Any], pattern: str) -> None:
    model = nn.Sequential()
    model.add_module("first", nn.Linear(2, 2))
    model.add_module("second", nn.ReLU())
    with pytest.raises(UnknownNameError, match=pattern):
        Count(model, **options)
    Count(model, names={"first": "a"}, spiking=["second", nn.ReLU])
