"""Models and inputs that the tests of layers share."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from picojoule.layers.base import Layer
from picojoule.layers.linear import Linear
from picojoule.layers.neuron_layer import NeuronLayer
from picojoule.layers.recurrent import Recurrent
from picojoule.layers.sequential import Sequential
from picojoule.layers.spiking import Spiking
from picojoule.simulate.scan.job import Loop, LoopState
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.held import LIF, DeltaLIF

FEATURES = 4


def drive(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 1) -> Tensor:
    """Input that makes neurons fire now and then, in steps of 1/64: sums of it with dyadic weights are exact."""
    return torch.randint(256, shape, generator=torch.Generator().manual_seed(seed)).to(dtype) / 64.0


def dyadic(module: Any, seed: int = 2) -> Any:
    """The module with weights in steps of 1/8: products with `drive` or spikes are exact in any order."""
    generator = torch.Generator().manual_seed(seed)
    for part in module.modules():
        for name in ("weight", "bias"):
            if isinstance(value := getattr(part, name, None), nn.Parameter):
                drawn = torch.randint(-8, 24, value.shape, generator=generator) / 16.0
                value.data.copy_(drawn * 4 if isinstance(part, Recurrent) else drawn * 2)
    return module


def on_grid(module: nn.Module, gain: float = 4.0) -> None:
    """Parameters as drawn, times the gain, in steps of 1/64: products with `drive` or spikes are exact in any order."""
    for parameter in module.parameters():
        parameter.data.mul_(64.0 * gain).round_().div_(64.0)


def spiking() -> Layer:
    layer = Spiking(LIF(tau=10.0), shape=(FEATURES,), trainable={"tau", "v_th"}, trainable_initial={"v"})
    with torch.no_grad():
        layer.learned.get_parameter("initial_v").copy_(torch.tensor([0.9, 0.0, 0.5, -2.0]))
        layer.learned.get_parameter("raw_tau").copy_(torch.tensor([0.3, -0.5, 0.0, 0.1]))
    return layer


def refractory() -> Layer:
    return Spiking(DeltaLIF(tau=10.0, v_th=1.0, v_rest=0.0, v_reset=0.0, refractory=3.0))


def recurrent() -> Layer:
    layer = Recurrent(LIF(tau=10.0), FEATURES, trainable={"tau"}, trainable_initial={"v"})
    with torch.no_grad():
        layer.learned.get_parameter("initial_v").copy_(torch.tensor([0.9, 0.0, 0.5, -2.0]))
    made: Layer = dyadic(layer)
    return made


def stack(chunk: int | None = None) -> Layer:
    made: Layer = dyadic(
        Sequential(Spiking(LIF(tau=3.0)), nn.Linear(FEATURES, 6), Spiking(LIF(tau=5.0), trainable="tau"),
                   Sequential(Linear(6, FEATURES), recurrent()), chunk=chunk)
    )  # fmt: skip
    return made


def run_by(loop: Loop | None, layer: Layer) -> Layer:
    """The layer, with a loop for all neurons in it."""
    for part in layer.modules():
        if isinstance(part, NeuronLayer):
            part.loop = loop
    return layer


Make = Callable[[], Layer]
BUILDERS: dict[str, Make] = {
    "Spiking": spiking, "refractory": refractory, "Recurrent": recurrent, "Sequential": stack
}  # fmt: skip
# a layer's laws do not depend on the loop, and the reference need not compile one for each of them
EVERY_LAYER: dict[str, Make] = {
    name: partial(lambda m: run_by(ReferenceLoop(), m()), m) for name, m in BUILDERS.items()
}
BY_EVERY_LOOP: dict[str, Make] = EVERY_LAYER | {
    f"{name} compiled": BUILDERS[name] for name in ("Spiking", "Recurrent")
}  # fmt: skip


def in_pieces(
    layer: Layer, x: Tensor, cuts: Iterable[int], mask: Tensor | None = None, state: Any = None
) -> tuple[Tensor, Any]:
    """What a layer gives for a sequence that is fed in pieces, and the last state."""
    outputs, bounds = [], [0, *sorted(cuts), x.shape[0]]
    for start, end in pairwise(bounds):
        output, state = layer.advance(x[start:end], state, None if mask is None else mask[start:end])
        outputs.append(output)
    return torch.cat(outputs), state


def tensors(state: Any) -> list[Tensor]:
    """All tensors of a state."""
    if isinstance(state, Tensor):
        return [state]
    return [found for part in state for found in tensors(part)] if isinstance(state, tuple) else []


def neurons(state: Any) -> list[Tensor]:
    """The neurons' own fields of a state, without the spikes that are under way."""
    if isinstance(state, LoopState):
        return list(state.neuron)
    return [found for part in state.layers if part is not None for found in neurons(part)]


def same(one: Any, other: Any) -> bool:
    """Whether two states hold the same values."""
    pairs = list(zip(tensors(one), tensors(other), strict=True))
    return bool(pairs) and all(torch.equal(a, b) for a, b in pairs)


def gradients(layer: nn.Module, loss: Tensor, *others: Tensor) -> list[Tensor]:
    """The gradient of every parameter, and of other tensors."""
    wanted: Sequence[Tensor] = [*layer.parameters(), *others]
    return list(torch.autograd.grad(loss, wanted, allow_unused=True, materialize_grads=True))
