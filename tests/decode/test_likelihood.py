"""Maximum likelihood decoding against the Poisson distribution written out."""

import math

import pytest
import torch

from picojoule.core.errors import ParameterError
from picojoule.core.responses import Responses
from picojoule.decode.likelihood import PoissonLikelihood

COUNTS = torch.tensor([[5, 0, 1], [3, 1, 0], [0, 4, 2], [1, 6, 2]], dtype=torch.int32)
LABELS = torch.tensor([0, 0, 1, 1])


def test_scores_are_the_probabilities_of_independent_poisson_neurons() -> None:
    readout = PoissonLikelihood(smoothing=0.24).fit(Responses(COUNTS, steps=10), LABELS, n_classes=2)
    rates = [[4.0, 0.5, 0.5], [0.5, 5.0, 2.0]]  # means of the classes, by hand
    shown = [2, 3, 1]
    floor = 0.24 * sum(map(sum, rates)) / 6

    likelihood = [
        math.prod(
            math.exp(-(r + floor)) * (r + floor) ** s / math.factorial(s) for r, s in zip(rate, shown, strict=True)
        )
        for rate in rates
    ]
    expected = torch.tensor([likelihood], dtype=torch.float64) / sum(likelihood)

    scores = readout.scores(Responses(torch.tensor([shown], dtype=torch.int32), steps=10))
    torch.testing.assert_close(scores, expected, rtol=1e-12, atol=0.0)


def test_a_neuron_may_speak_for_two_classes() -> None:
    counts = torch.tensor([[6, 3, 0], [6, 0, 3], [0, 0, 9]], dtype=torch.int32)  # neuron 0 answers to classes 0 and 1
    readout = PoissonLikelihood().fit(Responses(counts, steps=10), torch.tensor([0, 1, 2]), n_classes=3)
    assert readout.predict(Responses(counts, steps=10)).tolist() == [0, 1, 2]
    assert readout.scores(Responses(torch.tensor([[6, 0, 0]], dtype=torch.int32), steps=10))[0, :2].diff().abs() < 1e-6


def test_smoothing_must_be_above_zero() -> None:
    with pytest.raises(ParameterError, match=r"PoissonLikelihood\.smoothing must be > 0 spikes, got 0"):
        PoissonLikelihood(0.0)
