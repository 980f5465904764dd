"""What both engines check before they run."""

from collections.abc import Mapping

from torch import Tensor

from picojoule.core.errors import ParameterError, ShapeError, UnknownNameError
from picojoule.core.trains import SpikeTrains, trains_from_spikes
from picojoule.network.network import Network

Spikes = Tensor | SpikeTrains


def checked_inputs(network: Network, spikes: Spikes | Mapping[str, Spikes]) -> dict[str, SpikeTrains]:
    """The spikes of every input of a network, as trains of equal length.

    Args:
        network: what they are for.
        spikes: `[T, B, *N]` or trains; a mapping by input name where there are several inputs.

    Raises:
        UnknownNameError: if an input does not exist.
        ShapeError: if an input is missing, or sizes, samples or steps do not fit.
    """
    given = dict(spikes) if isinstance(spikes, Mapping) else dict.fromkeys(list(network.inputs)[:1], spikes)
    for name in given:
        if name not in network.inputs:
            raise UnknownNameError("input", name, network.inputs)
    if missing := set(network.inputs) - set(given):
        raise ShapeError(f"spikes of input {sorted(missing)[0]!r} are missing; give a mapping with all inputs")
    trains = {name: trains_from_spikes(s) if isinstance(s, Tensor) else s for name, s in given.items()}
    for name, train in trains.items():
        if train.size != network.inputs[name]:
            raise ShapeError(f"input {name!r} has {network.inputs[name]} neurons, but the spikes have {train.size}")
    if len({(train.samples, train.steps) for train in trains.values()}) > 1:
        raise ShapeError("the spikes of all inputs must have the same number of samples and steps")
    return trains


def checked_batch_size(batch_size: int) -> int:
    """The batch size, at least 1."""
    if batch_size < 1:
        raise ParameterError(f"batch_size must be >= 1 sample, got {batch_size}")
    return batch_size
