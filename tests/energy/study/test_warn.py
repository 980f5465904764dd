"""What would fool a reader is said; what would not is not."""

from dataclasses import replace

import pytest

from picojoule.energy.study.spread import Spread
from picojoule.energy.study.trial import Side
from picojoule.energy.study.warn import degenerate, own_warnings
from tests.energy.study.trials import EVENTS, spiking_work, trial


def spiking(rate: float) -> Side:
    return replace(trial().spiking, inference={EVENTS: spiking_work(rate)})


def accuracy(mean: float) -> Spread:
    return Spread(mean, mean - 0.01, mean + 0.01, "3 seeds", (mean,))


def warnings(*, rate: float = 0.1, own: float = 0.9, other: float = 0.9, seeds: int = 3, bare: str = "") -> list[str]:
    rival = trial().rivals[0]
    return own_warnings(
        (spiking(rate), accuracy(own)),
        (rival, accuracy(other)),
        without_memory=[bare] if bare else [],
        seeds=seeds,
    )


def test_an_ordinary_study_has_no_warnings_of_its_own() -> None:
    assert warnings() == []
    assert degenerate(spiking(0.1)) == ""


def test_a_silent_network_is_named_with_the_way_out() -> None:
    (said,) = warnings(rate=0.0)
    assert said == degenerate(spiking(0.0))
    assert said.startswith("no spikes: the spiking network never spiked on the test images")
    assert "Raise the input or the weights, lower the thresholds, or train it longer" in said


def test_a_network_that_always_spikes_is_named_with_the_way_out() -> None:
    (said,) = warnings(rate=1.0)
    assert said.startswith("all spikes: every neuron of the spiking network spiked in every step")
    assert "raise the thresholds, or add a penalty on activity" in said


@pytest.mark.parametrize(
    ("own", "other", "worse", "better"),
    [(0.8, 0.9, "spiking network", "matched ReLU network"), (0.9, 0.8, "matched ReLU network", "spiking network")],
)
def test_accuracies_apart_mean_that_energies_do_not_compare(own: float, other: float, worse: str, better: str) -> None:
    (said,) = warnings(own=own, other=other)
    assert said.startswith(f"unequal accuracy: the {worse} answers worse than the {better} beyond the 95 % intervals")


def test_overlapping_accuracies_are_no_warning() -> None:
    assert warnings(own=0.90, other=0.915) == []


def test_tables_without_memory_and_single_seeds_are_named() -> None:
    first, second = warnings(bare="a-table", seeds=1)
    assert first.startswith(
        "missing memory cost: a-table has no price of memory, which often costs more than arithmetic"
    )
    assert second.startswith("one seed: the intervals say how much other test images may change the accuracies")
