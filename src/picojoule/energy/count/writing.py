"""Whose account is being written, so that no other one takes that for work of its model."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Writing(threading.local):
    """One account at a time is written in a thread."""

    writer: object = None

    @contextmanager
    def by(self, writer: object) -> Iterator[None]:
        """An account is written while this context is open.

        Args:
            writer: who writes.
        """
        before, self.writer = self.writer, writer
        try:
            yield
        finally:
            self.writer = before

    def by_another(self, writer: object) -> bool:
        """Whether somebody else writes.

        Args:
            writer: who asks.
        """
        return self.writer is not None and self.writer is not writer


writing = Writing()
