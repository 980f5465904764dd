"""`pj list` names everything that there is, found anew by looking at the source."""

import importlib
import inspect
import pkgutil
from types import ModuleType

import pytest

from picojoule import encode, neurons
from picojoule.cli.listing import entries
from picojoule.data.catalogue import names
from picojoule.encode.base import Encoder
from picojoule.energy.costs import cost_table_names
from picojoule.neurons.base import Neuron
from picojoule.recipes.catalogue import RECIPES
from tests.cli.conftest import Command


def written(package: ModuleType, base: type) -> set[str]:
    """Names of all finished classes of a kind in a package, whether it exports them or not."""
    modules = [
        importlib.import_module(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)
    ]
    classes = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    return {value.__name__ for value in classes if issubclass(value, base) and not inspect.isabstract(value)}


def listed(kind: str) -> set[str]:
    return {name for found, name, _ in entries() if found == kind}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("neuron", written(neurons, Neuron)),
        ("encoder", written(encode, Encoder)),
        ("recipe", set(RECIPES)),
        ("data", set(names())),
        ("cost table", set(cost_table_names())),
    ],
)
def test_everything_is_listed(kind: str, expected: set[str]) -> None:
    assert expected
    assert listed(kind) == expected


def test_kinds_are_those_that_the_usage_promises() -> None:
    assert {kind for kind, _, _ in entries()} == {"recipe", "data", "neuron", "encoder", "cost table"}


def test_the_table_shows_every_name_and_summary(pj: Command) -> None:
    answer = pj("list")
    assert (answer.status, answer.err) == (0, "")
    lines = answer.out.splitlines()
    wide = max(len(name) for _, name, _ in entries())
    for kind, name, summary in entries():
        assert summary
        assert any(line.split("│")[1:3] == [f" {kind:<10} ", f" {name:<{wide}} "] for line in lines if "│" in line)
        assert summary[:60] in answer.out
