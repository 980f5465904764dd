"""Rate coding: intensities become independent Poisson spike trains.

Input i spikes at the times of a Poisson process with the rate `intensity[i] * max_rate`. The process runs in continuous
time: intervals are exponential, `-ln(u) / rate`. Spikes are then put into steps; a step holds one spike at most, so two
in the same step become one. The work is proportional to the number of spikes, and an input of zero intensity costs
nothing.

Source: Heeger, *Poisson model of spike generation* (2000), the method of intervals.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from picojoule.core.compiled import compiled
from picojoule.core.errors import ParameterError
from picojoule.core.params import Rate
from picojoule.core.random import exponentials, philox_blocks
from picojoule.core.trains import SpikeTrains
from picojoule.encode.base import Encoder


@dataclass(frozen=True)
class Poisson(Encoder):
    """Poisson spike trains with rates proportional to intensity.

    Args:
        max_rate: rate at intensity 1, in Hz; at most one spike per step.

    Raises:
        ParameterError: if a step would have to hold more than one spike on average: lower `max_rate` or `dt`.

    Example:
        >>> import torch
        >>> spikes = Poisson(max_rate=100.0)(torch.ones(1, 1000), steps=1000)
        >>> round(spikes.mean().item(), 2)  # 1 - exp(-0.1) of the steps hold a spike
        0.1
    """

    max_rate: Rate = 128.0

    def check_step(self, dt: float) -> None:
        """Refuse a rate above one spike per step."""
        if (most := self.max_rate * dt / 1000.0) > 1.0:
            raise ParameterError(
                f"max_rate={self.max_rate:g} Hz with dt={dt:g} ms needs {most:g} spikes per step, and one holds "
                f"at most 1; use max_rate <= {1000.0 / dt:g} Hz or dt <= {1000.0 / self.max_rate:g} ms"
            )

    def _trains(
        self,
        intensities: NDArray[np.float32],
        *,
        steps: int,
        dt: float,
        seed: int,
        presentation: int,
        samples: NDArray[np.int64],
    ) -> SpikeTrains:
        key = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
        pointers, indices = _poisson(intensities, self.max_rate * dt / 1000.0, steps, key, presentation, samples)
        return SpikeTrains(pointers, indices, intensities.shape[1])


@compiled()
def _poisson(  # noqa: PLR0917  # compiled functions take their arguments in order
    intensities: NDArray[np.float32],
    rate: float,
    steps: int,
    key: tuple[int, int],
    presentation: int,
    samples: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Pointers `[B, steps + 1]` and indices of all spikes; `rate` in spikes per step at intensity 1."""
    batch, size = intensities.shape
    pointers = np.zeros((batch, steps + 1), np.int64)
    indices = np.empty(1024 + int(1.1 * rate * steps * intensities.sum()), np.int32)
    inputs, times = np.empty(4096, np.int32), np.empty(4096, np.int32)
    total = 0
    for b in range(batch):
        sample, found, block = samples[b], 0, 0
        places = pointers[b]
        blocks = _blocks(intensities[b], rate * steps)
        intervals = _intervals(blocks, key, sample, presentation)
        for i in range(size):
            if blocks[i] == 0:
                continue
            if found + steps > inputs.size:  # an input spikes once in a step at most
                inputs, times = _longer(inputs, inputs.size + steps), _longer(times, times.size + steps)
            mine = intervals[4 * block : 4 * (block + blocks[i])]
            block += blocks[i]
            drawn = _draw(rate * intensities[b, i], steps, mine, key, (i, sample, presentation), times[found:])
            for e in range(found, found + drawn):
                inputs[e] = i
                places[times[e] + 1] += 1
            found += drawn
        if total + found > indices.size:
            indices = _longer(indices, indices.size + found)
        places[0] = total
        _sort(inputs[:found], times, places, indices)
        total += found
    return pointers, indices[:total].copy()


@compiled(inline="always")
def _blocks(intensities: NDArray[np.float32], most: float) -> NDArray[np.int64]:
    """How many blocks of four numbers to draw ahead for each input, so that few need more; `most` spikes at 1."""
    blocks = np.zeros(intensities.size, np.int64)
    for i in range(intensities.size):
        mean = most * intensities[i]
        if mean > 0.0:
            blocks[i] = 1 + int((mean + 3.0 * math.sqrt(mean)) * 0.25)
    return blocks


@compiled()
def _intervals(blocks: NDArray[np.int64], key: tuple[int, int], sample: int, presentation: int) -> NDArray[np.float32]:
    """Standard exponential numbers of all inputs, one input after the other, in loops that the compiler makes SIMD."""
    draws, inputs = np.empty(blocks.sum(), np.uint32), np.empty(blocks.sum(), np.uint32)
    block = 0
    for i in range(blocks.size):
        for draw in range(blocks[i]):
            draws[block], inputs[block] = draw, i
            block += 1
    numbers: NDArray[np.float32] = exponentials(philox_blocks(key, draws, inputs, sample, presentation))
    return numbers


@compiled()
def _draw(  # noqa: PLR0917  # compiled functions take their arguments in order
    mean: float,
    steps: int,
    intervals: NDArray[np.float32],
    key: tuple[int, int],
    counter: tuple[int, int, int],
    times: NDArray[np.int32],
) -> int:
    """Write the steps in which one input spikes, with `mean` spikes per step, and return how many they are."""
    scale, now, last, draw, made, drawn = 1.0 / mean, 0.0, -1, 0, intervals.size // 4, 0
    while True:
        if draw == intervals.size:  # more than were drawn ahead
            block, owner = np.full(1, made, np.uint32), np.full(1, counter[0], np.uint32)
            intervals = exponentials(philox_blocks(key, block, owner, counter[1], counter[2]))
            draw, made = 0, made + 1
        now += intervals[draw] * scale
        draw += 1
        if now >= steps:
            return drawn
        if int(now) != last:
            last = int(now)
            times[drawn] = last
            drawn += 1


@compiled(inline="always")
def _longer(array: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    longer = np.empty(size, np.int32)
    longer[: array.size] = array
    return longer


@compiled(inline="always")
def _sort(
    inputs: NDArray[np.int32], times: NDArray[np.int32], places: NDArray[np.int64], indices: NDArray[np.int32]
) -> None:
    """Turn counts per step into pointers, and write the inputs step by step.

    Inputs ascend within a step, because they were drawn one after the other.
    """
    for t in range(places.size - 1):
        places[t + 1] += places[t]
    fill = places[:-1].copy()
    for e in range(inputs.size):
        indices[fill[times[e]]] = inputs[e]
        fill[times[e]] += 1
