"""Progress: a bar on a terminal, a few plain lines elsewhere."""

import io
from typing import Any

import pytest
from numba.core import event
from rich.console import Console
from rich.progress import Progress

from picojoule.recipes import progress as module
from picojoule.recipes.progress import EVERY, progress


class Clock:
    """A time that only moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(module, "time", moved)
    return moved


def test_a_line_now_and_then_and_at_the_end(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress("training", 4_000) as advance:
        for _ in range(16):  # a window in a quarter of the time between two lines
            clock.now += EVERY / 4
            advance(250, "81.0% right")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f"training: {images:,}/4,000 images, 100 images/s 81.0% right" for images in (1_000, 2_000, 3_000, 4_000)
    ]


def test_a_resumed_run_counts_images_but_not_the_time_of_the_first(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress("training", 1_000, done=900) as advance:
        clock.now += 2.0
        advance(100, "")
    assert capsys.readouterr().err == "training: 1,000/1,000 images, 50 images/s \n"


def test_a_clock_that_stands_still_is_no_division_by_zero(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress("testing", 1) as advance:
        advance(1, "")
    assert capsys.readouterr().err.startswith("testing: 1/1 images, ")


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(module, "Console", lambda **_: Console(file=screen, force_terminal=True, width=120))
    with progress("labelling", 1_000, done=250) as advance:
        advance(750, "81.0% right")
    text = screen.getvalue()
    for word in ("labelling", "1,000/1,000", "images/s", "81.0% right"):
        assert word in text


def compile_something() -> None:
    with event.trigger_event("numba:compile"), event.trigger_event("numba:compile"):  # a function and one that it calls
        pass


def test_while_it_compiles_it_says_so_once(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress("training", 1) as advance:
        compile_something()
        compile_something()
        advance(1, "done")
    compile_something()
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "training: compiling"
    assert [line for line in said[1:] if "compiling" in line] == []


def test_a_bar_says_that_it_compiles_and_stops_saying_so(monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []

    class Bar(Progress):
        def update(self, *arguments: Any, **settings: Any) -> None:
            notes.append(settings["note"])
            super().update(*arguments, **settings)

    monkeypatch.setattr(module, "Progress", Bar)
    monkeypatch.setattr(module, "Console", lambda **_: Console(file=io.StringIO(), force_terminal=True, width=120))
    with progress("training", 1) as advance:
        compile_something()
        advance(1, "81.0% right")
    assert notes == ["compiling", "", "81.0% right"]
