"""A cost table with one thing wrong in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from picojoule.core.errors import ParameterError
from picojoule.energy.table import CostTable


def check_refused(
    read: Callable[[Path], CostTable], path: Path, good: str, change: tuple[str, str], message: str
) -> None:
    """Write a good table with one text changed for another; reading it must say what is wrong and where."""
    old, new = change
    assert old in good
    path.write_text(good.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ParameterError, match=message):
        read(path)
