"""A study: the right numbers beside one another, and refusals of what does not fit."""

from dataclasses import replace

import pytest

from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.costs import cost_table, cost_table_names
from picojoule.energy.device import DeviceTable
from picojoule.energy.study.operations import operations
from picojoule.energy.study.study import Study
from picojoule.energy.study.trial import Side, Trial
from picojoule.energy.work import Workload
from tests.energy.study.trials import DENSE, EVENTS, MATCHED, RELU, SKIPPING, SPIKING, relu_work, spiking_work, trial

FP32, INT8 = cost_table("horowitz-45nm-fp32"), cost_table("horowitz-45nm-int8")
CHIP = DeviceTable("chip", "data sheet", synaptic_operation=20.0, neuron_update=80.0)
BARE = DeviceTable("bare", "data sheet", synaptic_operation=2.0, neuron_update=8.0, runs="both", memory_included=False)


def study(*trials: Trial, tables: tuple[object, ...] = (FP32, INT8)) -> Study:
    return Study(trials or (trial(0), trial(1), trial(2)), tables)  # type: ignore[arg-type]


EARLY = f"{SPIKING} stopped early"


def rival_of(work: Workload) -> Trial:
    """A trial whose matched network is computed in one way."""
    made = trial()
    return replace(made, rivals=(replace(made.rivals[0], inference={DENSE: work}),))


def test_all_networks_are_there_over_all_seeds() -> None:
    made = study(trial(0, accuracy=0.95, rate=0.04), trial(1, accuracy=0.97, rate=0.06))
    assert [side.name for side in made.sides] == [SPIKING, EARLY, MATCHED, RELU]
    assert made.accuracies[SPIKING].values == (0.95, 0.97)
    assert made.accuracies[MATCHED].mean == pytest.approx(0.968)
    assert made.spikes_per_image == pytest.approx(0.05 * 25_000)
    per_image = operations(made.spiking.inference[EVENTS])
    assert (per_image.dense, per_image.macs, per_image.updates) == (794_000 * 25, 150_000, 25_000)
    assert per_image.accumulates == pytest.approx(12_500)
    assert per_image.spike_rate == pytest.approx(0.05)
    dense = operations(made.rivals[0].inference[DENSE])
    assert (dense.dense, dense.macs, dense.accumulates, dense.updates, dense.spike_rate) == (
        794_000,
        794_000,
        0,
        0,
        None,
    )


def test_stopped_early_the_spiking_network_is_one_more_side() -> None:
    made = study(trial(0), trial(1))
    early = made.spiking.early_exit
    assert early is not None
    assert made.early is not None
    assert made.early.inference == early.inference
    assert (made.early.steps, made.early.accuracy) == (early.mean_steps, early.accuracy)
    own = account(early.inference[EVENTS], FP32).total
    rival = account(relu_work((150, 300)), FP32).total
    assert made.ratios_of(made.early)[FP32.name].total == pytest.approx(own / rival)
    assert made.early_verdict().endswith(f"it answers after {early.mean_steps:.1f} of 25 steps on average.")
    assert study(replace(trial(), spiking=replace(trial().spiking, early_exit=None))).early_verdict() == ""


def test_ratios_take_the_cheapest_method_of_the_first_rival() -> None:
    made = study()
    rival = account(relu_work((150, 300)), FP32)
    own = account(spiking_work(0.05), FP32)
    assert made.ratios[FP32.name].compute == pytest.approx(own.compute / rival.compute)
    assert made.ratios[FP32.name].total == pytest.approx(own.total / rival.total)
    found = made.interval(memory=True)
    assert found is not None
    assert {found.low, found.high} == {one.total for one in made.ratios.values()}


