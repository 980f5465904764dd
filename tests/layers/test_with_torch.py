"""Layers in the company of torch's workers and compiler."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, TensorDataset

from picojoule.layers.spiking import Spiking
from picojoule.neurons.lif import LIF
from picojoule.simulate.scan.numba_loop import NumbaLoop
from tests.layers.stacks import BUILDERS, FEATURES, drive, gradients


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
def test_a_compiled_layer_gives_what_the_layer_gives(name: str) -> None:
    torch.compiler.reset()
    model, x = BUILDERS[name](), drive(5, 2, FEATURES).requires_grad_()
    compiled = torch.compile(model, backend="aot_eager")  # the rewriting of torch.compile, without a C++ compiler
    output, expected = compiled(x), model(x)
    assert torch.equal(output, expected)
    for one, other in zip(gradients(model, output.sum(), x), gradients(model, expected.sum(), x), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
