"""The report of a run: one HTML file that holds everything it shows and asks nothing of the network."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from picojoule.core.arguments import public, validate
from picojoule.core.errors import ShapeError
from picojoule.core.files import write_atomically

Cell = str | int | float | None

_PNG = b"\x89PNG\r\n\x1a\n"
_SCREEN = 2 / 3  # figures have 160 dots per inch, screens count 96 to the inch; a little larger reads better
_NUMBER = re.compile(r"[<>≈~]?\s*[+−-]?\d[\d.,\s]*(e[+−-]?\d+)?(\s*[±–]\s*[\d.,]+)?(\s?[%×µ°\w/]{1,5})?")
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # browsers then refuse any outside resource


@dataclass(frozen=True)
class Card:
    """One headline figure, for instance `Card("test accuracy", "91.60", unit="%", note="10,000 images")`."""

    label: str
    value: str
    unit: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class Table:
    """A table; columns of numbers are aligned to the right, `None` is shown as a dash."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class Picture:
    """A figure: PNG bytes, what it shows for readers who cannot see it, and a line below it."""

    png: bytes
    alternative: str
    caption: str = ""

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it: paragraphs, then a table, then a figure; a warning catches the eye."""

    heading: str
    text: Sequence[str] = ()
    table: Table | None = None
    picture: Picture | None = None
    warning: bool = False

    def __post_init__(self) -> None:
        validate(self)


@public
def write_report(
    path: Path | str,
    *,
    title: str,
    summary: Sequence[Card],
    sections: Sequence[Section],
    introduction: str = "",
    footer: str = "",
) -> None:
    """Write a report as one self-contained HTML page, whole or not at all.

    The page has no script and loads nothing. It follows the reader's choice of light or dark, and the screen's width.
    All text is shown as it is given; the same arguments give the same bytes.

    Args:
        path: the file to write; its folder must exist.
        title: the page's heading.
        summary: headline figures, shown as cards.
        sections: the page's body.
        introduction: a paragraph under the title.
        footer: a line at the end, for instance the versions used.

    Raises:
        ShapeError: if a table has no columns or a row is not as long as the header, or a picture is not a PNG file.
        OutputError: if the folder cannot be written; choose another one.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "report.html"
        >>> table = Table(["part", "energy"], [["neurons", "1.2 nJ"], ["synapses", "7.3 nJ"]])
        >>> cards = [Card("energy per image", "8.5", unit="nJ")]
        >>> write_report(target, title="A run", summary=cards, sections=[Section("Energy", table=table)])
        >>> target.read_text(encoding="utf-8")[:15]
        '<!doctype html>'
    """
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    body = [
        f"<header>\n<h1>{escape(title)}</h1>",
        _paragraphs([introduction] if introduction else []),
        "</header>",
        _cards(summary),
        _contents(sections),
        "<main>",
        *(_section(number, section) for number, section in enumerate(sections, start=1)),
        "</main>",
        f"<footer>{escape(footer)}</footer>" if footer else "",
    ]
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<div class="page">
{chr(10).join(part for part in body if part)}
</div>
</body>
</html>
"""
    write_atomically(Path(path), page.encode("utf-8"))


def _cards(cards: Sequence[Card]) -> str:
    def one(card: Card) -> str:
        note = f'<dd class="note">{escape(card.note)}</dd>' if card.note else ""
        unit = f' <span class="unit">{escape(card.unit)}</span>' if card.unit else ""
        value = escape(card.value) + unit
        return f'<div class="card"><dt>{escape(card.label)}</dt><dd class="value">{value}</dd>{note}</div>'

    return '<dl class="cards">\n' + "\n".join(map(one, cards)) + "\n</dl>" if cards else ""


def _contents(sections: Sequence[Section]) -> str:
    """Links to the sections, where there are enough to get lost."""
    if len(sections) < 4:
        return ""
    links = [f'<li><a href="#section-{k}">{escape(s.heading)}</a></li>' for k, s in enumerate(sections, start=1)]
    return '<nav aria-label="Contents"><ul>\n' + "\n".join(links) + "\n</ul></nav>"


def _section(number: int, section: Section) -> str:
    kind = ' class="warning"' if section.warning else ""
    parts = [
        f'<section id="section-{number}"{kind} aria-labelledby="heading-{number}">',
        f'<h2 id="heading-{number}">{escape(section.heading)}</h2>',
        _paragraphs(section.text),
        _table(section.heading, section.table) if section.table else "",
        _picture(section.heading, section.picture) if section.picture else "",
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _paragraphs(text: Sequence[str]) -> str:
    paragraphs = [text] if isinstance(text, str) else text  # one string is one paragraph, not one per letter
    return "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)


def _table(heading: str, table: Table) -> str:
    if not table.header:
        raise ShapeError(f"the table in {heading!r} has no columns; name at least one in its header")
    for number, row in enumerate(table.rows, start=1):
        if len(row) != len(table.header):
            raise ShapeError(
                f"row {number} of the table in {heading!r} has {len(row)} cells for {len(table.header)} columns; "
                "give one cell per column, None for an empty one"
            )
    texts = [[_cell(cell) for cell in row] for row in table.rows]
    marks = [_mark([row[column] for row in texts]) for column in range(len(table.header))]
    head = "".join(f'<th scope="col"{mark}>{escape(name)}</th>' for name, mark in zip(table.header, marks, strict=True))
    rows = []
    for row in texts:
        first, *others = [f"{mark}>{escape(text)}" for text, mark in zip(row, marks, strict=True)]
        rows.append(f'<tr><th scope="row"{first}</th>' + "".join(f"<td{other}</td>" for other in others) + "</tr>")
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(heading)}">\n<table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>\n</div>"
    )


def _cell(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if 1e4 <= abs(cell) < 1e15 else f"{cell:.4g}"
    return str(cell)


def _mark(column: Sequence[str]) -> str:
    numbers = all(text in ("", "–") or _NUMBER.fullmatch(text) for text in column)
    return ' class="number"' if numbers else ""


def _picture(heading: str, picture: Picture) -> str:
    if not picture.png.startswith(_PNG) or len(picture.png) < 24:
        raise ShapeError(f"the picture in {heading!r} is not a PNG file; give the bytes that save_figure returns")
    width, height = (round(_SCREEN * int.from_bytes(picture.png[k : k + 4], "big")) for k in (16, 20))
    caption = f"<figcaption>{escape(picture.caption)}</figcaption>" if picture.caption else ""
    return (
        f'<figure><div class="white"><img src="data:image/png;base64,{base64.b64encode(picture.png).decode("ascii")}" '
        f'width="{width}" height="{height}" alt="{escape(picture.alternative)}"></div>{caption}</figure>'
    )
