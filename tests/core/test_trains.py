"""Spike trains: lists and tensors say the same."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from picojoule.core.errors import ShapeError
from picojoule.core.trains import SpikeTrains, trains_from_spikes

spike_tensors = arrays(np.bool_, array_shapes(min_dims=3, max_dims=4, max_side=6))


@given(mask=spike_tensors)
def test_a_tensor_comes_back_from_its_list(mask: NDArray[np.bool_]) -> None:
    spikes = torch.from_numpy(mask).float()
    trains = trains_from_spikes(spikes)
    assert torch.equal(trains.dense(), spikes.flatten(2))
    assert (trains.steps, trains.samples) == spikes.shape[:2]
    assert trains.size == spikes[0, 0].numel()
    assert trains.spikes == int(spikes.sum())


@given(mask=spike_tensors)
def test_every_step_lists_its_inputs_in_ascending_order(mask: NDArray[np.bool_]) -> None:
    trains = trains_from_spikes(torch.from_numpy(mask).float())
    flat = mask.reshape(*mask.shape[:2], -1)
    for t in range(trains.steps):
        for b in range(trains.samples):
            assert trains.at(b, t).tolist() == np.flatnonzero(flat[t, b]).tolist()


@given(mask=spike_tensors)
def test_pointers_and_indices_are_as_declared(mask: NDArray[np.bool_]) -> None:
    trains = trains_from_spikes(torch.from_numpy(mask))
    assert trains.pointers.dtype == np.int64
    assert trains.indices.dtype == np.int32
    assert trains.pointers[0, 0] == 0
    assert np.array_equal(trains.pointers[1:, 0], trains.pointers[:-1, -1])
    assert np.all(np.diff(trains.pointers, axis=1) >= 0)
    assert trains.pointers[-1, -1] == len(trains.indices)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float16, torch.float64])
def test_any_dtype_of_zeros_and_ones_will_do(dtype: torch.dtype) -> None:
    spikes = torch.tensor([[[0, 1, 1]], [[1, 0, 0]]]).to(dtype)
    assert trains_from_spikes(spikes).indices.tolist() == [1, 2, 0]


def test_a_part_of_the_samples_keeps_its_spikes() -> None:
    spikes = (torch.rand(5, 4, 3, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    whole = trains_from_spikes(spikes)
    part = SpikeTrains(whole.pointers[1:3], whole.indices, whole.size)
    assert torch.equal(part.dense(), spikes[:, 1:3])
    assert part.spikes == int(spikes[:, 1:3].sum())


@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        (torch.zeros(5, 3), r"spikes must be \[T, B, \*N\] with at least one of each, got \[5, 3\]"),
        (torch.zeros(0, 2, 3), r"got \[0, 2, 3\]"),
        (torch.zeros(4, 2, 0), r"got \[4, 2, 0\]"),
        (torch.full((1, 1, 1), 0.5), r"spikes must be 0 or 1, found another value or NaN; encode intensities first"),
        (torch.full((1, 1, 1), -1.0), r"spikes must be 0 or 1"),
        (torch.full((1, 1, 1), float("nan")), r"spikes must be 0 or 1"),
    ],
)
def test_what_is_no_spike_train_is_refused(spikes: torch.Tensor, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        trains_from_spikes(spikes)
