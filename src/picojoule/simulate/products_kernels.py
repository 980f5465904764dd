"""Kernels of spike-driven products: find the non-zeros of a matrix, and add up the rows that they choose.

Rows are added in blocks of neighbouring columns, packed so that a block stays in the second-level cache. A block is
`wide` (4 vectors) or `narrow` (1 vector); block by block, packed numbers stand at `start * rows`, row after row, where
`start` is the block's first column.
"""
# ruff: noqa: ANN001, ANN201, ANN202, PLR0917  # numba infers types, and kernels take arrays by position

import numpy as np

from picojoule.core.compiled import compiled
from picojoule.simulate.products_vectors import (
    BYTES,
    SEEN,
    VECTORS,
    lowest_bit,
    non_zeros,
    sum_narrow,
    sum_narrow_weighted,
    sum_wide,
    sum_wide_weighted,
)

CHUNK = 1024  # rows of the output's gradient that are packed at a time: 256 kB of a wide block


@compiled()
def width_of(columns, start, size):  # type: ignore[no-untyped-def]
    """The width of the block that begins at column `start`; `size` is that of a number, in bytes."""
    lanes = BYTES // size
    return lanes * VECTORS if columns - start > 2 * lanes else lanes


@compiled()
def scan(x, begin, end, places, counts):  # type: ignore[no-untyped-def]
    """List where rows `begin` to `end` of `x` are not zero.

    Args:
        x: `[rows, inputs]`, contiguous.
        begin: first row.
        end: row after the last.
        places: int32, the columns, row after row; room for all of these rows.
        counts: `[rows]`, how many there are in each row.

    Returns:
        Whether all of them are 1.
    """
    flat, inputs = x.reshape(-1), x.shape[1]
    n, ones = 0, True
    for m in range(begin, end):
        row, before = m * inputs, n
        for i in range(0, inputs, SEEN):
            left = inputs - i
            if row + i + SEEN <= flat.size:
                word = non_zeros(flat, row + i)
                if left < SEEN:
                    word &= (np.uint64(1) << np.uint64(left)) - np.uint64(1)
            else:
                word = np.uint64(0)
                for k in range(left):
                    if flat[row + i + k] != 0:
                        word |= np.uint64(1) << np.uint64(k)
            while word != 0:
                place = i + lowest_bit(word)
                places[n] = place
                ones &= flat[row + place] == 1
                n += 1
                word &= word - np.uint64(1)
        counts[m] = n - before
    return ones


@compiled()
def gather(x, pointers, places, values, begin, end):  # type: ignore[no-untyped-def]
    """The numbers at `places`."""
    for m in range(begin, end):
        for e in range(pointers[m], pointers[m + 1]):
            values[e] = x[m, places[e]]


@compiled()
def pack_transposed(matrix, packed, begin, end):  # type: ignore[no-untyped-def]
    """Pack columns `begin` to `end` of the transposed `[columns, rows]` matrix; both are bounds of blocks."""
    columns, rows = matrix.shape
    start = begin
    while start < end:
        width = width_of(columns, start, matrix.itemsize)
        filled = min(width, columns - start)
        block = packed[start * rows : (start + width) * rows].reshape(rows, width)
        for i0 in range(0, rows, 16):
            for j in range(filled):
                source = matrix[start + j, i0 : i0 + 16]
                for i in range(source.size):
                    block[i0 + i, j] = source[i]
        for i in range(rows if filled < width else 0):
            for j in range(filled, width):
                block[i, j] = 0.0
        start += width


