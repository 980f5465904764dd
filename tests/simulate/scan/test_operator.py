"""Time loops inside `torch.compile`: one graph, the same spikes, the same gradients."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from picojoule.layers.recurrent import Recurrent
from picojoule.layers.spiking import Spiking
from tests.held import ALIF, LIF

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's compiler speaks to its developers

LAYERS: dict[str, Callable[[], torch.nn.Module]] = {
    "feed-forward": lambda: Spiking(LIF(tau=10.0), shape=(4,), trainable={"tau"}),
    "recurrent": lambda: Recurrent(ALIF(), 4, trainable={"tau_m"}),
}


def gradients(layer: torch.nn.Module, output: Tensor, x: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(output.square().sum(), [x, *layer.parameters()]))


@pytest.mark.parametrize("name", LAYERS)
def test_a_compiled_layer_is_one_graph_with_the_same_spikes_and_gradients(name: str) -> None:
    torch.manual_seed(0)
    torch.compiler.reset()
    layer = LAYERS[name]().double()
    x = (3.0 * torch.rand(30, 2, 4, dtype=torch.float64)).requires_grad_()
    plain = layer(x)
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)(x)
    assert plain.sum() > 5
    assert torch.equal(compiled, plain)
    for one, other in zip(gradients(layer, compiled, x), gradients(layer, plain, x), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_the_operator_keeps_the_rules_of_operators() -> None:
    from picojoule.simulate.scan.numba_loop import NumbaLoop
    from picojoule.simulate.scan.operator import identity

    neuron = LIF()
    x = (3.0 * torch.rand(5, 2, 3, dtype=torch.float64)).requires_grad_()
    state = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    c = [value.clone() for value in neuron.coefficients(1.0)]
    what = identity(neuron, NumbaLoop(), ("spike",))
    found = torch.library.opcheck(torch.ops.picojoule.scan.default, ([x], [state], c, None, None, None, what))
    assert set(found.values()) == {"SUCCESS"}
