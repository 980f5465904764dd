"""Old names give what the new ones give, say so where the user is, and are never mixed with the new."""

import inspect
import warnings

import pytest

from picojoule.core.errors import ParameterError
from picojoule.core.renamed import renamed


@renamed(width="wide")
def area(high: float, *, wide: float = 1.0) -> float:
    """Of a rectangle."""
    return high * wide


class Room:
    """With a floor."""

    @renamed(width="wide")
    def __init__(self, *, wide: float) -> None:
        self.wide = wide


def test_an_old_name_gives_the_same_with_a_warning_at_the_call() -> None:
    with pytest.warns(DeprecationWarning, match=r"area\(width=\) is now area\(wide=\); .* one release") as caught:
        assert area(3.0, width=2.0) == area(3.0, wide=2.0)  # type: ignore[call-arg]
    assert [warning.filename for warning in caught] == [__file__]


def test_a_class_is_named_by_its_own_name() -> None:
    with pytest.warns(DeprecationWarning, match=r"^Room\(width=\) is now Room\(wide=\)"):
        assert Room(width=2.0).wide == 2.0  # type: ignore[call-arg]


def test_the_new_name_is_silent_and_the_function_looks_as_it_was_written() -> None:
    with warnings.catch_warnings(record=True) as caught:
        assert area(3.0, wide=2.0) == 6.0
    assert caught == []
    assert list(inspect.signature(area).parameters) == ["high", "wide"]
    assert area.__doc__ == "Of a rectangle."


def test_both_names_are_refused_even_where_they_agree() -> None:
    with pytest.raises(ParameterError, match=r"area: width= is the old name of wide=, and both are given; keep wide="):
        area(3.0, wide=2.0, width=2.0)  # type: ignore[call-arg]


def test_an_unknown_name_is_still_a_type_error() -> None:
    with pytest.raises(TypeError, match="breadth"):
        area(3.0, breadth=2.0)  # type: ignore[call-arg]
