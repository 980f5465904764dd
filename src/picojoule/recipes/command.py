"""The command that repeats a run."""

import shlex
from dataclasses import fields
from typing import Any

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
