"""All recipes by name."""

import importlib
from collections.abc import Mapping
from types import ModuleType

from picojoule.core.errors import UnknownNameError

RECIPES: Mapping[str, tuple[str, str]] = {
    "diehl-cook-2015": (
        "picojoule.recipes.diehl_cook_2015.recipe",
        "Diehl & Cook (2015): digits learned without labels, by STDP",
    ),
    "surrogate-mnist": (
        "picojoule.recipes.surrogate_mnist.recipe",
        "digits learned by gradients through time, with learned time constants",
    ),
}


def recipe(name: str) -> ModuleType:
    """The module of a recipe; it has `Options` and `run(options)`.

    Raises:
        UnknownNameError: if there is no such recipe; the message names the nearest one.

    Example:
        >>> recipe("diehl-cook-2014")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        picojoule.core.errors.UnknownNameError: unknown recipe 'diehl-cook-2014'; did you mean 'diehl-cook-2015'?...
    """
    if name not in RECIPES:
        raise UnknownNameError("recipe", name, RECIPES)
    return importlib.import_module(RECIPES[name][0])
