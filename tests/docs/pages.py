"""The pages of the documentation and the code in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    """A page's path, as it is named in messages."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """The fenced blocks of one language, each with the number of its first line, counted from 0."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start("code")), match["code"])
        for match in _FENCE.finditer(text)
        if match["language"] == language
    ]


def script(page: Path) -> str:
    """All Python blocks of a page as one program, every line where it stands in the page."""
    lines: list[str] = []
    for start, code in blocks(page, "python"):
        if not code.startswith(">>>"):
            lines += [""] * (start - len(lines)) + code.splitlines()
    return "\n".join(lines) + "\n"
