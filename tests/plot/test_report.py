"""The report: one page that parses, holds everything it shows, and shows text as text."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from picojoule.core.errors import OutputError, ShapeError
from picojoule.plot.report import Card, Cell, Picture, Section, Table, write_report
from picojoule.plot.save import save_figure
from picojoule.plot.style import new_figure

VOID = {"meta", "link", "img", "br", "hr", "input"}
NASTY = "<script>alert('x')</script> & \"quotes\" 5 < 6"


class Page(HTMLParser):
    """Checks that tags are closed in order, and collects tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.text.setdefault(self.open[-1], []).append(data.strip())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def png(tmp_path: Path) -> bytes:
    return save_figure(new_figure(3.0, 1.5), tmp_path / "figure.png")


def page(tmp_path: Path, **arguments: object) -> tuple[Page, str]:
    given = {"title": "A run", "summary": [], "sections": [], **arguments}
    write_report(tmp_path / "report.html", **given)  # type: ignore[arg-type]
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    return Page(text), text


def test_page_has_title_cards_sections_in_order(tmp_path: Path) -> None:
    cards = [Card("test accuracy", "91.63", unit="%", note="10,000 images"), Card("wall time", "3 min")]
    sections = [Section("Accuracy", ["First.", "Second."]), Section("Energy", "One string is one paragraph.")]
    parsed, text = page(tmp_path, summary=cards, sections=sections, introduction="Why.", footer="seed 1")
    assert parsed.text["h1"] == ["A run"]
    assert parsed.text["title"] == ["A run"]
    assert parsed.text["dt"] == ["test accuracy", "wall time"]
    assert parsed.text["dd"] == ["91.63", "10,000 images", "3 min"]
    assert parsed.text["span"] == ["%"]
    assert parsed.text["h2"] == ["Accuracy", "Energy"]
    assert parsed.text["p"] == ["Why.", "First.", "Second.", "One string is one paragraph."]
    assert parsed.text["footer"] == ["seed 1"]
    assert text.startswith("<!doctype html>\n")


def test_nothing_is_loaded_from_outside_and_nothing_runs(tmp_path: Path, png: bytes) -> None:
    sections = [Section(f"{k}", picture=Picture(png, "bars")) for k in range(5)]
    parsed, text = page(tmp_path, sections=sections, summary=[Card("a", "1")])
    for tag, attributes in parsed.tags:
        assert tag not in {"script", "iframe", "object", "embed", "base", "form"}
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "srcset", "data", "action"):
            assert attributes.get(name, "data:").startswith(("data:", "#"))
    assert not re.search(r"https?://|@import|url\(", text)
    assert parsed.all("link") == [{"rel": "icon", "href": "data:,"}]
    policy = [meta["content"] for meta in parsed.all("meta") if "http-equiv" in meta]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_every_figure_is_embedded_unchanged_with_its_text_and_size(tmp_path: Path, png: bytes) -> None:
    second = save_figure(new_figure(1.5, 6.0), tmp_path / "second.png")
    sections = [
        Section("a", picture=Picture(png, "an empty figure", "What it shows.")),
        Section("b", picture=Picture(second, "another")),
    ]
    parsed, _ = page(tmp_path, sections=sections)
    images = parsed.all("img")
    assert [base64.b64decode(image["src"].removeprefix("data:image/png;base64,")) for image in images] == [png, second]
    assert [image["alt"] for image in images] == ["an empty figure", "another"]
    assert [(image["width"], image["height"]) for image in images] == [("320", "160"), ("160", "640")]
    assert parsed.text["figcaption"] == ["What it shows."]


def test_all_text_is_shown_as_it_is_given(tmp_path: Path, png: bytes) -> None:
    section = Section(NASTY, [NASTY], Table([NASTY], [[NASTY]]), Picture(png, NASTY, NASTY))
    parsed, text = page(
        tmp_path,
        title=NASTY,
        introduction=NASTY,
        summary=[Card(NASTY, NASTY, NASTY, NASTY)],
        sections=[section] * 4,
        footer=NASTY,
    )
    assert "<script" not in text
    for tag in ("title", "h1", "p", "dt", "dd", "span", "a", "h2", "th", "figcaption", "footer"):
        assert set(parsed.text[tag]) == {NASTY}, tag
    assert {image["alt"] for image in parsed.all("img")} == {NASTY}


