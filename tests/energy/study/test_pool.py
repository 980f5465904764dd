"""Several seeds as one: nothing is lost, nothing counted twice."""

from dataclasses import replace

import pytest

from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.costs import cost_table
from picojoule.energy.study.pool import pooled_side, pooled_work
from tests.energy.study.trials import EVENTS, spiking_work, trial, without_time

FP32 = cost_table("horowitz-45nm-fp32")


def test_what_an_image_costs_is_the_mean_over_seeds() -> None:
    runs = [spiking_work(rate) for rate in (0.02, 0.05, 0.11)]
    apart = [account(run, FP32) for run in runs]
    together = account(pooled_work(runs), FP32)
    assert together.images == 3000
    assert together.compute == pytest.approx(sum(one.compute for one in apart) / 3)
    assert together.total == pytest.approx(sum(one.total for one in apart) / 3)
    assert together.spikes == pytest.approx(sum(one.spikes for one in apart) / 3)


def test_assumptions_are_said_once() -> None:
    run = spiking_work(0.1)
    assert pooled_work([run, run]).assumptions == run.assumptions


def test_no_run_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"no work to add up\. Give at least one workload\."):
        pooled_work([])


def test_a_side_has_mean_figures_and_the_moments_that_all_seeds_have() -> None:
    one, other = trial(0, accuracy=0.90).spiking, trial(1, accuracy=0.94).spiking
    other = replace(other, milliseconds=35.0, curve=other.curve[2:])
    both = pooled_side([one, other])
    assert both.accuracy == pytest.approx(0.92)
    assert both.milliseconds == pytest.approx(30.0)
    assert [moment.steps for moment in both.curve] == [3, 5, 8, 12, 18, 25]
    assert both.curve[0].accuracy == pytest.approx((one.curve[2].accuracy + other.curve[0].accuracy) / 2)
    assert both.curve[0].inference[EVENTS].images == 2000
    assert both.early_exit is not None
    assert both.early_exit.accuracy == pytest.approx(0.918)
    assert both.early_exit.rule == "the best class is ahead by 0.4"
    assert both.inference[EVENTS].images == 2000


def test_rules_that_differ_are_both_said() -> None:
    one, other = trial(0).spiking, trial(1).spiking
    assert other.early_exit is not None
    other = replace(other, early_exit=replace(other.early_exit, rule="the best class is ahead by 0.5", mean_steps=8.4))
    both = pooled_side([one, other]).early_exit
    assert both is not None
    assert both.rule == "the best class is ahead by 0.4 or the best class is ahead by 0.5"
    assert both.mean_steps == pytest.approx(7.4)


def test_an_early_exit_that_one_seed_lacks_is_none() -> None:
    both = pooled_side([trial(0).spiking, without_time(trial(1)).spiking])
    assert both.early_exit is None
    assert both.curve == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters": 3}, "the parameters of a network must be the same for every seed, got 795010 and 3"),
        ({"bits": 8}, "the bits of a network"),
        ({"inference": {"dense": spiking_work(0.1)}}, r"the methods of a network .* \['event by event'\] and \['dense"),
    ],
    ids=["parameters", "bits", "methods"],
)
def test_seeds_of_different_networks_are_refused(change: dict[str, object], message: str) -> None:
    side = trial().spiking
    with pytest.raises(ParameterError, match=message):
        pooled_side([side, replace(side, **change)])  # type: ignore[arg-type]
