"""Loops without a compiler."""

from collections.abc import Callable

import pytest

from picojoule.compile import on_disk
from picojoule.simulate.scan import kernels
from tests.parity.scan.interpreted import module_of

Change = Callable[[str], str]


@pytest.fixture
def interpreting(monkeypatch: pytest.MonkeyPatch) -> Callable[[Change | None], None]:
    """Call it, and compiled CPU loops run as plain Python from then on, their source changed if wanted."""

    def begin(change: Change | None = None) -> None:
        def load(key: str, source: Callable[[], str]) -> object:  # noqa: ARG001
            return module_of(source() if change is None else change(source()))

        monkeypatch.setattr(on_disk, "load", load)
        monkeypatch.setattr(kernels, "_LOADED", {})

    return begin
