"""Interpolation, addresses and partial sums: hand-counted; and the model of Lemaire et al. 2022."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.counts import ConnectionCounts, Counts, Operations, PopulationCounts
from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.arithmetic import Addressing, ArithmeticTable
from picojoule.energy.costs import arithmetic_table
from picojoule.energy.dense import dense_inference
from picojoule.energy.work import SHARED_ASSUMPTIONS, Products, Traffic, Work, Workload, spiking_workload

FP32 = arithmetic_table("horowitz-45nm-fp32")
LEMAIRE = arithmetic_table("lemaire-2022")


def one_layer(spikes: int, *, inputs: int = 100, units: int = 50, steps: int = 10) -> Workload:
    """A dense layer of leaky neurons whose only state is the potential: what the model's equations describe."""
    counts = Counts(
        1,
        steps,
        {
            "X": PopulationCounts(inputs, spikes=spikes),
            "Y": PopulationCounts(units, updates=units * steps, state_words=1, step=Operations(2, 1)),
        },
        {("X", "Y"): ConnectionCounts(inputs * units, events=spikes * units, stored_weights=inputs * units)},
    )
    return spiking_workload(counts)


@given(spikes=st.integers(0, 1000))
def test_a_dense_layer_follows_the_equations_of_the_model(spikes: int) -> None:
    inputs, units, steps = 100, 50, 10

    def access(words: int) -> float:
        return 13.2 + 1.09e-5 * 32 * words  # pJ, of an SRAM of that many 32-bit words

    events = spikes * units
    potentials = events + steps * units  # equations 10 and 15
    memory = 2 * potentials * access(units) + events * access(inputs * units) + 2 * spikes * access(inputs)
    arithmetic = events * 0.1 + steps * units * (2 * 0.1 + 3.1) + events * 0.1  # the last: addresses, equation 17.2
    priced = account(one_layer(spikes), LEMAIRE)
    assert priced.compute == pytest.approx(arithmetic, rel=1e-9)
    assert priced.memory == pytest.approx(memory, rel=1e-6)


def test_a_conventional_layer_keeps_its_sums_in_registers() -> None:
    priced = account(dense_inference([100, 50]), LEMAIRE)
    synapses = next(line for line in priced.lines if line.part == "synapses")
    assert synapses.compute == pytest.approx(5000 * (3.2 + 0.1))
    assert (synapses.reads, synapses.writes) == (5000.0, 0.0)  # weights


def test_what_a_table_counts_after_all_is_not_said_to_be_missing() -> None:
    plain, whole = account(one_layer(3), FP32), account(one_layer(3), LEMAIRE)
    assert set(SHARED_ASSUMPTIONS) <= set(plain.assumptions)
    assert not set(SHARED_ASSUMPTIONS) & set(whole.assumptions)
    assert not any("address arithmetic" in sentence for sentence in whole.assumptions)
    assert any("reads and writes its sum in memory" in sentence for sentence in whole.assumptions)
    assert set(LEMAIRE.assumptions) < set(whole.assumptions)


@pytest.mark.parametrize("partial", [False, True])
def test_each_extension_adds_its_own_work_and_nothing_else(partial: bool) -> None:
    work = Work(
        "synapses",
        "X -> Y",
        Operations(7, 4),
        (Traffic(40, reads=7),),
        products=Products(dense=40, macs=4, accumulates=3, targets=4096),
    )
    table = replace(
        FP32, partial_sums=partial, addressing=Addressing(accumulate=Operations(2, 1), mac=Operations(0, 5))
    )
    whole, compute, memory = table.priced(work)
    assert whole.operations == Operations(7 + 3 * 2, 4 + 3 * 1 + 4 * 5)
    assert compute == pytest.approx(13 * 0.9 + 27 * 3.7)
    sums = 3 * 2 * (10.0 * 20.0) ** 0.5 / 2 if partial else 0.0  # 16 KB lie half way between 8 KB and 32 KB
    assert memory == pytest.approx(7 * 5.0 + sums)


def test_a_straight_line_between_two_sizes() -> None:
    line = replace(FP32, interpolation="linear")
    assert line.read(5 * 1024) == pytest.approx((10.0 + 20.0) / 2 / 2)  # 20 KB lie half way from 8 KB to 32 KB
    assert line.read(2048) == FP32.read(2048)
    assert line.read(262_145) == FP32.read(262_145)  # above 1 MB


def test_memory_that_costs_nothing_is_none() -> None:
    assert FP32.has_memory
    assert not FP32.scaled(0.0).has_memory


def test_an_interpolation_that_does_not_exist() -> None:
    with pytest.raises(ParameterError, match="interpolation must be one of logarithmic, linear, got 'cubic'"):
        replace(FP32, interpolation="cubic")  # type: ignore[arg-type]


def test_scaling_keeps_the_model() -> None:
    scaled = LEMAIRE.scaled(2.0)
    assert isinstance(scaled, ArithmeticTable)
    assert (scaled.partial_sums, scaled.addressing, scaled.interpolation) == (True, LEMAIRE.addressing, "linear")
