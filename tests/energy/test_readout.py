"""The declared work of a readout by votes."""

import pytest

from picojoule.core.counts import Counts, Operations, PopulationCounts
from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.energy.readout import readout_operations
from picojoule.energy.work import Traffic

RUN = Counts(samples=3, populations={"Ae": PopulationCounts(100, spikes=40)})


def test_label_votes() -> None:
    votes, decision = readout_operations(RUN, "Ae", n_classes=10)
    assert votes.operations == Operations(additions=40)
    assert votes.traffic == (Traffic(100, reads=40),)
    assert decision.operations == Operations(additions=30, multiplications=30)
    assert (votes.per_spike, decision.per_spike) == (True, False)


def test_proportion_weighting_adds_a_row_per_spike() -> None:
    votes, decision = readout_operations(RUN, "Ae", n_classes=10, proportions=True)
    assert votes.operations == Operations(additions=400)
    assert votes.traffic == (Traffic(1000, reads=400),)
    assert decision == readout_operations(RUN, "Ae", n_classes=10)[1]


def test_bad_arguments() -> None:
    with pytest.raises(UnknownNameError, match="unknown population 'Y'"):
        readout_operations(RUN, "Y", n_classes=10)
    with pytest.raises(ParameterError, match="n_classes must be >= 1, got 0"):
        readout_operations(RUN, "Ae", n_classes=0)
