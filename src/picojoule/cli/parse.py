"""Options from words, by the fields of a dataclass; what is wrong is said in one line."""

import contextlib
import io
import re
from itertools import dropwhile, takewhile
from typing import Any

from picojoule.core.errors import ParameterError, UnknownNameError

HELP = ("-h", "--help")


def parsed(kind: type[Any], *, prog: str, words: list[str]) -> Any:  # noqa: ANN401  # an instance of `kind`
    """Read options; `--help` prints them and ends the process.

    Args:
        kind: a dataclass whose fields are the options.
        prog: the command, for the help.
        words: after the command.

    Raises:
        UnknownNameError: if there is no such option; the message names the nearest.
        ParameterError: if a value is missing, is too many, or does not fit.
    """
    import tyro

    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(kind, prog=prog, args=words)
    except SystemExit as ended:
        if not ended.code:
            raise
    complaint = _complaint(said.getvalue())
    unknown = re.match(r"Unrecognized options?: (--[^\s,=]+)", complaint)
    if unknown is not None:
        raise UnknownNameError("option", unknown[1], _options(kind, prog), f"see {prog} --help")
    raise ParameterError(f"{complaint[:1].lower()}{complaint[1:].rstrip('.')}; see {prog} --help")


def _complaint(text: str) -> str:
    """What a box says after its title and before its next rule or empty line, in one line."""
    lines = [line.strip("│|╭╮ ") for line in text.splitlines()]
    rest = dropwhile(_is_rule, lines[1:])
    return " ".join(takewhile(lambda line: not _is_rule(line), rest))


def _is_rule(line: str) -> bool:
    return not line.strip("─-+ ")


def _options(kind: type[Any], prog: str) -> set[str]:
    """All options, from the help."""
    import tyro

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        tyro.cli(kind, prog=prog, args=["--help"])
    return {name.rstrip("-") for name in re.findall(r"(?<![\w-])--[a-z][\w-]*", said.getvalue())}
