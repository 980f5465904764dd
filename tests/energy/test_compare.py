"""The comparison puts the right numbers beside one another."""

import json

import pytest

from picojoule.core.counts import ConnectionCounts, Counts, Operations, PopulationCounts
from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.compare import Comparison, Contender, compare
from picojoule.energy.costs import DEFAULT_TABLES, cost_table
from picojoule.energy.dense import dense_inference, dense_training
from picojoule.energy.work import Workload, spiking_workload

LAYERS = (784, 100, 10)
FP32 = cost_table("horowitz-45nm-fp32")


def spikes(events: int, *, updates: int = 0, samples: int = 1) -> Workload:
    step = Operations(additions=1, multiplications=1)
    return spiking_workload(
        Counts(
            samples,
            samples,
            {"X": PopulationCounts(784, spikes=events // 100), "Y": PopulationCounts(100, updates=updates, step=step)},
            {("X", "Y"): ConnectionCounts(78_400, events=events, stored_weights=78_400)},
        )
    )


def sides(events: int, *, updates: int = 0, trained: bool = True) -> Comparison:
    spiking = Contender(
        "SNN", 0.8, {"events": spikes(events, updates=updates)}, {"events": spikes(10 * events, samples=10)}
    )
    relu = Contender(
        "ANN",
        0.9,
        {"dense": dense_inference(LAYERS), "zeros skipped": dense_inference(LAYERS, active=(150, 50))},
        {"dense": dense_training(LAYERS, images=128, steps=1)} if trained else {},
    )
    return compare(spiking, relu)


def test_every_table_and_every_method_has_a_row() -> None:
    rows = sides(1000).inference
    assert len(rows) == 3 * len(DEFAULT_TABLES)
    row = next(r for r in rows if (r.table, r.method) == (FP32.name, "zeros skipped"))
    priced = account(dense_inference(LAYERS, active=(150, 50)), FP32)
    assert (row.network, row.compute, row.memory, row.total) == ("ANN", priced.compute, priced.memory, priced.total)


@pytest.mark.parametrize(("events", "start"), [(100, "SNN needs less"), (10**7, "ANN needs less")])
def test_the_cheaper_network_wins(events: int, start: str) -> None:
    verdict = sides(events).verdict()
    assert verdict.startswith(f"{start} energy per image under every cost table")
    assert "ANN is counted by its cheapest method, zeros skipped" in verdict
    assert verdict.endswith("ANN is more accurate, 90.0 % against 80.0 %.")


def test_beating_only_the_dense_method_is_no_victory() -> None:
    events = 60_000  # 54 nJ; the dense method takes 365 nJ, skipping zeros 71 nJ, with memory 2.6 µJ and 0.5 µJ
    comparison = sides(events, updates=20_000)  # 92 nJ more
    row = {r.method: r for r in comparison.inference if r.table == FP32.name}
    assert row["zeros skipped"].total < row["events"].total < row["dense"].total
    assert not comparison.verdict().startswith("SNN")


def test_the_ratio_in_the_sentence_is_the_ratio_of_the_rows() -> None:
    comparison = sides(10**7)
    rows = {r.method: r for r in comparison.inference if r.table == FP32.name}
    factor = rows["events"].total / rows["zeros skipped"].total
    assert f"with memory {factor:,.0f} times less ({FP32.name})" in comparison.verdict()


def test_training_is_priced_as_a_whole() -> None:
    comparison = sides(1000)
    row = next(r for r in comparison.training if r.network == "ANN" and r.table == FP32.name)
    per_image = account(dense_training(LAYERS, images=128, steps=1), FP32)
    assert row.total == pytest.approx(128 * per_image.total)
    assert "SNN was shown 10 images and ANN 128" in comparison.training_verdict()


def test_training_is_left_out_unless_both_were_counted() -> None:
    comparison = sides(1000, trained=False)
    assert comparison.training == ()
    assert comparison.training_verdict() == ""


def test_break_even_by_table() -> None:
    points = sides(1000).break_even()
    assert set(points) == set(DEFAULT_TABLES)
    point = points[FP32.name]
    assert point["spikes"] == 10.0
    rival = account(dense_inference(LAYERS, active=(150, 50)), FP32)
    # no fixed part: the energy is proportional to the spikes, 100 additions each
    assert point["compute"] == pytest.approx(rival.compute / 90.0)
    costly = sides(1000, updates=10**6).break_even()[FP32.name]
    assert (costly["compute"], costly["total"]) == (None, None)


def test_plain_values_survive_json() -> None:
    comparison = sides(1000)
    written = json.loads(json.dumps(comparison.to_dict()))
    assert written["verdict"] == comparison.verdict()
    assert written["training_verdict"] == comparison.training_verdict()
    assert written["accuracy"] == {"SNN": 0.8, "ANN": 0.9}
    assert len(written["inference"]) == 9
    assert set(written["citations"]) == set(DEFAULT_TABLES)
    assert len(written["assumptions"]) == len(set(written["assumptions"]))
    for word in ("Cortex", "address, written once", "one image at a time", "images of a batch share"):
        assert any(word in text for text in written["assumptions"]), word


def test_splits_sum_to_the_rows() -> None:
    comparison = sides(1000, updates=50)
    splits = comparison.splits()
    assert list(splits) == list(DEFAULT_TABLES)
    assert list(splits[FP32.name]) == ["SNN, events", "ANN, dense", "ANN, zeros skipped"]
    for row in comparison.inference:
        parts = splits[row.table][f"{row.network}, {row.method}"]
        assert sum(parts.values()) == pytest.approx(row.total, rel=1e-12)
        assert parts["memory"] == row.memory


def test_one_table_of_your_own() -> None:
    spiking, relu = Contender("SNN", 0.5, {"e": spikes(10)}), Contender("ANN", 0.5, {"d": dense_inference([4, 2])})
    comparison = compare(spiking, relu, tables=[FP32])
    assert {row.table for row in comparison.inference} == {FP32.name}


def test_a_chip_that_runs_one_of_them_has_rows_and_no_ratio() -> None:
    loihi = cost_table("loihi")
    spiking = Contender("SNN", 0.5, {"events": spikes(1000, updates=50)}, {"events": spikes(10)})
    relu = Contender(
        "ANN", 0.5, {"dense": dense_inference(LAYERS)}, {"dense": dense_training(LAYERS, images=9, steps=9)}
    )
    both, one = (compare(spiking, relu, tables=tables) for tables in ([FP32, loihi], [FP32]))
    (row,) = (row for row in both.inference if row.table == "loihi")
    assert (row.network, row.memory) == ("SNN", 0.0)
    assert row.compute == pytest.approx(1000 * 27.1 + 50 * 81.0)
    assert set(both.break_even()) == {FP32.name}
    assert both.verdict() == one.verdict()
    assert both.training_verdict() == one.training_verdict()
    assert {row.network for row in both.training if row.table == "loihi"} == {"SNN"}  # this one had no plasticity
    assert any("Loihi" in sentence for sentence in both.assumptions())


def test_no_table_that_prices_both() -> None:
    spiking, relu = Contender("SNN", 0.5, {"e": spikes(10)}), Contender("ANN", 0.5, {"d": dense_inference([4, 2])})
    with pytest.raises(
        ParameterError, match=r"no cost table prices both SNN and ANN: loihi runs spiking networks only.*Add a table"
    ):
        compare(spiking, relu, tables=[cost_table("loihi")])


def test_bad_arguments() -> None:
    side = Contender("SNN", 0.5, {"e": spikes(10)})
    with pytest.raises(ParameterError, match="networks and tables need different names"):
        compare(side, side)
    with pytest.raises(ParameterError, match="Rename one"):
        compare(side, Contender("ANN", 0.5, {"d": dense_inference([4, 2])}), tables=[FP32, FP32])
    with pytest.raises(ParameterError, match=r"accuracy of ANN must lie in \[0, 1\], got 97.*not percent"):
        Contender("ANN", 97.0, {"d": dense_inference([4, 2])})
    with pytest.raises(ParameterError, match="ANN has no inference work"):
        Contender("ANN", 0.97, {})
