"""A budget prices work as an account does."""

import math

import pytest

from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.budget import EnergyBudget
from picojoule.energy.costs import cost_table
from picojoule.energy.dense import dense_inference

TABLE = cost_table("horowitz-45nm-int8")


def test_memory_is_counted_unless_it_is_left_out() -> None:
    work = dense_inference([784, 100, 10], images=3)
    priced = account(work, TABLE)
    assert EnergyBudget("1 uJ", TABLE).energy(work) == priced.total
    assert EnergyBudget("1 uJ", TABLE, memory=False).energy(work) == priced.compute


def test_words() -> None:
    assert EnergyBudget("1 uJ", TABLE).counted() == "horowitz-45nm-int8, memory included"
    assert EnergyBudget("1 uJ", TABLE, memory=False).counted() == "horowitz-45nm-int8, compute alone"


def test_without_a_limit() -> None:
    budget = EnergyBudget("Unlimited", TABLE)
    assert budget.amount == math.inf
    assert not budget.limited
    assert EnergyBudget("1 uJ", TABLE).limited


def test_an_amount_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ParameterError, match="an energy budget '50' has no unit"):
        EnergyBudget("50", TABLE)
