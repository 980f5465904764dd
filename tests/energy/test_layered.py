"""A feed-forward spiking network's work, counted by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import conv2d

from picojoule.core.counts import Operations
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.energy.layered import ANALOG, SpikingStage, layered_inference
from picojoule.energy.stage import convolution_stage, dense_stage
from picojoule.energy.work import Products, Traffic, Work, Workload
from tests.held import LIF, LeakyIntegrator

STEPS, IMAGES = 5, 2
UPDATES = STEPS * IMAGES
PIXELS = torch.tensor([2, 1, 0, 0])
HIDDEN = torch.tensor([3, 0, 4])


def network(tau: torch.Tensor | float = 20.0) -> list[SpikingStage]:
    """4-3-2: spiking neurons, and a readout that never spikes."""
    return [
        SpikingStage("hidden", dense_stage(4, 3), LIF(tau=tau), HIDDEN),
        SpikingStage("readout", dense_stage(3, 2), LeakyIntegrator(), torch.zeros(2)),
    ]


def lines(workload: Workload) -> dict[tuple[str, str], Work]:
    found: dict[tuple[str, str], Work] = {(work.part, work.name): work for work in workload.works}
    assert len(found) == len(workload.works)
    return found


def test_constant_currents_line_by_line() -> None:
    work = layered_inference(network(), images=IMAGES, steps=STEPS, pixels=PIXELS)
    found = lines(work)
    # 3 pixels are not zero: 9 products; is each of 4 pixels zero, and 3 biases, for each image
    assert found["encoder", "analog currents of hidden"] == Work(
        "encoder",
        "analog currents of hidden",
        Operations(additions=9 + IMAGES * (4 + 3), multiplications=9),
        (
            Traffic(4, reads=IMAGES * 4),
            Traffic(12, reads=9),
            Traffic(3, reads=IMAGES * 3),
            Traffic(3, reads=UPDATES * 3, writes=IMAGES * 3),
        ),
        per_spike=False,
        products=Products(dense=IMAGES * 12, macs=9, targets=3),
    )
    # 7 spikes reach 2 readout neurons each
    assert found["synapses", "hidden -> readout"].operations == Operations(additions=14)
    assert found["synapses", "hidden -> readout"].traffic == (Traffic(6, reads=14),)
    assert found["neurons", "hidden spikes"].traffic == (Traffic(3, reads=7, writes=7),)
    # exact solution: rest + x, v - that, times decay, sum, minus threshold, is it above?
    assert found["neurons", "hidden"].operations == Operations(5, 1) * (3 * UPDATES)
    assert found["neurons", "hidden"].traffic == (Traffic(3, reads=3 * UPDATES, writes=3 * UPDATES),)
    # two products and a sum, and nothing to compare with
    assert found["neurons", "readout"].operations == Operations(1, 2) * (2 * UPDATES)
    assert found["neurons", "readout bias"].operations == Operations(additions=2 * UPDATES)
    assert found["neurons", "readout bias"].traffic == (Traffic(2, reads=2 * UPDATES),)
    assert found["readout", "sum over time"].operations == Operations(additions=2 * UPDATES)
    assert found["readout", "decision"].operations == Operations(additions=2 * IMAGES)
    assert (work.images, work.spikes) == (IMAGES, 7)
    assert ANALOG in work.assumptions
    assert ("neurons", "hidden bias") not in found  # it is in the constant current
    assert not any(name.endswith("coefficients") for _, name in found)


def test_poisson_spikes_reach_the_first_stage_as_additions() -> None:
    spikes = torch.tensor([6, 2, 0, 0])
    work = layered_inference(network(), images=IMAGES, steps=STEPS, pixels=PIXELS, input_spikes=spikes)
    found = lines(work)
    assert found["synapses", "input -> hidden"].operations == Operations(additions=8 * 3)
    assert found["encoder", "pixels"].operations.divisions == 3
    assert found["encoder", "intervals"].operations.functions == 8
    assert found["neurons", "hidden bias"].operations == Operations(additions=3 * UPDATES)
    assert work.spikes == 15
    assert ANALOG not in work.assumptions
    assert all(line.operations.multiplications == 0 for line in work.works if line.part == "synapses")


def test_time_constants_of_their_own_are_read_in_every_step() -> None:
    own = lines(layered_inference(network(torch.tensor([1.0, 2.0, 3.0])), images=2, steps=STEPS, pixels=PIXELS))
    assert own["neurons", "hidden coefficients"].traffic == (Traffic(3, reads=3 * UPDATES),)
    assert own["neurons", "hidden coefficients"].operations == Operations()


def test_a_channel_shares_its_time_constant() -> None:
    stage = convolution_stage((1, 6, 6), 2, kernel=3, pool=2)
    layer = SpikingStage("c", stage, LIF(tau=torch.tensor([1.0, 2.0]).reshape(2, 1, 1)), torch.zeros(2, 2, 2))
    found = lines(layered_inference([layer], images=1, steps=STEPS, pixels=torch.ones(1, 6, 6)))
    assert found["neurons", "c coefficients"].traffic == (Traffic(2, reads=8 * STEPS),)


@given(st.integers(0, 2**32 - 1))
def test_spikes_into_a_convolution_are_counted_as_a_convolution_of_spikes(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    first = convolution_stage((1, 10, 9), 2, kernel=3, pool=2)
    second = convolution_stage((2, 4, 3), 3, kernel=2, pool=1)
    spikes = torch.randint(0, 5, (2, 4, 3), generator=generator)
    layers = [
        SpikingStage("a", first, LIF(), spikes),
        SpikingStage("b", second, LIF(), torch.zeros(3, 3, 2)),
        SpikingStage("readout", dense_stage(18, 4), LeakyIntegrator(), torch.zeros(4)),
    ]
    found = lines(layered_inference(layers, images=1, steps=STEPS, pixels=torch.ones(1, 10, 9)))
    arriving = conv2d(spikes.double()[None], torch.ones(3, 2, 2, 2, dtype=torch.float64)).sum()
    assert found["synapses", "a -> b"].operations == Operations(additions=int(arriving))
    assert found["synapses", "a -> b"].traffic == (Traffic(24, reads=int(arriving)),)
    assert ("neurons", "a pooling") not in found  # its currents are pooled once, in the analog stage
    analog = found["encoder", "analog currents of a"].operations
    # products; is each of 90 pixels zero; three comparisons and a bias for each of 24 neurons
    assert analog == Operations(additions=first.products + 90 + 3 * 24 + 24, multiplications=first.products)


def test_pooling_compares_in_every_step() -> None:
    stage = convolution_stage((1, 10, 9), 2, kernel=3, pool=2)
    layers = [SpikingStage("a", stage, LIF(), torch.zeros(2, 4, 3))]
    spikes = torch.ones(1, 10, 9)
    found = lines(layered_inference(layers, images=1, steps=STEPS, pixels=spikes, input_spikes=spikes))
    assert found["neurons", "a pooling"].operations == Operations(additions=3 * 24 * STEPS)


def test_silence_leaves_what_does_not_depend_on_spikes() -> None:
    silent = [SpikingStage(s.name, s.stage, s.neuron, torch.zeros_like(s.spikes)) for s in network()]
    one = lines(layered_inference(silent, images=IMAGES, steps=STEPS, pixels=PIXELS))
    two = lines(layered_inference(network(), images=IMAGES, steps=STEPS, pixels=PIXELS))
    for name, work in one.items():
        if work.per_spike:
            assert work.operations == Operations()
        else:
            assert work == two[name]


def test_bad_arguments() -> None:
    with pytest.raises(ParameterError, match="steps must be >= 1, got 0"):
        layered_inference(network(), images=1, steps=0, pixels=PIXELS)
    with pytest.raises(ParameterError, match="images must be >= 1, got 0"):
        layered_inference(network(), images=0, steps=1, pixels=PIXELS)
    with pytest.raises(ParameterError, match="3 -> 2 has 2 outputs, but 4 -> 3 takes 4 inputs"):
        layered_inference(network()[::-1], images=1, steps=1, pixels=PIXELS)
    with pytest.raises(ShapeError, match=r"4 -> 3 has inputs \[4\], got counts \[2, 2\]"):
        layered_inference(network(), images=1, steps=1, pixels=PIXELS.reshape(2, 2))
    with pytest.raises(ShapeError, match=r"hidden has neurons \[3\], got spikes \[4\]; sum them over images and steps"):
        SpikingStage("hidden", dense_stage(4, 3), LIF(), torch.zeros(4))
