"""The Triton loop against the reference, on a GPU where there is one and else in Triton's interpreter."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from picojoule.core.errors import EngineError
from picojoule.core.params import units_of
from picojoule.neurons.few_spikes import FewSpikes
from picojoule.simulate.scan import triton_loop, triton_run
from picojoule.simulate.scan.job import Loop, LoopState, Scan
from picojoule.simulate.scan.memory import Checkpoints
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from picojoule.simulate.scan.triton_loop import TritonLoop
from tests.contract.benches import MODELS, bench, drive
from tests.held import ALIF, LIF, CubaLIF

pytest.importorskip("triton", reason="Triton is not installed: pip install 'picojoule[gpu]'")

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
DTYPES = (torch.float32, torch.float64)
STEPS, BATCH, N = 7, 2, 4
ROUNDED = {"AdEx", "HodgkinHuxley"}  # exp and its like end in other bits than torch's
every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)


@pytest.fixture(params=["on chip", "step by step"])
def matrix(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to run a recurrent layer."""
    if request.param == "step by step":
        monkeypatch.setattr(triton_run, "_ON_CHIP", 0)
    place: str = request.param
    return place


@dataclass
class Case:
    """A neuron and what it is given; every tensor gets a gradient."""

    neuron: Any
    inputs: tuple[Tensor, ...]
    parameters: dict[str, Tensor]
    weight: Tensor | None = None
    mask: Tensor | None = None
    keep: tuple[str, ...] = ()
    state: LoopState | None = None
    dt: float = 1.0

    def run(self, loop: Loop) -> tuple[Scan, dict[str, Tensor]]:
        """The result, and the gradients of a sum of all results, each weighted differently, by name."""
        leaves = {f"x{k}": value for k, value in enumerate(self.inputs)} | self.parameters
        leaves |= {} if self.weight is None else {"matrix": self.weight}
        own = {name: value.detach().to(DEVICE).clone().requires_grad_() for name, value in leaves.items()}
        start = self._start(own)
        result = scan(
            replace(self.neuron, **{name: own[name] for name in self.parameters}),
            tuple(own[f"x{k}"] for k in range(len(self.inputs))),
            dt=self.dt,
            state=start,
            weight=own.get("matrix"),
            mask=None if self.mask is None else self.mask.to(DEVICE),
            keep=self.keep,
            loop=loop,
        )
        results = [result.output, *result.kept.values(), *result.state.neuron]
        results += [] if result.state.spikes is None else [result.state.spikes]
        loss = sum((value * noise(value.shape, k).to(value)).sum() for k, value in enumerate(results))
        assert isinstance(loss, Tensor)
        found = torch.autograd.grad(loss, list(own.values()), allow_unused=True)
        return result, {name: g for name, g in zip(own, found, strict=True) if g is not None}

    def _start(self, own: dict[str, Tensor]) -> LoopState | None:
        if self.state is None:
            return None
        fields = [value.detach().to(DEVICE).clone().requires_grad_() for value in self.state.neuron]
        own |= {f"s{k}": value for k, value in enumerate(fields)}
        spikes = self.state.spikes
        if spikes is not None:
            own["spikes"] = spikes = spikes.detach().to(DEVICE).clone().requires_grad_()
        return LoopState(type(self.state.neuron)(*fields), spikes, self.state.step)


