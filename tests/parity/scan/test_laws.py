"""Laws of a run over time: it can be cut anywhere, samples do not see each other, and no length is too short."""

import itertools
from typing import Any, NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.neurons.base import Neuron
from picojoule.simulate.scan.job import Loop, LoopState, Scan
from picojoule.simulate.scan.numba_loop import NumbaLoop
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.contract.benches import MODELS
from tests.parity.scan.cases import bench_of, drawn, matrix
from tests.parity.scan.interpreted import interpreting

NAMES = sorted(MODELS)
ANY = st.booleans()
LOOPS = pytest.mark.parametrize("loop", [ReferenceLoop(), NumbaLoop()], ids=["reference", "numba"])


class Layer(NamedTuple):
    """A layer and its inputs; whether spikes come back, and whether samples sleep."""

    neuron: Neuron[Any, Any, Any]
    ports: tuple[Tensor, ...]
    weight: Tensor | None
    mask: Tensor | None

    def run(
        self, begin: int, end: int, loop: Loop, state: LoopState | None = None, *, samples: slice = slice(None)
    ) -> Scan:
        fields = list(self.neuron.initial(torch.zeros(1, 1))._fields)
        return scan(
            self.neuron,
            tuple(port[begin:end, samples] for port in self.ports),
            dt=bench_of(self.neuron).dt,
            state=state,
            weight=self.weight,
            mask=None if self.mask is None else self.mask[begin:end, samples],
            keep=fields,
            loop=loop,
        )


@st.composite
def layers(draw: st.DrawFn, steps: int = 9) -> Layer:
    neuron = MODELS[draw(st.sampled_from(NAMES))]()
    batch, n = draw(st.sampled_from([(2, 3), (3, 1)]))
    ports = tuple(port[:steps] for port in drawn(neuron, (batch, n), torch.float64))
    mask = torch.rand(steps, batch, generator=torch.Generator().manual_seed(draw(st.integers(0, 9)))) < 0.8
    weight = matrix(n, bench_of(neuron).strength).double() if draw(ANY) else None
    return Layer(neuron, ports, weight, mask if draw(ANY) else None)


def same(one: Scan, other: Scan) -> bool:
    pairs = [(one.output, other.output), *zip(one.kept.values(), other.kept.values(), strict=True)]
    pairs += zip(one.state.neuron, other.state.neuron, strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@settings(max_examples=60)
@given(layers(), st.lists(st.integers(0, 9), max_size=4))
def test_a_sequence_in_any_chunks_gives_the_same(layer: Layer, cuts: list[int]) -> None:
    with interpreting():
        whole = layer.run(0, 9, NumbaLoop())
        state, parts = None, []
        for begin, end in itertools.pairwise([0, *sorted(cuts), 9]):
            parts.append(layer.run(begin, end, NumbaLoop(), state))
            state = parts[-1].state
    joined = {name: torch.cat([part.kept[name] for part in parts]) for name in whole.kept}
    assert same(Scan(torch.cat([part.output for part in parts]), parts[-1].state, joined), whole)
    assert parts[-1].state.step == 9
    if layer.weight is not None:
        assert torch.equal(parts[-1].state.spikes, whole.state.spikes)  # type: ignore[arg-type]


@settings(max_examples=30)
@given(layers(), st.integers(0, 9), st.booleans())
def test_gradients_flow_from_chunk_to_chunk(layer: Layer, cut: int, detached: bool) -> None:
    """And not at all where a state is detached."""
    wanted = [*layer.ports, *([] if layer.weight is None else [layer.weight])]
    gradients = []
    for value in wanted:
        value.requires_grad_()
    with interpreting():
        for loop in (NumbaLoop(), ReferenceLoop()):
            first = layer.run(0, cut, loop)
            second = layer.run(cut, 9, loop, first.state.detach() if detached else first.state)
            late = sum(value.sum() for value in (*second.state.neuron, second.output, *second.kept.values()))
            gradients.append(torch.autograd.grad(late, wanted, allow_unused=True, materialize_grads=True))  # type: ignore[arg-type]
    for found, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10 * float(expected.abs().max()))
    assert not (detached and bool(gradients[0][0][:cut].any()))


@settings(max_examples=40)
@given(layers(), st.integers(0, 1))
def test_samples_do_not_see_each_other(layer: Layer, sample: int) -> None:
    with interpreting():
        together = layer.run(0, 9, NumbaLoop())
        alone = layer.run(0, 9, NumbaLoop(), samples=slice(sample, sample + 1))
    state = LoopState(type(together.state.neuron)(*(v[sample : sample + 1] for v in together.state.neuron)))
    kept = {name: value[:, sample : sample + 1] for name, value in together.kept.items()}
    assert same(alone, Scan(together.output[:, sample : sample + 1], state, kept))


