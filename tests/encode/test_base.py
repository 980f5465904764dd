"""Checks that all encoders share, on an encoder that shows what it is given."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.params import Rate
from picojoule.core.trains import SpikeTrains, trains_from_spikes
from picojoule.encode.base import Encoder, checked_intensities


@dataclass(frozen=True)
class Brightest(Encoder):
    """Input i of sample number s spikes in step s if it is the brightest."""

    rate: Rate = 1.0

    def check_step(self, dt: float) -> None:
        if dt > 10.0:
            raise ParameterError(f"dt={dt:g} ms is too long for this encoder; use dt <= 10 ms")

    def _trains(
        self,
        intensities: NDArray[np.float32],
        *,
        steps: int,
        dt: float,  # noqa: ARG002
        seed: int,  # noqa: ARG002
        presentation: int,  # noqa: ARG002
        samples: NDArray[np.int64],
    ) -> SpikeTrains:
        spikes = torch.zeros(steps, *intensities.shape)
        for b, number in enumerate(samples):
            spikes[number, b, int(intensities[b].argmax())] = 1.0
        return trains_from_spikes(spikes)


def test_samples_are_numbered_by_their_place_unless_told_otherwise() -> None:
    images = torch.tensor([[0.1, 0.9], [0.8, 0.2]])
    assert Brightest()(images, steps=3).nonzero().tolist() == [[0, 0, 1], [1, 1, 0]]
    numbered = Brightest().trains(images, steps=3, samples=torch.tensor([2, 0])).dense()
    assert numbered.nonzero().tolist() == [[0, 1, 0], [2, 0, 1]]


def test_axes_of_an_image_come_back() -> None:
    assert Brightest()(torch.rand(2, 3, 4), steps=5).shape == (5, 2, 3, 4)


def test_an_encoder_may_refuse_a_step() -> None:
    with pytest.raises(ParameterError, match=r"dt=11 ms is too long"):
        Brightest()(torch.rand(1, 2), steps=2, dt=11.0)


def test_parameters_are_checked_by_their_units() -> None:
    with pytest.raises(ParameterError, match=r"Brightest\.rate must be > 0 Hz, got -1"):
        Brightest(rate=-1.0)


def test_the_bounds_of_intensities_are_allowed() -> None:
    checked = checked_intensities(torch.tensor([[[0.0, 1.0]]], dtype=torch.float64, requires_grad=True))
    assert checked.dtype == np.float32
    assert checked.tolist() == [[0.0, 1.0]]


def _made(spikes: object) -> Encoder:
    return type("Mine", (Encoder,), {"_trains": lambda *_, **__: spikes})()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        (torch.zeros(5, 2, 3), r"Mine\._trains must return SpikeTrains, got Tensor; return trains_from_spikes"),
        (trains_from_spikes(torch.zeros(2, 5, 3)), r"Mine made 2 steps of 5 samples, asked for 5 of 2; make spikes"),
        (trains_from_spikes(torch.zeros(5, 2, 4)), r"Mine made spikes of 4 inputs, asked for 3; make spikes"),
    ],
)
def test_other_trains_than_asked_for_are_refused(spikes: object, message: str) -> None:
    for encode in (_made(spikes).trains, _made(spikes)):
        with pytest.raises(ShapeError, match=message):
            encode(torch.rand(2, 3), steps=5)
