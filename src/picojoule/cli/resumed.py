"""Options of a run that goes on: those that it was begun with, and what does not contradict them."""

from collections.abc import Callable, Mapping
from typing import Any

from picojoule.recipes.command import begun_with
from picojoule.recipes.folder import CHECKPOINT, LOG
from picojoule.recipes.identity import check_identity

Parse = Callable[..., Any]  # takes `words`
Identity = Callable[[Any], Mapping[str, Any]]


def resumed(parse: Parse, words: list[str], command: str, *, identity: Identity) -> Any:  # noqa: ANN401
    """Options from words, with those of the run in their folder where they are to go on with it.

    Args:
        parse: reads `words`.
        words: options, as the user gives them.
        command: with the name of the recipe.
        identity: what of the options must stay as it was.

    Returns:
        What `parse` returns, with `out` and `resume`.

    Raises:
        CheckpointError: if the run was begun with other options; the message names the first.
    """
    options = parse(words=words)
    if not options.resume or options.out is None:
        return options
    log = options.out / LOG
    begun = begun_with(log, command)
    if not begun:
        return options
    options, first = parse(words=[*begun, *words]), parse(words=begun)
    checkpoint = options.out / CHECKPOINT
    check_identity(identity(first), identity(options), checkpoint if checkpoint.exists() else log)
    return options


def settings(options: Any) -> Mapping[str, Any]:  # noqa: ANN401  # of a recipe
    """What must stay as it was, with values for what was left out."""
    found: Mapping[str, Any] = options.checked().identity()
    return found
