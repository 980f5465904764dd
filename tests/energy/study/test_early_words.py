"""The rule that stops early, in words, for one seed and for several."""

from dataclasses import replace

import pytest

from picojoule.energy.costs import cost_table
from picojoule.energy.study.early_words import early_exit_words
from picojoule.energy.study.study import Study
from picojoule.energy.study.trial import Trial
from tests.energy.study.trials import trial, without_time


def ruled(seed: int, rule: str) -> Trial:
    made = trial(seed)
    assert made.spiking.early_exit is not None
    return replace(made, spiking=replace(made.spiking, early_exit=replace(made.spiking.early_exit, rule=rule)))


def words(*trials: Trial) -> str:
    return early_exit_words(Study(trials, (cost_table("horowitz-45nm-fp32"),)))


def test_one_rule_is_said_with_what_it_gives() -> None:
    text = words(trial(0), trial(1))
    assert text.startswith(
        "Stopped early: an image is answered as soon as the best class is ahead by 0.4. The rule was chosen on 500 "
        "validation images, where it gives 96.20 %. On the test images it gives 96.00 % after 6.4 steps (6.4 ms) on "
        "average, with "
    )
    assert text.endswith(" (horowitz-45nm-fp32).")


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("sure by 0.4, after 5", "sure by 0.7, after 5", "sure by 0.4 / 0.7 (one for each seed), after 5."),
        ("sure by 0.4", "ahead by 0.4", "sure by 0.4 (seed 0); ahead by 0.4 (seed 1)."),
        ("from 0.1 to 0.2", "from 0.3 to 0.4", "from 0.1 to 0.2 (seed 0); from 0.3 to 0.4 (seed 1)."),
        ("sure by 0.4", "sure at once", "sure by 0.4 (seed 0); sure at once (seed 1)."),
    ],
)
def test_rules_of_several_seeds_are_told_apart(one: str, other: str, said: str) -> None:
    assert f"as soon as {said} The rule" in words(ruled(0, one), ruled(1, other))


def test_without_a_rule_nothing_is_said() -> None:
    assert words(without_time(trial())) == ""
