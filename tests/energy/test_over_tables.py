"""A ratio over all tables is an interval whose ends name their tables."""

import pytest

from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.arithmetic import ArithmeticTable
from picojoule.energy.costs import cost_table, cost_table_names
from picojoule.energy.dense import dense_inference
from picojoule.energy.over_tables import over_tables
from picojoule.energy.work import Workload
from tests.energy.test_device import snn

RIVAL = dense_inference([10, 4, 2])


def test_every_table_that_prices_both_is_there_and_the_others_say_why_not() -> None:
    found = over_tables(snn(), RIVAL)
    assert set(found.ratios) | set(found.left_out) == set(cost_table_names())
    assert set(found.left_out) == {"loihi", "spinnaker", "spinnaker2", "truenorth"}
    assert all("spiking networks only" in reason for reason in found.left_out.values())


def test_the_ends_are_the_lowest_and_the_highest() -> None:
    found = over_tables(snn(), RIVAL)
    for interval, values in (
        (found.compute, {table: ratio.compute for table, ratio in found.ratios.items()}),
        (found.total, {table: ratio.total for table, ratio in found.ratios.items()}),
    ):
        assert (interval.lowest, interval.highest) == (min(values.values()), max(values.values()))
        assert values[interval.lowest_table] == interval.lowest
        assert values[interval.highest_table] == interval.highest
        assert interval.lowest_table in str(interval)


def test_the_ratio_is_that_of_the_accounts() -> None:
    table = cost_table("horowitz-45nm-int8")
    (ratio,) = over_tables(snn(), RIVAL, tables=[table]).ratios.values()
    own, other = account(snn(), table), account(RIVAL, table)
    assert ratio.compute == own.compute / other.compute
    assert ratio.total == own.total / other.total


def test_scaling_a_table_moves_no_ratio() -> None:
    table = cost_table("lemaire-2022")
    assert isinstance(table, ArithmeticTable)
    once, scaled = (over_tables(snn(), RIVAL, tables=[one]).total for one in (table, table.scaled(7.0)))
    assert scaled.lowest == pytest.approx(once.lowest, rel=1e-12)


def test_nothing_to_compare() -> None:
    with pytest.raises(ParameterError, match="no cost table prices both networks: loihi runs spiking"):
        over_tables(snn(), RIVAL, tables=[cost_table("loihi")])
    with pytest.raises(ParameterError, match="none was given"):
        over_tables(snn(), RIVAL, tables=[])
    with pytest.raises(ParameterError, match="the rival needs no energy, so that there is no ratio"):
        over_tables(snn(), Workload(1, ()), tables=[cost_table("horowitz-45nm-fp32")])
