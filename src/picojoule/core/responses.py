"""What a population answered to a set of samples: the material that decoders read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ShapeError
from picojoule.core.events import Events, check_events, events_from_spikes

BLOCK = 1 << 22  # elements that one block of rows may hold: 32 MB in float64


class Shown(NamedTuple):
    """How samples were shown.

    Args:
        steps: time steps of each.
        dt: length of a step, in ms; `None`: not known.
    """

    steps: int
    dt: float | None = None

    def fits(self, other: "Shown") -> bool:
        """Whether all that both know agrees."""
        return self.steps == other.steps and (self.dt is None or other.dt is None or self.dt == other.dt)


@dataclass(frozen=True, eq=False)
class Responses:
    """Spike responses of one population, one row per sample.

    Args:
        counts: `[samples, neurons]` int32, spikes of each neuron while the sample was shown, in [0, steps].
        steps: time steps that each sample was shown for, at least 1.
        first: `[samples, neurons]` int32, step of the first spike, `steps` where the neuron stayed silent;
            `None` if it was not recorded.
        events: every spike, with `b` the row in `counts`; `None` if it was not recorded.
        dt: length of a step, in ms, where it is known: a run of a network knows it.

    Raises:
        ShapeError: if a tensor has the wrong shape, dtype or range, or `first` or `events` contradict `counts`.

    Example:
        >>> responses = Responses(torch.tensor([[0, 2]], dtype=torch.int32), steps=10)
        >>> responses.samples, responses.neurons
        (1, 2)
    """

    counts: Tensor
    steps: int
    first: Tensor | None = None
    events: Events | None = None
    dt: float | None = None

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ShapeError(f"Responses.steps must be >= 1, got {self.steps}.")
        _check_matrix("counts", self.counts, self.steps)
        if self.first is not None:
            _check_first(self.first, self.counts, self.steps)
        if self.events is not None:
            _check_events_against(self.events, self.counts, self.steps)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.counts.shape[0]

    @property
    def neurons(self) -> int:
        """Number of neurons."""
        return self.counts.shape[1]


def shown(given: Responses | Tensor) -> Shown | None:
    """How the samples of responses were shown; plain counts do not tell.

    Args:
        given: as `as_responses` takes them.

    Example:
        >>> shown(torch.zeros(5, 2, 3)), shown(torch.zeros(2, 3))
        (Shown(steps=5, dt=None), None)
    """
    if isinstance(given, Responses):
        return Shown(given.steps, given.dt)
    return Shown(len(given)) if given.dim() > 2 else None


@public
def responses_from_spikes(spikes: Tensor) -> Responses:
    """Summarise recorded spikes as counts, first spikes and events.

    Args:
        spikes: `[T, B, *N]`, values 0 or 1; several neuron axes are flattened into one.

    Returns:
        Responses of `B` samples, with `first` and `events`.

    Raises:
        ShapeError: if the spikes have fewer than three axes or values other than 0 and 1.

    Example:
        >>> spikes = torch.zeros(4, 1, 3)
        >>> spikes[1, 0, 2] = spikes[3, 0, 2] = 1.0
        >>> responses = responses_from_spikes(spikes)
        >>> responses.counts.tolist(), responses.first.tolist()
        ([[0, 0, 2]], [[4, 4, 1]])
    """
    if len(spikes) == 0:
        raise ShapeError(f"spikes are [T, B, *N] of at least one step, got {list(spikes.shape)}")
    events = events_from_spikes(spikes)
    fired = spikes.flatten(2) != 0
    steps = fired.shape[0]
    counts = fired.sum(0, dtype=torch.int32)
    first = torch.where(counts > 0, fired.to(torch.uint8).argmax(0).int(), steps).int()
    return Responses(counts, steps=steps, first=first, events=events)


def as_responses(given: Responses | Tensor) -> Responses:
    """Take what a population answered in the form that is at hand; the number of axes tells spikes from counts.

    Args:
        given: `Responses` as a run gives them; spikes `[T, B, *N]` of 0 and 1, from a layer or from elsewhere; or
            counts `[B, N]` of whole numbers. Two axes are always counts: spikes of one sample are `[T, 1, N]`.

    Returns:
        Responses; from counts, without `first` and `events`, and with the largest count as `steps`.

    Raises:
        ShapeError: if the axes or the values are of neither kind.

    Example:
        >>> spikes = torch.ones(5, 2, 3)
        >>> as_responses(spikes).counts.equal(as_responses(spikes.sum(0)).counts)
        True
    """
    if isinstance(given, Responses):
        return given
    if given.dim() > 2:
        return responses_from_spikes(given)
    if given.dim() < 2:
        raise ShapeError(f"responses are spikes [T, B, N] or counts [B, N], got {list(given.shape)}; add the axes")
    counts = given.detach().to(torch.int32)
    if not bool(((counts == given) & (counts >= 0)).all()):
        raise ShapeError("counts [B, N] must be whole numbers >= 0; add up spikes over time, or give them [T, B, N]")
    return Responses(counts, steps=max(1, int(counts.max())) if counts.numel() else 1)


def join(parts: Sequence[Responses]) -> Responses:
    """Put the responses of several batches one after the other.

    Args:
        parts: at least one; all with the same steps, `dt` and number of neurons, and the same optional tensors.

    Returns:
        Responses whose samples are those of the parts, in order.

    Raises:
        ShapeError: if there are no parts or they do not match: simulate all batches in the same way.

    Example:
        >>> batch = responses_from_spikes(torch.ones(2, 3, 4))
        >>> join([batch, batch]).counts.shape
        torch.Size([6, 4])
    """
    kinds = {(part.steps, part.dt, part.neurons, part.first is None, part.events is None) for part in parts}
    if len(kinds) != 1:
        raise ShapeError(
            f"responses to join must agree in steps, dt, neurons, first and events, got {len(kinds)} kinds; "
            "simulate all batches in the same way."
        )
    firsts = [part.first for part in parts if part.first is not None]
    return Responses(
        torch.cat([part.counts for part in parts]),
        steps=parts[0].steps,
        dt=parts[0].dt,
        first=torch.cat(firsts) if firsts else None,
        events=_join_events(parts),
    )


def row_blocks(matrix: Tensor) -> Iterator[slice]:
    """Cut the rows of a matrix into blocks small enough to be copied in another dtype.

    Args:
        matrix: `[rows, columns]`.

    Returns:
        Slices that cover all rows once, in order.

    Example:
        >>> list(row_blocks(torch.zeros(5, 2)))
        [slice(0, 5, None)]
    """
    rows, columns = matrix.shape
    height = max(1, BLOCK // max(1, columns))
    for start in range(0, rows, height):
        yield slice(start, min(start + height, rows))


def _join_events(parts: Sequence[Responses]) -> Events | None:
    listed: list[Events] = []
    offset = 0
    for part in parts:
        if part.events is None:
            return None
        listed.append(part.events._replace(b=part.events.b.long() + offset))
        offset += part.samples
    t, b, i = (torch.cat(column) for column in zip(*listed, strict=True))
    order = t.argsort(stable=True)
    return Events(t[order], b[order], i[order])


def _check_matrix(name: str, matrix: Tensor, highest: int) -> None:
    if matrix.dim() != 2 or matrix.shape[1] == 0:
        raise ShapeError(f"Responses.{name} must be [samples, neurons], got {tuple(matrix.shape)}.")
    if matrix.dtype != torch.int32:
        raise ShapeError(f"Responses.{name} must be int32, got {matrix.dtype}; use {name}.to(torch.int32).")
    if matrix.numel() == 0:
        return
    low, high = (int(bound) for bound in matrix.aminmax())
    if low < 0 or high > highest:
        raise ShapeError(f"Responses.{name} must lie in [0, steps = {highest}], got {low} to {high}.")


def _check_first(first: Tensor, counts: Tensor, steps: int) -> None:
    _check_matrix("first", first, steps)
    if first.shape != counts.shape:
        raise ShapeError(f"Responses.first is {tuple(first.shape)} but counts are {tuple(counts.shape)}.")
    for rows in row_blocks(counts):
        # count - 1 further spikes must still fit behind the first one; a silent neuron has first == steps
        if bool((((counts[rows] == 0) != (first[rows] == steps)) | (counts[rows] > steps - first[rows])).any()):
            raise ShapeError(
                f"Responses.first contradicts counts: first must be {steps} (= steps) exactly where the count is 0, "
                "and the spikes counted must fit after it."
            )


def _check_events_against(events: Events, counts: Tensor, steps: int) -> None:
    samples, neurons = counts.shape
    check_events(events, steps=steps, samples=samples, neurons=neurons)
    # a sum in int32 is ten times as fast as in int64
    wide = torch.int32 if steps * max(samples, neurons) < 2**31 else torch.int64
    per_sample, per_neuron = counts.sum(1, dtype=wide).long(), counts.sum(0, dtype=wide).long()
    same_samples = torch.equal(torch.bincount(events.b.long(), minlength=samples), per_sample)
    same_neurons = torch.equal(torch.bincount(events.i.long(), minlength=neurons), per_neuron)
    if not (same_samples and same_neurons):
        raise ShapeError(
            f"Responses.events contradict counts: {events.t.numel()} events against {int(per_sample.sum())} counted "
            "spikes, or the same number on other samples or neurons."
        )
