"""The products of the recurrent loops: rows of neurons that spiked, and a matrix that serves many samples at once.

Matrices of weights are flat, with `n` columns; what belongs to samples is `[rows, n]`.
"""
# ruff: noqa: ANN001, ANN201, ANN202, PLR0917  # numba infers types

from typing import Any

import numpy as np

from picojoule.compile.recurrent_vectors import (
    ACROSS,
    BYTES,
    ROWS,
    VECTORS,
    add_to_rows,
    lowest_bit,
    nonzero_mask,
    product_tile,
    sum_rows,
)
from picojoule.core.compiled import compiled

_EXACT: dict[str, Any] = {"_nrt": False}
_FAST = {**_EXACT, "fastmath": {"contract", "reassoc"}}


def stretch_of(itemsize: int) -> int:
    """Columns of a stretch of `weight_gradient`, for numbers of so many bytes."""
    return VECTORS * BYTES // itemsize


@compiled(**_EXACT)
def fired(spikes, places):  # type: ignore[no-untyped-def]
    """Write where `spikes` is not 0 into `places` (one longer than it); return how many there are."""
    lanes = BYTES // spikes.itemsize
    count = 0
    whole = spikes.size // lanes * lanes
    for begin in range(0, whole, lanes):
        bits = nonzero_mask(spikes, begin)
        while bits != np.uint64(0):
            places[count] = begin + lowest_bit(bits)
            count += 1
            bits &= bits - np.uint64(1)
    for j in range(whole, spikes.size):
        places[count] = j
        count += spikes[j] != 0
    return count


@compiled(**_EXACT)
def add_rows(given, weight, spikes, places, count, out):  # type: ignore[no-untyped-def]
    """`out = given + spikes @ weight`, one row after the other, for the `count` rows in `places`."""
    n = out.size
    for k in range(count):
        if spikes[places[k]] != 1.0:
            _add_scaled_rows(given, weight, spikes, places, count, out)
            return
    width = VECTORS * (BYTES // out.itemsize)
    whole = n // width * width
    for begin in range(0, whole, width):
        sum_rows(weight, n, places, count, given, begin, out)
    if whole < n:
        for j in range(whole, n):
            out[j] = given[j]
        for k in range(count):
            row = places[k] * n
            for j in range(whole, n):
                out[j] += weight[row + j]


@compiled(**_EXACT)
def _add_scaled_rows(given, weight, spikes, places, count, out):  # type: ignore[no-untyped-def]
    """The same for numbers that are not 1, as an initial state may hold."""
    n = out.size
    for j in range(n):
        out[j] = given[j]
    for k in range(count):
        value, row = spikes[places[k]], places[k] * n
        for j in range(n):
            out[j] += value * weight[row + j]


@compiled(**_FAST)
def times_transposed(given, transposed, out, n, begin, end):  # type: ignore[no-untyped-def]
    """`out[r] = given[r] @ transposed` for rows `begin` to `end`."""
    width = ACROSS * (BYTES // out.itemsize)
    whole, tiled = n // width * width, begin + (end - begin) // ROWS * ROWS
    for column in range(0, whole, width):
        for r in range(begin, tiled, ROWS):
            product_tile(given, r * n, transposed, n, column, out, r * n)
    for r in range(begin, end):
        first = whole if r < tiled else 0
        if first < n:
            _row_times(given[r], transposed, out[r], n, first)


@compiled(**_FAST)
def _row_times(given, transposed, out, n, first):  # type: ignore[no-untyped-def]
    """Columns from `first` of one row's product."""
    for i in range(first, n):
        out[i] = 0
    for j in range(n):
        value = given[j]
        for i in range(first, n):
            out[i] += value * transposed[j * n + i]


@compiled(**_FAST)
def weight_gradient(begin, end, before, awake, spikes, currents, numbers, out):  # type: ignore[no-untyped-def]
    """Add the sum over steps and samples of `spikes of the step before ⊗ gradient of the current` to columns of `out`.

    Args:
        begin: first stretch of columns.
        end: end of the stretches, each of `VECTORS` vectors; the last one may be narrower.
        before: `[B, N]`, the spikes of the step before the first.
        awake: `[B]` int64, the first step in which a sample goes on; until then, `before` is carried.
        spikes: `[T, B, N]` bytes, the spikes carried out of every step.
        currents: `[T, B, N]`, the gradients.
        numbers: `[stretches, N + 1]` int32, to work in.
        out: `[N, N]`, flat.
    """
    steps, rows, n = currents.shape
    width = VECTORS * (BYTES // out.itemsize)
    lo, hi = begin * width, min(end * width, n)
    places = numbers[begin]
    for r in range(rows):
        given = currents[awake[r], r]
        for i in range(n):
            value = before[r, i]
            if value != 0.0:
                for j in range(lo, hi):
                    out[i * n + j] += value * given[j]
    for t in range(1, steps):
        for r in range(rows):
            if t > awake[r]:
                count = fired(spikes[t - 1, r], places)
                _add_to_columns(currents[t, r], places, count, out, lo, hi)


@compiled(**_FAST)
def _add_to_columns(given, places, count, out, lo, hi):  # type: ignore[no-untyped-def]
    n = given.size
    width = VECTORS * (BYTES // out.itemsize)
    whole = lo + (hi - lo) // width * width
    for column in range(lo, whole, width):
        add_to_rows(out, n, places, count, given, column)
    if whole < hi:
        for k in range(count):
            row = places[k] * n
            for j in range(whole, hi):
                out[row + j] += given[j]
