"""Prices of spikes add up to the account, exactly, under every table."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.energy.budget import EnergyBudget
from picojoule.energy.costs import CostTable, cost_table, cost_table_names
from picojoule.energy.layered import SpikingStage, layered_inference
from picojoule.energy.spike_prices import spike_prices
from picojoule.energy.stage import Stage, convolution_stage, dense_stage
from picojoule.energy.work import Workload
from picojoule.learn.gradient.energy_penalty import spike_energy
from picojoule.neurons.base import Neuron
from tests.held import LIF, LeakyIntegrator

FIRST = convolution_stage((1, 12, 12), 3, kernel=3, pool=2)  # 3 x 5 x 5
SECOND = convolution_stage((3, 5, 5), 4, kernel=2, pool=2)  # 4 x 2 x 2
STAGES = (FIRST, SECOND, dense_stage(16, 10))
FAN_OUTS = [after.fan_out.reshape(before.units) for before, after in pairwise(STAGES)]
STEPS = 4
PIXELS = torch.arange(144).reshape(1, 12, 12) % 3


def work(spikes: Sequence[Tensor], images: int = 1, *, poisson: bool = False) -> Workload:
    neurons: tuple[Neuron[Any, Any, Any], ...] = (LIF(tau=5.0), LIF(tau=5.0), LeakyIntegrator())
    counts = [*spikes, torch.zeros(10, dtype=torch.int64)]
    layers = [SpikingStage(f"layer {k}", *part) for k, part in enumerate(zip(STAGES, neurons, counts, strict=True))]
    return layered_inference(
        layers, images=images, steps=STEPS, pixels=PIXELS, input_spikes=PIXELS if poisson else None
    )


def silence() -> list[Tensor]:
    return [torch.zeros(stage.units, dtype=torch.int64) for stage in STAGES[:-1]]


def tables() -> list[CostTable]:
    found = []
    for name in cost_table_names():
        table = cost_table(name)
        try:
            EnergyBudget("1 J", table).energy(work(silence()))
        except ParameterError:
            continue  # a device that runs conventional networks only
        found.append(table)
    return found


def skips_zeros(prices: dict[str, Tensor]) -> bool:
    return bool(prices["a"].any())


def drawn(stage: Stage, seed: int, images: int) -> Tensor:
    return torch.randint(0, STEPS + 1, (images, *stage.units), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize("poisson", [True, False])
def test_fixed_part_and_prices_are_the_account(memory: bool, poisson: bool) -> None:
    charged = [bool(spike_prices(FAN_OUTS, work, table, memory=memory)[0].any()) for table in tables()]
    assert sum(charged) >= 3
    for table in tables():
        budget = EnergyBudget("1 J", table, memory=memory)

        def own(spikes: Sequence[Tensor]) -> Workload:
            return work(spikes, poisson=poisson)

        prices = dict(zip("ab", spike_prices(FAN_OUTS, own, table, memory=memory), strict=True))
        counts = {name: drawn(stage, seed, 5) for seed, (name, stage) in enumerate(zip("ab", STAGES, strict=False))}
        whole = budget.energy(work([value.sum(0) for value in counts.values()], 5, poisson=poisson))
        fixed = budget.energy(work(silence(), 5, poisson=poisson))
        spikes = spike_energy({name: value.float() for name, value in counts.items()}, prices).item()
        assert fixed + spikes == pytest.approx(whole, rel=1e-12)
        if skips_zeros(prices):
            assert spikes > 0.02 * whole  # it says something


@given(st.integers(0, 74), st.integers(1, 9))
def test_one_neuron_of_a_convolution_pays_for_its_own_place(neuron: int, spikes: int) -> None:
    table = cost_table("horowitz-45nm-fp32")
    one = silence()
    one[0].view(-1)[neuron] = spikes
    (price, _) = spike_prices(FAN_OUTS, work, table, memory=True)
    difference = EnergyBudget("1 J", table).energy(work(one)) - EnergyBudget("1 J", table).energy(work(silence()))
    assert spikes * price.view(-1)[neuron].item() == pytest.approx(difference, rel=1e-9)


def test_hand_counted_additions() -> None:
    # a corner of 3 x 5 x 5 is under one of 4 x 4 positions of a 2 x 2 kernel, four channels; the middle under all four
    prices = spike_prices(FAN_OUTS, work, cost_table("horowitz-45nm-fp32"), memory=False)
    assert prices[0][0, 0, 0].item() == pytest.approx(4 * 0.9)
    assert prices[0][2, 2, 2].item() == pytest.approx(16 * 0.9)
    assert prices[1].flatten().tolist() == pytest.approx([10 * 0.9] * 16)
