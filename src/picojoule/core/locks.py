"""A lock that the thread which holds it may take again, and that a forked child finds open."""

import os
import threading
import weakref
from types import TracebackType


class Lock:
    """Guards a block of code, `with lock:`, against other threads.

    A finaliser may run anywhere, also in a thread that is inside the block. A thread that held the lock when a process
    was forked does not exist in the child and would never let go.

    Example:
        >>> lock = Lock()
        >>> with lock, lock:
        ...     pass
    """

    def __init__(self) -> None:
        self._renew()
        if hasattr(os, "register_at_fork"):
            this = weakref.ref(self)
            os.register_at_fork(after_in_child=lambda: _renew(this()))

    def _renew(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


def _renew(lock: Lock | None) -> None:
    if lock is not None:
        lock._renew()
