import pytest

from picojoule.energy.units import energy_text


@pytest.mark.parametrize(
    ("picojoules", "text"),
    [
        (0.0, "0 pJ"),
        (0.03, "0.03 pJ"),
        (999.0, "999 pJ"),
        (1000.0, "1 nJ"),
        (365_240.0, "365 nJ"),
        (6.69e6, "6.69 µJ"),
        (4.02e10, "40.2 mJ"),
        (2.5e12, "2.5 J"),
        (1.234e16, "12,340 J"),
    ],
)
def test_three_digits_and_a_unit(picojoules: float, text: str) -> None:
    assert energy_text(picojoules) == text
