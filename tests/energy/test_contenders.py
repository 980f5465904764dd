"""Both sides carry what their runs delivered."""

import pytest
import torch

from picojoule.core.counts import ConnectionCounts, Counts, PopulationCounts
from picojoule.energy.baseline import active_units, relu_accuracy, train_relu_network
from picojoule.energy.compare import compare
from picojoule.energy.contenders import DENSE, EVENTS, SKIPPING, relu_contender, spiking_contender


def run(samples: int) -> Counts:
    return Counts(
        samples,
        250 * samples,
        {"X": PopulationCounts(16, spikes=90 * samples), "Ae": PopulationCounts(8, 3 * samples, 2000 * samples, 2)},
        {("X", "Ae"): ConnectionCounts(128, events=720 * samples, stored_weights=128)},
    )


def test_the_spiking_side_counts_encoder_network_and_readout() -> None:
    side = spiking_contender(0.8, run(5), run(20), encoded="X", output="Ae", n_classes=4, active_inputs=30)
    work = side.inference[EVENTS]
    assert (work.images, work.spikes) == (5, 93 * 5)
    lines = {line.name: line for line in work.works}
    assert lines["pixels"].operations.divisions == 30
    assert lines["X -> Ae"].operations.additions == 720 * 5
    assert lines["votes"].operations.additions == 15
    assert side.training[EVENTS].images == 20
    assert {line.name: line for line in side.training[EVENTS].works}["pixels"].operations.divisions == 16 * 20


def test_the_spiking_side_may_lack_training_and_weight_its_votes() -> None:
    side = spiking_contender(0.8, run(1), encoded="X", output="Ae", n_classes=4, proportions=True)
    assert side.training == {}
    assert {line.name: line for line in side.inference[EVENTS].works}["votes"].operations.additions == 12


def test_the_relu_side_measures_accuracy_and_zeros() -> None:
    images = torch.eye(16).repeat(3, 1)
    labels = (torch.arange(48) % 16) // 4
    baseline = train_relu_network(images, labels, hidden=8, epochs=2, seed=0, n_classes=4, batch_size=16)
    side = relu_contender(baseline, images, labels)
    assert side.accuracy == relu_accuracy(baseline.network, images, labels)
    pixels, hidden = active_units(baseline.network, images)
    assert pixels == 48
    macs = {name: sum(line.operations.multiplications for line in w.works) for name, w in side.inference.items()}
    assert macs == {DENSE: 48 * (16 * 8 + 8 * 4), SKIPPING: pixels * 8 + hidden * 4}
    assert side.training[DENSE].images == side.training[SKIPPING].images == 96

    verdict = compare(spiking_contender(0.5, run(48), encoded="X", output="Ae", n_classes=4), side).verdict()
    assert verdict.startswith(("The ReLU network needs less", "The spiking network needs less", "Which network"))
    assert verdict.count(".  ") == 0
    assert verdict.endswith(".")


def test_an_unknown_population_is_named() -> None:
    with pytest.raises(LookupError, match="unknown population 'Ai'"):
        spiking_contender(0.8, run(1), encoded="X", output="Ai", n_classes=4)
