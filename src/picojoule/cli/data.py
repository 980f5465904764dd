"""`pj data`: fetch datasets and check what is there."""

from typing import TYPE_CHECKING

from picojoule.cli.parse import HELP
from picojoule.core.errors import ParameterError, UnknownNameError

if TYPE_CHECKING:
    from picojoule.data.catalogue import Entry
    from picojoule.data.files import Inspection


def data(words: list[str]) -> int:
    """`pj data fetch NAME` or `pj data check [NAME]`.

    Returns:
        Exit status of the verb; 2 if the words are not understood.

    Raises:
        UnknownNameError: if the verb is unknown.
    """
    usage = "usage: pj data fetch NAME | pj data check [NAME]"
    if not words or any(word in HELP for word in words):
        print(usage)
        return 0 if words else 2
    verb, rest = words[0], words[1:]
    if verb not in ("fetch", "check"):
        raise UnknownNameError("verb of pj data", verb, ("fetch", "check"))
    if len(rest) > 1 or (verb == "fetch" and not rest):
        raise ParameterError(f"pj data {verb} takes one name, got {len(rest)}; {usage}")
    return fetch(rest[0]) if verb == "fetch" else check(*rest)


def fetch(name: str) -> int:
    """Download what is missing of a dataset, replace what is damaged, and show where it is.

    Args:
        name: the dataset, such as mnist.

    Returns:
        Exit status: 0, or 1 if an installed package should have brought the data and did not.

    Raises:
        PicojouleError: if the name is unknown, the folder cannot be written or no mirror delivers.
    """
    from picojoule.data.catalogue import describe
    from picojoule.data.download import fetch as fetch_files

    entry = describe(name)
    try:
        if entry.files is not None:
            fetch_files(entry.files)
    except KeyboardInterrupt as stop:
        raise type(stop)(f"files that are whole are kept; go on with: pj data fetch {name}") from None
    return check(name)


def check(name: str | None = None) -> int:
    """Show which files of the datasets are there and whether their sha256 is the published one; downloads nothing.

    Args:
        name: the dataset; all of them if left out.

    Returns:
        Exit status: 0, or 1 if a file is damaged, or if the dataset asked for by name is incomplete.

    Raises:
        PicojouleError: if the name is unknown.
    """
    from picojoule.data.catalogue import describe, names

    found = [(entry, entry.inspect()) for entry in map(describe, names() if name is None else [name])]
    _show(found)
    if name is None:  # nobody needs every dataset, so what is missing is no failure
        return int(any(inspection.damaged for _, inspection in found))
    return int(not all(inspection.complete for _, inspection in found))


def _show(found: "list[tuple[Entry, Inspection]]") -> None:
    from rich.markup import escape
    from rich.table import Table

    from picojoule.cli.console import console

    table = Table("dataset", "images", "files", "sha256")
    table.add_column("folder", overflow="fold")
    for entry, inspection in found:
        table.add_row(
            entry.name,
            f"{entry.train:,} + {entry.test:,}",
            f"{inspection.expected - len(inspection.missing)} of {inspection.expected}",
            _verdict(inspection),
            escape(str(inspection.folder)),
        )
    console().print(table)


def _verdict(inspection: "Inspection") -> str:
    if inspection.damaged:
        return f"wrong: {', '.join(inspection.damaged)}"
    return "–" if len(inspection.missing) == inspection.expected else "ok"