def noise(shape: torch.Size | tuple[int, ...], seed: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 0.3


def assert_equal(case: Case, loop: Loop, *, bits: bool = True) -> None:
    """Spikes, kept values and state to the bit, gradients within what the precision allows."""
    (one, found), (other, wanted) = case.run(loop), case.run(ReferenceLoop())
    if case.neuron.output == "spike":
        assert 0 < other.output.sum() < other.output.numel()
    pairs = [(one.output, other.output), *zip(one.kept.values(), other.kept.values(), strict=True)]
    pairs += list(zip(one.state.neuron, other.state.neuron, strict=True))
    for a, b in pairs:
        assert torch.equal(a, b) if bits else torch.allclose(a, b, rtol=1e-4, atol=1e-5)
    tolerance = 1e-4 if one.output.dtype == torch.float32 else 1e-10
    assert found.keys() == wanted.keys()
    for name, expected in wanted.items():
        error = torch.linalg.vector_norm(found[name] - expected) / (torch.linalg.vector_norm(expected) + 1e-30)
        assert error < tolerance, name


def lif(dtype: torch.dtype, *, n: int = N) -> Case:
    """One coefficient for each neuron, others one number."""
    x = (noise((STEPS, BATCH, n), 1) + 0.4).to(dtype) * 12.0
    tau, v_th = torch.linspace(4.0, 9.0, n, dtype=dtype), torch.tensor(0.9, dtype=dtype)
    return Case(LIF(), (x,), {"tau": tau, "v_th": v_th})


def alif(dtype: torch.dtype) -> Case:
    x = (noise((STEPS, BATCH, N), 2) + 0.3).to(dtype)
    return Case(ALIF(), (x,), {"tau_m": torch.linspace(4.0, 9.0, N, dtype=dtype)})


def recurrent(case: Case) -> Case:
    """With a matrix whose sums are exact, so that spikes do not depend on their order."""
    n = case.inputs[0].shape[2]
    weight = (noise((n, n), 3).to(case.inputs[0].dtype) * 64.0).round() / 64.0
    return replace(case, weight=weight)


def masked(case: Case) -> Case:
    """One sample that begins late and sleeps in between, one that ends early."""
    mask = torch.arange(STEPS)[:, None] < torch.tensor([STEPS, 4])
    mask[[0, 3, 4], 0] = False
    return replace(case, mask=mask)


@every_dtype
@pytest.mark.parametrize("name", MODELS)
def test_every_neuron_gives_the_spikes_and_gradients_of_the_reference(name: str, dtype: torch.dtype) -> None:
    kind: Any = MODELS[name]
    neuron = kind()
    ports = tuple(torch.stack(port) for port in zip(*drive(neuron, dtype, (1, 3)), strict=True))
    fired = scan(neuron, ports, dt=bench(neuron).dt, keep=["spike"], loop=ReferenceLoop()).kept["spike"]
    begin = 0 if neuron.per_step else max(0, int(fired[5:].flatten(1).any(1).nonzero()[:1].sum()))
    state = scan(neuron, tuple(p[:begin] for p in ports), dt=bench(neuron).dt, loop=ReferenceLoop()).state
    numbers = {field: torch.tensor(float(getattr(neuron, field)), dtype=dtype) for field in units_of(kind)}
    numbers = {field: value for field, value in numbers.items() if field != "refractory"}
    inputs = tuple(p[begin : begin + 10] for p in ports)
    case = Case(neuron, inputs, numbers, dt=bench(neuron).dt, state=state if begin else None)
    assert_equal(case, TritonLoop(), bits=name not in ROUNDED)


@every_dtype
@pytest.mark.parametrize("make", [lif, alif])
def test_a_mask_and_kept_states(make: Any, dtype: torch.dtype) -> None:
    case = make(dtype)
    field = case.neuron.initial(torch.zeros(1, 1))._fields[-1]
    assert_equal(replace(masked(case), keep=(field, "spike")), TritonLoop())


@every_dtype
@pytest.mark.parametrize("make", [lif, alif])
def test_a_recurrent_layer(make: Any, dtype: torch.dtype, matrix: str) -> None:
    case = recurrent(make(dtype))
    start = scan(case.neuron, case.inputs[0][:3], weight=case.weight, loop=ReferenceLoop()).state
    assert start.spikes is not None
    assert start.spikes.sum() > 0
    assert_equal(replace(masked(case), keep=("v",), state=start), TritonLoop())


def test_a_recurrent_layer_whose_matrix_alone_is_trained(matrix: str) -> None:
    assert_equal(recurrent(lif(torch.float64)), TritonLoop())
    case = recurrent(lif(torch.float64))
    assert case.weight is not None
    weight = case.weight.to(DEVICE).requires_grad_()
    spikes = [
        scan(LIF(), case.inputs[0].to(DEVICE), weight=weight, loop=loop).output
        for loop in (TritonLoop(), ReferenceLoop())
    ]
    one, other = (torch.autograd.grad(value.sum(), weight)[0] for value in spikes)
    torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("form", [lambda case: case, masked, recurrent], ids=["plain", "masked", "recurrent"])
def test_checkpoints_change_no_gradient(form: Any) -> None:
    assert_equal(replace(form(lif(torch.float64)), keep=("v",)), TritonLoop(memory=Checkpoints()))


@every_dtype
@pytest.mark.parametrize("each", [False, True])
def test_coefficients_that_change_from_step_to_step(each: bool, dtype: torch.dtype) -> None:
    names = ("threshold", "reset", "weight")
    numbers = {name: torch.as_tensor(getattr(FewSpikes(), name), dtype=dtype) for name in names}
    if each:
        numbers = {k: v[:, None] * torch.linspace(0.8, 1.2, N, dtype=dtype) for k, v in numbers.items()}
    x = (noise((STEPS, BATCH, N), 4) + 0.3).to(dtype) * 2.0
    assert_equal(Case(FewSpikes(), (x,), numbers), TritonLoop())


def test_an_input_that_stands_still_is_read_from_one_step(matrix: str) -> None:
    frame = (2.0 + noise((1, BATCH, N), 5)).to(DEVICE)
    for weight in (None, torch.eye(N, dtype=torch.float64, device=DEVICE)):
        results = []
        for loop in (TritonLoop(), ReferenceLoop()):
            x = frame.clone().requires_grad_()
            spikes = scan(LIF(tau=4.0), x.expand(STEPS, -1, -1), loop=loop, weight=weight).output
            results.append((spikes.detach(), torch.autograd.grad(spikes.sum(), x)[0]))
        (one, g), (other, h) = results
        assert torch.equal(one, other)
        torch.testing.assert_close(g, h, rtol=1e-10, atol=0.0)


@pytest.mark.parametrize("many", [1, 1 << 17])
def test_more_neurons_than_a_program_takes(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton_run, "_MANY", many)
    assert_equal(masked(lif(torch.float64, n=301)), TritonLoop())
    assert_equal(lif(torch.float32, n=1030), TritonLoop())


@pytest.mark.parametrize("form", [lambda case: case, recurrent], ids=["plain", "recurrent"])
def test_a_sequence_in_chunks_gives_the_same_spikes_and_gradients(form: Any, matrix: str) -> None:
    case = form(lif(torch.float64))
    weight = None if case.weight is None else case.weight.to(DEVICE)
    found = []
    for cuts in ([STEPS], [1, 2, STEPS - 3]):
        x = case.inputs[0].to(DEVICE).requires_grad_()
        state, parts = None, []
        for chunk in x.split(cuts):
            result = scan(LIF(tau=5.0), chunk, state=state, weight=weight, loop=TritonLoop())
            state = result.state
            parts.append(result.output)
        spikes = torch.cat(parts)
        found.append((spikes.detach(), torch.autograd.grad((spikes * spikes.cumsum(0)).sum(), x)[0]))
    (whole, g), (chunked, h) = found
    assert torch.equal(whole, chunked)
    torch.testing.assert_close(g, h, rtol=1e-12, atol=1e-14)


def test_several_axes_of_neurons_are_one() -> None:
    x = noise((STEPS, BATCH, 2, 3), 6).to(DEVICE) * 8.0
    one, other = (scan(CubaLIF(), x, loop=loop) for loop in (TritonLoop(), ReferenceLoop()))
    assert one.output.shape == x.shape
    assert one.output.sum() > 0
    assert torch.equal(one.output, other.output)


def test_a_transposed_input_is_read_as_what_it_is() -> None:
    x = (noise((N, BATCH, STEPS), 7).to(DEVICE) * 12.0).permute(2, 1, 0)
    assert not x.is_contiguous()
    one, other = (scan(LIF(), x, loop=loop).output for loop in (TritonLoop(), ReferenceLoop()))
    assert other.sum() > 0
    assert torch.equal(one, other)


@pytest.mark.parametrize("shape", [(0, 2, 3), (1, 2, 3), (4, 0, 3)])
def test_empty_and_single_steps(shape: tuple[int, ...], matrix: str) -> None:
    for weight in (None, torch.eye(3, device=DEVICE)):
        x = torch.full(shape, 30.0, device=DEVICE, requires_grad=True)
        result = scan(LIF(), x, weight=weight, loop=TritonLoop())
        assert torch.equal(result.output, torch.ones(shape, device=DEVICE))
        (gradient,) = torch.autograd.grad(result.output.sum() + result.state.neuron[0].sum(), x)
        assert gradient.shape == shape
        assert bool(gradient.isfinite().all())


def test_a_second_backward_pass_is_explained() -> None:
    x = torch.rand(STEPS, 1, 2, device=DEVICE, requires_grad=True)
    state = scan(LIF(), x, loop=TritonLoop()).state
    torch.autograd.grad(state.neuron[0].sum(), x)
    later = scan(LIF(), x, state=state, loop=TritonLoop()).output
    with pytest.raises(EngineError, match=r"state\.detach\(\)"):
        torch.autograd.grad(later.sum(), x)


def test_without_triton_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton_loop, "_installed", lambda: False)
    with pytest.raises(EngineError, match=r"pip install 'picojoule\[gpu\]'"):
        scan(LIF(), torch.zeros(2, 1, 1), loop=TritonLoop())


def test_on_a_cpu_without_the_interpreter_the_error_says_what_to_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", "0")
    with pytest.raises(EngineError, match=r"got tensors on cpu; leave the loop out .* TRITON_INTERPRET=1"):
        scan(LIF(), torch.zeros(2, 1, 1), loop=TritonLoop())


def test_more_neurons_than_can_be_counted_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton_run, "_LARGEST", 5)
    with pytest.raises(EngineError, match=r"at most 5 neurons × samples, got 6; split the batch"):
        scan(LIF(), torch.zeros(2, 2, 3, device=DEVICE), loop=TritonLoop())
