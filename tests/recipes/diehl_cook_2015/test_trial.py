"""A trial of Diehl & Cook: lengths of presentation, early exit on held-out images, rivals of the same size."""

import logging
from dataclasses import replace

import pytest

from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.contenders import DENSE, EVENTS
from picojoule.energy.costs import cost_table
from picojoule.energy.study.trial import Trial
from picojoule.recipes.diehl_cook_2015.options import Options
from picojoule.recipes.diehl_cook_2015.trial import trial

LOG = logging.getLogger("test")
SMALL = Options(neurons=20, train_images=300, test_images=60, threads=1)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return trial(SMALL, tmp_path_factory.mktemp("trial"), LOG)


def test_the_rivals_are_of_the_same_size_and_carry_the_bits_of_the_steps(found: Trial) -> None:
    assert [side.name for side in found.rivals] == ["the 8-bit ReLU network", "the ReLU network"]  # 250 steps
    weights = 784 * 20 + 20 + 20 * 10 + 10
    assert found.rivals[1].parameters == weights
    dense = found.rivals[0].inference[DENSE].works
    assert sum(line.products.macs for line in dense) == 60 * (784 * 20 + 200)
    assert found.uncounted == ()


def test_what_the_spiking_network_learned(found: Trial) -> None:
    assert found.spiking.parameters == 784 * 20 + 20 + 20 * 10  # weights, thresholds, mean counts of the readout
    assert found.spiking.steps == 250


def test_longer_presentations_cost_more_and_the_last_is_the_whole_one(found: Trial) -> None:
    spiking = found.spiking
    assert [moment.steps for moment in spiking.curve] == [25, 50, 75, 100, 125, 150, 200, 250]
    updates = [sum(line.updates for line in moment.inference[EVENTS].works) for moment in spiking.curve]
    assert [update // 25 for update in updates] == [updates[0] // 25 * k for k in (1, 2, 3, 4, 5, 6, 8, 10)]
    assert spiking.curve[-1].inference[EVENTS] == spiking.inference[EVENTS]
    assert spiking.curve[-1].accuracy == spiking.accuracy


def test_stopping_early_costs_between_the_shortest_and_the_longest(found: Trial) -> None:
    early = found.spiking.early_exit
    assert early is not None
    assert early.chosen_on.startswith("30 training images")
    table = cost_table("horowitz-45nm-fp32")
    shortest, longest = (account(found.spiking.curve[k].inference[EVENTS], table).compute for k in (0, -1))
    assert shortest <= account(early.inference[EVENTS], table).compute <= 1.01 * longest
    assert early.inference[EVENTS].images == 60


def test_validation_images_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(ParameterError, match="leave --validate out"):
        trial(replace(SMALL, validate=30), tmp_path_factory.mktemp("refused"), LOG)
