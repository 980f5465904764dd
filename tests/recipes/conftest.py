"""A made-up recipe that can be compared, and one that cannot."""

from collections.abc import Iterator

import pytest

from picojoule.recipes import catalogue, comparing
from tests.recipes.made_up import trial as made_up


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalogue holds nothing else."""
    found = {
        "made-up": ("tests.recipes.made_up.recipe", "nothing is trained"),
        "lonely": ("tests.recipes.alone.recipe", "has no trial"),
    }
    for module in (catalogue, comparing):
        monkeypatch.setattr(module, "RECIPES", found)
    yield
    made_up.calls.clear()
    made_up.failures.clear()
    made_up.uncounted.clear()
