"""`pj compare`: a recipe against the networks that it replaces."""

from dataclasses import fields, make_dataclass
from typing import TYPE_CHECKING, Annotated, Any

from picojoule.recipes.catalogue import RECIPES, recipe

if TYPE_CHECKING:
    from picojoule.recipes.compare import Comparing


def compare(words: list[str]) -> int:
    """Compare the recipe that the first word names; its own options follow those of the comparison.

    Returns:
        Exit status: 0, 3 if something was not counted and `--strict` is given; 2 if an option is wrong.
    """
    if not words or words[0] in ("-h", "--help"):
        print("usage: pj compare RECIPE [options]\n\nrecipes:")
        for name, (_, summary) in RECIPES.items():
            print(f"  {name:<20} {summary}")
        return 0 if words else 2
    from picojoule.recipes.compare import compare_recipe, trial_of

    trial_of(words[0])  # refuses recipes that cannot be compared before it explains their options
    options, comparing = parsed(words[0], recipe(words[0]).Options, words[1:])
    return compare_recipe(words[0], options, comparing)


def parsed(name: str, kind: type[Any], words: list[str]) -> tuple[Any, "Comparing"]:
    """Read the options of a comparison and those of a recipe, which share one line.

    Args:
        name: of the recipe.
        kind: its `Options`; the comparison sets its seed, folder and resuming.
        words: the options.

    Returns:
        The recipe's options, and those of the comparison.
    """
    import tyro

    from picojoule.recipes.compare import Comparing

    (seed,) = (option for option in fields(kind) if option.name == "seed")
    both = make_dataclass(
        "Options",
        [
            ("table", tyro.conf.UseAppendAction[tuple[str, ...]], ()),
            ("seed", Annotated[int, tyro.conf.Suppress], seed.default),
        ],
        bases=(kind, Comparing),
        frozen=True,
    )
    both.__doc__ = Comparing.__doc__
    found: Any = tyro.cli(both, prog=f"pj compare {name}", args=words)
    own, other = ({option.name: getattr(found, option.name) for option in fields(part)} for part in (kind, Comparing))
    return kind(**own), Comparing(**other)
