"""Scale the weights of a model until the neurons of every layer fire at a wanted rate.

What reaches a layer of neurons is `s (W x + b)`, where `W` and `b` are the parameters of the last module with weights
before it (of a batch norm, its scale and shift), and everything in between, as pooling, keeps a factor. So the factor
`s` is found by running the layer alone on what it was given, times s: doubled or halved until the rate lies between two
factors, and then by halving what lies between. Layers are set in the order in which they run, each with those before it
as they are then. A matrix through which spikes come back stays as it was drawn.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError
from picojoule.core.params import Unit, check
from picojoule.layers.neuron_layer import Advance, NeuronLayer

Model = TypeVar("Model", bound=nn.Module)
_DOUBLINGS, _HALVINGS = 60, 30
_NEAR = 0.01  # of the rate: as close as the search goes
_FAR = 0.1  # of the rate: more than that is not what the search has found


@public
def initialise(model: Model, batch: Tensor, *, spikes_per_step: float = 0.1) -> Model:
    """Scale the weights of a model, in place, until the neurons of every layer fire at a wanted rate.

    Neurons in thresholds and in mV are served alike. Nothing else is changed: not the statistics of a batch norm, not
    torch's generator.

    Args:
        model: with `Spiking` or `Recurrent` layers and weights before each of them, in any order and nesting.
        batch: what the model takes, `[T, B, *N]`: some tens of samples of the data that it will see.
        spikes_per_step: the wanted rate of each layer, in spikes per neuron and step, in (0, 1).

    Returns:
        The model.

    Raises:
        ParameterError: if there is no layer that spikes, or none of its inputs is other than zero; names the layer that
            has no weights before it, or that no factor brings to the rate.

    Example:
        >>> from picojoule.layers import Linear, Sequential, Spiking
        >>> from picojoule.neurons import LIF
        >>> _ = torch.manual_seed(0)
        >>> model = initialise(Sequential(Linear(30, 200), Spiking(LIF(v_th=15.0))), torch.rand(50, 8, 30))
        >>> round(model(torch.rand(50, 8, 30)).mean().item(), 1)
        0.1
    """
    check("initialise: spikes_per_step", spikes_per_step, Unit("spikes", above=0.0))
    if spikes_per_step >= 1.0:
        raise ParameterError(f"initialise: spikes_per_step must be < 1 spikes, got {spikes_per_step:g}")
    names = {
        part: name
        for name, part in model.named_modules()
        if isinstance(part, NeuronLayer) and part.neuron.output == "spike"
    }
    if not names:
        raise ParameterError(f"{type(model).__name__} holds no layer of neurons that spike; put a Spiking in it")
    if not bool(batch.any()):
        raise ParameterError("initialise: the batch holds nothing but zeros, which no factor turns into spikes")
    with torch.no_grad(), _left_as_it_was(model):
        order = [call.layer for call in _Run(model, batch).calls if call.layer in names and call.state is None]
        for layer in dict.fromkeys(order):
            _set(layer, names[layer], _Run(model, batch), spikes_per_step)
            _check(layer, names[layer], _Run(model, batch), spikes_per_step)
    return model


class _Run:
    """One run of the model: calls of its layers, and the modules with weights before them."""

    def __init__(self, model: nn.Module, batch: Tensor) -> None:
        self.calls: list[Advance] = []
        self.before: dict[NeuronLayer, nn.Module | None] = {}
        self._last: nn.Module | None = None
        handles = []
        for part in model.modules():
            if isinstance(part, NeuronLayer):
                handles.append(part.register_advance_hook(self._called))
            elif next(part.parameters(recurse=False), None) is not None:
                handles.append(part.register_forward_hook(self._passed))
        try:
            model(batch)
        finally:
            for handle in handles:
                handle.remove()

    def rate(self, layer: NeuronLayer) -> float:
        """Spikes per neuron and step."""
        return _rate([call.output for call in self.calls if call.layer is layer])

    def _passed(self, module: nn.Module, *_: object) -> None:
        self._last = module

    def _called(self, call: Advance) -> None:
        self.calls.append(call)
        self.before.setdefault(call.layer, self._last)
        self._last = None


def _set(layer: NeuronLayer, name: str, run: _Run, wanted: float) -> None:
    """Multiply the weights before a layer."""
    weights = run.before[layer]
    if weights is None:
        raise ParameterError(
            f"layer {name!r} ({type(layer).__name__}) has no weights before it that could be scaled; put a Linear there"
        )
    calls = [call for call in run.calls if call.layer is layer]
    ports = [call.x if isinstance(call.x, tuple) else (call.x,) for call in calls]
    if not any(bool(port.any()) for ports_of_one in ports for port in ports_of_one):
        raise ParameterError(f"layer {name!r} ({type(layer).__name__}) is given nothing but zeros by what is before it")

    def rate(factor: float) -> float:
        outputs, state = [], None
        for call, given in zip(calls, ports, strict=True):
            scaled = tuple(factor * port for port in given)
            state = None if call.state is None else state
            output, state = layer.advance(scaled if isinstance(call.x, tuple) else scaled[0], state, call.mask)
            outputs.append(output)
        return _rate(outputs)

    factor = _factor(rate, wanted)
    if factor is None:
        raise ParameterError(
            f"layer {name!r} ({type(layer).__name__} of {type(layer.neuron).__name__}) cannot fire {wanted:g} spikes "
            f"per step: there are {rate(0.0):.3g} without input and {rate(2.0**_DOUBLINGS):.3g} with any amount of it. "
            f"Take another spikes_per_step, or other numbers of the neuron"
        )
    for parameter in weights.parameters(recurse=False):
        parameter.mul_(factor)


def _check(layer: NeuronLayer, name: str, run: _Run, wanted: float) -> None:
    found = run.rate(layer)
    if abs(found - wanted) > _FAR * wanted + 1.0 / sum(c.output.numel() for c in run.calls if c.layer is layer):
        raise ParameterError(
            f"layer {name!r} ({type(layer).__name__}) fires {found:.3g} spikes per step where {wanted:g} were asked "
            f"for: something between its weights and its neurons does not keep a factor, or the weights are shared"
        )


def _factor(rate: Callable[[float], float], wanted: float) -> float | None:
    """Where a rate that rises with the factor is the wanted one; `None`: nowhere."""
    low = high = 1.0
    for _ in range(_DOUBLINGS):
        if rate(low) <= wanted:
            break
        low /= 2.0
    for _ in range(_DOUBLINGS):
        if rate(high) >= wanted:
            break
        high *= 2.0
    if rate(low) > wanted or rate(high) < wanted:
        return None
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        found = rate(middle)
        if abs(found - wanted) <= _NEAR * wanted:
            return middle
        low, high = (middle, high) if found < wanted else (low, middle)
    return high


def _rate(outputs: list[Tensor]) -> float:
    return sum(float(output.sum()) for output in outputs) / max(1, sum(output.numel() for output in outputs))


@contextmanager
def _left_as_it_was(model: nn.Module) -> Iterator[Any]:
    """Buffers and torch's generators are as before afterwards."""
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    devices = {buffer.device for buffer in (*model.parameters(), *model.buffers()) if buffer.device.type == "cuda"}
    with torch.random.fork_rng(devices=list(devices)):
        try:
            yield
        finally:
            for buffer, before in buffers:
                buffer.copy_(before)
