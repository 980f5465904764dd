"""The command that repeats a run."""

import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

from picojoule.core.errors import CheckpointError

AGAIN = ("out", "resume")  # options that a run which goes on is given anew
COMMAND = "command: "  # before the command in the log of a run
CHANGE_NOTHING = ("threads", "out", "resume", "checkpoint_seconds")  # options that no result depends on


def command(recipe: str, options: Any, *, leave_out: tuple[str, ...] = CHANGE_NOTHING) -> str:  # noqa: ANN401
    """The command that gives the same figures.

    Args:
        recipe: its name.
        options: the recipe's `Options`, a dataclass.
        leave_out: names of options that no result depends on.

    Returns:
        The command, without options that have their default.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Options:
        ...     neurons: int = 100
        ...     nu: tuple[float, float] = (1e-4, 1e-2)
        ...     losers_reset: bool = True
        ...     threads: int | None = None
        >>> command("a-recipe", Options(neurons=400, losers_reset=False, nu=(0.0, 0.1), threads=2))
        'pj run a-recipe --neurons 400 --nu 0.0 0.1 --no-losers-reset'
    """
    words = ["pj run", recipe]
    for option in fields(options):
        value = getattr(options, option.name)
        if option.name in leave_out or value == option.default:
            continue
        name = option.name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{name}" if value else f"--no-{name}")
        else:
            words.append(f"--{name} {shlex.join(map(str, value if isinstance(value, tuple) else [value]))}")
    return " ".join(words)


def begun_with(log: Path, command_and_recipe: str) -> list[str]:
    """The options that a run was begun with, as words.

    Args:
        log: of the run; where it tells of no command, there are none.
        command_and_recipe: such as `pj run diehl-cook-2015`, whose run it has to be.

    Raises:
        CheckpointError: if it is the log of something else.
    """
    try:
        lines = log.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    for line in lines:
        _, found, text = line.partition(f" {COMMAND}")
        if found:
            words, wanted = shlex.split(text), command_and_recipe.split()
            if words[: len(wanted)] != wanted:
                raise CheckpointError(
                    f"{log.parent} was begun with {shlex.join(words[: len(wanted)])}, not with {command_and_recipe}; "
                    f"go on with that, or choose another --out"
                )
            return words[len(wanted) :]
    return []
