"""Counter-based random numbers: the same for every engine, thread count and resumed run.

A number is a function of a key (the seed) and a counter (which presentation, sample, element, draw), so nothing has to
be kept or replayed, and the order in which numbers are drawn does not matter.

Source: Salmon, Moraes, Dror & Shaw, *Parallel random numbers: as easy as 1, 2, 3* (2011), Philox4x32-10.
"""

import numpy as np
from numba import uint32, uint64
from numpy.typing import NDArray

from picojoule.core.compiled import compiled

Words = NDArray[np.uint32]

_M0, _M1 = uint64(0xD2511F53), uint64(0xCD9E8D57)
_W0, _W1 = uint32(0x9E3779B9), uint32(0xBB67AE85)


@compiled(inline="always")
def philox(  # noqa: PLR0917  # compiled functions take their arguments in order
    key0: int, key1: int, c0: int, c1: int, c2: int, c3: int
) -> tuple[int, int, int, int]:
    """Four random 32-bit words for a 64-bit key and a 128-bit counter, each given as `uint32` words, low word first."""
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


@compiled()
def philox_blocks(key: tuple[int, int], c0: Words, c1: Words, c2: int, c3: int) -> Words:
    """The four random words of counter `(c0[k], c1[k], c2, c3)`, for all k: `[4 * k]` uint32."""
    words = np.empty(4 * c0.size, np.uint32)
    key0, key1 = uint32(key[0]), uint32(key[1])
    for k in range(c0.size):
        a, b, c, d = philox(key0, key1, c0[k], c1[k], uint32(c2), uint32(c3))
        words[4 * k] = a
        words[4 * k + 1] = b
        words[4 * k + 2] = c
        words[4 * k + 3] = d
    return words


@compiled()
def exponentials(words: Words) -> NDArray[np.float32]:
    """Standard exponential numbers `-ln(u)`, one for each random 32-bit word.

    The upper 24 bits make `u = (k + 1/2) / 2^24`, rounded to single precision, in (0, 1]. The logarithm is that of u's
    mantissa, by a polynomial, plus its exponent times ln 2: plain arithmetic in single precision with an error of about
    1e-7, the same on every machine.

    Source: the coefficients are those of `logf` in Moshier's Cephes library.
    """
    u = np.empty(words.size, np.float32)
    for k in range(words.size):
        u[k] = (np.float32(words[k] >> np.uint32(8)) + np.float32(0.5)) * np.float32(2.0**-24)
    bits = u.view(np.int32)
    exponents = np.empty(words.size, np.float32)
    for k in range(words.size):
        shifted = bits[k] - np.int32(0x3F3504F3)  # mantissas from sqrt(1/2) to sqrt(2)
        exponents[k] = np.float32(shifted >> np.int32(23))
        bits[k] = (shifted & np.int32(0x007FFFFF)) + np.int32(0x3F3504F3)
    for k in range(words.size):
        f = u[k] - np.float32(1.0)
        p = np.float32(7.0376836292e-2) * f + np.float32(-1.1514610310e-1)
        p = p * f + np.float32(1.1676998740e-1)
        p = p * f + np.float32(-1.2420140846e-1)
        p = p * f + np.float32(1.4249322787e-1)
        p = p * f + np.float32(-1.6668057665e-1)
        p = p * f + np.float32(2.0000714765e-1)
        p = p * f + np.float32(-2.4999993993e-1)
        p = p * f + np.float32(3.3333331174e-1)
        square = f * f
        u[k] = -((f - np.float32(0.5) * square) + square * f * p + exponents[k] * np.float32(0.69314718056))
    return u
