"""Layers in the company of torch's workers and compiler."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from picojoule import neurons
from picojoule.core.errors import EngineError
from picojoule.layers.linear import Linear
from picojoule.layers.recurrent import Recurrent
from picojoule.layers.sequential import Sequential
from picojoule.layers.spiking import Spiking
from picojoule.neurons.reset import HardReset, Reset, SoftReset
from picojoule.neurons.surrogate import Boxcar
from picojoule.simulate.scan.job import Loop
from picojoule.simulate.scan.numba_loop import NumbaLoop
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.held import LIF
from tests.layers.stacks import BUILDERS, FEATURES, drive, gradients, run_by, tensors


def layer() -> Spiking:
    return Spiking(LIF(tau=5.0), trainable={"tau"}, loop=NumbaLoop(threads=2))


class Encoded(Dataset[Tensor]):
    """Spikes that a layer makes of every sample, in a worker."""

    def __init__(self, x: Tensor) -> None:
        self.x, self.layer = x, layer()

    def __len__(self) -> int:
        return self.x.shape[1]

    def __getitem__(self, b: int) -> Tensor:
        spikes: Tensor = self.layer(self.x[:, b : b + 1])
        torch.autograd.backward(spikes.sum())
        return spikes[:, 0].detach()


def loaded(dataset: Dataset[Any]) -> list[Any]:
    """All batches, from two workers that are forked after this process has used two threads, forward and backward."""
    torch.autograd.backward(layer()(drive(20, 8, 4096)).sum())
    return list(DataLoader(dataset, batch_size=2, num_workers=2, multiprocessing_context="fork", timeout=60))


forks = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # it is what is tested here


@forks
def test_workers_forked_after_a_run_deliver() -> None:
    x = drive(10, 8, FEATURES)
    assert torch.equal(torch.cat([batch for (batch,) in loaded(TensorDataset(x.transpose(0, 1)))]).transpose(0, 1), x)


@forks
def test_workers_may_run_layers_themselves() -> None:
    x = drive(20, 4, 4096)
    assert torch.equal(torch.cat(loaded(Encoded(x))).transpose(0, 1), layer()(x))


@pytest.mark.filterwarnings("ignore")  # of torch's compiler, which speaks to its developers
@pytest.mark.parametrize("name", ["Spiking", "Sequential"])
@pytest.mark.parametrize("loop", [None, ReferenceLoop()], ids=["default", "reference"])
def test_a_compiled_layer_gives_what_the_layer_gives(name: str, loop: Loop | None) -> None:
    torch.compiler.reset()
    model, x = run_by(loop, BUILDERS[name]()), drive(5, 2, FEATURES).requires_grad_()
    compiled = torch.compile(
        model, backend="aot_eager", fullgraph=True
    )  # the rewriting of torch.compile, without a C++ compiler
    output, expected = compiled(x), model(x)
    assert torch.equal(output, expected)
    for one, other in zip(gradients(model, output.sum(), x), gradients(model, expected.sum(), x), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore")  # of torch's compiler
@pytest.mark.parametrize("recurrent", [False, True], ids=["Spiking", "Recurrent"])
@pytest.mark.parametrize("reset", [HardReset(), SoftReset()], ids=["hard", "soft"])
@pytest.mark.parametrize("other", [{"gain": None}, {"gain": 0.3, "surrogate": Boxcar()}], ids=["exact", "gain"])
def test_compiling_loses_no_choice_of_a_neuron_that_trains(
    recurrent: bool, reset: Reset, other: dict[str, Any]
) -> None:
    torch.compiler.reset()
    neuron = neurons.LIF(tau=torch.tensor([4.0, 9.0, 20.0]), v_th=0.4, v_reset=-0.2, reset=reset, **other)
    model = Recurrent(neuron, 3, trainable="v_th") if recurrent else Spiking(neuron, shape=(3,), trainable="v_th")
    x = drive(20, 2, 3).requires_grad_()
    output, expected = torch.compile(model, backend="aot_eager", fullgraph=True)(x), model(x)
    assert expected.sum() > 0
    assert torch.equal(output, expected)
    for one, other_way in zip(gradients(model, output.sum(), x), gradients(model, expected.sum(), x), strict=True):
        torch.testing.assert_close(one, other_way, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", BUILDERS)
def test_a_model_may_be_built_without_memory_and_filled_later(name: str) -> None:
    with torch.device("meta"):
        empty = BUILDERS[name]()
    assert {tensor.device.type for tensor in empty.state_dict().values()} <= {"meta"}
    full, x = BUILDERS[name](), drive(10, 2, FEATURES)
    filled = empty.to_empty(device="cpu")
    filled.load_state_dict(full.state_dict())
    assert torch.equal(filled(x), full(x))


def test_without_memory_shapes_are_known() -> None:
    x = drive(5, 2, 3)
    with torch.device("meta"):
        model = Sequential(Linear(3, 4), Spiking(LIF(), trainable="tau", loop=ReferenceLoop()))
        assert model(torch.zeros(5, 2, 3)).shape == (5, 2, 4)
        with pytest.raises(EngineError, match=r"no compiled loop runs on 'meta'; pass loop=ReferenceLoop\(\)"):
            Spiking(LIF())(torch.zeros(5, 2, 3))
        here = Spiking(LIF())(x)  # where a tensor is decides, not where new ones are made
    assert torch.equal(here, Spiking(LIF())(x))


@pytest.mark.parametrize("name", [*BUILDERS, "Linear", "in torch's Sequential"])
def test_tracing_by_one_run_is_refused(name: str) -> None:
    inner: dict[str, Any] = {
        "Linear": lambda: Linear(FEATURES, 2),
        "in torch's Sequential": lambda: nn.Sequential(layer()),
    }
    with pytest.raises(
        EngineError, match=r"torch\.jit\.trace cannot .*; use torch\.compile\(model\), or torch\.export"
    ):
        torch.jit.trace((BUILDERS | inner)[name](), (drive(5, 2, FEATURES),))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("name", BUILDERS)
def test_training_goes_on_from_a_state_that_was_made_without_recording(name: str) -> None:
    model, x = run_by(ReferenceLoop(), BUILDERS[name]()), drive(5, 2, FEATURES).requires_grad_()
    found = []
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            _, state = model.advance(x.detach())
        assert not any(tensor.requires_grad for tensor in tensors(state))
        output, _ = model.advance(x, state)
        found.append([output, *gradients(model, output.sum(), x)])
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))
