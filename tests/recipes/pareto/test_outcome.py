"""What is said of a front, whoever wins."""

from typing import Any

import pytest

from picojoule.recipes.pareto.outcome import Outcome
from picojoule.recipes.surrogate_mnist.options import Options


def measured(energy: float, right: float) -> dict[str, float]:
    return {
        "validation_energy": energy,
        "validation_accuracy": right,
        "test_energy": 1.1 * energy,
        "test_accuracy": right - 0.01,
    }


def outcome(
    *points: tuple[float, float], relu: tuple[float, float] | None = None, minimum: float = 1e3, holds: bool = True
) -> Outcome:
    found: dict[str, dict[str, Any]] = {}
    for number, point in enumerate(points):
        found["unlimited" if number == 0 else f"{number} nJ"] = {
            "amount": number * 1e3 or None, "holds": holds or number == 0, "epoch": 1, "minimum": minimum,
            "table": "horowitz-45nm-int8", "memory": False, "held_out_images": 400, "spiking": measured(*point),
            "relu": None if relu is None else measured(*relu),
        }  # fmt: skip
    options = Options(model="conv", threads=2)
    return Outcome("surrogate-mnist", options, found, {"options": options.checked().identity()})


def test_the_front_is_chosen_on_held_out_images() -> None:
    found = outcome((9e3, 0.9), (5e3, 0.95), (3e3, 0.8))
    assert [network.front for network in found.networks] == [False, True, True]
    assert [network.name for network in found.networks] == ["no limit", "1 nJ", "2 nJ"]
    assert found.sentence() == "2 of 3 spiking networks are on the front: 1 nJ, 2 nJ."
    assert found.networks[1].tested == pytest.approx((5.5e3, 0.94))


@pytest.mark.parametrize(
    ("relu", "said"),
    [
        ((2e3, 0.99), "It needs less and is more accurate than: no limit, 1 nJ."),
        ((7e3, 0.7), "These need less and are more accurate: 1 nJ."),
        ((8e3, 0.955), "(1 nJ) needs 5.00 nJ, 1.60 times less."),
        ((4e3, 0.955), "(1 nJ) needs 5.00 nJ, 1.25 times more."),
    ],
)
def test_against_the_relu_network(relu: tuple[float, float], said: str) -> None:
    assert outcome((9e3, 0.96), (5e3, 0.95), relu=relu).sentence().endswith(said)


def test_missed_budgets_and_little_to_save_are_said() -> None:
    assert "These budgets were missed: 1 nJ." in outcome((9e3, 0.96), (5e3, 0.95), holds=False).sentence()
    said = outcome((9e3, 0.96), minimum=8.5e3).sentence()
    assert "Spikes are 5.56 % of the energy without a limit: budgets can change no more." in said


def test_the_command_repeats_it() -> None:
    command = outcome((9e3, 0.96), (5e3, 0.95)).command()
    assert command == "pj pareto surrogate-mnist --model conv --budgets '1 nJ'"


def test_a_table_that_does_not_price_the_relu_network() -> None:
    found = outcome((9e3, 0.96))
    assert found.rival is None
    assert found.figures()["relu"] is None
    assert len(found.rows()) == 1
    assert found.counted == "horowitz-45nm-int8, compute alone"
