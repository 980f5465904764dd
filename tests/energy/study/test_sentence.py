"""The verdict: who wins, who loses, and when nothing can be said."""

import pytest

from picojoule.energy.study.extent import extent
from picojoule.energy.study.sentence import percents, sentence
from picojoule.energy.study.spread import Spread, spread

S, R = "the spiking network", "the matched network"


def accuracy(mean: float, half: float = 0.01) -> Spread:
    return Spread(mean, mean - half, mean + half, "3 seeds", (mean,))


def verdict(
    compute: dict[str, float], total: dict[str, float], *notes: str, own: float = 0.9, other: float = 0.8
) -> str:
    return sentence((S, accuracy(own)), (R, accuracy(other)), compute=extent(compute), total=extent(total), notes=notes)


def test_a_win_under_every_table() -> None:
    assert verdict({"fp32": 0.1, "int8": 0.2}, {"fp32": 0.25, "int8": 0.5}) == (
        "The spiking network needs less energy under every cost table: with memory it needs 2.0 (int8) to 4.0 (fp32) "
        "times less energy than the matched network; in arithmetic alone 5.0 (int8) to 10 (fp32) times less; it is "
        "more accurate, 90.0 % against 80.0 %, and the 95 % intervals do not overlap."
    )


def test_a_loss_is_called_a_loss() -> None:
    text = verdict({"fp32": 1.5}, {"fp32": 3.0}, own=0.80, other=0.81)
    assert text == (
        "The spiking network loses on energy under every cost table: with memory it needs 3.0 times as much energy as "
        "the matched network (fp32); in arithmetic alone 1.50 times as much (fp32); it is less accurate, 80.0 % "
        "against 81.0 %, but the 95 % intervals overlap."
    )


@pytest.mark.parametrize(
    ("compute", "total", "headline"),
    [
        (
            {"a": 0.2, "b": 0.5},
            {"a": 1.5, "b": 2.0},
            "needs less energy only as long as memory is not counted, and loses",
        ),
        ({"a": 2.0}, {"a": 0.5}, "needs less energy only where memory is counted, and loses without it: "),
        ({"a": 1.0, "b": 2.0}, {"a": 1.2, "b": 3.0}, "needs less energy under no cost table: "),
        ({"a": 1.0}, {"a": 1.0}, "needs less energy under no cost table: "),
    ],
    ids=["memory decides", "memory helps", "never less", "all the same"],
)
def test_headlines(compute: dict[str, float], total: dict[str, float], headline: str) -> None:
    assert verdict(compute, total).startswith(f"The spiking network {headline}")


@pytest.mark.parametrize(
    ("compute", "total"),
    [
        ({"a": 0.5, "b": 2.0}, {"a": 0.5, "b": 2.0}),
        ({"a": 0.5, "b": 2.0}, {"a": 2.0}),
        ({"a": 0.5}, {"a": 0.5, "b": 2.0}),
    ],
    ids=["both", "compute", "memory"],
)
def test_what_depends_on_the_table_is_said_to(compute: dict[str, float], total: dict[str, float]) -> None:
    text = verdict(compute, total)
    assert text.startswith("Whether the spiking network needs less energy depends on the cost table: with memory it")
    assert "from 2.0 times less (a) to 2.0 times as much (b)" in text


def test_without_prices_of_memory_the_sentence_says_so() -> None:
    assert verdict({"a": 0.5}, {}).startswith(
        "The spiking network needs less energy under every cost table: in arithmetic alone it needs 2.0 times less "
        "energy than the matched network (a); memory, which often costs more, is not priced; "
    )


def test_devices_alone_give_figures_with_memory_alone() -> None:
    assert verdict({}, {"chip": 3.0}).startswith(
        "The spiking network loses on energy under every cost table: with memory it needs 3.0 times as much energy as "
        "the matched network (chip); it is more"
    )


def test_without_a_common_table_nothing_is_said_of_energies() -> None:
    assert verdict({}, {}).startswith(
        "No cost table prices both the spiking network and the matched network, so nothing can be said of their "
        "energies; it is more accurate"
    )


def test_equal_accuracies_and_notes() -> None:
    text = verdict({"a": 0.5}, {"a": 0.5}, "it never spiked", "not everything was counted", own=0.8)
    assert text.endswith("; both are equally accurate, 80.0 %; it never spiked; not everything was counted.")


def test_it_is_one_sentence() -> None:
    text = verdict({"a": 0.5, "b": 2.0}, {"a": 0.5}, "it never spiked")
    assert text.count(". ") == 0
    assert text.endswith(".")


def test_close_accuracies_are_told_apart() -> None:
    assert percents(0.9801, 0.9798) == ("98.01 %", "97.98 %")
    assert percents(0.5, 0.5) == ("50.0 %", "50.0 %")


def test_seeds_are_compared_in_pairs() -> None:
    own, other = spread([0.90, 0.92, 0.94], images=1000), spread([0.91, 0.93, 0.95], images=1000)
    text = sentence(("A", own), ("B", other), compute=None, total=None)
    paired = "by 1.0 points (95 % interval 1.0 to 1.0, paired over 3 seeds)"
    assert f"it is less accurate, 92.0 % against 93.0 %, {paired}" in text
    text = sentence(("B", other), ("A", own), compute=None, total=None)
    assert f"it is more accurate, 93.0 % against 92.0 %, {paired}" in text
