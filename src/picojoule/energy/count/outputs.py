"""What a module gave: where it comes from, and whether it is spikes."""

from typing import Any

from picojoule.core.counts import Operations
from picojoule.energy.count.book import Book, Site
from picojoule.energy.count.inputs import declare
from picojoule.energy.count.kind import Kind
from picojoule.energy.count.layers import count_neurons
from picojoule.energy.count.look import tensors_in
from picojoule.layers.neuron_layer import Advance


def take(book: Book, site: Site, output: Any, *, spikes: bool, last: bool) -> None:  # noqa: ANN401
    """Look at what a module gave.

    Args:
        book: that it is written in.
        site: of the module.
        output: its result.
        spikes: whether it was declared to be spikes.
        last: whether the module is the whole model.

    Raises:
        ShapeError: if declared spikes are none.
    """
    tensors = list(tensors_in(output))
    for tensor in tensors:
        if not book.kinds.seen(tensor):
            book.uncounted[site.label, "its result comes from outside torch"] = None
            book.kinds.put(tensor, Kind.ANALOG)
        elif spikes:
            declare(book, tensor, site.label)
    if last and tensors and all(book.kinds.of(tensor) is Kind.CONSTANT for tensor in tensors):
        book.uncounted[site.label, "its result does not come from its input"] = None


def take_neurons(book: Book, site: Site, call: Advance, step: Operations) -> None:
    """Look at what a layer of neurons did.

    Args:
        book: that it is written in.
        site: the layer.
        call: what it did.
        step: arithmetic of one neuron in one step.
    """
    steps, samples = call.output.shape[:2]
    fired = count_neurons(book, site, call, step)
    book.steps[site.layer] = site.step + steps
    spiking = call.layer.neuron.output == "spike"
    if spiking:
        book.fired(site, fired.cpu().flatten(), call.output.numel() // max(1, steps * samples))
    book.kinds.put(call.output, Kind.SPIKES if spiking else Kind.ANALOG)
