"""The products of recurrent loops, for sizes around those of vectors, tiles and stretches."""

from typing import Any

import numpy as np
import pytest

from picojoule.compile.recurrent_kernels import add_rows, fired, stretch_of, times_transposed, weight_gradient

Array = np.ndarray[Any, Any]
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
SIZES = pytest.mark.parametrize("n", [1, 15, 16, 17, 33, 64, 128, 133, 260])


def random(*shape: int, dtype: type = np.float32, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def zeros(*shape: int, dtype: type) -> Array:
    return np.zeros(shape, dtype=dtype)


def some(n: int, share: float, dtype: type = np.float32, seed: int = 1) -> Array:
    return (np.random.default_rng(seed).random(n) < share).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@SIZES
def test_places_are_those_of_spikes_in_ascending_order(n: int, dtype: type) -> None:
    for share in (0.0, 0.1, 1.0):
        spikes, places = some(n, share, dtype), np.full(n + 1, -1, dtype=np.int32)
        count = fired(spikes, places)
        assert places[:count].tolist() == np.flatnonzero(spikes).tolist()


@DTYPES
def test_whatever_is_not_zero_counts(dtype: type) -> None:
    spikes, places = zeros(40, dtype=dtype), np.zeros(41, dtype=np.int32)
    spikes[[0, 3, 17, 39]] = [-1.0, np.nan, 0.25, np.inf]
    spikes[5] = -0.0
    assert places[: fired(spikes, places)].tolist() == [0, 3, 17, 39]


@DTYPES
@SIZES
def test_rows_are_added_in_order_to_the_bit(n: int, dtype: type) -> None:
    """Sums of floating-point numbers depend on their order, and spikes on sums."""
    weight, given = random(n, n, dtype=dtype) * 1e3, random(n, dtype=dtype, seed=2)
    for share in (0.0, 0.3, 1.0):
        spikes, places, out = some(n, share, dtype), np.zeros(n + 1, dtype=np.int32), zeros(n, dtype=dtype)
        add_rows(given, weight.ravel(), spikes, places, fired(spikes, places), out)
        expected = given.copy()
        for row in weight[spikes == 1.0]:
            expected = expected + row
        assert np.array_equal(out, expected)


@DTYPES
def test_spikes_that_are_no_ones_weigh_their_rows(dtype: type) -> None:
    n = 37
    weight, given, spikes = random(n, n, dtype=dtype), random(n, dtype=dtype), some(n, 0.4, dtype)
    spikes[3] = 0.5
    places, out = np.zeros(n + 1, dtype=np.int32), zeros(n, dtype=dtype)
    add_rows(given, weight.ravel(), spikes, places, fired(spikes, places), out)
    np.testing.assert_allclose(out, given + spikes @ weight, rtol=1e-5, atol=1e-5)


@DTYPES
@SIZES
def test_a_product_with_the_transposed_matrix(n: int, dtype: type) -> None:
    rows = 19
    given, weight = random(rows, n, dtype=dtype), random(n, n, dtype=dtype, seed=3)
    transposed = np.ascontiguousarray(weight.T).ravel()
    for begin, end in ((0, rows), (0, 8), (3, 3), (2, 7), (16, rows)):
        out = zeros(rows, n, dtype=dtype) + 7
        times_transposed(given, transposed, out, n, begin, end)
        expected = given.astype(np.float64) @ weight.T.astype(np.float64)
        close = 1e-5 if dtype is np.float32 else 1e-13
        np.testing.assert_allclose(out[begin:end], expected[begin:end], rtol=close, atol=close * n)
        assert (np.delete(out, np.s_[begin:end], axis=0) == 7.0).all()


@DTYPES
@pytest.mark.parametrize("n", [1, 17, 64, 133, 260])
def test_the_gradient_of_a_matrix_is_a_sum_of_outer_products(n: int, dtype: type) -> None:
    steps, rows = 5, 3
    spikes = np.stack([some(rows * n, 0.3, np.uint8, seed=t).reshape(rows, n) for t in range(steps)])
    before, currents = 0.5 * some(rows * n, 0.5, dtype, seed=9).reshape(rows, n), random(steps, rows, n, dtype=dtype)
    stretches = -(-n // stretch_of(np.dtype(dtype).itemsize))
    numbers, out = np.zeros((stretches, n + 1), dtype=np.int32), zeros(n, n, dtype=dtype) + 1
    awake = np.array([0, 2, 4])
    currents[np.arange(steps)[:, None] < awake] = 0.0
    for k in reversed(range(stretches)):  # in any order, and in any parts
        weight_gradient(k, k + 1, before, awake, spikes, currents, numbers, out.ravel())
    previous = np.concatenate([before[None], spikes[:-1]]).astype(np.float64)
    for sample, first in enumerate(awake):
        previous[: first + 1, sample] = before[sample]  # carried until the sample goes on
    expected = 1.0 + np.einsum("tbi,tbj->ij", previous, currents.astype(np.float64))
    np.testing.assert_allclose(out, expected, rtol=1e-4 if dtype is np.float32 else 1e-12, atol=1e-5)
