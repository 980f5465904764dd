"""Which recipes `pj compare` can compare, and the options that they share."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.recipes.catalogue import RECIPES


@dataclass(frozen=True)
class Comparing:
    """Train a recipe's network and those that it replaces with several seeds; compare accuracy and energy."""

    seeds: int = 3
    """how many seeds"""
    first_seed: int = 0
    """the first of them; the others follow"""
    table: tuple[str, ...] = ()
    """a cost table, by name or as a TOML file of your own; may be given several times; all if left out"""
    strict: bool = False
    """exit status 3 if something could not be counted"""
    joules: bool = False
    """measure, too, what this machine needs for each seed, with its own counters"""
    out: Path | None = None
    """folder for the results; a new one under runs/ if left out"""
    resume: bool = False
    """go on with the comparison in --out: seeds that have ended are not run again"""


def trial_place(name: str) -> str:
    """The module that runs one seed of a recipe: `trial`, beside the recipe's own.

    Args:
        name: of the recipe.

    Raises:
        UnknownNameError: if there is no such recipe.
        ParameterError: if it has no trial; the message names the recipes that have one.
    """
    if name not in RECIPES:
        raise UnknownNameError("recipe", name, RECIPES)
    places = {other: f"{module.rpartition('.')[0]}.trial" for other, (module, _) in RECIPES.items()}
    able = [other for other, place in places.items() if importlib.util.find_spec(place)]
    if name not in able:
        raise ParameterError(
            f"{name} has no trial, so it cannot be compared; take one of: {', '.join(able) or 'none has one yet'}"
        )
    return places[name]
