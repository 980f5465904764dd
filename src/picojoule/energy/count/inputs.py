"""What a model is given: how many samples, in which steps, spikes or not."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from picojoule.core.errors import ShapeError
from picojoule.energy.count.book import Book, Site
from picojoule.energy.count.kind import Kind
from picojoule.energy.count.line import Record
from picojoule.energy.work import Traffic, Work
from picojoule.layers.base import Layer

LABEL = "input spikes"


class Inputs:
    """Writes down what a model is given.

    Args:
        model: that is given something.
        book: that it is written in.
        spikes: whether its first tensor is spikes.
        timed: whether time is its first axis.
        batch_axis: the axis of samples.
        calls_per_sample: how often the model is called for each sample.
    """

    def __init__(  # noqa: PLR0917
        self, model: nn.Module, book: Book, spikes: bool, timed: bool, batch_axis: int, calls_per_sample: int
    ) -> None:
        self._model, self._book, self._spikes, self._timed = model, book, spikes, timed
        self._axis, self._calls_per_sample, self._calls = batch_axis, calls_per_sample, 0

    def begin(self, tensors: Sequence[Tensor], packed: PackedSequence | None, *, goes_on: bool) -> None:
        """The model is called: a batch of sequences begins, or goes on.

        Args:
            tensors: all that it is given.
            packed: sequences of several lengths among it.
            goes_on: whether it goes on from a state.

        Raises:
            ShapeError: if there is no tensor; if declared spikes are none.
        """
        if not tensors:
            raise ShapeError(f"{type(self._model).__name__} was called without a tensor, so samples cannot be counted")
        x, book = tensors[0], self._book
        if not goes_on and self._calls % self._calls_per_sample == 0:
            samples = x.shape[self._axis] if x.dim() > self._axis else 1
            book.begin(samples if packed is None else int(packed.batch_sizes[0]))
        self._calls += 1
        book.go_on(x.shape[0] if self._timed and x.dim() else 1, self._mask(tensors))
        for tensor in tensors:
            if self._spikes and tensor is x:
                declare(book, tensor, "the input")
                self._put(tensor)
            elif book.kinds.of(tensor) in (Kind.CONSTANT, Kind.BLANK):
                book.kinds.put(tensor, Kind.INPUT)

    def part(self, tensors: Sequence[Tensor]) -> None:
        """A part of the model is called by itself.

        Args:
            tensors: all that it is given.
        """
        for tensor in tensors:
            if not self._book.kinds.seen(tensor):
                self._book.kinds.put(tensor, Kind.SPIKES if self._spikes else Kind.INPUT)

    def _mask(self, tensors: Sequence[Tensor]) -> Tensor | None:
        """Which samples have not ended, as the library's layers are told."""
        if not isinstance(self._model, Layer) or len(tensors) < 2 or tensors[-1].dtype is not torch.bool:
            return None
        return tensors[-1].cpu() if tensors[-1].shape == tensors[0].shape[:2] else None

    def _put(self, x: Tensor) -> None:
        """Spikes that the model is given are written once and read once."""
        steps, samples = (x.shape[0], x.shape[1]) if self._timed else (1, x.shape[self._axis])
        rows, book = steps * samples, self._book
        marks = x.detach().abs() if book.signed else x.detach()
        exact = torch.float32 if marks.dtype in (torch.float16, torch.bfloat16) else None
        spikes = marks.reshape(rows, x.numel() // max(1, rows)).sum(1, dtype=exact).to(torch.int64)
        size = x.numel() // max(1, rows)
        one = Work("encoder", LABEL, traffic=(Traffic(size, reads=1, writes=1),))
        site = Site(LABEL, LABEL, None, rows, book.step_of(LABEL))
        book.steps[LABEL] = site.step + steps
        book.put(site, Record(Work("encoder", LABEL), one), rows=rows, events=spikes)
        book.fired(site, spikes, size)
        came, chances = book.inputs.get(LABEL, (0, 0))
        book.inputs[LABEL] = came + int(spikes.sum()), chances + x.numel()


def packed_in(values: Any) -> PackedSequence | None:  # noqa: ANN401
    """The first packed sequences among arguments.

    Args:
        values: arguments, in lists and tuples.
    """
    if isinstance(values, PackedSequence):
        return values
    if not isinstance(values, list | tuple):
        return None
    return next((found for value in values if (found := packed_in(value)) is not None), None)


def declare(book: Book, tensor: Tensor, label: str) -> None:
    """Take spikes for what they were said to be, after a look at them.

    Args:
        book: that it is written in.
        tensor: the spikes.
        label: of who gave them.

    Raises:
        ShapeError: if they are none.
    """
    values = tensor.detach()
    low, high = values.aminmax() if values.numel() else (0, 0)
    whole = not values.is_floating_point() or torch.equal(values, values.round())
    if not (low >= -1 and high <= 1 and whole):
        odd = values[(values != 0) & (values.abs() != 1)].flatten()[0]
        raise ShapeError(
            f"{label} was declared to be spikes, 0 and 1 or -1, 0 and 1, but holds {float(odd):g}; "
            f"leave the declaration out, or threshold it first"
        )
    book.signed = book.signed or bool(low < 0)
    book.kinds.put(tensor, Kind.SPIKES)
