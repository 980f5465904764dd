"""`scan`: what it refuses and how it says so, precision, and the edges of time and batch."""

import pytest
import torch
from torch import Tensor

from picojoule.core.errors import EngineError, NumericalError, ShapeError, UnknownNameError
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.neurons.few_spikes import FewSpikes
from picojoule.simulate.scan.job import Loop, LoopState
from picojoule.simulate.scan.numba_loop import NumbaLoop
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.held import LIF, LeakyIntegrator

LOOPS: list[Loop] = [ReferenceLoop(), NumbaLoop()]
every_loop = pytest.mark.parametrize("loop", LOOPS, ids=["reference", "numba"])


def drive(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0)) * 3.0


@pytest.mark.parametrize(
    ("x", "told"),
    [
        (torch.zeros(5, 2), r"LIF takes \[T, B, \*N\] at 'current', got \[5, 2\]"),
        (torch.zeros(5, 2, 3, dtype=torch.int64), r"floating-point input at 'current', got torch\.int64; use \.float"),
        ((torch.zeros(5, 2, 3),) * 2, r"LIF has the ports current, got 2 tensors"),
    ],
)
def test_input_that_does_not_fit_is_refused(x: Tensor, told: str) -> None:
    with pytest.raises(ShapeError, match=told):
        scan(LIF(), x)


def test_ports_of_different_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"ConductanceLIF takes one shape at all ports"):
        scan(ConductanceLIF(), (torch.zeros(5, 2, 3), torch.zeros(5, 2, 4)))


def test_a_name_that_is_no_field_gets_the_nearest_one() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown value of LIF to keep 'spikes'; did you mean 'spike'"):
        scan(LIF(), drive(3, 1, 2), keep=["spikes"])


def test_parameters_that_do_not_broadcast_are_named() -> None:
    with pytest.raises(ShapeError, match=r"LIF\.decay is \[3\], which does not broadcast to the neurons \[2\]"):
        scan(LIF(tau=torch.tensor([1.0, 2.0, 3.0])), drive(3, 1, 2))


def test_a_state_of_other_samples_is_refused() -> None:
    state = scan(LIF(), drive(3, 4, 2)).state
    with pytest.raises(ShapeError, match=r"the state's v is \[4, 2\], but this input needs \[5, 2\]"):
        scan(LIF(), drive(3, 5, 2), state=state)


def test_a_matrix_and_a_mask_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"a recurrent weight is \[N, N\].*got \[3, 2\]"):
        scan(LIF(), drive(3, 1, 2), weight=torch.zeros(3, 2))
    with pytest.raises(ShapeError, match=r"the mask is bool \[T, B\] = \[3, 1\], got torch\.float32"):
        scan(LIF(), drive(3, 1, 2), mask=torch.ones(3, 1))


def test_more_steps_than_a_neuron_has_coefficients_are_refused() -> None:
    neuron = FewSpikes.relu(steps=4)
    with pytest.raises(ShapeError, match=r"has values for 4 steps, but step 5 is asked for"):
        scan(neuron, drive(5, 1, 2))


@every_loop
def test_the_first_nan_is_reported_with_its_place(loop: Loop) -> None:
    x = drive(9, 3, 4)
    x[5, 2, 1] = torch.nan
    x[7, 0, 0] = torch.nan
    with pytest.raises(NumericalError, match=r"the input of LIF at 'current' is nan in step 5, sample 2, neuron \[1\]"):
        scan(LIF(), x, loop=loop)


@every_loop
def test_a_nan_in_a_parameter_is_told_apart(loop: Loop) -> None:
    weight = torch.full((4, 4), torch.nan)
    with pytest.raises(NumericalError, match=r"the recurrent weight of LIF is nan at \[0, 0\]"):
        scan(LIF(tau=2.0), drive(9, 3, 4) + 2.0, weight=weight, loop=loop)


