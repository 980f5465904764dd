"""The published formula: hand-counted, and against the published joules of TC-LIF."""

import pytest

from picojoule.core.counts import Operations
from picojoule.energy.account import account
from picojoule.energy.claims.networks import TC_LIF, Layer, PublishedNetwork, Range
from picojoule.energy.claims.rivals import Kind, rival_work
from picojoule.energy.claims.spiking import spiking_work
from picojoule.energy.costs import arithmetic_table
from picojoule.energy.work import Workload

FP32 = arithmetic_table("horowitz-45nm-fp32")
LAYER = Layer(5, True, Range(0.2, 0.2))
TINY = PublishedNetwork("tiny", 3, 10, (LAYER,), 0, Range(0.0, 1.0), "made up")


def operations(work: Workload) -> Operations:
    return sum((one.operations for one in work.works), Operations())


def test_the_lstm_of_tc_lif_costs_what_was_published() -> None:
    priced = account(rival_work(TC_LIF, "LSTM", elementwise="formula"), FP32)
    assert priced.compute / 1000 == pytest.approx(2834.7, abs=0.1)  # nJ in one time step


def test_the_published_factors_are_those_of_the_published_joules() -> None:
    lstm = account(rival_work(TC_LIF, "LSTM", elementwise="formula"), FP32).compute / 1000
    assert lstm / 23.8 == pytest.approx(119, abs=0.5)
    assert lstm / 28.2 == pytest.approx(100, abs=1)


def test_its_spiking_network_would_need_a_rate_that_was_not_found() -> None:
    def energy(rate: float) -> float:
        work = spiking_work(TC_LIF, input_rate=1.0, rates=[rate] * 3, update="formula")
        return account(work, FP32).compute / 1000

    assert energy(0.0) == pytest.approx((576 * 4.6 + 64 * 0.9) / 1000)  # updates, and the one input
    assert energy(0.154) == pytest.approx(23.8, rel=0.01)  # nJ: 15 % of all neurons in every step


def test_the_spiking_formula_by_hand() -> None:
    found = operations(spiking_work(TINY, input_rate=0.4, rates=[0.2], update="formula"))
    events = 10 * (3 * 5 * 0.4 + 5 * 5 * 0.2)
    assert found == Operations(additions=int(events + 10 * 5 * 0.2) + 10 * 5, multiplications=10 * 5)


def test_the_traced_neuron_by_hand() -> None:
    found = operations(spiking_work(TINY, input_rate=0.0, rates=[0.0], update="traced"))
    # b: 2 products, 1 sum; threshold: 1 and 1; v: 3 products, 2 sums; its distance and the comparison: 2; the bias: 1
    assert found == Operations(additions=50 * 7, multiplications=50 * 6)


@pytest.mark.parametrize(
    ("kind", "gates", "unit"),
    [
        ("LSTM", 4, Operations(additions=5, multiplications=3, functions=5)),
        ("GRU", 3, Operations(additions=6, multiplications=2, functions=3)),
        ("ReLU RNN", 1, Operations(additions=2)),
    ],
)
def test_a_conventional_layer_by_hand(kind: Kind, gates: int, unit: Operations) -> None:
    work = rival_work(TINY, kind)
    macs = 10 * gates * (3 * 5 + 5 * 5)
    assert operations(work) == Operations(additions=macs, multiplications=macs) + unit * 50
    assert sum(one.products.macs for one in work.works) == sum(one.products.dense for one in work.works) == macs


def test_a_rival_that_skips_zeros_adds_where_its_input_spikes() -> None:
    dense, skipping = (rival_work(TINY, "GRU", skipped=share) for share in (None, 0.4))
    first, second = skipping.works[0].products, skipping.works[1].products
    assert (first.accumulates, first.macs, first.dense) == (3 * 10 * 15 * 0.4, 0, 3 * 10 * 15)
    assert second == dense.works[1].products  # what is zero within is not known
    assert skipping.works[0].operations == Operations(additions=180 + 10 * 3)  # looking at each input


def test_weights_of_each_gate_lie_apart() -> None:
    traffic = rival_work(TINY, "LSTM").works[0].traffic
    assert [(t.words, t.reads) for t in traffic] == [(3, 30), *[(15, 150)] * 4]


def test_memory_of_a_spiking_layer_by_hand() -> None:
    work = spiking_work(TINY, input_rate=0.4, rates=[0.2])
    words = {one.name: [(t.words, t.reads, t.writes) for t in one.traffic] for one in work.works}
    assert words["to hidden 1"] == [(15, 60, 0)]
    assert words["within hidden 1"] == [(25, 50, 0)]
    assert words["hidden 1"] == [(15, 150, 150), (25, 250, 0)]  # three words of state, five of its own
    assert words["hidden 1 spikes"] == [(5, 10, 10)]
    assert words["input spikes"] == [(3, 12, 12)]
    assert (work.spikes, work.chances) == (12 + 10, 10 * (3 + 5))
