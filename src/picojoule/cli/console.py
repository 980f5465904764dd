"""Where words and tables go, and how they get there on a console that lacks some characters."""

import codecs
import io
import sys
import unicodedata

from rich.console import Console

WIDE = 200  # characters, in a pipe or a log: one line for each row
PLAIN = "picojoule.plain"  # the error handler's name
_INSTEAD = dict(zip("×·–—−≈“”‘’", "x*---~\"\"''", strict=True)) | {"…": "...", "→": "->", "≥": ">=", "≤": "<="}


def console() -> Console:
    """A console as wide as the terminal; wide where no terminal is."""
    found = Console()
    if not found.is_terminal:
        found.width = WIDE
    return found


def print_anything() -> None:
    """Let the process's output replace characters that its encoding does not have, instead of failing at them."""
    codecs.register_error(PLAIN, _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(plain, error.object[error.start : error.end])), error.end


def plain(character: str) -> str:
    """A character, or several, of ASCII that says the same; a question mark if there is none.

    Example:
        >>> [plain(character) for character in "×µé│─╭≥電"]
        ['x', 'u', 'e', '|', '-', '+', '>=', '?']
    """
    if character in _INSTEAD:
        return _INSTEAD[character]
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        line = {"HORIZONTAL", "VERTICAL"} & set(name.split())
        return {"HORIZONTAL": "-", "VERTICAL": "|"}[line.pop()] if len(line) == 1 and "AND" not in name else "+"
    if name.endswith("GREEK SMALL LETTER MU") or name == "MICRO SIGN":
        return "u"
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"
