"""Layers that say themselves what they do: neurons, recurrent neurons, and `Linear` with its own kernels."""

from collections.abc import Iterator
from functools import singledispatch

import torch
from torch import Tensor, nn

from picojoule.core.counts import Operations
from picojoule.energy.count.book import Book, Site, Still
from picojoule.energy.count.call import ACCUMULATE, COMPARISON, Call, Matter
from picojoule.energy.count.kind import Kind
from picojoule.energy.count.line import Record
from picojoule.energy.count.sums import rows_times
from picojoule.energy.step_operations import AnyNeuron
from picojoule.energy.work import Products, Traffic, Work
from picojoule.layers.linear import Linear
from picojoule.layers.neuron_layer import Advance
from picojoule.learn.quantise.levels import FULL_PRECISION
from picojoule.learn.quantise.quantised_input import QuantisedInput
from picojoule.learn.quantise.quantised_relu import QuantisedReLU


def count_neurons(book: Book, site: Site, call: Advance, step: Operations) -> Tensor:
    """Write down what a layer of neurons did.

    Args:
        book: that it is written in.
        site: the layer.
        call: what it did.
        step: arithmetic of one neuron in one step.

    Returns:
        `[T, B]` int64: the spikes of every sample in every step; zeros for neurons that never spike.
    """
    output, mask = call.output.detach(), call.mask
    steps, samples = output.shape[:2]
    neurons = output[0, 0].numel() if steps and samples else 0
    neuron = call.layer.neuron
    spiking = neuron.output == "spike"
    fired = output.flatten(2).sum(2).to(torch.int64) if spiking else torch.zeros(steps, samples, dtype=torch.int64)
    awake = torch.ones(steps, samples, dtype=torch.int64) if mask is None else mask.to("cpu", torch.int64)
    label = site.label
    for work in _updates(label, neuron, neurons, step, call.layer.dt):
        _put_awake(book, site, work, awake, whole=mask is None)
    for port in call.x if isinstance(call.x, tuple) else (call.x,):
        _currents(book, site, port, neurons)
    if spiking:
        one = Work("neurons", f"{label} spikes", traffic=(Traffic(neurons, reads=1, writes=1),))
        named = Site(site.layer, one.name, site.part, site.lead, site.step)
        rows = steps * samples
        book.put(named, Record(Work("neurons", one.name), one), rows=rows, events=fired.cpu().flatten())
        if (weight := call.layer.matrix()) is not None:
            _recurrence(book, site, call, weight.detach())
    return fired


def _updates(label: str, neuron: AnyNeuron, neurons: int, step: Operations, dt: float) -> Iterator[Work]:
    """What every neuron does in every step: its arithmetic, its state, and coefficients of its own."""
    words = neurons * len(neuron.initial(torch.zeros(1, 1)))
    state = Traffic(words, reads=words, writes=words)
    updates = neurons if neuron.output == "spike" else 0
    yield Work("neurons", label, step * neurons, (state,), per_spike=False, updates=updates)
    named = neuron.coefficients(dt)._asdict()
    own = [value.numel() for name, value in named.items() if value.numel() > 1 and name not in neuron.per_step]
    if own:
        yield Work("neurons", label, traffic=(Traffic(sum(own), reads=neurons * len(own)),), per_spike=False)


def _put_awake(book: Book, site: Site, work: Work, awake: Tensor, *, whole: bool) -> None:
    """Work of the samples that are awake: the same for each."""
    rows = awake.numel()
    if whole:
        book.put(site, Record(work), rows=rows)
    else:
        book.put(site, Record(Work(work.part, work.name, per_spike=False), work), rows=rows, events=awake.flatten())


def _currents(book: Book, site: Site, current: Tensor, neurons: int) -> None:
    """A current that stands still is kept, and read again in every step; others come when they are needed.

    That a chunk of one step stands still shows when the next one is the same memory.
    """
    steps, samples = current.shape[:2]
    memory = _memory(current)
    before = book.still.get(site.layer) if site.step else None
    again = before is not None and before.memory == memory
    if not again and (steps < 2 or current.stride(0)):
        book.still[site.layer] = Still(memory, unread=steps)
        return
    unread = before.unread if before is not None and again else 0
    whole = steps + unread
    begin = Site(site.layer, site.label, site.part, whole * samples, site.step - unread)
    read = Work("neurons", site.label, traffic=(Traffic(neurons, reads=neurons),), per_spike=False)
    book.put(begin, Record(read), rows=whole * samples)
    if unread or not again:
        kept = Work("neurons", site.label, traffic=(Traffic(neurons, writes=neurons),), per_spike=False)
        book.put(Site(site.layer, site.label, site.part, samples, begin.step), Record(kept), rows=samples)
    book.still[site.layer] = Still(memory, unread=0)


