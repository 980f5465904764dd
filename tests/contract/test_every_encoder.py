"""What holds for every encoder, found automatically."""

import copy
import importlib
import pickle
import pkgutil
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader

import picojoule.encode
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.encode.base import Encoder
from picojoule.encode.dataset import EncodedDataset, time_first

for module in pkgutil.walk_packages(picojoule.encode.__path__, "picojoule.encode."):
    importlib.import_module(module.name)
ENCODERS = {kind.__name__: kind for kind in Encoder.__subclasses__() if kind.__module__.startswith("picojoule.")}
every_encoder = pytest.mark.parametrize("kind", ENCODERS.values(), ids=ENCODERS.keys())


def images(n: int = 6) -> Tensor:
    return torch.rand(n, 5, 4, generator=Generator().manual_seed(1))


def test_the_encoders_of_this_library_are_found() -> None:
    assert "Poisson" in ENCODERS


@every_encoder
def test_spikes_are_binary_and_shaped_like_the_images(kind: type[Any]) -> None:
    spikes = kind()(images(), steps=30)
    assert spikes.shape == (30, 6, 5, 4)
    assert spikes.dtype == torch.float32
    assert set(spikes.unique().tolist()) == {0.0, 1.0}


@every_encoder
def test_lists_and_tensors_are_the_same_spikes(kind: type[Any]) -> None:
    trains = kind().trains(images(), steps=30, seed=2)
    assert (trains.samples, trains.steps, trains.size) == (6, 30, 20)
    assert torch.equal(trains.dense(), kind()(images(), steps=30, seed=2).flatten(2))
    for sample in range(6):
        for step in range(30):
            assert np.all(np.diff(trains.at(sample, step)) > 0)  # ascending, none twice


@every_encoder
def test_the_same_numbers_give_the_same_spikes_in_any_batch_and_order(kind: type[Any]) -> None:
    together = kind().trains(images(), steps=40, seed=3, presentation=2, samples=[7, 1, 9, 100, 4, 0]).dense()
    order = torch.tensor([4, 0, 5, 2, 1, 3])
    shuffled = kind().trains(images()[order], steps=40, seed=3, presentation=2, samples=[4, 7, 0, 9, 1, 100]).dense()
    assert torch.equal(shuffled, together[:, order])
    alone = kind().trains(images()[3:4], steps=40, seed=3, presentation=2, samples=torch.tensor([100])).dense()
    assert torch.equal(alone[:, 0], together[:, 3])


@every_encoder
def test_threads_change_nothing(kind: type[Any]) -> None:
    alone = kind().trains(images(), steps=100, seed=1)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: kind().trains(images(), steps=100, seed=1), range(8)))
    for trains in results:
        assert np.array_equal(trains.pointers, alone.pointers)
        assert np.array_equal(trains.indices, alone.indices)


@every_encoder
def test_more_steps_begin_with_the_same_spikes(kind: type[Any]) -> None:
    assert torch.equal(kind()(images(), steps=50)[:20], kind()(images(), steps=20))


@every_encoder
def test_global_random_numbers_are_neither_read_nor_touched(kind: type[Any]) -> None:
    torch.manual_seed(0)
    before = kind()(images(), steps=20)
    state = torch.get_rng_state()
    torch.manual_seed(99)
    assert torch.equal(kind()(images(), steps=20), before)
    torch.set_rng_state(state)
    kind()(images(), steps=20)
    assert torch.equal(torch.get_rng_state(), state)


@every_encoder
def test_intensities_are_left_alone_in_any_floating_point_format(kind: type[Any]) -> None:
    coarse = (images() * 4).round() / 4  # exact in half precision
    kept = coarse.clone()
    expected = kind()(coarse, steps=20)
    assert torch.equal(coarse, kept)
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        assert torch.equal(kind()(coarse.to(dtype), steps=20), expected)
    strided = coarse.transpose(1, 2).contiguous().transpose(1, 2)
    assert torch.equal(kind()(strided, steps=20), expected)


@every_encoder
@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (torch.tensor([[0.5, float("nan")]]), r"intensities must lie in \[0, 1\] without NaN, got \[nan, nan\]"),
        (torch.tensor([[0.5, -0.01]]), r"intensities must lie in \[0, 1\] without NaN, got \[-0\.01, 0\.5\]; rescale"),
        (torch.tensor([[0.5, 1.01]]), r"intensities must lie in \[0, 1\] without NaN, got \[0\.5, 1\.01\]; rescale"),
        (torch.tensor([[0.5, float("inf")]]), r"got \[0\.5, inf\]"),
        (torch.tensor([[0, 255]]), r"intensities must be float in \[0, 1\], got torch\.int64; divide bytes by 255"),
        (torch.tensor([[0, 1]], dtype=torch.uint8), r"got torch\.uint8; divide bytes by 255"),
        (torch.rand(5), r"intensities must be \[B, \*N\] with at least one of each, got \[5\]"),
        (torch.rand(0, 5), r"got \[0, 5\]"),
    ],
)
def test_what_is_no_intensity_is_refused(kind: type[Any], broken: Tensor, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        kind()(broken, steps=5)


@every_encoder
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 0}, r"steps must be >= 1 steps, got 0"),
        ({"steps": 5, "dt": 0.0}, r"dt must be > 0 ms, got 0"),
        ({"steps": 5, "presentation": -1}, r"presentation must be >= 0 presentations, got -1"),
        ({"steps": 5, "samples": [1, 2]}, r"samples must number all 6 intensities, got 2 numbers"),
    ],
)
def test_parameters_out_of_range_are_refused(kind: type[Any], arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        kind().trains(images(), **arguments)


@every_encoder
def test_passes_of_a_loader_are_presentations_for_any_number_of_workers(kind: type[Any]) -> None:
    data, encoder = images(), kind()
    for workers in (0, 2):
        spikes = EncodedDataset(data, torch.arange(6), encoder, steps=20, seed=3)
        loader = DataLoader(
            spikes, batch_size=4, collate_fn=time_first, num_workers=workers, persistent_workers=workers > 0,
            timeout=60 * (workers > 0),
        )  # fmt: skip
        for presentation in range(2):
            found = torch.cat([batch for batch, _ in loader], dim=1)
            assert torch.equal(found, encoder(data, steps=20, seed=3, presentation=presentation))


@every_encoder
def test_survives_pickling_copying_and_repr(kind: type[Any]) -> None:
    encoder = kind()
    assert pickle.loads(pickle.dumps(encoder)) == encoder
    assert copy.deepcopy(encoder) == encoder
    assert eval(repr(encoder), dict(ENCODERS)) == encoder
