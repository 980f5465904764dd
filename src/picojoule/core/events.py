"""Spikes as a list: one row `(t, b, i)` per spike, instead of a dense tensor of zeros and ones."""

from typing import NamedTuple

import torch
from torch import Tensor

from picojoule.core.errors import ShapeError

WHOLE_NUMBERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


class Events(NamedTuple):
    """Spikes of a batch, sorted by time step.

    Args:
        t: `[spikes]`, time step of each spike, from 0, never decreasing.
        b: `[spikes]`, the sample in the batch that it belongs to, from 0.
        i: `[spikes]`, the neuron that fired, from 0 (its flat index where a population has several axes).
    """

    t: Tensor
    b: Tensor
    i: Tensor


def events_from_spikes(spikes: Tensor) -> Events:
    """List the spikes of a dense tensor.

    Args:
        spikes: `[T, B, *N]`, values 0 or 1; several neuron axes are flattened into one.

    Returns:
        Events with int64 tensors, sorted by step, then sample, then neuron.

    Raises:
        ShapeError: if there are fewer than three axes (add a batch axis), or a value is neither 0 nor 1
            (signed or graded spikes have no such list).

    Example:
        >>> spikes = torch.zeros(4, 1, 3)
        >>> spikes[0, 0, 2] = spikes[3, 0, 1] = 1.0
        >>> events_from_spikes(spikes)
        Events(t=tensor([0, 3]), b=tensor([0, 0]), i=tensor([2, 1]))
    """
    if spikes.dim() < 3:
        raise ShapeError(f"spikes must be [T, B, *N], got {tuple(spikes.shape)}; add the missing axis with unsqueeze.")
    if bool(((spikes != 0) & (spikes != 1)).any()):
        raise ShapeError("spikes must be 0 or 1, got other values; only plain spikes can be listed as events.")
    return Events(*spikes.flatten(2).nonzero(as_tuple=True))


def spikes_from_events(
    events: Events, *, steps: int, samples: int, neurons: int, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Write listed spikes into a dense tensor.

    Args:
        events: the spikes, sorted by step.
        steps: number of time steps `T`.
        samples: batch size `B`.
        neurons: number of neurons `N`.
        dtype: dtype of the result.

    Returns:
        Spikes `[T, B, N]` in {0, 1}, on the device of the events.

    Raises:
        ShapeError: if the events are malformed, outside these sizes, or list the same spike twice.

    Example:
        >>> events = Events(t=torch.tensor([0, 3]), b=torch.tensor([0, 0]), i=torch.tensor([2, 1]))
        >>> spikes_from_events(events, steps=4, samples=1, neurons=3).sum(0)
        tensor([[0., 1., 1.]])
    """
    check_events(events, steps=steps, samples=samples, neurons=neurons)
    spikes = torch.zeros(steps, samples, neurons, dtype=dtype, device=events.t.device)
    spikes[events.t.long(), events.b.long(), events.i.long()] = 1
    listed, written = events.t.numel(), int(spikes.count_nonzero())
    if listed != written:
        raise ShapeError(f"events list {listed - written} spikes twice; a neuron fires at most once per step.")
    return spikes


def check_events(events: Events, *, steps: int, samples: int, neurons: int) -> None:
    """Refuse events that are malformed, unsorted or outside the given sizes.

    Args:
        events: the spikes to look at.
        steps: `t` must lie in [0, steps).
        samples: `b` must lie in [0, samples).
        neurons: `i` must lie in [0, neurons).

    Raises:
        ShapeError: naming the tensor and the bound that it breaks.

    Example:
        >>> check_events(Events(*torch.zeros(3, 1, dtype=torch.int64)), steps=1, samples=1, neurons=1)
    """
    lengths = {tuple(column.shape) for column in events}
    if len(lengths) != 1 or events.t.dim() != 1:
        shapes = ", ".join(f"{name} {tuple(column.shape)}" for name, column in events._asdict().items())
        raise ShapeError(f"t, b and i of the events must be one-dimensional and equally long, got {shapes}.")
    for name, column, size in zip(Events._fields, events, (steps, samples, neurons), strict=True):
        _check_column(name, column, size)
    if bool((events.t[1:] < events.t[:-1]).any()):
        raise ShapeError("events must be sorted by t; reorder t, b and i with t.argsort(stable=True).")


def _check_column(name: str, column: Tensor, size: int) -> None:
    if column.dtype not in WHOLE_NUMBERS:
        raise ShapeError(f"{name} of the events must hold whole numbers, got {column.dtype}; use {name}.long().")
    if column.numel() == 0:
        return
    low, high = (int(bound) for bound in column.aminmax())
    if low < 0 or high >= size:
        raise ShapeError(f"{name} of the events must lie in [0, {size}), got {low} to {high}.")
