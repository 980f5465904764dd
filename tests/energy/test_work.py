"""A spiking network's work, counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.counts import ConnectionCounts, Counts, Operations, PopulationCounts
from picojoule.core.errors import ParameterError
from picojoule.energy.work import Products, Traffic, Work, Workload, spiking_workload

STEP = Operations(additions=3, multiplications=2)
RULE_PRE, RULE_POST = Operations(additions=2, multiplications=1), Operations(additions=1, multiplications=3)


def run(*, spikes: int = 20, plastic: bool = True) -> Counts:
    updates = 1 if plastic else 0
    return Counts(
        samples=2,
        steps=10,
        populations={
            "X": PopulationCounts(4, spikes=spikes),
            "Y": PopulationCounts(3, spikes=spikes // 4, updates=30, state_words=2, step=STEP),
        },
        connections={
            ("X", "Y"): ConnectionCounts(
                12,
                events=3 * spikes,
                updates_on_pre=60 * updates,
                updates_on_post=20 * updates,
                normalised=24 * updates,
                stored_weights=12,
                on_pre=RULE_PRE,
                on_post=RULE_POST,
            ),
            ("Y", "Y"): ConnectionCounts(6, events=2 * (spikes // 4), stored_weights=1),
        },
    )


def lines(workload: Workload) -> dict[tuple[str, str], Work]:
    return {(work.part, work.name): work for work in workload.works}


def test_every_line_counted_by_hand() -> None:
    assert lines(spiking_workload(run())) == {
        ("encoder", "X spikes"): Work("encoder", "X spikes", traffic=(Traffic(4, 20, 20),)),
        ("neurons", "Y"): Work("neurons", "Y", Operations(90, 60), (Traffic(6, 60, 60),), per_spike=False, updates=30),
        ("neurons", "Y spikes"): Work("neurons", "Y spikes", traffic=(Traffic(3, 5, 5),)),
        ("synapses", "X -> Y"): Work(
            "synapses",
            "X -> Y",
            Operations(additions=60),
            (Traffic(12, reads=60),),
            products=Products(dense=12 * 10, accumulates=60, targets=3),
        ),
        ("weight updates", "X -> Y"): Work(
            "weight updates", "X -> Y", Operations(60 * 2 + 20 * 1, 60 * 1 + 20 * 3), (Traffic(12, 80, 80),)
        ),
        ("weight updates", "X -> Y normalisation"): Work(
            "weight updates", "X -> Y normalisation", Operations(24, 24), (Traffic(12, 48, 24),), per_spike=False
        ),
        # all synapses share one weight: it stays in a register
        ("synapses", "Y -> Y"): Work(
            "synapses", "Y -> Y", Operations(additions=10), products=Products(dense=6 * 10, accumulates=10, targets=3)
        ),
    }


def test_without_plasticity_no_weight_is_written() -> None:
    works = spiking_workload(run(plastic=False)).works
    assert all(work.part != "weight updates" for work in works)
    assert all(traffic.writes == 0 for work in works if work.part == "synapses" for traffic in work.traffic)


@given(st.integers(0, 10**6))
def test_what_is_said_to_be_independent_of_spikes_is(spikes: int) -> None:
    one, two = (
        lines(spiking_workload(run(spikes=0, plastic=False))),
        lines(spiking_workload(run(spikes=4 * spikes, plastic=False))),
    )
    for name, work in one.items():
        if work.per_spike:
            assert work.operations.total == 0
            assert all(t.reads == t.writes == 0 for t in work.traffic)
        else:
            assert work == two[name]


def test_images_and_spikes() -> None:
    assert spiking_workload(run()).images == 2
    assert spiking_workload(run(), images=1).images == 1  # an image shown twice
    assert spiking_workload(run()).spikes == 25


def test_encoder_and_readout_are_kept_in_order() -> None:
    encoder, readout = Work("encoder", "pixels"), Work("readout", "votes")
    works = spiking_workload(run(), encoder=[encoder], readout=[readout]).works
    assert (works[0], works[-1]) == (encoder, readout)


def test_nothing_run_is_refused() -> None:
    with pytest.raises(ParameterError, match="images must be >= 1, got 0"):
        spiking_workload(Counts())
