"""The declared work of a Poisson encoder."""

import pytest

from picojoule.core.counts import Counts, Operations, PopulationCounts
from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.energy.encoder import encoder_operations
from picojoule.energy.work import Traffic

RUN = Counts(samples=2, steps=500, populations={"X": PopulationCounts(784, spikes=3000)})


def test_each_pixel_and_each_spike_is_counted() -> None:
    pixels, spikes = encoder_operations(RUN, "X", active_inputs=300)
    # 1568 comparisons; 300 divisions; 300 intervals of 3 additions, 2 multiplications and a logarithm
    assert pixels.operations == Operations(1568 + 900, 600, 300, 300)
    assert pixels.traffic == (Traffic(784, reads=1568),)
    assert not pixels.per_spike
    assert spikes.operations == Operations(9000, 6000, 0, 3000)
    assert spikes.per_spike


def test_without_a_count_of_zeros_every_pixel_is_active() -> None:
    assert encoder_operations(RUN, "X") == encoder_operations(RUN, "X", active_inputs=1568)


def test_a_dark_image_costs_only_the_look_at_it() -> None:
    dark = Counts(samples=1, populations={"X": PopulationCounts(784)})
    pixels, spikes = encoder_operations(dark, "X", active_inputs=0)
    assert pixels.operations == Operations(additions=784)
    assert spikes.operations == Operations()


@pytest.mark.parametrize("active", [-1, 1569])
def test_more_active_inputs_than_inputs_are_refused(active: int) -> None:
    with pytest.raises(ParameterError, match=rf"active_inputs must lie in 0\.\.1568 .*got {active}"):
        encoder_operations(RUN, "X", active_inputs=active)


def test_an_unknown_population_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown population 'Input'.*Known: X"):
        encoder_operations(RUN, "Input")
