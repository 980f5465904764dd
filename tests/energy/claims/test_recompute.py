"""What the headlines become: against a count by hand, and the laws that every way of counting obeys."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from picojoule.core.errors import ParameterError
from picojoule.energy.claims.gain import Counting, gain
from picojoule.energy.claims.headlines import HEADLINES
from picojoule.energy.claims.ladder import RUNGS
from picojoule.energy.claims.networks import NETWORKS, Range, network
from picojoule.energy.claims.recompute import RIVALS, TABLES, Claims, recompute
from picojoule.energy.costs import cost_table

FP32 = cost_table("horowitz-45nm-fp32")


@pytest.fixture(scope="module")
def claims() -> Claims:
    return recompute()


def test_the_first_rung_by_hand() -> None:
    lstm = 4 * (4 * 36 + 36 * 36) * 3.2 + 36 * 17 * 3.2 + 36 * 6 * 3.2 + 6 * 0.1  # ECG: 4 - 36 recurrent - 6
    spikes = 36 * 0.2906  # in a step
    spiking = spikes * (36 + 1 + 6) * 0.1 + (36 + 6) * 3.2
    found = gain(network("ECG"), cost_table(RUNGS[0].table), RUNGS[0].counting)
    assert found.lowest == found.highest == pytest.approx(lstm / spiking, rel=1e-4)


def test_every_assumption_that_is_given_up_lowers_the_factor(claims: Claims) -> None:
    for gains in claims.ladder.values():
        for before, after in pairwise(gains):
            assert after.highest <= before.highest * (1 + 1e-12)
            assert after.lowest <= before.lowest * (1 + 1e-12)


def test_what_each_headline_needs(claims: Claims) -> None:
    hundred, middle, highest = (claims.reached(headline) for headline in HEADLINES)
    assert [bool(tasks) for tasks in highest] == [True, *[False] * 6]  # integers, an LSTM, no memory, a silent input
    assert [bool(tasks) for tasks in middle] == [*[True] * 4, *[False] * 3]
    assert [bool(tasks) for tasks in hundred] == [*[True] * 4, *[False] * 3]  # lost against a ReLU RNN
    assert set(hundred[0]) == {one.name for one in NETWORKS}


def test_the_cells_are_the_last_rung_under_other_tables(claims: Claims) -> None:
    for task, gains in claims.ladder.items():
        cell = claims.cells["ReLU RNN"][task]["horowitz-45nm-fp32"]
        assert (cell.compute, cell.total) == (gains[-2], gains[-1])
    assert set(claims.cells) == set(RIVALS)
    assert all(set(row) == set(TABLES) for rows in claims.cells.values() for row in rows.values())


def test_a_device_has_no_memory_of_its_own_and_ours_all_agree(claims: Claims) -> None:
    assert all(row["gpu-gtx-titan-black"].total is None for rows in claims.cells.values() for row in rows.values())
    processors = [cost_table(name) for name in ("gpu-gtx-titan-black", "cpu-i7-4960x", "arm-cortex-a")]
    counting = Counting(rival="LSTM", memory=False)
    assert len({f"{gain(network('SHD'), table, counting).lowest:.9f}" for table in processors}) == 1


def test_unknown_rates_make_intervals_and_known_ones_do_not(claims: Claims) -> None:
    for one in NETWORKS:
        known = one.input_rate.known and all(layer.rate.known for layer in one.layers)
        assert (claims.ladder[one.name][-1].lowest == claims.ladder[one.name][-1].highest) == known


@pytest.mark.parametrize("task", [one.name for one in NETWORKS])
def test_a_gru_lies_between_a_relu_network_and_an_lstm(task: str) -> None:
    low, middle, high = (gain(network(task), FP32, Counting(rival=kind)) for kind in ("ReLU RNN", "GRU", "LSTM"))
    assert low.lowest < middle.lowest < high.lowest
    assert low.highest < middle.highest < high.highest


@pytest.mark.parametrize("task", ["SHD", "GSC", "SoLi"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_rates_within_their_intervals_give_factors_within_theirs(task: str, share: float) -> None:
    one = network(task)
    ends = [layer.rate for layer in one.layers]
    layers = [
        replace(la, rate=Range(*[lo + share * (hi - lo)] * 2)) for la, (lo, hi) in zip(one.layers, ends, strict=True)
    ]
    between = replace(one, input_rate=Range(share, share), layers=tuple(layers))
    for counting in (Counting(), Counting(memory=False), Counting(rival="LSTM", skips=False)):
        whole, inside = gain(one, FP32, counting), gain(between, FP32, counting)
        assert whole.lowest * 0.999 <= inside.lowest <= inside.highest <= whole.highest * 1.001


def test_scaling_a_table_moves_nothing() -> None:
    once, scaled = (gain(network("SHD"), table, Counting()) for table in (FP32, FP32.scaled(3.0)))
    assert scaled == pytest.approx(once, rel=1e-12)


def test_one_task_and_one_table_are_the_same_as_among_others(claims: Claims) -> None:
    alone = recompute([FP32], [network("SoLi")])
    assert alone.ladder["SoLi"] == claims.ladder["SoLi"]
    assert alone.cells["GRU"]["SoLi"][FP32.name] == claims.cells["GRU"]["SoLi"][FP32.name]


def test_a_chip_without_a_rival() -> None:
    with pytest.raises(
        ParameterError, match=r"'loihi' runs spiking networks only.*so that there is no ratio. Take one"
    ):
        recompute([cost_table("loihi")])


def test_plain_values_survive_json(claims: Claims) -> None:
    written = json.loads(json.dumps(claims.to_dict()))
    assert written["ladder"][0]["gain"]["ECG"] == list(claims.ladder["ECG"][0])
    assert written["gain"]["LSTM"]["SHD"]["gpu-gtx-titan-black"]["total"] is None
    assert set(written["citations"]) == set(TABLES)
    assert len(written["headlines"]) == 3
    assert len(written["assumptions"]) == len(set(written["assumptions"]))


def test_only_what_was_read_is_called_a_fact(claims: Claims) -> None:
    assert "source not confirmed here" not in HEADLINES[0].source
    assert all("as quoted" in headline.source and "not confirmed here" in headline.source for headline in HEADLINES[1:])
    assert any("one to three orders of magnitude" in sentence for sentence in claims.assumptions())
