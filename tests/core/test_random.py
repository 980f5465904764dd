"""Philox4x32-10 against the known answers that come with its authors' Random123 library."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit, uint32
from numpy.typing import NDArray

from picojoule.core.random import exponentials, philox, philox_blocks

ONES = 0xFFFFFFFF
KNOWN = [  # counter, key, words: Random123, examples/kat_vectors, "philox4x32 10"
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@njit  # type: ignore[untyped-decorator]
def words(key: tuple[int, int], counter: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return philox(  # type: ignore[no-any-return]
        uint32(key[0]), uint32(key[1]), uint32(counter[0]), uint32(counter[1]), uint32(counter[2]), uint32(counter[3])
    )


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers(counter: tuple[int, ...], key: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert words(key, counter) == expected


def test_every_word_of_key_and_counter_matters() -> None:
    reference = words((1, 2), (3, 4, 5, 6))
    others = [words((9, 2), (3, 4, 5, 6)), words((1, 9), (3, 4, 5, 6))]
    others += [words((1, 2), c) for c in [(9, 4, 5, 6), (3, 9, 5, 6), (3, 4, 9, 6), (3, 4, 5, 9)]]
    assert len({reference, *others}) == 7


def test_blocks_are_philox_for_each_pair_of_counters() -> None:
    first, second = np.array([3, 0, ONES], np.uint32), np.array([7, 5, 0], np.uint32)
    blocks = philox_blocks((11, 13), first, second, 17, 19)
    expected = [words((11, 13), (int(a), int(b), 17, 19)) for a, b in zip(first, second, strict=True)]
    assert blocks.dtype == np.uint32
    assert blocks.reshape(3, 4).tolist() == [list(row) for row in expected]


def uniform(raw: NDArray[np.uint32]) -> NDArray[np.float64]:
    """The number that a word stands for, rounded to single precision as declared."""
    return ((raw >> 8).astype(np.float32) + np.float32(0.5)).astype(np.float64) / 2.0**24


@given(raw=st.lists(st.integers(0, ONES), min_size=1, max_size=50))
def test_exponential_numbers_are_the_logarithms_of_their_words(raw: list[int]) -> None:
    array = np.array(raw, np.uint32)
    found = exponentials(array)
    assert found.dtype == np.float32
    # two roundings of a sum below 17.4 whose terms have relative errors of 2**-24
    np.testing.assert_allclose(found, -np.log(uniform(array)), rtol=3e-7, atol=1e-12)
    assert array.tolist() == raw


def test_the_ends_of_the_words_are_finite_and_not_negative() -> None:
    found = exponentials(np.array([0, 255, 256, ONES - 256, ONES], np.uint32))
    assert found[0] == found[1] == pytest.approx(25.0 * np.log(2.0), rel=3e-7)  # u = 2 ** -25
    assert found[0] > found[2]
    assert np.all(found >= 0.0)


def test_exponential_numbers_have_mean_and_variance_one_and_the_right_tail() -> None:
    counters = np.arange(50_000, dtype=np.uint32)
    drawn = exponentials(philox_blocks((1, 2), counters, np.zeros_like(counters), 0, 0)).astype(np.float64)
    n = drawn.size
    assert abs(drawn.mean() - 1.0) < 5.0 / np.sqrt(n)
    assert abs(drawn.var() - 1.0) < 5.0 * np.sqrt(8.0 / n)  # the fourth central moment is 9
    for level in (0.01, 1.0, 5.0):
        share = np.exp(-level)
        assert abs((drawn > level).mean() - share) < 5.0 * np.sqrt(share * (1.0 - share) / n)
