"""What may be plotted: finite numbers with the right number of axes, from wherever they come."""

import numpy as np
import pytest
import torch

from picojoule.core.errors import ShapeError
from picojoule.plot.arrays import as_array, shape_text


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.int64, torch.bool])
def test_tensors_of_every_dtype_keep_their_values(dtype: torch.dtype) -> None:
    array = as_array("w", torch.tensor([[0, 1, 1]]).to(dtype), ("a", "b"))
    assert array.dtype == np.float64
    assert array.tolist() == [[0.0, 1.0, 1.0]]


def test_a_tensor_that_needs_gradients_is_read_and_left_alone() -> None:
    w = torch.ones(2, requires_grad=True)
    assert as_array("w", w, ("a",)).tolist() == [1.0, 1.0]
    assert w.requires_grad


def test_wrong_number_of_axes_is_refused_with_both_shapes() -> None:
    with pytest.raises(ShapeError, match=r"weights must have shape \[n_input, n_neurons\], got \[3\]"):
        as_array("weights", [1, 2, 3], ("n_input", "n_neurons"))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite_are_counted_and_refused(bad: float) -> None:
    with pytest.raises(ShapeError, match=r"w holds 2 values that are NaN or infinite"):
        as_array("w", [1.0, bad, bad], ("a",))


@pytest.mark.parametrize("bad", [[[1, 2], [3]], ["a", "b"], [None, object()]])
def test_what_is_no_array_of_numbers_is_refused(bad: list[object]) -> None:
    with pytest.raises(ShapeError, match=r"w must be numbers of shape \[a\]"):
        as_array("w", bad, ("a",))  # type: ignore[arg-type]


def test_shape_text_is_a_list() -> None:
    assert shape_text(np.zeros((4, 0, 2))) == "[4, 0, 2]"
