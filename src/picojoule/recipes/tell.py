"""The outcome of a run on the terminal."""

from collections.abc import Iterable
from pathlib import Path


def tell(title: str, rows: Iterable[tuple[str, str]], verdict: str, folder: Path) -> None:
    """Print a table of figures, a sentence, and where the report is.

    Args:
        title: above the table.
        rows: names and values.
        verdict: the outcome in a sentence.
        folder: of the run.
    """
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=title, title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in rows:
        table.add_row(name, value)
    console.print(table)
    console.print(verdict)
    console.print(f"Report: {folder / 'report.html'}", highlight=False, soft_wrap=True)
