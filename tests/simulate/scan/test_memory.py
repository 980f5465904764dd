"""How much lies between two stored states."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.simulate.scan.memory import Checkpoints, Memory, StoreAll


@given(st.integers(0, 10_000))
def test_storing_everything_is_one_stretch(steps: int) -> None:
    assert StoreAll().stretch(steps) == max(1, steps)


@given(st.integers(1, 10_000))
def test_checkpoints_balance_stored_states_and_steps_between_them(steps: int) -> None:
    """The square root, rounded up: neither a shorter nor a longer stretch stores less than 2 sqrt(T) steps."""
    stretch = Checkpoints().stretch(steps)
    assert (stretch - 1) ** 2 < steps <= stretch**2
    assert stretch + -(-steps // stretch) <= 2 * steps**0.5 + 2


@pytest.mark.parametrize(("steps", "stretch"), [(0, 1), (1, 1), (2, 2), (4, 2), (5, 3), (100, 10), (101, 11)])
def test_examples(steps: int, stretch: int) -> None:
    assert Checkpoints().stretch(steps) == stretch


def test_memories_are_equal_by_kind() -> None:
    assert StoreAll() == StoreAll()
    assert StoreAll() != Checkpoints()  # type: ignore[comparison-overlap]
    with pytest.raises(TypeError, match="abstract"):
        Memory()  # type: ignore[abstract]
