"""Prices with and without memory, of tables of arithmetic and of devices."""

from dataclasses import replace

import pytest

from picojoule.energy.account import account
from picojoule.energy.costs import cost_table
from picojoule.energy.device import DeviceTable
from picojoule.energy.study.price import cheapest, price, prices, prices_memory, quotient, ratio
from tests.energy.study.trials import DENSE, EVENTS, MATCHED, SKIPPING, SPIKING, relu_work, spiking_work, trial

FP32 = cost_table("horowitz-45nm-fp32")
CHIP = DeviceTable("chip", "data sheet", synaptic_operation=20.0, neuron_update=80.0)
BOTH = replace(CHIP, name="both", runs="both")
BARE = replace(BOTH, name="bare", memory_included=False)


def test_a_table_of_arithmetic_and_memory_gives_two_figures() -> None:
    work = spiking_work(0.1)
    one = price(work, FP32)
    assert one is not None
    assert (one.compute, one.total) == (account(work, FP32).compute, account(work, FP32).total)
    assert (one.of(memory=False), one.of(memory=True)) == (one.compute, one.total)


def test_a_device_gives_one_figure_with_memory_if_that_is_inside() -> None:
    work = spiking_work(0.1)
    inside, missing = price(work, BOTH), price(work, BARE)
    assert inside is not None
    assert missing is not None
    # per image: 150,000 multiply-accumulates, 25,000 accumulates, 25,000 updates
    assert inside.compute is None
    assert inside.total == pytest.approx(20.0 * 175_000 + 80.0 * 25_000)
    assert (missing.compute, missing.total) == (inside.total, None)


def test_a_device_prices_only_what_it_can_run() -> None:
    assert price(relu_work(), CHIP) is None
    found = prices([trial().spiking, trial().rivals[0]], [CHIP, FP32])
    assert [(one.account.table, one.side, one.method) for one in found] == [
        ("chip", SPIKING, EVENTS),
        (FP32.name, SPIKING, EVENTS),
        (FP32.name, MATCHED, DENSE),
        (FP32.name, MATCHED, SKIPPING),
    ]


def test_memory_is_priced_by_tables_that_say_so() -> None:
    assert prices_memory(FP32)
    assert prices_memory(BOTH)
    assert not prices_memory(BARE)


def test_the_cheapest_method_is_chosen_for_each_figure_apart() -> None:
    side = replace(trial().rivals[0], inference={"a": relu_work((100, 900)), "b": relu_work((101, 10))})
    found = prices([side], [FP32])
    least = {memory: cheapest(found, memory=memory) for memory in (False, True)}
    for memory, best in least.items():
        assert best is not None
        assert best.of(memory=memory) == min(one.of(memory=memory) or 0.0 for one in found)


def test_a_ratio_has_the_figures_that_both_networks_have() -> None:
    own, other = prices([trial().spiking], [FP32]), prices([trial().rivals[0]], [FP32])
    found = ratio(own, other)
    skipping = account(relu_work((150, 300)), FP32)
    mine = account(spiking_work(0.05), FP32)
    assert found.compute == pytest.approx(mine.compute / skipping.compute)
    assert found.total == pytest.approx(mine.total / skipping.total)
    device = ratio(prices([trial().spiking], [BOTH]), prices([trial().rivals[0]], [BOTH]))
    assert device.compute is None
    assert device.total == pytest.approx((20.0 * 162_500 + 80.0 * 25_000) / (20.0 * 153_000))


def test_nothing_over_nothing_is_one() -> None:
    free = cost_table("horowitz-45nm-fp32").scaled(0.0)
    found = ratio(prices([trial().spiking], [free]), prices([trial().rivals[0]], [free]))
    assert found.compute == 1.0
    assert quotient(1.0, 0.0) == float("inf")
