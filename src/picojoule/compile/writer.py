"""Python source, line by line, with its indentation."""

from collections.abc import Iterator
from contextlib import contextmanager


class Writer:
    """Collects lines; `block` opens an indented block."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0

    def line(self, *lines: str) -> None:
        """Append lines at the present depth."""
        self._lines.extend("    " * self._depth + line for line in lines)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Open a block under `header` (without its colon)."""
        self.line(header + ":")
        self._depth += 1
        start = len(self._lines)
        yield
        if len(self._lines) == start:
            self.line("pass")
        self._depth -= 1

    def text(self) -> str:
        """Everything written so far."""
        return "\n".join(self._lines) + "\n"
