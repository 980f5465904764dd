"""Launches of Triton kernels on the arrays of one job."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from picojoule.compile.loop_form import STEP, STEP_EACH
from picojoule.compile.triton_recurrent import triton_recurrent_source
from picojoule.compile.triton_scan import triton_scan_source
from picojoule.core.errors import EngineError
from picojoule.simulate.scan.kernels import Emitter
from picojoule.simulate.scan.run import Adjoints, Carried, Run
from picojoule.simulate.scan.triton_launch import Grid, launch
from picojoule.simulate.scan.triton_steps import StepLaunches

_THREADS = 128  # of a program
_MANY = 1 << 17  # neurons × samples: from here on a thread takes several, so that it reads and writes whole vectors
_VECTOR = 4
_ON_CHIP = 1 << 16  # bytes: a recurrent matrix up to this size stays in the registers of a program
_NARROWEST = 16  # columns of a matrix there
_REGISTERS = 1 << 13  # bytes of the matrix that the registers of a warp take
_LARGEST = (1 << 31) - 1024  # neurons × samples, counted by the kernels in 32 bits


@dataclass(eq=False)
class TritonRun(Run):
    """A run on a GPU, or in Triton's interpreter."""

    @property
    def emitter(self) -> Emitter:
        """With the matrix in the kernel where it fits on the chip."""
        return triton_recurrent_source if self._on_chip else triton_scan_source

    def empty(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """Memory that torch keeps for this."""
        return torch.empty(shape, dtype=dtype, device=self.job.inputs[0].device)

    def forward(self, begin: int, end: int, carried: Carried, kept: list[Tensor], stored: list[Tensor]) -> None:
        """Steps `begin` to `end`."""
        facts = self.module.FACTS
        arrays = {
            **self._given(begin, end, [f"x_{port}" for port in facts["ports"]]),
            **_named("s_", facts["state"], carried.state),
            **_named("o_", range(len(kept)), kept),
            **_named("k_", facts["saved"], stored),
        }
        self._launch("forward", arrays, self._weight, carried.spikes, end - begin)

    def backward(self, begin: int, end: int, stored: list[Tensor], kept: list[Tensor], out: Adjoints) -> None:
        """Steps `end` back to `begin`."""
        facts, surrogate, like = self.module.FACTS, self.job.neuron.surrogate, self.job.inputs[0]
        arrays = {
            **self._given(begin, end, facts["inputs_read"]),
            **{f"p_{name}": like.new_full((1,), getattr(surrogate, name)) for name in facts["numbers"]},
            **_named("k_", facts["saved"], stored),
            **_named("g_", range(len(kept)), [value[begin:end] for value in kept]),
            **{f"d_{k}": v[begin:end] if v.dim() == 3 else v for k, v in out.arguments.items()},
        }
        self._launch("backward", arrays, self._transposed, out.spikes, end - begin)

    def weight_gradient(self, before: Tensor, awake: Tensor, spikes: Tensor, currents: Tensor, out: Tensor) -> None:
        """Add a stretch's part of the gradient of the recurrent matrix: one product over all steps and samples."""
        previous = torch.cat([before[None], spikes[:-1].to(currents.dtype)])
        if self.job.mask is not None:
            steps = torch.arange(len(currents), device=awake.device)[:, None]
            previous = torch.where((steps <= awake)[:, :, None], before, previous)
        out.addmm_(previous.flatten(0, 1).t(), currents.flatten(0, 1))

    def _launch(self, name: str, arrays: dict[str, Tensor], matrix: Tensor | None, z: Tensor, steps: int) -> None:
        """Launch a kernel for all steps, or one for each step where the matrix does not fit on the chip."""
        given = arrays if matrix is None else {**arrays, "z": z, "weight": matrix}
        if matrix is None or self._on_chip:
            launch(getattr(self.module, name), self._grid, given, steps, fused=name == "backward")
        else:
            getattr(StepLaunches(self.module, self._grid, self._timed(arrays), steps), name)(given)

    def _given(self, begin: int, end: int, reads: Iterable[str]) -> dict[str, Tensor]:
        """Inputs, coefficients and the mask of some steps."""
        facts = self.module.FACTS
        inputs = _named("x_", facts["ports"], self.inputs)
        found = {k: inputs[k] if len(inputs[k]) == 1 else inputs[k][begin:end] for k in reads}
        for name, value in _named("c_", facts["coefficients"], self.coefficients).items():
            found[name] = value[begin:end] if name in self._varying else value
        if self.job.mask is not None:
            found["mask"] = self.job.mask[begin:end].contiguous().view(torch.uint8)
        return found

    @cached_property
    def _varying(self) -> set[str]:
        """The coefficients that change from step to step."""
        pairs = zip(self.module.FACTS["coefficients"], self.kinds, strict=True)
        return {f"c_{name}" for name, kind in pairs if kind in (STEP, STEP_EACH)}

    def _timed(self, arrays: dict[str, Tensor]) -> frozenset[str]:
        """The arrays that have a part for each step."""
        return frozenset(k for k, v in arrays.items() if k in self._varying or k == "mask" or v.dim() == 3)

    @cached_property
    def _weight(self) -> Tensor | None:
        return None if self.job.weight is None else self.job.weight.detach().contiguous()

    @cached_property
    def _transposed(self) -> Tensor | None:
        return None if self.job.weight is None else self.job.weight.detach().t().contiguous()

    @property
    def _columns(self) -> int:
        """Of the recurrent matrix in a kernel: a power of two."""
        return max(_NARROWEST, 1 << (self.layout.n - 1).bit_length())

    @property
    def _matrix_bytes(self) -> int:
        return self._columns**2 * self.job.inputs[0].element_size()

    @property
    def _on_chip(self) -> bool:
        return self.job.weight is not None and self._matrix_bytes <= _ON_CHIP

    @cached_property
    def _grid(self) -> Grid:
        rows, n = self.layout.rows, self.layout.n
        if rows * n > _LARGEST:
            raise EngineError(
                f"TritonLoop takes at most {_LARGEST:,} neurons × samples, got {rows * n:,}; split the batch"
            )
        if self._on_chip:
            return Grid(rows, self._columns, max(1, self._matrix_bytes // _REGISTERS), rows, n)
        block = _THREADS * (_VECTOR if rows * n >= _MANY else 1)
        return Grid(-(-rows * n // block), block, _THREADS // 32, rows, n)


def _named(prefix: str, names: Iterable[object], values: list[Tensor]) -> dict[str, Tensor]:
    return dict(zip((f"{prefix}{name}" for name in names), values, strict=True))
