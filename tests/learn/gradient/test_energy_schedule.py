"""The schedule: free at first, at the goal in the end, and a small network that it brings there."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from picojoule.core.errors import ParameterError
from picojoule.layers import Linear, Sequential, Spiking
from picojoule.layers.activity import Activity
from picojoule.learn.gradient.energy_penalty import energy_penalty, spike_energy
from picojoule.learn.gradient.energy_schedule import (
    AIM,
    FIRST_WEIGHT,
    LOWEST,
    RAISE,
    SETTLED,
    EnergySchedule,
    Pressure,
    chosen_epoch,
)
from tests.held import LIF, LeakyIntegrator

ENERGIES = st.floats(0.0, 1e9)


@given(st.integers(1, 60), st.floats(1e-3, 1e9), st.lists(ENERGIES, min_size=60, max_size=60))
def test_the_weight_never_falls_and_the_allowance_ends_at_the_goal(
    epochs: int, goal: float, measured: list[float]
) -> None:
    schedule = EnergySchedule(goal, epochs)
    pressure = schedule.first()
    for epoch in range(epochs):
        after = schedule.after(pressure, epoch, measured[epoch])
        assert after.weight in (pressure.weight, pressure.weight * RAISE)
        assert after.allowance is None or 0.0 < after.allowance < math.inf
        settled = epoch + 1 >= epochs - round(SETTLED * epochs)
        if settled and after.allowance is not None:
            assert after.allowance <= AIM * goal * (1 + 1e-12)
        pressure = after


def test_the_first_epochs_are_free() -> None:
    schedule = EnergySchedule(100.0, 20)
    assert schedule.first() == Pressure(FIRST_WEIGHT, None)
    assert schedule.after(schedule.first(), 0, 500.0) == Pressure(FIRST_WEIGHT, None)
    assert schedule.after(schedule.first(), 2, 500.0).allowance is not None
    assert EnergySchedule(100.0, 1).first() == Pressure(FIRST_WEIGHT, AIM * 100.0)  # there is no time to be free


def test_what_one_epoch_did_not_reach_the_next_ones_take_over() -> None:
    schedule = EnergySchedule(100.0, 10)
    # after the second epoch, four are left until the goal is in force
    assert schedule.after(Pressure(0.2, 900.0), 1, 1536.0).allowance == pytest.approx(1536 * (96 / 1536) ** (1 / 4))
    assert schedule.after(Pressure(0.2, 900.0), 1, 50.0).allowance == 96.0  # nothing is allowed below the goal


def test_the_weight_rises_while_the_allowance_is_not_kept() -> None:
    schedule = EnergySchedule(100.0, 10)
    assert schedule.after(Pressure(0.2, 96.0), 8, 120.0).weight == pytest.approx(0.6)
    assert schedule.after(Pressure(0.2, 96.0), 8, 98.0).weight == 0.2
    assert schedule.after(Pressure(0.2, None), 1, 9e9).weight == 0.2  # nothing was asked for


def test_at_the_goal_the_allowance_falls_by_what_validation_is_above_it() -> None:
    schedule = EnergySchedule(100.0, 10)
    assert schedule.after(Pressure(0.2, 96.0), 8, 104.0).allowance == pytest.approx(96.0 / 1.04)
    assert schedule.after(Pressure(0.2, 96.0), 8, 500.0).allowance == pytest.approx(96.0 * LOWEST)
    assert schedule.after(Pressure(0.2, 92.0), 8, 99.0).allowance == 92.0
    assert schedule.after(Pressure(0.2, 92.0), 8, 90.0).allowance == 96.0  # too low: back to the aim


@pytest.mark.parametrize(
    ("energies", "accuracies", "chosen"),
    [
        ([9.0, 4.0, 3.0], [0.9, 0.7, 0.8], 2),  # the most accurate that keeps it
        ([4.0, 3.0, 5.0], [0.8, 0.8, 0.8], 1),  # of equal ones the cheapest
        ([9.0, 6.0, 7.0], [0.9, 0.1, 0.8], 1),  # if none keeps it, the cheapest
        ([5.0], [0.1], 0),  # exactly the goal keeps it
    ],
)
def test_the_epoch_that_is_kept(energies: list[float], accuracies: list[float], chosen: int) -> None:
    assert chosen_epoch(energies, accuracies, goal=5.0) == chosen


def test_refused() -> None:
    with pytest.raises(ParameterError, match="goal must be > 0 pJ, got 0"):
        EnergySchedule(0.0, 10)
    with pytest.raises(ParameterError, match="epochs must be >= 1 epochs, got 0"):
        EnergySchedule(1.0, 0)
    with pytest.raises(ParameterError, match="measured energy must be >= 0 pJ, got -1"):
        EnergySchedule(1.0, 2).after(Pressure(), 0, -1.0)
    with pytest.raises(ParameterError, match="one energy and accuracy for each epoch"):
        chosen_epoch([], [], goal=1.0)


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_a_small_network_is_brought_within_its_goal_and_still_learns(share: float) -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(192, 10, generator=generator)
    labels = (images[:, :5].sum(1) > images[:, 5:].sum(1)).long()
    train, held = slice(0, 128), slice(128, None)

    def trained(goal: float, epochs: int = 24) -> tuple[float, float]:
        torch.manual_seed(0)
        network = Sequential(Linear(10, 30), Spiking(LIF(tau=4.0)), Linear(30, 2), Spiking(LeakyIntegrator(tau=5.0)))
        with torch.no_grad():
            network.get_parameter("0.weight").mul_(6.0)
        optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
        prices = {"1": torch.full((30,), 2.0)}
        schedule = EnergySchedule(goal, epochs)
        pressure, energies, accuracies = schedule.first(), [], []
        for epoch in range(epochs):
            for batch in torch.split(torch.randperm(128, generator=generator), 32):
                with Activity(network) as activity:
                    scores = network(images[train][batch].expand(10, -1, -1)).mean(0)
                    loss = cross_entropy(scores, labels[train][batch])
                    if pressure.allowance is not None:
                        penalty = energy_penalty(activity, prices, allowance=pressure.allowance)
                        loss = loss + pressure.weight * penalty
                    optimiser.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            with torch.no_grad(), Activity(network) as activity:
                right = network(images[held].expand(10, -1, -1)).mean(0).argmax(1) == labels[held]
                energies.append(spike_energy(activity, prices).item())
                accuracies.append(right.float().mean().item())
            pressure = schedule.after(pressure, epoch, energies[-1])
        best = chosen_epoch(energies, accuracies, goal=goal)
        return energies[best], accuracies[best]

    free, reached = trained(1e9)
    assert reached > 0.85
    energy, right = trained(share * free)
    assert energy <= share * free
    assert right > 0.8
