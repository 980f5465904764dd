"""Turns what runs, recorders and layers give into spikes and curves that can be drawn."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.events import Events
from picojoule.core.responses import Responses
from picojoule.plot.arrays import Array, Numbers, as_array, shape_text

Spikes: TypeAlias = Responses | Events | tuple[Numbers, Numbers, int] | Numbers


class HasResponses(Protocol):
    """What `pj.run` gives."""

    @property
    def responses(self) -> Mapping[str, Responses]:
        """Of every population, by name."""


Populations: TypeAlias = HasResponses | Mapping[str, Spikes] | Spikes


class Listed(NamedTuple):
    """Spikes of one sample."""

    t: Array  # [spikes] steps
    i: Array  # [spikes] neurons
    n: int  # neurons that there are
    steps: int | None  # how long it lasted, where that is known


def populations(given: Any, *, sample: int = 0) -> dict[str, Listed]:  # noqa: ANN401  # Populations, told apart here
    """List the spikes of one sample, population by population.

    Args:
        given: a run with recorded populations, a recorder, or spikes by name, in any form that `listed` takes; spikes
            without a name are called so. Of a recorder only what it calls `spike` is listed, by the layer's name.
        sample: its number in the batch.

    Raises:
        ShapeError: if there are no spikes to list, or they have another form.
        ParameterError: if there is no such sample.

    Example:
        >>> populations({"Ae": ([0, 2], [1, 0], 3)})["Ae"].t.tolist()
        [0.0, 2.0]
    """
    if (found := getattr(given, "responses", None)) is not None:
        given = {name: one for name, one in found.items() if one.events is not None}
        if not given:
            raise ShapeError(f"this run has recorded no spikes; run with record={sorted(found)}")
    if not isinstance(given, Mapping):
        given = {"spikes": given}
    if any(_field(name) == "spike" for name in given):
        given = {str(name).removesuffix(".spike"): one for name, one in given.items() if _field(name) == "spike"}
    if not given:
        raise ShapeError("populations is empty: give the spikes of at least one, by name")
    return {str(name): listed(str(name), one, sample=sample) for name, one in given.items()}


def listed(name: str, given: Any, *, sample: int = 0) -> Listed:  # noqa: ANN401  # Spikes, told apart here
    """List the spikes of one sample of one population.

    Args:
        name: of the population, for messages.
        given: `Responses`; `Events`; `(t, i, n)` with the steps `[spikes]`, the neurons `[spikes]` and their number;
            or dense spikes, `[T, N]` of one sample or `[T, B, *N]` of several.
        sample: its number in the batch.

    Raises:
        ShapeError: if the spikes were not recorded, or have another form.
        ParameterError: if there is no such sample.

    Example:
        >>> listed("Ae", [[0, 1], [0, 0], [1, 1]])
        Listed(t=array([0., 2., 2.]), i=array([1., 0., 1.]), n=2, steps=3)
    """
    if isinstance(given, Responses):
        if given.events is None:
            raise ShapeError(f"of {name!r} only counts were recorded; give its name to record= of the run")
        return _of_events(name, given.events, given.neurons, given.samples, sample)._replace(steps=given.steps)
    if isinstance(given, Events):
        neurons, samples = (int(column.max()) + 1 if column.numel() else 1 for column in (given.i, given.b))
        return _of_events(name, given, neurons, max(samples, sample + 1), sample)
    if isinstance(given, tuple) and len(given) == 3:
        t, i, n = given
        return Listed(as_array(f"t of {name!r}", t, ("spikes",)), as_array(f"i of {name!r}", i, ("spikes",)), n, None)
    dense = _one_sample(f"spikes of {name!r}", given, sample)
    if not np.isin(dense, (-1.0, 0.0, 1.0)).all():
        raise ShapeError(f"spikes of {name!r} must be 0 or 1 (or -1), got other values; draw potentials as lines")
    t, i = dense.nonzero()
    return Listed(t.astype(np.float64), i.astype(np.float64), dense.shape[1], dense.shape[0])


def course(name: str, given: Any, *, sample: int = 0, neuron: int = 0) -> Array:  # noqa: ANN401  # told apart here
    """What one neuron did over time.

    Args:
        name: for messages.
        given: `[T]`; or `[T, N]` or `[T, B, *N]`, of which one neuron is taken; or recorded `Responses`.
        sample: its number in the batch.
        neuron: its number.

    Returns:
        `[T]`.

    Raises:
        ShapeError: if it has another form.
        ParameterError: if there is no such sample or neuron.

    Example:
        >>> course("v", [[0.0, 1.0], [0.0, 2.0]], neuron=1).tolist()
        [1.0, 2.0]
    """
    if isinstance(given, Responses):
        spikes = listed(name, given, sample=sample)
        dense = np.zeros((given.steps, given.neurons))
        dense[spikes.t.astype(int), spikes.i.astype(int)] = 1.0
    elif _axes(given) < 2:
        return as_array(name, given, ("T",))
    else:
        dense = _one_sample(name, given, sample)
    _check_place(name, "neuron", neuron, dense.shape[1])
    return dense[:, neuron]


def _one_sample(name: str, given: Numbers, sample: int) -> Array:
    """`[T, N]` of one sample."""
    axes = _axes(given)
    if axes == 2:
        return as_array(name, given, ("T", "N"))
    array = as_array(name, given, ("T", "B", *(f"N{k}" for k in range(axes - 2))) if axes > 2 else ("T", "B", "N"))
    if 0 in array.shape[2:]:
        raise ShapeError(f"{name} must have at least one neuron, got {shape_text(array)}")
    _check_place(name, "sample", sample, array.shape[1])
    return array[:, sample].reshape(len(array), -1)


def _of_events(name: str, events: Events, neurons: int, samples: int, sample: int) -> Listed:
    _check_place(name, "sample", sample, samples)
    t, b, i = (as_array(f"{field} of {name!r}", column, ("spikes",)) for field, column in events._asdict().items())
    return Listed(t[b == sample], i[b == sample], neurons, None)


def _check_place(name: str, what: str, place: int, size: int) -> None:
    if not 0 <= place < size:
        raise ParameterError(f"{name} has {size} {what}{'s' if size > 1 else ''}, numbered from 0; got {what} {place}")


def _axes(given: Numbers) -> int:
    try:
        return np.ndim(given)  # of tensors, too
    except ValueError:  # rows of different lengths, which `as_array` refuses
        return 1


def _field(name: object) -> str:
    return str(name).rpartition(".")[2]
