"""Calls of compiled CPU kernels on the arrays of one job."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from picojoule.compile.loop_form import STEP, STEP_EACH
from picojoule.compile.numba_recurrent import recurrent_source
from picojoule.compile.numba_scan import scan_source
from picojoule.simulate.scan.buffers import BUFFERS
from picojoule.simulate.scan.kernels import Emitter
from picojoule.simulate.scan.run import Adjoints, Carried, Run
from picojoule.simulate.threads import parallel

_WIDTH = 1024  # neurons of a block: its state and rows stay in the first-level cache
_NARROWEST = 64
_GROUP = 16  # samples that go back through time together, in recurrent loops
_LONGEST = 1 << 27  # neuron steps of one kernel call, so that a program can be interrupted
_GRAIN = 1 << 15  # neuron steps that are worth a thread


@dataclass(eq=False)
class NumbaRun(Run):
    """A run on the CPU.

    Args:
        job: what to run.
        storing: whether the forward kernel stores what the backward kernel needs, and there is a backward kernel.
        threads: how many; `None`: as many as torch uses.
    """

    threads: int | None = None

    @cached_property
    def _weight(self) -> Tensor | None:
        return None if self.job.weight is None else self.job.weight.detach().contiguous().view(-1)

    @cached_property
    def _transposed(self) -> Tensor | None:
        return None if self.job.weight is None else self.job.weight.detach().t().contiguous().view(-1)

    @property
    def emitter(self) -> Emitter:
        """With a matrix or without."""
        return scan_source if self.job.weight is None else recurrent_source

    def empty(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """Memory that was used before, if there is some."""
        return BUFFERS.empty(shape, dtype)

    def forward(self, begin: int, end: int, carried: Carried, kept: list[Tensor], stored: list[Tensor]) -> None:
        """Steps `begin` to `end`."""
        for first, last in self._spans(begin, end):
            inside = slice(first - begin, last - begin)
            arrays = [
                *(_cut(value, first, last) for value in self.inputs),
                *self._constants(first, last),
                *(value.numpy() for value in carried.state),
                *(value[inside].numpy() for value in (*kept, *stored)),
            ]
            self._forward(last - first, carried, arrays)

    def _forward(self, steps: int, carried: Carried, arrays: list[Any]) -> None:
        if self._weight is None:
            width, blocks, grain = self._blocks(steps)
            parallel(lambda a, b: self.module.forward(a, b, width, steps, *arrays), blocks, self.threads, grain=grain)
            return
        weight, z = self._weight.numpy(), carried.spikes.numpy()
        groups, grain = self._groups(steps)
        space = [carried.spikes.new_empty(groups, self.layout.n).numpy(), self._numbers(groups)]
        parallel(
            lambda a, b: self.module.forward(a, b, _GROUP, steps, weight, z, *space, *arrays),
            groups, self.threads, grain=grain,
        )  # fmt: skip

    def backward(self, begin: int, end: int, stored: list[Tensor], kept: list[Tensor], out: Adjoints) -> None:
        """Steps `end` back to `begin`."""
        reads = self.module.FACTS["inputs_read"]
        ports = [f"x_{port}" for port in self.module.FACTS["ports"]]
        numbers = [getattr(self.job.neuron.surrogate, name) for name in self.module.FACTS["numbers"]]
        for first, last in reversed(list(self._spans(begin, end))):
            inside = slice(first - begin, last - begin)
            arrays = [
                *(_cut(self.inputs[ports.index(name)], first, last) for name in reads),
                *self._constants(first, last, [self.inputs[0].new_full((1,), x) for x in numbers]),
                *(value[inside].numpy() for value in stored),
                *(value[first:last].numpy() for value in kept),
                *(_gradient(value, first, last) for value in out.arguments.values()),
            ]
            self._backward(last - first, out, arrays)

    def _backward(self, steps: int, out: Adjoints, arrays: list[Any]) -> None:
        if self._transposed is None:
            width, blocks, grain = self._blocks(steps)
            parallel(lambda a, b: self.module.backward(a, b, width, steps, *arrays), blocks, self.threads, grain=grain)
            return
        transposed, z = self._transposed.numpy(), out.spikes.numpy()
        groups, grain = self._groups(steps)
        parallel(
            lambda a, b: self.module.backward(a, b, _GROUP, steps, transposed, z, *arrays),
            groups, self.threads, grain=grain,
        )  # fmt: skip

    def weight_gradient(self, before: Tensor, awake: Tensor, spikes: Tensor, currents: Tensor, out: Tensor) -> None:
        """Add a stretch's part of the gradient of the recurrent matrix to `out`, split by columns among threads."""
        from picojoule.compile.recurrent_kernels import stretch_of, weight_gradient

        stretches = -(-self.layout.n // stretch_of(out.element_size()))
        arrays = [*(value.numpy() for value in (before, awake, spikes, currents)), self._numbers(stretches)]
        arrays.append(out.view(-1).numpy())
        parallel(lambda a, b: weight_gradient(a, b, *arrays), stretches, self.threads)

    def _numbers(self, parts: int) -> Any:  # noqa: ANN401  # a NumPy array
        """Room for the numbers of neurons that spiked, for each part of the work."""
        return np.empty((parts, self.layout.n + 1), dtype=np.int32)

    def _constants(self, first: int, last: int, numbers: list[Tensor] | None = None) -> list[Any]:
        """Coefficients, numbers of the surrogate, and the mask."""
        pairs = zip(self.coefficients, self.kinds, strict=True)
        found = [(value[first:last] if kind in (STEP, STEP_EACH) else value).numpy() for value, kind in pairs]
        found += [value.numpy() for value in numbers or []]
        return found if self.job.mask is None else [*found, self.job.mask[first:last].contiguous().numpy()]

    def _spans(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """Stretches short enough to be interrupted between."""
        longest = max(1, _LONGEST // max(1, self.layout.rows * self.layout.n))
        for first in range(begin, end, longest):
            yield first, min(first + longest, end)

    def _blocks(self, steps: int) -> tuple[int, int, int]:
        """Neurons of a block, how many blocks there are, and how many are worth a thread."""
        rows, n = self.layout.rows, self.layout.n
        share = -(-rows * n // ((self.threads or torch.get_num_threads()) * _NARROWEST)) * _NARROWEST
        width = max(_NARROWEST, min(_WIDTH, share))
        return width, rows * -(-n // width), max(1, _GRAIN // (max(1, steps) * width))

    def _groups(self, steps: int) -> tuple[int, int]:
        """How many groups of samples there are, and how many are worth a thread."""
        return -(-self.layout.rows // _GROUP), max(1, _GRAIN // max(1, steps * self.layout.n * _GROUP))


def _cut(value: Tensor, first: int, last: int) -> Any:  # noqa: ANN401  # a NumPy array
    """Steps of `[T, …]`, or the one step of what does not change."""
    return (value if value.shape[0] == 1 else value[first:last]).numpy()


def _gradient(value: Tensor, first: int, last: int) -> Any:  # noqa: ANN401
    """The part of a gradient that belongs to steps, or all of one that is carried or added up."""
    return (value[first:last] if value.dim() == 3 else value).numpy()
