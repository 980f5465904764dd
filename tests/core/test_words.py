"""How figures are worded."""

import pytest

from picojoule.core.words import percent, short


@pytest.mark.parametrize(
    ("fraction", "shown"), [(0.0, "0.00 %"), (0.8361, "83.61 %"), (0.93256, "93.26 %"), (1.0, "100.00 %")]
)
def test_percentages_have_two_places_and_a_space(fraction: float, shown: str) -> None:
    assert percent(fraction) == shown


@pytest.mark.parametrize(("network", "shown"), [("the ReLU network", "ReLU"), ("the spiking network", "spiking")])
def test_networks_have_a_short_name(network: str, shown: str) -> None:
    assert short(network) == shown
