"""Compiled loops on several cores: a function of a range, called side by side on the parts of the range.

Threads wait in the operating system between calls and never spin. The calling thread takes parts too and takes all that
the others have not begun, so that a call never waits for a thread that the machine has no time for. A forked child
starts threads of its own.
"""

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

import torch

Part = Callable[[int, int], object]


def parallel(function: Part, count: int, threads: int | None = None, *, grain: int = 1) -> None:
    """Call `function(begin, end)` on contiguous parts of `range(count)`, one part for each thread.

    It returns when all parts are done. It may be called from any thread; a call from inside a part runs in that
    thread alone. Only code that releases the interpreter (`nogil=True`) gains from it.

    Args:
        function: does the numbers from `begin` up to, but not including, `end`; parts must not write to one place.
        count: length of the range; 0 calls nothing.
        threads: how many to use, at least 1; `None`: as many as torch uses.
        grain: fewest numbers that are worth a thread.

    Raises:
        BaseException: what a part raised; the first part's, where several did. The other parts are done nevertheless.

    Example:
        >>> import numpy as np
        >>> squares = np.zeros(5)
        >>> def square(begin, end):
        ...     squares[begin:end] = np.arange(begin, end) ** 2
        >>> parallel(square, 5, threads=2)
        >>> squares.tolist()
        [0.0, 1.0, 4.0, 9.0, 16.0]
    """
    wanted = torch.get_num_threads() if threads is None else threads
    parts = max(1, min(wanted, count // max(grain, 1)))
    if count > 0 and (parts == 1 or _INSIDE.part):
        function(0, count)
    elif count > 0:
        _run(_Call(function, [count * k // parts for k in range(parts + 1)]), parts)


class _Inside(threading.local):
    """Whether this thread is busy with a part of a call."""

    part = False


_INSIDE = _Inside()


class _Call:
    """The parts of one call; whoever has time takes the next."""

    def __init__(self, function: Part, cuts: list[int]) -> None:
        self.function, self.cuts = function, cuts
        self.open = list(range(len(cuts) - 2, -1, -1))
        self.done: SimpleQueue[tuple[int, BaseException | None]] = SimpleQueue()

    def work(self) -> None:
        """Do parts until none is left."""
        while True:
            try:
                part = self.open.pop()  # atomic
            except IndexError:
                return
            error = None
            try:
                self.function(self.cuts[part], self.cuts[part + 1])
            except BaseException as raised:
                error = raised
            self.done.put((part, error))


class _Pool:
    """Threads that wait for calls; as many as any call has wanted so far."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a forked child has to: it has none of its parent's threads."""
        self.calls: SimpleQueue[_Call] = SimpleQueue()
        self.size = 0
        self.growing = threading.Lock()
        _INSIDE.part = False

    def grow(self, size: int) -> None:
        with self.growing:
            while self.size < size:
                self.size += 1
                name = f"picojoule-{self.size}"
                threading.Thread(target=_wait_for_work, args=(self.calls,), name=name, daemon=True).start()


_POOL = _Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.forget)


def _wait_for_work(calls: "SimpleQueue[_Call]") -> None:
    _INSIDE.part = True
    while True:
        calls.get().work()


def _run(call: _Call, parts: int) -> None:
    if _POOL.size < parts - 1:
        _POOL.grow(parts - 1)
    for _ in range(parts - 1):
        _POOL.calls.put(call)
    _INSIDE.part = True
    try:
        call.work()
    finally:
        _INSIDE.part = False
    try:
        ended = [call.done.get() for _ in range(parts)]
    except BaseException:  # interrupted: what nobody has begun is not begun any more
        call.open.clear()
        raise
    errors = {part: error for part, error in ended if error is not None}
    if errors:
        raise errors[min(errors)]
