"""One rule for the scale of pixels at every entrance: what is the same picture gives the same result, or is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import ShapeError
from picojoule.core.pixels import as_pixels, intensities
from picojoule.data.dataset import LabelledImages
from picojoule.encode.dataset import EncodedDataset
from picojoule.encode.poisson import Poisson
from picojoule.energy.baseline import flat_images
from picojoule.learn.gradient.fit import fit
from picojoule.network.network import Network
from picojoule.simulate.present import Presentation, present
from tests.held import LIF

N, PIXELS = 6, 12
ENCODER = Poisson(max_rate=400.0)
WHITE = torch.rand(N, PIXELS, generator=torch.Generator().manual_seed(0)) > 0.5
LABELS = torch.arange(N) % 2


def encoded(images: Tensor) -> Tensor:
    return EncodedDataset(images, LABELS, ENCODER, steps=20)[3][0]


def labelled(images: Tensor) -> Tensor:
    return torch.stack([image for image, _ in LabelledImages(images, LABELS)])  # type: ignore[attr-defined]


def presented(images: Tensor) -> Tensor:
    network = Network(dt=1.0)
    network.add_input("X", PIXELS)
    network.add_population("Y", PIXELS, LIF(tau=1e-3))
    network.connect("X", "Y", OneToOne(PIXELS, strength=5.0))
    chunks = present(network, images, Presentation(ENCODER, steps=20), numbers=torch.arange(N))
    return torch.cat([chunk.run["Y"].counts for chunk in chunks])


def learned(images: Tensor) -> Tensor:
    torch.manual_seed(0)
    return torch.tensor(fit(nn.Linear(PIXELS, 2), images, LABELS, epochs=2, seed=0))


ENTRANCES: dict[str, Callable[[Tensor], Tensor]] = {
    "EncodedDataset": encoded,
    "LabelledImages": labelled,
    "present": presented,
    "fit": learned,
    "flat_images": flat_images,
    "encoder": lambda images: ENCODER(images, steps=20),
}
SAME: dict[str, Callable[[Tensor], Tensor]] = {
    "bool": lambda white: white,
    "bytes": lambda white: 255 * white.to(torch.uint8),
    "half": lambda white: white.half(),
    "double": lambda white: white.double(),
}
STRANGE: dict[str, tuple[Tensor, str]] = {
    "floats of 0 … 255": (255.0 * WHITE, r"\[0, 1\]"),
    "above one": (1.001 * WHITE, r"\[0, 1\]"),
    "negative": (WHITE.float() - 0.5, r"\[0, 1\]"),
    "infinite": (WHITE / 0.0, r"\[0, 1\]|NaN"),
    "NaN": (torch.where(WHITE, float("nan"), 0.0), "NaN"),
    "bytes of 0 and 1": (WHITE.to(torch.uint8), r"bytes"),
    "whole numbers of 0 and 1": (WHITE.long(), r"torch\.int64"),
    "whole numbers of 0 … 255": (255 * WHITE.int(), r"torch\.int32"),
    "negative whole numbers": (-WHITE.long(), r"torch\.int64"),
}
# an encoder sees batches, whose range says nothing of bytes; floats of any scale may be the input of a network to fit
SAME_AT = [(e, k) for e in ENTRANCES for k in SAME if e != "fit" or k in ("bool", "bytes")]
SAME_AT.remove(("encoder", "bytes"))
STRANGE_AT = [
    (e, k) for e in ENTRANCES for k, (images, _) in STRANGE.items() if e != "fit" or not images.is_floating_point()
]


@pytest.mark.parametrize(("entrance", "kind"), SAME_AT)
def test_the_same_picture_is_the_same_of_every_dtype(entrance: str, kind: str) -> None:
    enter = ENTRANCES[entrance]
    found = enter(SAME[kind](WHITE))
    assert torch.equal(found, enter(WHITE.float()))
    assert found.count_nonzero() > 0


@pytest.mark.parametrize(("entrance", "kind"), STRANGE_AT)
def test_what_has_no_known_scale_is_refused(entrance: str, kind: str) -> None:
    images, message = STRANGE[kind]
    with pytest.raises(ShapeError, match=message):
        ENTRANCES[entrance](images)


@pytest.mark.parametrize("entrance", ["EncodedDataset", "LabelledImages"])
def test_arrays_are_taken_like_tensors(entrance: str) -> None:
    given: Any = np.asarray(SAME["bytes"](WHITE))
    assert torch.equal(ENTRANCES[entrance](given), ENTRANCES[entrance](WHITE))


def test_bytes_are_judged_together_and_a_dark_image_stays_dark() -> None:
    images = torch.tensor([[0, 1], [0, 255]], dtype=torch.uint8)
    data = LabelledImages(images, torch.tensor([0, 1]))
    assert data.subset(slice(1)).intensities().tolist() == [[0.0, pytest.approx(1 / 255)]]
    assert intensities(as_pixels(images))[0, 1] == torch.tensor(1 / 255)
    assert as_pixels(torch.zeros(3, 2, dtype=torch.uint8)).max() == 0  # black is black
