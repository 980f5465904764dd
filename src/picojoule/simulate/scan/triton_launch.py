"""Launches of Triton kernels, on a GPU or in Triton's interpreter."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

_STAGES = 4  # steps whose inputs are under way at a time


@dataclass(frozen=True)
class Grid:
    """How a step's numbers are split among programs."""

    programs: int
    block: int  # numbers of a program
    warps: int
    rows: int
    n: int


def launch(kernel: Any, grid: Grid, arrays: Mapping[str, Tensor], steps: int, *, fused: bool = False) -> None:  # noqa: ANN401
    """Run a generated kernel.

    Args:
        kernel: the kernel.
        grid: how it is split.
        arrays: its arguments by name; inputs with one step only stand still.
        steps: how many steps it takes.
        fused: let a product and a sum be one operation, rounded once; spikes would then differ from the reference's.
    """
    if not grid.programs:
        return
    total = grid.rows * grid.n
    strides = {f"stride_{k}": 0 if v.shape[0] == 1 else total for k, v in arrays.items() if k.startswith("x_")}
    sizes = {"total": total, "n": grid.n, "rows": grid.rows, "steps": steps, "BLOCK": grid.block, "STAGES": _STAGES}
    with _place_of(next(iter(arrays.values())).device):
        kernel[grid.programs,](**arrays, **strides, **sizes, num_warps=grid.warps, enable_fp_fusion=fused)


def interpreting() -> bool:
    """Whether Triton runs its kernels in Python, which it decides when it is imported."""
    return os.environ.get("TRITON_INTERPRET", "").lower() in ("1", "true", "yes", "on", "y")


@contextmanager
def _place_of(device: torch.device) -> Iterator[None]:
    """Triton launches on the current device; its interpreter computes with NumPy, which speaks of infinities."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            yield
    else:
        with np.errstate(all="ignore"):
            yield
