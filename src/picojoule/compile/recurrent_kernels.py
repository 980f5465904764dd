"""The products of the recurrent loops: rows of neurons that spiked, and a matrix that serves many samples at once."""
# ruff: noqa: ANN001, ANN201  # numba infers types

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def fired(spikes, places):  # type: ignore[no-untyped-def]
    """Write where `spikes` is not 0 into `places`; return how many there are."""
    count = 0
    for j in range(spikes.size):
        places[count] = j
        count += spikes[j] != 0.0
    return count


@njit(nogil=True, cache=True, error_model="numpy")
def add_rows(given, weight, spikes, places, count, out):  # type: ignore[no-untyped-def]
    """`out = given + spikes @ weight`, one row after the other, for the `count` rows in `places`."""
    n = out.size
    whole = True
    for k in range(count):
        whole = whole and spikes[places[k]] == 1.0
    for j in range(n):
        out[j] = given[j]
    k = 0
    if whole:
        while k + 4 <= count:
            a, b = weight[places[k]], weight[places[k + 1]]
            c, d = weight[places[k + 2]], weight[places[k + 3]]
            for j in range(n):
                out[j] = (((out[j] + a[j]) + b[j]) + c[j]) + d[j]
            k += 4
    while k < count:
        value, a = spikes[places[k]], weight[places[k]]
        for j in range(n):
            out[j] += value * a[j]
        k += 1


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def times_transposed(given, transposed, out, begin, end):  # type: ignore[no-untyped-def]
    """`out[r] = given[r] @ transposed` for rows `begin` to `end`."""
    n = transposed.shape[0]
    for r in range(begin, end):
        out[r] = 0
    r = begin
    while r < end:
        rows = min(4, end - r)
        if rows == 4:
            o0, o1, o2, o3 = out[r], out[r + 1], out[r + 2], out[r + 3]
            j = 0
            while j + 4 <= n:
                w0, w1, w2, w3 = transposed[j], transposed[j + 1], transposed[j + 2], transposed[j + 3]
                a0, a1, a2, a3 = given[r, j], given[r, j + 1], given[r, j + 2], given[r, j + 3]
                b0, b1, b2, b3 = given[r + 1, j], given[r + 1, j + 1], given[r + 1, j + 2], given[r + 1, j + 3]
                c0, c1, c2, c3 = given[r + 2, j], given[r + 2, j + 1], given[r + 2, j + 2], given[r + 2, j + 3]
                d0, d1, d2, d3 = given[r + 3, j], given[r + 3, j + 1], given[r + 3, j + 2], given[r + 3, j + 3]
                for i in range(n):
                    v0, v1, v2, v3 = w0[i], w1[i], w2[i], w3[i]
                    o0[i] += a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3
                    o1[i] += b0 * v0 + b1 * v1 + b2 * v2 + b3 * v3
                    o2[i] += c0 * v0 + c1 * v1 + c2 * v2 + c3 * v3
                    o3[i] += d0 * v0 + d1 * v1 + d2 * v2 + d3 * v3
                j += 4
            while j < n:
                w0 = transposed[j]
                a0, b0, c0, d0 = given[r, j], given[r + 1, j], given[r + 2, j], given[r + 3, j]
                for i in range(n):
                    o0[i] += a0 * w0[i]
                    o1[i] += b0 * w0[i]
                    o2[i] += c0 * w0[i]
                    o3[i] += d0 * w0[i]
                j += 1
        else:
            for s in range(r, r + rows):
                o0 = out[s]
                for j in range(n):
                    a0, w0 = given[s, j], transposed[j]
                    for i in range(n):
                        o0[i] += a0 * w0[i]
        r += rows


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def weight_gradient(begin, end, before, spikes, currents, out):  # type: ignore[no-untyped-def]
    """Add the sum over steps and samples of `spikes of the step before ⊗ gradient of the current` to columns of `out`.

    Args:
        begin: first column.
        end: end of the columns.
        before: `[B, N]`, the spikes of the step before the first.
        spikes: `[T, B, N]` bytes, the spikes of every step.
        currents: `[T, B, N]`, the gradients.
        out: `[N, N]`.
    """
    steps, rows, n = currents.shape
    for r in range(rows):
        given = currents[0, r, begin:end]
        for i in range(n):
            value = before[r, i]
            if value != 0.0:
                target = out[i, begin:end]
                for j in range(end - begin):
                    target[j] += value * given[j]
    for t in range(1, steps):
        for r in range(rows):
            given, row = currents[t, r, begin:end], spikes[t - 1, r]
            for i in range(n):
                if row[i] != np.uint8(0):
                    target = out[i, begin:end]
                    for j in range(end - begin):
                        target[j] += given[j]
