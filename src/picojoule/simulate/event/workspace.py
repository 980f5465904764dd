"""The arrays of one worker of the event engine, by the names that the generated loop gives them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from picojoule.connect.base import Connection
from picojoule.core.errors import EngineError
from picojoule.network.network import Network, Population
from picojoule.simulate.inputs import checked_coefficients

Array = npt.NDArray[Any]
SPARE = 64  # numbers, at least the width of a block of `kernels.ahead`


def shared_arrays(network: Network, duration: float, *, learn: bool) -> dict[str, Any]:
    """Parameters, weights and thresholds: what all workers read, and what learning writes."""
    arrays: dict[str, Any] = {}
    for name in network.populations:
        population = network.population(name)
        c = checked_coefficients(network, name)
        kinds = [f"c_{field}" for field in c._fields]
        arrays[f"{name}_constants"] = floats([float(v) if v.numel() == 1 else 0.0 for v in c])
        for kind, value in zip(kinds, c, strict=True):
            if value.numel() > 1:
                arrays[f"{name}_array_{kind}"] = floats(value.detach().flatten().tolist())
        rest = population.neuron.initial(torch.zeros(1, population.n))
        arrays[f"{name}_initial"] = np.concatenate([field.detach().numpy() for field in rest]).astype(np.float32)
        if population.theta is not None and population.homeostasis is not None:
            arrays[f"{name}_theta"] = as_array(population.theta)
            c_theta = population.homeostasis.coefficients(duration)
            arrays[f"{name}_theta_constants"] = floats([float(v) for v in c_theta])
    for key, connection in network.connections.items():
        arrays |= _connection_arrays(network, key, connection, learn=learn)
    return arrays


def _connection_arrays(
    network: Network, key: tuple[str, str], connection: Connection, *, learn: bool
) -> dict[str, Any]:
    name = f"{key[0]}_{key[1]}"
    weight = connection.weight.detach()
    arrays: dict[str, Any] = {f"{name}_weight": as_array(weight.reshape(weight.shape or 1))}
    delay = getattr(connection, "delay", None)
    if delay is not None:
        arrays[f"{name}_delay"] = delay.numpy()
    if learn and key in network.rules:
        rule = network.rules[key]
        arrays[f"{name}_constants"] = floats([float(v) for v in rule.coefficients(network.dt)])
        traces = {**rule.pre_traces, **rule.post_traces}
        arrays[f"{name}_decays"] = floats([trace.decay(network.dt) for trace in traces.values()])
        for limit, bound in zip(("low", "high"), rule.bounds, strict=True):
            arrays[f"{name}_{limit}"] = np.float32(bound)
    if learn and key in network.normalisations:
        arrays[f"{name}_total"] = float(network.normalisations[key].total)
    return arrays


def worker_arrays(network: Network, facts: Mapping[str, Any], steps: int, *, learn: bool) -> dict[str, Array]:
    """State, traces and buffers of one worker."""
    arrays: dict[str, Array] = {}
    for name in network.populations:
        arrays |= _population_buffers(name, network.population(name))
    for key, connection in network.connections.items():
        port = f"{key[1]}_in_{connection.port}"
        whole = key in facts["ahead"]
        feeding = [c for k, c in network.connections.items() if k[1] == key[1] and c.port == connection.port]
        rows = max(c.longest_delay for c in feeding)
        if whole or port not in arrays:
            if whole:  # sums of steps run over into the rows behind the last one
                rows += steps + 1 + SPARE // connection.n_target
            arrays[port] = np.zeros((rows, connection.n_target), np.float32)
        if learn and key in network.rules:
            arrays |= _learning_buffers(network, key, connection)
    return arrays


def _population_buffers(name: str, population: Population) -> dict[str, Array]:
    n = population.n
    state = type(population.neuron.initial(torch.zeros(1, 1)))._fields
    buffers: dict[str, Array] = {f"{name}_state_{field}": np.zeros(n, np.float32) for field in state}
    buffers |= {f"{name}_{work}": np.zeros(n, np.float32) for work in ("excess", "mask")}
    buffers |= {f"{name}_{work}": np.zeros(n, np.int32) for work in ("now", "fired", "awake")}
    buffers[f"{name}_is_awake"] = np.ones(n, np.int8)
    return buffers


def _learning_buffers(network: Network, key: tuple[str, str], connection: Connection) -> dict[str, Array]:
    name = f"{key[0]}_{key[1]}"
    rule = network.rules[key]
    sizes = dict.fromkeys(rule.pre_traces, connection.n_source) | dict.fromkeys(rule.post_traces, connection.n_target)
    buffers: dict[str, Array] = {f"{name}_trace_{trace}": np.zeros(n, np.float32) for trace, n in sizes.items()}
    buffers[f"{name}_touched"] = np.zeros(connection.n_target, np.int8)
    buffers |= {f"{name}_{work}": np.zeros(connection.n_target, np.int32) for work in ("live", "slot")}
    return buffers


def floats(values: list[float]) -> Array:
    """Numbers as float32."""
    return np.array(values, dtype=np.float32)


def as_array(tensor: torch.Tensor) -> Array:
    """A view of a tensor, known to be of float32 on the CPU: what the loop writes is in the tensor."""
    if not tensor.is_contiguous():
        raise EngineError(
            f"the event engine needs weights whose rows lie one after the other, got strides {tensor.stride()} for "
            f"shape {list(tensor.shape)}; use weight.contiguous()"
        )
    return tensor.detach().numpy()
