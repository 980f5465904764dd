"""Philox4x32-10 against the known answers that come with its authors' Random123 library."""

import numpy as np
import pytest
from numba import njit, uint32

from picojoule.core.random import philox, unit_interval

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


@njit  # type: ignore[untyped-decorator]
def fractions(raw: np.typing.NDArray[np.uint32]) -> np.typing.NDArray[np.float64]:
    result = np.empty(raw.size, np.float64)
    for k in range(raw.size):
        result[k] = unit_interval(raw[k])
    return result


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers(counter: tuple[int, ...], key: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert words(key, counter) == expected


def test_every_word_of_key_and_counter_matters() -> None:
    reference = words((1, 2), (3, 4, 5, 6))
    others = [words((9, 2), (3, 4, 5, 6)), words((1, 9), (3, 4, 5, 6))]
    others += [words((1, 2), c) for c in [(9, 4, 5, 6), (3, 9, 5, 6), (3, 4, 9, 6), (3, 4, 5, 9)]]
    assert len({reference, *others}) == 7


def test_words_become_numbers_inside_the_open_unit_interval() -> None:
    raw = np.array([0, 1, 2**31, 2**32 - 1], np.uint32)
    assert fractions(raw).tolist() == [2.0**-33, 1.5 * 2.0**-32, 0.5 + 2.0**-33, 1.0 - 2.0**-33]
