"""Where tables go."""

from rich.console import Console

WIDE = 200  # characters, in a pipe or a log: one line for each row


def console() -> Console:
    """A console as wide as the terminal; wide where no terminal is."""
    found = Console()
    if not found.is_terminal:
        found.width = WIDE
    return found
