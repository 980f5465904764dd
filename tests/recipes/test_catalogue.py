"""Every recipe can be found, has typed options with help, and is listed."""

import dataclasses
import importlib

import pytest

from picojoule.core.errors import UnknownNameError
from picojoule.recipes.catalogue import RECIPES, recipe


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_options_and_a_way_to_run(name: str) -> None:
    module = recipe(name)
    assert module is importlib.import_module(RECIPES[name][0])
    options = dataclasses.fields(module.Options())  # everything has a default
    assert {"out", "resume", "seed"} <= {option.name for option in options}
    assert callable(module.run)
    assert RECIPES[name][1]


def test_an_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="unknown recipe 'diel-cook'; did you mean 'diehl-cook-2015'"):
        recipe("diel-cook")
