"""What both engines check before they run."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from picojoule.core.errors import EngineError, ParameterError, ShapeError, UnknownNameError
from picojoule.core.kinds import kind_of, take
from picojoule.core.trains import SpikeTrains, trains_from_spikes
from picojoule.network.network import Network
from picojoule.network.population import GIVEN
from picojoule.neurons.base import coefficients_at
from picojoule.simulate.finite import check_finite, check_network, check_rules

Spikes = Tensor | SpikeTrains | NDArray[Any]


def checked_inputs(network: Network, spikes: Spikes | Mapping[str, Spikes]) -> dict[str, SpikeTrains]:
    """The spikes of every input of a network, as trains of equal length.

    Args:
        network: what they are for.
        spikes: `[T, B, *N]` or trains; a mapping by input name where there are several inputs.

    Raises:
        UnknownNameError: if an input does not exist.
        ShapeError: if an input is missing, sizes, samples or steps do not fit, or trains contradict themselves.
        EngineError: if the network has no input, or is not of float32 on the CPU.
    """
    if not network.inputs:
        raise EngineError("the network has no input to send spikes to; add one with network.add_input")
    _check_single(network)
    given = dict(spikes) if isinstance(spikes, Mapping) else dict.fromkeys(list(network.inputs)[:1], spikes)
    for name in given:
        if name not in network.inputs:
            raise UnknownNameError("input", name, network.inputs)
    if missing := set(network.inputs) - set(given):
        raise ShapeError(f"spikes of input {sorted(missing)[0]!r} are missing; give a mapping with all inputs")
    trains = {name: _trains(name, spikes) for name, spikes in given.items()}
    for name, train in trains.items():
        if train.size != network.inputs[name]:
            raise ShapeError(f"input {name!r} has {network.inputs[name]} neurons, but the spikes have {train.size}")
        _check_places(name, train)
    if len({(train.samples, train.steps) for train in trains.values()}) > 1:
        raise ShapeError("the spikes of all inputs must have the same number of samples and steps")
    return trains


def _trains(name: str, spikes: Spikes) -> SpikeTrains:
    """The spikes of one input as trains; an error names the input."""
    if isinstance(spikes, SpikeTrains):
        return spikes
    try:
        return trains_from_spikes(take("spikes", kind_of(Tensor), spikes))
    except ShapeError as error:
        raise ShapeError(f"input {name!r}: {error}") from error


def check_numbers(network: Network, *, learn: bool) -> None:
    """Refuse tensors that do not fit, numbers that are NaN or infinite, and weights outside their rule's bounds.

    Engines leave out changes that bounds make impossible, so weights that learn must lie within them.
    """
    network.check_tensors({})
    check_network(network)
    if not learn:
        return
    if not network.learns:
        raise ParameterError(
            "learn=True, but nothing in the network can learn; give a connection a rule, network.connect(…, "
            "rule=PairSTDP()), or a population homeostasis, or leave learn out"
        )
    check_rules(network)
    for key, rule in network.rules.items():
        lowest, highest = network.connections[key].weight.aminmax()
        low, high = torch.tensor(rule.bounds, dtype=torch.float32)
        if not (lowest >= low and highest <= high):
            raise ParameterError(
                f"weights of {'->'.join(key)} lie in [{float(lowest):g}, {float(highest):g}], outside the bounds of "
                f"its rule, [{float(low):g}, {float(high):g}]; clamp them before learning"
            )


def checked_record(network: Network, record: Iterable[str]) -> frozenset[str]:
    """The names of populations to record, each of which exists."""
    names = frozenset(record)
    for name in names:
        if name not in network.populations:
            raise UnknownNameError("population to record", name, network.populations)
    return names


def checked_coefficients(network: Network, name: str) -> Any:  # noqa: ANN401  # the neuron's own NamedTuple
    """The coefficients of a population, each one number or one for each neuron."""
    population = network.population(name)
    if population.neuron.per_step:
        raise EngineError(
            f"population {name!r} has {type(population.neuron).__name__} neurons, whose coefficients change from step "
            f"to step, which networks do not follow; run such a layer with picojoule.simulate.scan.scan"
        )
    c = coefficients_at(population.neuron, network.dt)
    for field, value in zip(c._fields, c, strict=True):
        if value.numel() not in (1, population.n):
            raise ShapeError(
                f"{type(population.neuron).__name__} has {value.numel()} values of {field}, but population {name!r} "
                f"has {population.n} neurons; give one number or one for each neuron"
            )
        kind = type(population.neuron).__name__
        check_finite(f"{field} of population {name!r} ({kind})", value, "look at the neuron's parameters")
    return c


def _check_single(network: Network) -> None:
    for name, tensor in network.state_dict().items():
        own = name.rpartition(".")[2].startswith(GIVEN)  # a neuron's parameters give coefficients, which are converted
        if tensor.device.type != "cpu" or (not own and tensor.is_floating_point() and tensor.dtype != torch.float32):
            raise EngineError(
                f"both engines run float32 networks on the CPU, but {name} is {tensor.dtype} on {tensor.device}; "
                f"use network.float().cpu()"
            )


def _check_places(name: str, train: SpikeTrains) -> None:
    """Compiled loops do not look whether a place exists."""
    pointers, indices = train.pointers, train.indices
    if pointers.dtype != np.int64 or indices.dtype != np.int32:
        raise ShapeError(f"trains of input {name!r} need int64 pointers and int32 indices")
    if pointers.min() < 0 or pointers.max() > len(indices) or (np.diff(pointers, axis=1) < 0).any():
        raise ShapeError(f"pointers of input {name!r} must rise along a sample, within its {len(indices)} indices")
    if len(indices) and (indices.min() < 0 or indices.max() >= train.size):
        raise ShapeError(f"indices of input {name!r} must lie in 0..{train.size - 1}")