def test_tables_of_one_side_show_rows_and_no_ratio() -> None:
    made = study(tables=(FP32, CHIP))
    assert list(made.ratios) == [FP32.name]
    on_chip, early = [one for one in made.prices if one.table is CHIP]
    assert (on_chip.side, early.side) == (SPIKING, EARLY)
    assert on_chip.total == pytest.approx(20.0 * 162_500 + 80.0 * 25_000)
    assert [one.table for one in made.break_even()] == [FP32.name]
    assert made.interval(memory=True) == study(tables=(FP32,)).interval(memory=True)


def test_a_table_without_memory_counts_in_one_interval_only_and_is_warned_of() -> None:
    made = study(tables=(FP32, BARE))
    alone, whole = made.interval(memory=False), made.interval(memory=True)
    assert alone is not None
    assert whole is not None
    assert (alone.tables, whole.tables) == (2, 1)
    assert any(line.startswith("Missing memory cost: bare has no price of memory") for line in made.warnings())


@pytest.mark.parametrize(
    ("made", "headline"),
    [
        (rival_of(relu_work()), "The spiking network needs less energy under every cost table: "),
        (rival_of(relu_work((20, 20))), "The spiking network loses on energy under every cost table: "),
    ],
    ids=["win", "loss"],
)
def test_the_verdict_says_who_wins(made: Trial, headline: str) -> None:
    assert study(made).verdict().startswith(headline)


def test_the_verdict_says_what_was_left_out_and_what_never_spiked() -> None:
    made = study(trial(rate=0.0, uncounted=("pool: FancyPool",)))
    assert made.verdict().endswith("; it never spiked; not everything was counted.")
    assert made.uncounted() == ["not counted: pool: FancyPool, its share is unknown"]
    assert made.warnings()[0].startswith("No spikes: ")
    assert study(trial(rate=1.0)).verdict().endswith("; every neuron spiked in every step.")


def test_warnings_and_parts_of_several_seeds_are_said_once() -> None:
    made = study(*(trial(k, warnings=("dense input: x.",), uncounted=("a: B",)) for k in range(3)))
    assert made.warnings().count("Dense input: x.") == 1
    assert len(made.uncounted()) == 1


def test_accuracies_of_one_seed_are_those_of_its_images() -> None:
    made = study(trial())
    assert made.accuracies[SPIKING].over == "1,000 test images"
    assert any(line.startswith("One seed: ") for line in made.warnings())


def test_every_table_that_comes_with_the_library_gives_a_row() -> None:
    tables = tuple(map(cost_table, cost_table_names()))
    made = study(tables=tables)
    assert {one.account.table for one in made.prices if one.side == SPIKING} == set(cost_table_names())
    assert set(made.citations()) == set(cost_table_names())
    assert any(line.startswith("Every table prices all numbers at its own width") for line in made.assumptions())


@pytest.mark.parametrize(
    ("trials", "tables", "message"),
    [
        ((), (FP32,), r"at least one trial, and each seed once, got seeds \[\]"),
        ((trial(1), trial(1)), (FP32,), r"each seed once, got seeds \[1, 1\]"),
        ((trial(),), (), r"at least one cost table, and different names, got \[\]"),
        ((trial(),), (FP32, FP32), r"different names, got \['horowitz-45nm-fp32', 'horowitz-45nm-fp32'\]"),
        ((replace(trial(), rivals=()),), (FP32,), "the spiking network and at least one rival"),
        (
            (trial(0), replace(trial(1), rivals=trial(1).rivals[:1])),
            (FP32,),
            "the same for every seed, got the spiking",
        ),
        ((replace(trial(), rivals=(Side(SPIKING, 0.9, 1, {}),)),), (FP32,), "with different names"),
    ],
    ids=["no trial", "seed twice", "no table", "table twice", "no rival", "other rivals", "name twice"],
)
def test_what_does_not_fit_is_refused(trials: tuple[Trial, ...], tables: tuple[object, ...], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Study(trials, tables)  # type: ignore[arg-type]


def test_methods_are_kept_apart() -> None:
    assert [one.method for one in study().prices_of(MATCHED, FP32.name)] == [DENSE, SKIPPING]
    assert len(study().prices_of(MATCHED)) == 4
