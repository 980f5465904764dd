"""Sizes of memory, as people write them."""

import re

from picojoule.core.errors import ParameterError

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def byte_count(size: int | str) -> int:
    """A number of bytes.

    Args:
        size: bytes, or a number with a unit.

    Raises:
        ParameterError: if it is neither, or not above 0.

    Example:
        >>> byte_count("100 MB"), byte_count("1.5 KiB")
        (100000000, 1536)
    """
    found = re.fullmatch(r"\s*([0-9.]+)\s*([a-zA-Z]*)\s*", str(size))
    try:
        count = int(float(found[1]) * _UNITS[found[2].lower()]) if found else 0
    except (KeyError, ValueError):
        count = 0
    if count < 1:
        raise ParameterError(f"a size is a number of bytes above 0, or text such as '100 MB' or '2 GiB', got {size!r}")
    return count