def test_links_lead_to_the_sections_where_there_are_many(tmp_path: Path) -> None:
    parsed, _ = page(tmp_path, sections=[Section(name) for name in "abcd"])
    targets = [link["href"].removeprefix("#") for link in parsed.all("a")]
    assert targets == [section["id"] for section in parsed.all("section")]
    assert len(set(targets)) == 4
    few, _ = page(tmp_path, sections=[Section(name) for name in "abc"])
    assert few.all("a") == []


def test_columns_of_numbers_are_aligned_to_the_right(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["SNN", 400, 0.91634567, "1.20 µJ", None],
        ["ReLU", 10, 12345.6, "≈ 3 pJ", None],
        ["x", 1, 0.5, None, None],
    ]
    parsed, _ = page(tmp_path, sections=[Section("a", table=Table(["name", "n", "share", "energy", "empty"], rows))])
    marks = [attributes.get("class", "") for attributes in parsed.all("th") if attributes["scope"] == "col"]
    assert marks == ["", "number", "number", "number", "number"]
    assert parsed.text["td"] == ["400", "0.9163", "1.20 µJ", "–", "10", "12,346", "≈ 3 pJ", "–", "1", "0.5", "–", "–"]
    assert parsed.text["th"] == ["name", "n", "share", "energy", "empty", "SNN", "ReLU", "x"]


def test_intervals_are_numbers(tmp_path: Path) -> None:
    table = Table(["network", "interval"], [["SNN", "91.3–93.4 %"], ["ReLU", "92.7–100 %"], ["none", None]])
    cells = page(tmp_path, sections=[Section("Accuracy", table=table)])[0].all("td")
    assert [cell.get("class") for cell in cells] == ["number"] * 3


def test_a_warning_looks_different_from_other_sections(tmp_path: Path) -> None:
    sections = page(tmp_path, sections=[Section("Warnings", ["x"], warning=True), Section("Other", ["y"])])[0]
    assert [section.get("class") for section in sections.all("section")] == ["warning", None]


def test_words_that_begin_with_a_number_stay_at_the_left(tmp_path: Path) -> None:
    parsed, _ = page(tmp_path, sections=[Section("a", table=Table(["what"], [["45 nm, Horowitz (2014)"], ["7 nm"]]))])
    assert all("class" not in attributes for attributes in parsed.all("th"))


def test_page_adapts_to_dark_mode_and_to_narrow_screens(tmp_path: Path) -> None:
    parsed, text = page(tmp_path)
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in parsed.all("meta")
    assert "prefers-color-scheme: dark" in text
    assert ".white {\n  padding: clamp(0.5rem, 2vw, 1.1rem); background: #ffffff;" in text
    assert text.count("{") == text.count("}")


def test_same_arguments_give_the_same_bytes_and_replace_the_old_page(tmp_path: Path) -> None:
    _, first = page(tmp_path, title="one")
    _, again = page(tmp_path, title="one")
    _, other = page(tmp_path, title="two")
    assert first == again
    assert "<h1>two</h1>" in other
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_row_of_another_length_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    table = Table(["a", "b"], [[1, 2], [3]])
    with pytest.raises(ShapeError, match=r"row 2 of the table in 'Energy' has 1 cells for 2 columns"):
        page(tmp_path, sections=[Section("Energy", table=table)])
    with pytest.raises(ShapeError, match=r"the table in 'Energy' has no columns"):
        page(tmp_path, sections=[Section("Energy", table=Table([], [[]]))])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_png_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ShapeError, match=r"the picture in 'Energy' is not a PNG file"):
        page(tmp_path, sections=[Section("Energy", picture=Picture(data, "bars"))])


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*report\.html"):
        page(tmp_path / "missing")