@compiled()
def add_rows(packed, pointers, places, values, bias, out, begin, end):  # type: ignore[no-untyped-def]
    """`out[m] = bias + the sum of the packed rows that row m's places choose`, for rows `begin` to `end`.

    `values` are what rows are multiplied by; empty: by 1. `bias` has as many numbers as all blocks together.
    """
    columns = out.shape[1]
    rows, flat = packed.size // bias.size, out.reshape(-1)
    rest = np.empty(BYTES * VECTORS // out.itemsize, out.dtype)
    start = 0
    while start < columns:
        width = width_of(columns, start, out.itemsize)
        cut = columns - start if columns - start < width else 0
        target = rest if cut else flat  # a block that is wider than what is left would run over into the next row
        for m in range(begin, end):
            place = m * columns + start
            a, b, to = pointers[m], pointers[m + 1], 0 if cut else place
            _sum(packed, start * rows, places, values, a, b, bias, start, target, to, width)
            for j in range(cut):
                flat[place + j] = rest[j]
        start += width


@compiled(forceinline=True)
def _sum(rows, base, places, values, begin, end, start, s, out, o, width):  # type: ignore[no-untyped-def]
    wide = width * out.itemsize > BYTES
    if values.size == 0:
        if wide:
            sum_wide(rows, base, places, values, begin, end, start, s, out, o)
        else:
            sum_narrow(rows, base, places, values, begin, end, start, s, out, o)
    elif wide:
        sum_wide_weighted(rows, base, places, values, begin, end, start, s, out, o)
    else:
        sum_narrow_weighted(rows, base, places, values, begin, end, start, s, out, o)


@compiled()
def sort_by_input(pointers, places, values, firsts, rows, sorted_values, begin, end):  # type: ignore[no-untyped-def]
    """List the non-zeros of each chunk of `CHUNK` rows by column, for chunks `begin` to `end`.

    Args:
        pointers: `[all rows + 1]`, where the places of each row begin.
        places: the columns, row after row.
        values: the numbers there, or empty.
        firsts: `[chunks, columns + 1]`, filled with where the rows of each column begin.
        rows: as many as places, filled with rows, counted from the first of the chunk.
        sorted_values: as many as values, filled with the numbers there.
        begin: first chunk.
        end: chunk after the last.
    """
    count = pointers.size - 1
    inputs = firsts.shape[1] - 1
    following = np.empty(inputs, np.int64)
    for chunk in range(begin, end):
        top, bottom = chunk * CHUNK, min((chunk + 1) * CHUNK, count)
        for i in range(inputs):
            following[i] = 0
        for e in range(pointers[top], pointers[bottom]):
            following[places[e]] += 1
        place = pointers[top]
        for i in range(inputs):
            firsts[chunk, i] = place
            place, following[i] = place + following[i], place
        firsts[chunk, inputs] = place
        for m in range(top, bottom):
            for e in range(pointers[m], pointers[m + 1]):
                to = following[places[e]]
                following[places[e]] = to + 1
                rows[to] = m - top
                if values.size:
                    sorted_values[to] = values[e]


@compiled()
def outer_sums(firsts, rows, values, gradient, start, first, last, out):  # type: ignore[no-untyped-def]
    """`out[j, i] = sum of x[m, i] * gradient[m, j]` for a block of columns j and columns i from `first` to `last`.

    `firsts`, `rows` and `values` are the non-zeros of x sorted by input, `start` is the block's first column.
    """
    count, columns = gradient.shape
    width = width_of(columns, start, gradient.itemsize)
    end = min(start + width, columns)
    packed = np.zeros(CHUNK * width, gradient.dtype)
    sums = np.zeros((last - first) * width, gradient.dtype)
    for chunk in range(firsts.shape[0]):
        top = chunk * CHUNK
        for m in range(min(CHUNK, count - top)):
            source, target = gradient[top + m, start:end], packed[m * width : (m + 1) * width]
            for j in range(source.size):
                target[j] = source[j]
        for i in range(first, last):
            a, b, place = firsts[chunk, i], firsts[chunk, i + 1], (i - first) * width
            if a < b:
                _sum(packed, 0, rows, values, a, b, sums, place, sums, place, width)
    _unpack_transposed(sums.reshape(last - first, width), out[start:end, first:last])


@compiled()
def _unpack_transposed(block, out):  # type: ignore[no-untyped-def]
    for i0 in range(0, out.shape[1], 16):
        for j in range(out.shape[0]):
            target = out[j, i0 : i0 + 16]
            for i in range(target.size):
                target[i] = block[i0 + i, j]
