"""How long parts of a run took."""

import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager


@contextmanager
def timed(seconds: MutableMapping[str, float], what: str) -> Iterator[None]:
    """Note how long a block took, also if it was broken off.

    Args:
        seconds: where it is noted.
        what: under which name.

    Example:
        >>> seconds = {}
        >>> with timed(seconds, "nothing"):
        ...     pass
        >>> seconds["nothing"] < 1.0
        True
    """
    begin = time.perf_counter()
    try:
        yield
    finally:
        seconds[what] = time.perf_counter() - begin
