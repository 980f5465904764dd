"""The non-zeros of a matrix, and its products by them alone; numpy arrays in and out, several threads inside.

No sum is divided among threads, so that the result does not depend on their number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from picojoule.simulate import products_kernels as kernels
from picojoule.simulate.threads import parallel

Array = npt.NDArray[Any]

SAMPLE = 64  # rows whose density decides whether it is worth listing the others
_SCANNED, _ADDED = 200_000, 1_000_000  # numbers looked at or added that are worth a thread
_CHUNK = 500_000  # numbers that are searched at a time
_ROW = 8  # what a row costs by itself, in non-zeros


@dataclass(frozen=True)
class NonZeros:
    """Where a matrix is not zero, row by row.

    Args:
        pointers: `[rows + 1]` int64, where the places of each row begin.
        places: `[non-zeros]` int32, their columns, in rising order in each row.
        values: the numbers there; empty if all of them are 1.
        columns: of the matrix.
    """

    pointers: Array
    places: Array
    values: Array
    columns: int

    @property
    def rows(self) -> int:
        """Rows of the matrix."""
        return self.pointers.size - 1

    def times(self, weight: Array, bias: Array | None, out: Array) -> None:
        """`out = matrix @ weight.T + bias`, where zeros of the matrix are skipped whatever they meet.

        Args:
            weight: `[outputs, columns]`.
            bias: `[outputs]`, or none.
            out: `[rows, outputs]`, filled.
        """
        starts = list(_starts(weight.shape[0], weight.itemsize))
        packed = np.empty(starts[-1] * self.columns, weight.dtype)
        first = np.zeros(starts[-1], weight.dtype)
        if bias is not None:
            first[: bias.size] = bias

        def pack(begin: int, end: int) -> None:
            kernels.pack_transposed(weight, packed, starts[begin], starts[end])

        def add(begin: int, end: int) -> None:
            a, b = np.searchsorted(work, (begin, end))
            kernels.add_rows(packed, self.pointers, self.places, self.values, first, out, a, b)

        # in proportion to the non-zeros, of which some rows have more than others
        work = self.pointers[:-1] + _ROW * np.arange(self.rows)
        parallel(pack, len(starts) - 1, grain=max(1, _SCANNED // packed.size))
        parallel(add, int(self.pointers[-1]) + _ROW * self.rows, grain=_ADDED // starts[-1])

    def outer(self, gradient: Array, out: Array) -> None:
        """`out = gradient.T @ matrix`, where zeros of the matrix are skipped whatever they meet.

        Args:
            gradient: `[rows, outputs]`.
            out: `[outputs, columns]`, filled.
        """
        firsts, rows, values = self._by_column()
        starts = list(_starts(gradient.shape[1], gradient.itemsize))[:-1]
        cuts = self._cuts(firsts, len(starts))
        tasks = [(start, a, b) for a, b in pairwise(cuts) for start in starts]

        def add(begin: int, end: int) -> None:
            for start, first, last in tasks[begin:end]:
                kernels.outer_sums(firsts, rows, values, gradient, start, first, last, out)

        parallel(add, len(tasks), threads=1 if self.places.size * out.shape[0] < 2 * _ADDED else None)

    def _by_column(self) -> tuple[Array, Array, Array]:
        chunks = -(-self.rows // kernels.CHUNK)
        firsts = np.empty((chunks, self.columns + 1), np.int64)
        rows, values = np.empty_like(self.places), np.empty_like(self.values)

        def sort(begin: int, end: int) -> None:
            kernels.sort_by_input(self.pointers, self.places, self.values, firsts, rows, values, begin, end)

        parallel(sort, chunks)
        return firsts, rows, values

    def _cuts(self, firsts: Array, blocks: int) -> list[int]:
        """Bounds of columns with the same work each: as many parts as threads, or one where blocks suffice."""
        threads = torch.get_num_threads()
        if blocks % threads == 0 or blocks >= 4 * threads:
            return [0, self.columns]
        work = np.cumsum((firsts[:, 1:] - firsts[:, :-1]).sum(0) + 1)
        inner = np.searchsorted(work, work[-1] * np.arange(1, threads) // threads)
        return [0, *map(int, inner), self.columns]


def non_zeros(x: Array, limit: float) -> NonZeros | None:
    """List the non-zeros of a matrix.

    Args:
        x: `[rows, columns]`, contiguous, at least one number.
        limit: the largest density for which a list is wanted, in [0, 1].

    Returns:
        The list, or `None` if the density of the matrix, or of a sample of its rows, is above the limit.
    """
    sample = x[:: max(1, x.shape[0] // SAMPLE)]
    if np.count_nonzero(sample != 0) > limit * sample.size:
        return None
    rows, columns = x.shape
    counts = np.empty(rows, np.int64)
    chunk = max(1, _CHUNK // columns)
    pieces: dict[int, tuple[Array, bool]] = {}

    def scan(begin: int, end: int) -> None:
        scratch = np.empty(chunk * columns, np.int32)
        for first in range(begin, end, chunk):
            last = min(first + chunk, end)
            ones = kernels.scan(x, first, last, scratch, counts)
            pieces[first] = scratch[: counts[first:last].sum()].copy(), ones

    parallel(scan, rows, grain=max(1, _SCANNED // columns))
    pointers = np.concatenate([[0], np.cumsum(counts)])
    if pointers[-1] > limit * x.size:
        return None
    places = np.concatenate([pieces[first][0] for first in sorted(pieces)])
    ones = all(piece[1] for piece in pieces.values())
    values = np.empty(0 if ones else places.size, x.dtype)
    if not ones:
        parallel(
            lambda begin, end: kernels.gather(x, pointers, places, values, begin, end),
            rows,
            grain=max(1, _SCANNED // columns),
        )
    return NonZeros(pointers, places, values, columns)


def _starts(columns: int, size: int) -> Iterator[int]:
    """The first columns of blocks, and the end of the last one."""
    start = 0
    while start < columns:
        yield start
        start += kernels.width_of(columns, start, size)
    yield start
