"""A progress bar with images per second and a figure that moves; plain lines where no terminal is."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

COMPILING = "compiling"  # once; the next run finds what was compiled
EVERY = 10.0  # seconds between two lines where no terminal is
Advance = Callable[[int, str], None]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} images/s" if speed else "– images/s", style="progress.data.speed")


@contextmanager
def progress(what: str, total: int, *, done: int = 0) -> Iterator[Advance]:
    """Show how far some work is.

    Args:
        what: the work, in a word or two.
        total: images in all.
        done: images that an earlier run has done.

    Yields:
        A function that takes the number of images just done, and a note to show.
    """
    console = Console(stderr=True)
    if console.is_terminal:
        count = TextColumn("{task.completed:,.0f}/{task.total:,.0f}")
        columns = TextColumn("{task.description:<12}"), BarColumn(), count, _Rate(), TextColumn("{task.fields[note]}")
        with Progress(*columns, TimeRemainingColumn(), console=console) as bar:
            task = bar.add_task(what, total=total, completed=done, note="")
            with _while_compiling(lambda: bar.update(task, note=COMPILING), lambda: bar.update(task, note="")):
                yield lambda images, note: bar.update(task, advance=images, note=note)
        return
    begin = last = time.monotonic()
    shown = done

    def advance(images: int, note: str) -> None:
        nonlocal shown, last
        shown += images
        now = time.monotonic()
        if now - last >= EVERY or shown >= total:
            last = now
            rate = (shown - done) / max(now - begin, 1e-9)
            console.print(f"{what}: {shown:,}/{total:,} images, {rate:,.0f} images/s {note}", highlight=False)

    told: list[str] = []

    def tell() -> None:
        if not told:
            console.print(f"{what}: {COMPILING}", highlight=False)
        told.append(COMPILING)

    with _while_compiling(tell, lambda: None):
        yield advance


@contextmanager
def _while_compiling(begin: Callable[[], None], end: Callable[[], None]) -> Iterator[None]:
    """Call `begin` when numba begins to compile within the block, and `end` when it is done."""
    from numba.core import event

    class Listener(event.Listener):  # type: ignore[misc]
        depth = 0  # a function compiles those that it calls

        def on_start(self, _: object) -> None:
            self.depth += 1
            if self.depth == 1:
                begin()

        def on_end(self, _: object) -> None:
            self.depth -= 1
            if self.depth == 0:
                end()

    with event.install_listener("numba:compile", Listener()):
        yield
