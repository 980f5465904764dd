"""`pj compare`: a recipe against the networks that it replaces."""

from dataclasses import fields, make_dataclass
from functools import partial
from typing import Annotated, Any

from picojoule.cli.parse import HELP
from picojoule.cli.parse import parsed as read
from picojoule.cli.resumed import resumed
from picojoule.recipes.catalogue import RECIPES, options_of
from picojoule.recipes.comparing import Comparing, trial_place


def compare(words: list[str]) -> int:
    """Compare the recipe that the first word names; its own options follow those of the comparison.

    Returns:
        Exit status: 0, 3 if something was not counted and `--strict` is given; 2 if an option is wrong.
    """
    if not words or words[0] in HELP:
        print("usage: pj compare RECIPE [options]\n\nrecipes:")
        for name, (_, summary) in RECIPES.items():
            print(f"  {name:<20} {summary}")
        return 0 if words else 2
    name, rest = words[0], words[1:]
    trial_place(name)  # refuses recipes that cannot be compared before it explains their options
    kind = options_of(name)
    found = resumed(partial(read, _both(kind), prog=f"pj compare {name}"), rest, f"pj compare {name}", identity=_kept)
    from picojoule.recipes.compare import compare_recipe

    return compare_recipe(name, *_apart(kind, found))


def parsed(name: str, kind: type[Any], words: list[str]) -> tuple[Any, Comparing]:
    """Read the options of a comparison and those of a recipe, which share one line.

    Args:
        name: of the recipe.
        kind: its `Options`; the comparison sets its seed, folder and resuming.
        words: the options.

    Returns:
        The recipe's options, and those of the comparison.
    """
    return _apart(kind, read(_both(kind), prog=f"pj compare {name}", words=words))


def _both(kind: type[Any]) -> type[Any]:
    import tyro

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
    return both


def _apart(kind: type[Any], found: Any) -> tuple[Any, Comparing]:  # noqa: ANN401
    own, other = ({option.name: getattr(found, option.name) for option in fields(part)} for part in (kind, Comparing))
    other["table"] = tuple(dict.fromkeys(found.table))
    return kind(**own), Comparing(**other)


def _kept(options: Any) -> dict[str, Any]:  # noqa: ANN401
    from picojoule.recipes.compare import identity

    free = {option.name for option in fields(Comparing)}
    return {name: value for name, value in identity(options).items() if name not in free}
