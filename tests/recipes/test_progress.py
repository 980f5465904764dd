"""Progress: a bar on a terminal, a few plain lines elsewhere."""

import io

import pytest
from rich.console import Console

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
