"""All recipes by name."""

import importlib
import importlib.util
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from picojoule.core.errors import ParameterError, UnknownNameError

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
    return importlib.import_module(_place(name))


def options_of(name: str) -> type[Any]:
    """The class of a recipe's options, from the module `options` beside the recipe's own, which may take long to load.

    Raises:
        UnknownNameError: if there is no such recipe.

    Example:
        >>> options_of("surrogate-mnist")().batch_size
        128
    """
    place = f"{_place(name).rpartition('.')[0]}.options"
    found: type[Any] = (importlib.import_module(place) if importlib.util.find_spec(place) else recipe(name)).Options
    return found


def budgeted_options_of(name: str) -> type[Any]:
    """The options of a recipe that can be trained within budgets.

    Args:
        name: of the recipe.

    Raises:
        UnknownNameError: if there is no such recipe.
        ParameterError: if it knows no energy budget.
    """
    kind = options_of(name)
    if not hasattr(kind, "energy_budget"):
        able = ", ".join(other for other in RECIPES if hasattr(options_of(other), "energy_budget"))
        raise ParameterError(f"{name} cannot be trained within an energy budget; recipes that can: {able}")
    return kind


def _place(name: str) -> str:
    if name not in RECIPES:
        raise UnknownNameError("recipe", name, RECIPES)
    return RECIPES[name][0]
