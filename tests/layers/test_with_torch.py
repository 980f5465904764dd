"""Layers in the company of torch's workers and compiler."""

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, TensorDataset

from picojoule.layers.base import Layer
from picojoule.layers.spiking import Spiking
from picojoule.neurons.lif import LIF
from tests.layers.stacks import BUILDERS, FEATURES, drive, gradients


class Encoded(Dataset[Tensor]):
    """Spikes that a layer makes of every sample, in a worker."""

    def __init__(self, x: Tensor) -> None:
        self.x, self.layer = x, Spiking(LIF(tau=5.0))

    def __len__(self) -> int:
        return self.x.shape[1]

    def __getitem__(self, b: int) -> Tensor:
        with torch.no_grad():
            spikes: Tensor = self.layer(self.x[:, b : b + 1])
        return spikes[:, 0]


def trained(x: Tensor) -> Layer:
    """A layer that has run forward and backward in this process."""
    layer = BUILDERS["Sequential"]()
    torch.autograd.backward(layer(x).sum())
    return layer


def test_workers_forked_after_a_run_deliver() -> None:
    x = drive(10, 8, FEATURES)
    trained(x)
    loader = DataLoader(TensorDataset(x.transpose(0, 1)), batch_size=2, num_workers=2, multiprocessing_context="fork")
    batches = [batch for (batch,) in loader]
    assert torch.equal(torch.cat(batches).transpose(0, 1), x)


def test_workers_may_run_layers_themselves() -> None:
    x = drive(10, 8, FEATURES)
    trained(x)
    loader = DataLoader(Encoded(x), batch_size=2, num_workers=2, multiprocessing_context="fork")
    assert torch.equal(torch.cat(list(loader)).transpose(0, 1), Spiking(LIF(tau=5.0))(x))


@pytest.mark.filterwarnings("ignore")  # of torch's compiler, which speaks to its developers
@pytest.mark.parametrize("name", BUILDERS)
def test_a_compiled_layer_gives_what_the_layer_gives(name: str) -> None:
    torch.compiler.reset()
    layer, x = BUILDERS[name](), drive(5, 2, FEATURES).requires_grad_()
    compiled = torch.compile(layer, backend="aot_eager")  # the rewriting of torch.compile, without a C++ compiler
    output, expected = compiled(x), layer(x)
    assert torch.equal(output, expected)
    for one, other in zip(gradients(layer, output.sum(), x), gradients(layer, expected.sum(), x), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
