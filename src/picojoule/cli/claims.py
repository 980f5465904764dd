"""`pj claims`: famous headlines about energy, recomputed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from picojoule.cli.parse import parsed
from picojoule.core.errors import OutputError, ParameterError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from picojoule.energy.claims.recompute import Claims

DRAWN = ("LSTM", "ReLU RNN")  # a GRU lies between them


@dataclass(frozen=True)
class Options:
    """Recompute "100 x", "243 x" and "1,900 x" from published sizes and firing rates."""

    table: str | None = None
    """one cost table, by name or as a .toml file; left out: six"""
    task: str | None = None
    """one task, such as SHD; left out: all seven"""
    json: Path | None = None
    """write every figure to this file"""
    out: Path | None = None
    """write claims.md and claims.png into this folder"""


def claims(words: list[str]) -> int:
    """Print the recomputed headlines, and write what was asked for.

    Args:
        words: options.

    Returns:
        Exit status 0.

    Raises:
        OutputError: if a file exists or a folder does not.
        UnknownNameError: if there is no such table or task.
        ParameterError: if the table cannot price both networks.
    """
    options: Options = parsed(Options, prog="pj claims", words=words)
    _check(options)
    from picojoule.core.files import write_atomically
    from picojoule.energy.claims.networks import network
    from picojoule.energy.claims.recompute import recompute
    from picojoule.energy.costs import cost_table
    from picojoule.plot.save import save_figure

    found = recompute(
        None if options.table is None else [cost_table(options.table)],
        None if options.task is None else [network(options.task)],
    )
    _print(found)
    if options.json is not None:
        write_atomically(options.json, (json.dumps(found.to_dict(), indent=2) + "\n").encode())
        print(options.json)
    if options.out is not None:
        write_atomically(options.out / "claims.md", _markdown(found).encode())
        save_figure(picture(found), options.out / "claims.png")
        print(options.out / "claims.md", options.out / "claims.png", sep="\n")
    return 0


def picture(found: "Claims") -> "Figure":
    """The factors against an LSTM and against a ReLU network, under every table.

    Args:
        found: from `recompute`.
    """
    from picojoule.plot.claims import claims as draw

    return draw(
        {
            f"{'an' if rival == 'LSTM' else 'a'} {rival} of the same size": {
                task: {name: (cell.compute, cell.total) for name, cell in row.items()}
                for task, row in found.cells[rival].items()
            }
            for rival in DRAWN
        }
    )


def _print(found: "Claims") -> None:
    from rich.table import Table

    from picojoule.cli.console import console
    from picojoule.energy.claims.words import text_tables

    terminal = console()
    for text in text_tables(found):
        terminal.print(f"\n{text.title}", highlight=False)
        table = Table()
        for name in text.head:
            table.add_column(name, overflow="fold")
        for row in text.rows:
            table.add_row(*row)
        terminal.print(table)
    for sentence in found.assumptions():
        terminal.print(f"- {sentence}", highlight=False, markup=False)


def _markdown(found: "Claims") -> str:
    from picojoule.energy.claims.words import text_tables

    parts = [f"## {text.title}\n\n{text.markdown()}\n" for text in text_tables(found)]
    listed = "".join(f"- {sentence}\n" for sentence in found.assumptions())
    return "\n".join(["# Headlines, recomputed by `pj claims`\n", *parts, f"## Assumptions\n\n{listed}"])


def _check(options: Options) -> None:
    """Look at the places to write to before anything is computed."""
    if options.json is not None:
        if options.json.suffix != ".json":
            raise ParameterError(f"figures go to a JSON file, got --json {options.json}; end it with .json")
        if not options.json.parent.is_dir():
            raise OutputError(f"there is no folder {options.json.parent}; make it, or choose another --json")
    if options.out is not None and not options.out.is_dir():
        raise OutputError(f"there is no folder {options.out}; make it, or choose another --out")
    wanted = [] if options.out is None else [options.out / "claims.md", options.out / "claims.png"]
    for path in [*wanted, *([] if options.json is None else [options.json])]:
        if path.exists():
            raise OutputError(f"{path} exists; choose another place, or take it away")
