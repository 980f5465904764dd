"""Rate coding: intensities become independent Poisson spike trains.

Input i spikes at the times of a Poisson process with the rate `intensity[i] * max_rate`. The process runs in continuous
time: intervals are exponential, `-ln(u) / rate`. Spikes are then put into steps; a step holds one spike at most, so two in
the same step become one. The work is proportional to the number of spikes, and an input of zero intensity costs nothing.

Source: Heeger, *Poisson model of spike generation* (2000), the method of intervals.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit, uint32

from picojoule.core.errors import ParameterError
from picojoule.core.params import Rate
from picojoule.core.random import philox, unit_interval
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
                f"max_rate={self.max_rate:g} Hz with dt={dt:g} ms needs {most:g} spikes per step, and one holds at most 1; "
                f"use max_rate <= {1000.0 / dt:g} Hz or dt <= {1000.0 / self.max_rate:g} ms"
            )

    def _trains(
        self,
        intensities: np.typing.NDArray[np.float32],
        steps: int,
        dt: float,
        seed: int,
        presentation: int,
        samples: np.typing.NDArray[np.int64],
    ) -> SpikeTrains:
        pointers, indices = _poisson(intensities, self.max_rate * dt / 1000.0, steps, seed, presentation, samples)
        return SpikeTrains(pointers, indices, intensities.shape[1])


@njit(nogil=True, cache=True, error_model="numpy")
def _poisson(intensities, rate, steps, seed, presentation, samples):  # type: ignore[no-untyped-def]
    """Pointers `[B, steps + 1]` and indices of all spikes; `rate` in spikes per step at intensity 1."""
    batch, size = intensities.shape
    key0, key1 = uint32(seed & 0xFFFFFFFF), uint32((seed >> 32) & 0xFFFFFFFF)
    pointers = np.zeros((batch, steps + 1), np.int64)
    room = 1024 + int(1.1 * rate * steps * intensities.sum())
    indices = np.empty(room, np.int32)
    inputs, times = np.empty(4096, np.int32), np.empty(4096, np.int32)
    total = 0
    for b in range(batch):
        found = 0
        places = pointers[b]
        for i in range(size):
            mean = rate * intensities[b, i]
            if mean <= 0.0:
                continue
            if found + steps > inputs.size:  # an input spikes once in a step at most
                inputs = np.concatenate((inputs, np.empty(inputs.size + steps, np.int32)))
                times = np.concatenate((times, np.empty(times.size + steps, np.int32)))
            scale, now, last, draw = 1.0 / mean, 0.0, -1, 0
            words = (uint32(0), uint32(0), uint32(0), uint32(0))
            while True:
                if draw & 3 == 0:
                    words = philox(key0, key1, uint32(draw >> 2), uint32(i), uint32(samples[b]), uint32(presentation))
                word = words[0] if draw & 3 == 0 else words[1] if draw & 3 == 1 else words[2] if draw & 3 == 2 else words[3]
                draw += 1
                now -= math.log(unit_interval(word)) * scale
                if now >= steps:
                    break
                if int(now) != last:
                    last = int(now)
                    inputs[found], times[found] = i, last
                    places[last + 1] += 1
                    found += 1
        if total + found > indices.size:
            indices = np.concatenate((indices, np.empty(indices.size + found, np.int32)))
        places[0] = total
        for t in range(steps):
            places[t + 1] += places[t]
        # inputs ascend within a step, because they were drawn one after the other
        fill = places[:steps].copy()
        for e in range(found):
            indices[fill[times[e]]] = inputs[e]
            fill[times[e]] += 1
        total += found
    return pointers, indices[:total].copy()
