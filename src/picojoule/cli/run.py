"""`pj run`: run a recipe."""

from functools import partial

from picojoule.cli.parse import HELP, parsed
from picojoule.cli.resumed import resumed, settings
from picojoule.recipes.catalogue import RECIPES, options_of, recipe


def run(words: list[str]) -> int:
    """Run the recipe that the first word names, with its typed options.

    Returns:
        Exit status of the recipe; 2 if an option is wrong.
    """
    if not words or words[0] in HELP:
        print("usage: pj run RECIPE [options]\n\nrecipes:")
        for name, (_, summary) in RECIPES.items():
            print(f"  {name:<20} {summary}")
        return 0 if words else 2
    name, rest = words[0], words[1:]
    options = resumed(
        partial(parsed, options_of(name), prog=f"pj run {name}"), rest, f"pj run {name}", identity=settings
    )
    status: int = recipe(name).run(options)
    return status
