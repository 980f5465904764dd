"""Counter-based random numbers: the same for every engine, thread count and resumed run.

A number is a function of a key (the seed) and a counter (which presentation, sample, element, draw), so nothing has to be
kept or replayed, and the order in which numbers are drawn does not matter.

Source: Salmon, Moraes, Dror & Shaw, *Parallel random numbers: as easy as 1, 2, 3* (2011), Philox4x32-10.
"""

import numpy as np
from numba import njit, uint32, uint64

_M0, _M1 = uint64(0xD2511F53), uint64(0xCD9E8D57)
_W0, _W1 = uint32(0x9E3779B9), uint32(0xBB67AE85)


@njit(nogil=True, cache=True, inline="always")
def philox(key0, key1, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """Four random 32-bit words for a 64-bit key and a 128-bit counter."""
    for _ in range(10):
        first = _M0 * uint64(c0)
        second = _M1 * uint64(c2)
        c0 = uint32(second >> uint64(32)) ^ c1 ^ key0
        c2 = uint32(first >> uint64(32)) ^ c3 ^ key1
        c1 = uint32(second)
        c3 = uint32(first)
        key0 = uint32(key0 + _W0)
        key1 = uint32(key1 + _W1)
    return c0, c1, c2, c3


@njit(nogil=True, cache=True, inline="always")
def unit_interval(word):  # type: ignore[no-untyped-def]
    """A 32-bit word as a number in (0, 1), never 0 or 1."""
    return (np.float64(word) + 0.5) * (1.0 / 4294967296.0)
