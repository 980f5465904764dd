"""Sizes of memory, as people write them."""

import pytest

from picojoule.core.errors import ParameterError
from picojoule.layers.byte_count import byte_count


@pytest.mark.parametrize(
    ("text", "count"),
    [(7, 7), ("7", 7), ("7 B", 7), ("100 MB", 10**8), ("100mb", 10**8), ("1.5 KiB", 1536), (" 2 GiB ", 2**31)],
)
def test_numbers_and_units_are_read(text: int | str, count: int) -> None:
    assert byte_count(text) == count


@pytest.mark.parametrize("text", [0, -5, "", "MB", "100 MX", "1..5 MB", "1e9 MB", "-1 MB"])
def test_others_are_refused(text: int | str) -> None:
    with pytest.raises(ParameterError, match=r"a number of bytes above 0, or text such as '100 MB' or '2 GiB', got"):
        byte_count(text)