@every_loop
def test_a_state_used_across_a_finished_backward_is_explained(loop: Loop) -> None:
    x = drive(6, 2, 3).requires_grad_()
    first = scan(LIF(), x, loop=loop)
    first.output.sum().backward()  # type: ignore[no-untyped-call]
    second = scan(LIF(), x, state=first.state, loop=loop)
    if isinstance(loop, ReferenceLoop):
        return  # torch's own words; layers explain them
    with pytest.raises(EngineError, match=r"a second time through a run .*state\.detach\(\).*retain_graph=True"):
        second.output.sum().backward()  # type: ignore[no-untyped-call]
    third = scan(LIF(), x, state=first.state.detach(), loop=loop)
    third.output.sum().backward()  # type: ignore[no-untyped-call]


@every_loop
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_half_precision_is_computed_in_single(loop: Loop, dtype: torch.dtype) -> None:
    x = drive(40, 2, 3).to(dtype)
    run, single = scan(LIF(), x, keep=["v"], loop=loop), scan(LIF(), x.float(), keep=["v"], loop=loop)
    assert run.output.dtype == run.kept["v"].dtype == dtype
    assert run.state.neuron[0].dtype == torch.float32
    assert torch.equal(run.output.float(), single.output)
    assert torch.equal(run.state.neuron[0], single.state.neuron[0])


@every_loop
@pytest.mark.parametrize("shape", [(0, 2, 3), (1, 2, 3), (4, 1, 3), (4, 2, 0), (4, 0, 3)])
def test_the_edges_of_time_and_batch(loop: Loop, shape: tuple[int, ...]) -> None:
    x = drive(*shape).requires_grad_()
    run = scan(LIF(tau=2.0), x, keep=["v"], loop=loop)
    assert run.output.shape == run.kept["v"].shape == shape
    assert run.state.neuron[0].shape == shape[1:]
    assert run.state.step == shape[0]
    (run.output.sum() + run.state.neuron[0].sum()).backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert x.grad.shape == shape


@every_loop
def test_time_may_come_in_any_memory_order(loop: Loop) -> None:
    x = drive(20, 3, 4)
    crooked = x.permute(2, 0, 1).contiguous().permute(1, 2, 0)
    assert not crooked.is_contiguous()
    assert torch.equal(scan(LIF(), crooked, loop=loop).output, scan(LIF(), x, loop=loop).output)


@every_loop
def test_an_input_that_does_not_change_need_not_be_copied_for_every_step(loop: Loop) -> None:
    frame = drive(2, 5).requires_grad_()
    still = scan(LIF(), frame.expand(30, 2, 5), loop=loop).output
    copied = scan(LIF(), frame.expand(30, 2, 5).contiguous(), loop=loop).output
    assert torch.equal(still, copied)
    one, other = (torch.autograd.grad(output.sum(), frame)[0] for output in (still, copied))
    torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


@every_loop
def test_a_readout_gives_its_potential(loop: Loop) -> None:
    run = scan(LeakyIntegrator(), drive(10, 2, 3), loop=loop, keep=["v", "spike"])
    assert torch.equal(run.output, run.kept["v"])
    assert torch.equal(run.output[-1], run.state.neuron[0])
    assert run.kept["spike"].sum() == 0


def test_a_state_can_be_cut_off() -> None:
    x = drive(6, 2, 3).requires_grad_()
    state = scan(LIF(), x, weight=torch.eye(3)).state
    assert state.neuron[0].requires_grad
    cut = state.detach()
    assert isinstance(cut, LoopState)
    assert not cut.neuron[0].requires_grad
    assert cut.step == 6
    assert torch.equal(cut.neuron[0], state.neuron[0])


def test_a_loop_for_the_cpu_refuses_other_devices() -> None:
    with pytest.raises(EngineError, match=r"NumbaLoop runs on the CPU, got meta"):
        NumbaLoop().run(_meta_job())  # type: ignore[arg-type]


def _meta_job() -> object:
    class Job:
        inputs = (torch.zeros(1, 1, 1, device="meta"),)

    return Job()
