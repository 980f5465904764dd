"""Turns what the user plots into checked numpy arrays."""

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from picojoule.core.errors import ShapeError
from picojoule.core.kinds import kind_of, take

Numbers: TypeAlias = Tensor | npt.ArrayLike
Array: TypeAlias = npt.NDArray[np.float64]


def as_array(name: str, values: Numbers, axes: tuple[str, ...]) -> Array:
    """Give finite numbers with named axes, on the host, in double precision.

    Args:
        name: how error messages call the values.
        values: a tensor on any device, an array or nested sequences.
        axes: the axes' names; their number is the number of dimensions that `values` must have.

    Returns:
        The values as `float64`, one dimension for each of `axes`.

    Raises:
        ShapeError: if the number of dimensions differs, or a value is no number, NaN or infinite.

    Example:
        >>> as_array("weights", torch.ones(2, 3), ("n_input", "n_neurons")).shape
        (2, 3)
    """
    if isinstance(values, Tensor):
        values = take(name, kind_of(Tensor), values).detach().cpu().to(torch.float64).numpy()
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise ValueError("they are complex")
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"{name} must be numbers of shape [{', '.join(axes)}]: {error}") from error
    if array.ndim != len(axes):
        raise ShapeError(f"{name} must have shape [{', '.join(axes)}], got {shape_text(array)}; reshape it first")
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise ShapeError(f"{name} holds {bad} values that are NaN or infinite; only finite numbers can be drawn")
    return array


def as_names(name: str, given: Iterable[object] | Tensor, count: int) -> list[str]:
    """Texts to write beside what is drawn.

    Args:
        name: how error messages call them.
        given: a list, an array, a tensor or anything else with that many entries.
        count: how many there must be.

    Raises:
        ShapeError: if there are more or fewer.

    Example:
        >>> as_names("labels", torch.tensor([3, -1]), 2)
        ['3', '-1']
    """
    names = [str(one) for one in (given.tolist() if isinstance(given, Tensor | np.ndarray) else given)]
    if len(names) != count:
        raise ShapeError(f"{name} must have one entry for each of {count}, got {len(names)}")
    return names


def shape_text(array: Array) -> str:
    """Write a shape as `[2, 3]`.

    Example:
        >>> shape_text(np.zeros((2, 3)))
        '[2, 3]'
    """
    return str(list(array.shape))
