"""A study on the terminal, within 116 columns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from picojoule.energy.study.early_words import early_exit_words
from picojoule.energy.study.rows import Row, break_even_notes, break_even_rows, break_even_title, methods_note, rows
from picojoule.energy.study.study import Study

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

CHEAPEST = "The verdict counts each network by its cheapest method."
WIDTH = 116  # columns


def print_study(study: Study, console: "Console | None" = None) -> None:
    """Print the figures, the break-even rates, what was not counted, the warnings and the verdict.

    Args:
        study: what was found.
        console: where to; `None`: standard output.
    """
    from rich.console import Console

    if console is None:
        console = Console()
        console.width = min(max(console.width, 80), WIDTH) if console.is_terminal else WIDTH
    console.print(_table(study.title, *rows(study)), highlight=False)
    over = study.accuracies[study.spiking.name].over
    note = " ".join(filter(None, (f"Intervals over {over}.", methods_note(study), CHEAPEST)))
    console.print(note, highlight=False)
    if early := early_exit_words(study):
        console.print(f"\n{_plain(early)}", highlight=False)
    header, found = break_even_rows(study)
    if found:
        console.print(f"\n[bold]{_plain(break_even_title(study))}[/]", highlight=False)
        console.print(_table("", header, {"": [Row(row[0], tuple(row[1:])) for row in found]}), highlight=False)
        for note in break_even_notes(found):
            console.print(_plain(note), highlight=False)
    _print_sentences(study, console)


def _print_sentences(study: Study, console: "Console") -> None:
    console.print()
    for sentence in study.measured:
        console.print(_plain(sentence), highlight=False)
    for sentence in study.uncounted():
        console.print(f"[bold red]Warning[/]: {_plain(sentence[:1].upper() + sentence[1:])}.", highlight=False)
    for sentence in study.warnings():
        console.print(f"[bold yellow]Warning[/]: {_plain(sentence)}", highlight=False)
    for verdict in filter(None, (study.verdict(), study.early_verdict())):
        console.print(f"\n[bold]{_plain(verdict)}[/]", highlight=False)


def _table(title: str, header: Iterable[str], groups: Mapping[str, Sequence[Row]]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    make: Callable[[str], Text] = Text  # unlike a plain text, it takes brackets as they are
    table = Table(title=make(title) if title else None, title_justify="left", title_style="bold", padding=(0, 1))
    for k, name in enumerate(header):
        table.add_column(
            make(name), justify="right" if k else "left", overflow="fold", vertical="bottom", no_wrap=not k
        )
    for k, (heading, found) in enumerate(groups.items()):
        if k and found:
            table.add_section()
            table.add_row(make(heading), style="bold")
        for row in found:
            table.add_row(*map(make, (row.name, *row.values)))
    return table


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
