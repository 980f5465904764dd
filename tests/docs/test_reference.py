"""The generated reference is up to date and complete."""

import re

import pytest

import picojoule
from picojoule.core.rooms import ROOMS
from tools.reference import FOLDER, first_sentence, pages


def test_reference_says_what_the_docstrings_say() -> None:
    written = {page.name: page.read_text(encoding="utf-8") for page in FOLDER.glob("*.md")}
    assert written == pages(), "the docstrings have changed; run: python tools/reference.py"


def test_every_public_name_is_in_the_reference() -> None:
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    for name in picojoule.__all__:
        place = f"picojoule.{name}`]" if name in ROOMS else f"`pj.{name}"
        assert name == "__version__" or place in index


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_of_a_room_is_on_its_page(room: str) -> None:
    page = (FOLDER / f"{room}.md").read_text(encoding="utf-8")
    assert [name for name in getattr(picojoule, room).__all__ if f"`pj.{room}.{name}" not in page] == []


def test_every_row_ends_with_a_sentence() -> None:
    rows = [row for text in pages().values() for row in text.splitlines() if row.startswith("| `")]
    assert len(rows) > 50
    assert [row for row in rows if re.search(r"\|\s*\|$", row)] == []


def test_a_sentence_that_spans_lines_becomes_one_table_cell() -> None:
    def documented() -> None:
        """Either a | b,
        or nothing.

        More.
        """

    assert first_sentence(documented) == "Either a \\| b, or nothing."