def _memory(tensor: Tensor) -> tuple[int, int, int]:
    version = 0 if tensor.is_inference() else tensor._version
    return int(tensor.untyped_storage()._cdata), tensor.data_ptr(), version


def _recurrence(book: Book, site: Site, call: Advance, weight: Tensor) -> None:
    """The spikes of a step meet the matrix in the next one."""
    output = call.output.detach()
    start = output.new_zeros(1, *output.shape[1:])
    if call.state is not None and call.state.spikes is not None:
        start = call.state.spikes.detach().to(output)[None]
    heard = _heard(torch.cat([start, output]), call.mask).flatten(0, 1)
    events = rows_times(heard, torch.count_nonzero(weight, dim=1))
    label, (sources, targets) = f"{site.label} recurrent", weight.shape
    products = Products(accumulates=1, targets=targets)
    event = Work("synapses", label, ACCUMULATE, (Traffic(weight.numel(), reads=1),), products=products)
    row = Work("synapses", label, products=Products(dense=sources * targets, targets=targets))
    named = Site(site.layer, label, site.part, site.lead, site.step)
    book.put(named, Record(row, event, sources * targets, stored=weight.numel()), rows=len(heard), events=events)


def _heard(spikes: Tensor, mask: Tensor | None) -> Tensor:
    """Of the spikes before the first step and of every step, those that arrive in each: the last while it was awake."""
    if mask is None:
        return spikes[:-1]
    steps = torch.arange(1, len(spikes), device=mask.device)[:, None]
    last = torch.cat([torch.zeros_like(mask[:1], dtype=torch.int64), (steps * mask).cummax(0).values[:-1]])
    return spikes.gather(0, last[..., None].expand_as(spikes[1:])) * mask[..., None]


@singledispatch
def count_module(module: nn.Module, call: Call, x: Tensor) -> None:  # noqa: ARG001
    """Write down what a module did that says itself what it does; whatever it computes with torch is not counted.

    Args:
        module: of a type that is registered here.
        call: where it stands, and what came out.
        x: what it was given.
    """
    raise TypeError(f"{type(module).__name__} does not say what it does")


def speaks_for_itself(module: nn.Module) -> bool:
    """Whether `count_module` knows what a module does."""
    return count_module.dispatch(type(module)) is not count_module.dispatch(object)


@count_module.register
def _(module: QuantisedInput, call: Call, x: Tensor) -> None:
    """Pixels come with so many bits: nothing is computed."""
    del module
    call.book.kinds.put(call.out, call.kind(x))


@count_module.register
def _(module: QuantisedReLU, call: Call, x: Tensor) -> None:
    """A comparison with zero; with few bits, also a factor, a rounding and a comparison with the largest."""
    fewer = Operations() if module.bits == FULL_PRECISION else Operations(additions=2, multiplications=1)
    call.elementwise(x.numel(), COMPARISON + fewer)
    call.book.kinds.put(call.out, Kind.ANALOG)


@count_module.register
def _(layer: Linear, call: Call, x: Tensor) -> None:
    """Weighted sums, of spikes where those come in."""
    weight = layer.weight.detach()
    rows = x.detach().reshape(-1, layer.in_features)
    kind = call.kind(x)
    marks = call.nonzero(x).reshape(rows.shape)
    events = rows_times(marks, torch.count_nonzero(weight, dim=0))
    call.products(Matter(x.numel(), events, weight.numel(), layer.out_features, weight.numel(), kind))
    if layer.bias is not None:
        call.bias(call.out.numel(), layer.bias.numel())
    call.book.kinds.put_sum(call.out, bias=layer.bias is not None)
    call.book.kinds.put(call.out, Kind.CONSTANT if kind is Kind.CONSTANT else Kind.ANALOG)
