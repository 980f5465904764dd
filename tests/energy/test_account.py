"""Energies computed by hand, and the laws that every account obeys."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.counts import ConnectionCounts, Counts, Operations, PopulationCounts
from picojoule.energy.account import Account, account
from picojoule.energy.arithmetic import MemoryLevel
from picojoule.energy.costs import arithmetic_table, cost_table, cost_table_names
from picojoule.energy.dense import dense_inference
from picojoule.energy.encoder import encoder_operations
from picojoule.energy.readout import readout_operations
from picojoule.energy.work import Traffic, Work, Workload, spiking_workload

FP32 = arithmetic_table("horowitz-45nm-fp32")


def run(samples: int = 1, spikes: int = 1600, output: int = 16, *, plastic: bool = False) -> Counts:
    return Counts(
        samples,
        250 * samples,
        {
            "X": PopulationCounts(784, spikes=spikes * samples),
            "Ae": PopulationCounts(
                100, output * samples, updates=25_000 * samples, state_words=2, step=Operations(3, 1)
            ),
        },
        {
            ("X", "Ae"): ConnectionCounts(
                78_400,
                events=100 * spikes * samples,
                updates_on_post=784 * output * samples * plastic,
                stored_weights=78_400,
                on_post=Operations(2, 2),
            )
        },
    )


def priced(counts: Counts) -> Account:
    return account(
        spiking_workload(
            counts, encoder=encoder_operations(counts, "X"), readout=readout_operations(counts, "Ae", n_classes=10)
        ),
        FP32,
    )


def test_a_small_network_by_hand() -> None:
    split = priced(run()).split()
    assert split["synapses"] == pytest.approx(160_000 * 0.9)
    assert split["neurons"] == pytest.approx(25_000 * (3 * 0.9 + 3.7))
    assert split["weight updates"] == 0.0
    assert split["readout"] == pytest.approx((16 + 10) * 0.9 + 10 * 3.7)
    interval = 3 * 0.9 + 2 * 3.7 + 26.27
    assert split["encoder"] == pytest.approx(784 * (0.9 + 26.27 + interval) + 1600 * interval)
    weight = FP32.read(78_400)
    words = 784 + 2 * 1600 + 2 * 2 * 25_000 + 2 * 16 + 16  # pixels, input spikes, states, output spikes, labels: < 8 KB
    assert split["memory"] == pytest.approx(160_000 * weight + words * 5.0)


def test_plasticity_adds_its_updates_and_nothing_else() -> None:
    still, plastic = priced(run()), priced(run(plastic=True))
    updates = 784 * 16
    assert plastic.split()["weight updates"] == pytest.approx(updates * 2 * (0.9 + 3.7))
    assert plastic.compute - still.compute == pytest.approx(updates * 2 * (0.9 + 3.7))
    assert plastic.memory - still.memory == pytest.approx(updates * (FP32.read(78_400) + FP32.write(78_400)))


@given(st.integers(1, 50), st.integers(0, 5000), st.integers(0, 100))
def test_more_samples_alike_change_nothing_per_image(samples: int, spikes: int, output: int) -> None:
    once, many = priced(run(1, spikes, output)), priced(run(samples, spikes, output))
    assert many.compute == pytest.approx(once.compute, rel=1e-12)
    assert many.memory == pytest.approx(once.memory, rel=1e-12)
    assert many.spikes == once.spikes


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_energies_of_two_runs_add(one: int, other: int) -> None:
    a, b = run(1, one, 3, plastic=True), run(1, other, 5, plastic=True)
    assert 2 * priced(a + b).total == pytest.approx(priced(a).total + priced(b).total, rel=1e-12)


def test_reads_and_writes_have_different_prices() -> None:
    dear = replace(FP32, sram=(MemoryLevel(1e9, 10.0, 30.0),))  # 5 pJ per word read, 15 pJ per word written
    workload = Workload(2, (Work("neurons", "Y", traffic=(Traffic(7, reads=20, writes=4), Traffic(9, writes=2))),))
    line = account(workload, dear).lines[0]
    assert (line.reads, line.writes) == (10.0, 3.0)
    assert line.memory == 10.0 * 5.0 + 3.0 * 15.0


def test_without_spikes_synapses_cost_nothing() -> None:
    silent = priced(run(spikes=0, output=0))
    assert silent.split()["synapses"] == 0.0
    assert all(line.compute == line.memory == 0.0 for line in silent.lines if line.per_spike)
    assert silent.split()["neurons"] > 0.0


@pytest.mark.parametrize("name", cost_table_names())
@given(factor=st.floats(0.01, 100.0))
def test_doubling_the_prices_doubles_every_line(name: str, factor: float) -> None:
    table, workload = cost_table(name), spiking_workload(run())
    once, scaled = account(workload, table), account(workload, table.scaled(factor))
    for a, b in zip(once.lines, scaled.lines, strict=True):
        assert b.compute == pytest.approx(factor * a.compute)
        assert b.memory == pytest.approx(factor * a.memory)


@given(st.integers(1, 22), st.integers(1, 22))
def test_the_same_traffic_costs_more_in_a_larger_memory(small: int, large: int) -> None:
    small, large = sorted((2**small, 2**large))
    counts = run()

    def memory(words: int) -> float:
        counts.connections["X", "Ae"] = replace(counts.connections["X", "Ae"], stored_weights=words)
        return priced(counts).memory

    assert memory(small) <= memory(large) * (1 + 1e-12)


def test_parts_sum_to_the_total() -> None:
    result = priced(run(3, plastic=True))
    assert sum(result.split().values()) == pytest.approx(result.total, rel=1e-12)
    assert result.total == result.compute + result.memory


def test_at_the_break_even_point_both_cost_the_same() -> None:
    now = priced(run(spikes=1000, output=0))
    rival = 1.5 * now.total
    spikes = now.break_even_spikes(rival, memory=True)
    assert spikes is not None
    at = priced(run(spikes=round(spikes), output=0))
    assert at.total == pytest.approx(rival, rel=1e-3)
    compute_only = now.break_even_spikes(now.compute, memory=False)
    assert compute_only == pytest.approx(1000.0)


def test_no_break_even_below_the_cost_of_silence() -> None:
    silence = priced(run(spikes=0, output=0)).total
    assert priced(run()).break_even_spikes(0.99 * silence, memory=True) is None
    assert priced(run(spikes=0, output=0)).break_even_spikes(2 * silence, memory=True) is None
    assert account(dense_inference([4, 2]), FP32).break_even_spikes(1e9, memory=True) is None


def test_plain_values_survive_json_and_name_the_source() -> None:
    written = json.loads(json.dumps(priced(run()).to_dict()))
    assert "Horowitz" in written["citation"]
    assert written["total"] == pytest.approx(priced(run()).total)
    assert [line["name"] for line in written["lines"]][:2] == ["pixels", "intervals"]
    assert any("leakage" in text for text in written["assumptions"])