@st.composite
def sleeping(draw: st.DrawFn) -> tuple[Layer, LoopState]:
    """Two samples that sleep now and then, or all the time, and a state in which any numbers are under way."""
    layer = draw(layers())
    layer = layer._replace(ports=tuple(port[:, :2] for port in layer.ports), mask=None)
    mask = torch.tensor(draw(st.lists(st.lists(ANY, min_size=2, max_size=2), min_size=9, max_size=9)))
    if layer.neuron.per_step:  # these follow the steps of the sequence: only an end is like being alone
        mask = mask.sort(dim=0, descending=True, stable=True).values
    start = layer.run(0, 3, ReferenceLoop()).state._replace(step=0)
    if layer.weight is not None:
        start = start._replace(spikes=torch.tensor([[1.0], [0.5]], dtype=torch.float64).expand(2, len(layer.weight)))
    return layer._replace(mask=mask), start


@LOOPS
@settings(max_examples=40)
@given(given=sleeping(), cut=st.integers(0, 9))
def test_a_sample_that_sleeps_goes_on_where_it_stopped(loop: Loop, given: tuple[Layer, LoopState], cut: int) -> None:
    """Whatever the mask, in any chunks: a sample gives what it gives alone without the steps that it slept."""
    (layer, start), losses = given, [torch.zeros((), dtype=torch.float64) for _ in range(2)]
    assert layer.mask is not None
    wanted = [*layer.ports, *([] if layer.weight is None else [layer.weight])]
    for value in wanted:
        value.requires_grad_()
    with interpreting():
        first = layer.run(0, cut, loop, start)
        second = layer.run(cut, 9, loop, first.state)
        output = torch.cat([first.output, second.output])
        for sample in range(2):
            awake, own = layer.mask[:, sample], slice(sample, sample + 1)
            alone = layer._replace(ports=tuple(port[awake] for port in layer.ports), mask=None)
            expected = alone.run(0, 9, loop, of_sample(start, own), samples=own)
            assert torch.equal(output[awake, own], expected.output)
            results = [(output[awake, own], expected.output)]
            results += zip(tensors(of_sample(second.state, own)), tensors(expected.state), strict=True)
            assert all(torch.equal(one, other) for one, other in results)
            losses = [loss + sum(pair[k].sum() for pair in results) for k, loss in enumerate(losses)]
        one, other = (torch.autograd.grad(loss, wanted, allow_unused=True, materialize_grads=True) for loss in losses)
    for found, right in zip(one, other, strict=True):
        torch.testing.assert_close(found, right, rtol=1e-10, atol=1e-10 * max(1.0, float(right.abs().max())))


def of_sample(state: LoopState, sample: slice) -> LoopState:
    fields = type(state.neuron)(*(value[sample] for value in state.neuron))
    return LoopState(fields, None if state.spikes is None else state.spikes[sample], state.step)


def tensors(state: LoopState) -> list[Tensor]:
    return [*state.neuron, *([] if state.spikes is None else [state.spikes])]


@pytest.mark.parametrize("name", NAMES)
@LOOPS
def test_a_step_is_a_sequence(name: str, loop: Loop) -> None:
    neuron = MODELS[name]()
    ports = drawn(neuron, (2, 3), torch.float64)
    with interpreting():
        whole = scan(neuron, tuple(port[:4] for port in ports), dt=bench_of(neuron).dt, loop=loop)
        state, outputs = None, []
        for t in range(4):
            step = scan(
                neuron, tuple(port[t : t + 1] for port in ports), dt=bench_of(neuron).dt, state=state, loop=loop
            )
            outputs.append(step.output)
            state = step.state
    assert torch.equal(torch.cat(outputs), whole.output)
    assert all(torch.equal(a, b) for a, b in zip(step.state.neuron, whole.state.neuron, strict=True))


@pytest.mark.parametrize("shape", [(0, 2, 3), (4, 0, 3), (4, 2, 0), (0, 0, 0)], ids=str)
@pytest.mark.parametrize("recurrent", [False, True], ids=["scan", "recurrent"])
@pytest.mark.parametrize("name", NAMES)
@LOOPS
def test_nothing_is_a_sequence_too(name: str, loop: Loop, recurrent: bool, shape: tuple[int, int, int]) -> None:
    neuron, (_, batch, n) = MODELS[name](), shape
    ports = tuple(torch.zeros(shape, requires_grad=True) for _ in neuron.ports._fields)
    rest = neuron.initial(torch.zeros(batch, n))
    fields = [value.clone().requires_grad_() for value in rest]
    weight = torch.zeros(n, n, requires_grad=True) if recurrent else None
    with interpreting():
        begin, dt = LoopState(type(rest)(*fields)), bench_of(neuron).dt
        found = scan(neuron, ports, dt=dt, weight=weight, state=begin, keep=rest._fields, loop=loop)
        found.state.neuron[0].sum().backward()  # type: ignore[no-untyped-call]
    assert [value.shape for value in (found.output, *found.kept.values())] == [shape] * (1 + len(fields))
    if not shape[0]:
        assert all(torch.equal(a, b) for a, b in zip(found.state.neuron, rest, strict=True))
        assert fields[0].grad is not None
        assert torch.equal(fields[0].grad, torch.ones(batch, n))
        assert found.state.step == 0
