"""The break-even spike rate: the formula finds the rate at which a network that spikes so costs the same."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from picojoule.energy.account import account
from picojoule.energy.costs import cost_table
from picojoule.energy.count.count import Count
from picojoule.energy.device import DeviceTable
from picojoule.energy.study.break_even import BreakEven, break_even, rate_text
from picojoule.energy.study.price import prices
from picojoule.energy.study.trial import Side
from picojoule.energy.table import CostTable
from picojoule.energy.work import Workload
from picojoule.layers import Linear, Sequential, Spiking
from tests.energy.study.trials import CLASSES, DENSE, EVENTS, HIDDEN, STEPS, relu_work, spiking_work, trial
from tests.held import LeakyIntegrator

INT8, FP32 = cost_table("horowitz-45nm-int8"), cost_table("horowitz-45nm-fp32")


def found(table: CostTable, *, rate: float = 0.05, rival: float = 1.0) -> BreakEven:
    """Break-even of the made-up network against a dense one that has `rival` times its inputs."""
    side = Side("SNN", 0.9, 1, {EVENTS: spiking_work(rate)})
    other = Side("ANN", 0.9, 1, {DENSE: relu_work((round(784 * rival), 1000))})
    (one,) = break_even(side.inference, prices([side], [table]), prices([other], [table]))
    return one


@pytest.mark.parametrize("table", [INT8, FP32], ids=lambda table: table.name)
@pytest.mark.parametrize("memory", [False, True])
def test_a_network_that_spikes_at_that_rate_costs_the_same(table: CostTable, memory: bool) -> None:
    one = found(table, rival=0.3)
    rate = one.total if memory else one.compute
    assert rate is not None
    assert rate > 0
    same, rival = account(spiking_work(rate), table), account(relu_work((235, 1000)), table)
    assert same.compute + memory * same.memory == pytest.approx(rival.compute + memory * rival.memory, rel=1e-6)


@pytest.mark.parametrize("memory", [False, True])
def test_the_formula_finds_the_crossing_of_simulated_runs(memory: bool) -> None:
    def run(spikes: int) -> Side:
        """A layer that gets so many input spikes of 100 in each of 10 steps."""
        model = Sequential(Linear(100, 10), Spiking(LeakyIntegrator(tau=5.0)))
        x = torch.zeros(10, 1, 100)
        x[..., :spikes] = 1.0
        with Count(model, input_spikes=True) as count:
            model(x)
        return Side("SNN", 0.9, 1, {EVENTS: count.workload()})

    with Count(dense := nn.Linear(100, 10)) as count:
        dense(torch.ones(1, 100))
    rival = prices([Side("ANN", 0.9, 1, {DENSE: count.workload(skip_zeros=False)})], [FP32])

    sides = {spikes: run(spikes) for spikes in range(0, 101, 4)}
    costs = {spikes: prices([side], [FP32])[0].of(memory=memory) or 0.0 for spikes, side in sides.items()}
    cost = rival[0].of(memory=memory) or 0.0
    cheaper = max(spikes for spikes, found in costs.items() if found < cost)
    assert 0 < cheaper < 100
    for spikes in (4, 40, 100):
        (one,) = break_even(sides[spikes].inference, prices([sides[spikes]], [FP32]), rival)
        rate = one.total if memory else one.compute
        assert one.rate == pytest.approx(spikes / 100)
        assert rate is not None
        assert cheaper / 100 <= rate < (cheaper + 4) / 100


def test_in_arithmetic_alone_it_is_the_closed_form() -> None:
    # 150,000 macs + 25 x (1000 x (3 additions + 2 multiplications) + 10 additions) + rate x 25 x 1000 x 10 additions
    fixed = 150_000 * FP32.mac + STEPS * (HIDDEN * (3 * 0.9 + 2 * 3.7) + CLASSES * 0.9)  # type: ignore[attr-defined]
    rival = 794_000 * FP32.mac  # type: ignore[attr-defined]
    one = found(FP32)
    assert one.rate == 0.05
    assert one.compute == pytest.approx((rival - fixed) / (STEPS * HIDDEN * CLASSES * 0.9))


def test_the_present_rate_does_not_move_it() -> None:
    rates = [found(INT8, rate=rate, rival=0.2).total for rate in (0.01, 0.2)]
    assert rates[0] == pytest.approx(rates[1])


def test_the_words() -> None:
    assert found(FP32).words(memory=False) == "always"  # even if all spike in every step, the first layer saves more
    assert found(FP32, rival=0.1).words(memory=False) == "never"
    assert found(FP32, rate=0.0).words(memory=False) == "no spikes"
    assert BreakEven("t", 0.1, 0.02, 0.5).words(memory=True) == "0.50"
    assert BreakEven("t", None, 0.02, 0.5).words(memory=False) == "no spikes"
    assert BreakEven("t", 0.1, None, 0.5, (False, True)).words(memory=False) == "–"


def test_on_a_device_that_skips_no_zeros_spikes_change_nothing() -> None:
    device = DeviceTable("cpu", "", synaptic_operation=1.0, neuron_update=1.0, runs="both", skips_zeros=False)
    assert found(device).words(memory=True) == "never"  # 25 steps against one
    assert found(device).words(memory=False) == "–"
    side = Side("SNN", 0.9, 1, {EVENTS: spiking_work(0.05)})
    dear = Side("ANN", 0.9, 1, {DENSE: replace(relu_work(), images=10)})  # a hundred times the work for each image
    (one,) = break_even(side.inference, prices([side], [device]), prices([dear], [device]))
    assert one.words(memory=True) == "always"


def test_on_a_device_that_skips_zeros_it_is_found() -> None:
    device = DeviceTable("chip", "", synaptic_operation=2.0, neuron_update=3.0, runs="both")
    one = found(device, rival=0.3)
    # 2 (150,000 + rate 250,000) + 3 x 25,000 = 2 (235,000 + 10,000)
    assert one.total == pytest.approx((490_000 - 300_000 - 75_000) / 500_000)


def test_tables_that_price_one_side_are_left_out() -> None:
    chip = DeviceTable("chip", "", synaptic_operation=2.0, neuron_update=3.0)
    sides = trial().spiking, trial().rivals[0]
    made = break_even(sides[0].inference, *(prices([side], [chip, INT8]) for side in sides))
    assert [one.table for one in made] == [INT8.name]


def test_without_chances_there_is_no_rate() -> None:
    work = replace(spiking_work(0.1), chances=0)
    side = Side("SNN", 0.9, 1, {EVENTS: work})
    (one,) = break_even(side.inference, prices([side], [INT8]), prices([trial().rivals[0]], [INT8]))
    assert (one.rate, one.compute, one.total) == (None, None, None)


@pytest.mark.parametrize(
    ("rate", "words"),
    [(0.0, "0.00"), (1.0, "1.00"), (0.1, "0.10"), (0.0512, "0.051"), (0.00512, "0.0051"), (0.0002, "2.0e-04")],
)
def test_rates_have_two_digits(rate: float, words: str) -> None:
    assert rate_text(rate) == words


def test_of_two_methods_the_one_that_allows_more_spikes_counts() -> None:
    """A method whose reads cannot be saved any more does not hide that another one gets cheap enough."""
    plain = spiking_work(0.05)
    saturated = replace(plain, works=tuple(replace(work, per_spike=False) for work in plain.works))
    rival = prices([Side("ANN", 0.9, 1, {DENSE: relu_work((235, 1000))})], [FP32])

    def of(**works: Workload) -> BreakEven:
        (one,) = break_even(works, prices([Side("SNN", 0.9, 1, works)], [FP32]), rival)
        return one

    assert of(plain=plain, saturated=saturated).total == of(plain=plain).total is not None
    assert of(saturated=saturated).total is None
