"""Calls of compiled CPU kernels on the arrays of one job."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from picojoule.compile.loop_form import STEP, STEP_EACH
from picojoule.compile.numba_recurrent import recurrent_source
from picojoule.compile.numba_scan import scan_source
from picojoule.simulate.scan.job import Job
from picojoule.simulate.scan.kernels import kernels_of
from picojoule.simulate.scan.layout import form_of, kinds_of, layout_of
from picojoule.simulate.threads import parallel

_WIDTH = 1024  # neurons of a block: its state and rows stay in the first-level cache
_NARROWEST = 64
_GROUP = 16  # samples that go back through time together, in recurrent loops
_LONGEST = 1 << 27  # neuron steps of one kernel call, so that a program can be interrupted
_GRAIN = 1 << 15  # neuron steps that are worth a thread


def module_of(job: Job, *, backward: bool) -> ModuleType:
    """The kernels of a job."""
    emit = scan_source if job.weight is None else recurrent_source
    return kernels_of(job.neuron, form_of(job, backward=backward), emit)


class NumbaRun:
    """A job's arrays, and the kernel calls on stretches of its steps.

    Args:
        job: what to run.
        threads: how many; `None`: as many as torch uses.
    """

    def __init__(self, job: Job, threads: int | None) -> None:
        self.job, self.layout, self._threads = job, layout_of(job), threads
        self.kinds = kinds_of(job)
        self._inputs = [self.layout.sequence(value) for value in job.inputs]
        pairs = zip(job.coefficients, self.kinds, strict=True)
        self._coefficients = [self.layout.coefficient(value, kind) for value, kind in pairs]
        self._weight = None if job.weight is None else job.weight.detach().contiguous()
        self._transposed = None if job.weight is None else job.weight.detach().t().contiguous()

    def forward(
        self, module: ModuleType, begin: int, end: int, carried: "Carried", kept: list[Tensor], stored: list[Tensor]
    ) -> None:
        """Steps `begin` to `end`.

        Args:
            module: the kernels.
            begin: first step.
            end: end of the steps.
            carried: state and spikes before the stretch; afterwards those behind it.
            kept: `[end - begin, rows, n]` each, to be filled.
            stored: likewise.
        """
        for first, last in self._spans(begin, end):
            inside = slice(first - begin, last - begin)
            arrays = [
                *(_cut(value, first, last) for value in self._inputs),
                *self._constants(first, last),
                *(value.numpy() for value in carried.state),
                *(value[inside].numpy() for value in (*kept, *stored)),
            ]
            self._forward(module, last - first, carried, arrays)

    def _forward(self, module: ModuleType, steps: int, carried: "Carried", arrays: list[Any]) -> None:
        if self._weight is None:
            width, blocks, grain = self._blocks(steps)
            parallel(lambda a, b: module.forward(a, b, width, steps, *arrays), blocks, self._threads, grain=grain)
            return
        rows, n = self.layout.rows, self.layout.n
        weight, z = self._weight.numpy(), carried.spikes.numpy()
        places = torch.empty((rows, n + 1), dtype=torch.int32).numpy()
        parallel(
            lambda a, b: module.forward(a, b, steps, weight, z, places, *arrays),
            rows, self._threads, grain=max(1, _GRAIN // (steps * n)),
        )  # fmt: skip

    def backward(
        self, module: ModuleType, begin: int, end: int, stored: list[Tensor], kept: list[Tensor], out: "Adjoints"
    ) -> None:
        """Steps `end` back to `begin`.

        Args:
            module: the kernels.
            begin: first step.
            end: end of the steps.
            stored: `[end - begin, rows, n]` each, what forward stored of them.
            kept: `[T, rows, n]` each, gradients of what was kept.
            out: gradients of state and spikes behind the stretch, afterwards before it; the others are filled.
        """
        reads = module.FACTS["inputs_read"]
        ports = [f"x_{port}" for port in module.FACTS["ports"]]
        numbers = [getattr(self.job.neuron.surrogate, name) for name in module.FACTS["numbers"]]
        for first, last in reversed(list(self._spans(begin, end))):
            inside = slice(first - begin, last - begin)
            arrays = [
                *(_cut(self._inputs[ports.index(name)], first, last) for name in reads),
                *self._constants(first, last, [torch.full((1,), x, dtype=out.dtype) for x in numbers]),
                *(value[inside].numpy() for value in stored),
                *(value[first:last].numpy() for value in kept),
                *(_gradient(name, value, first, last) for name, value in out.arguments.items()),
            ]
            self._backward(module, last - first, out, arrays)

    def _backward(self, module: ModuleType, steps: int, out: "Adjoints", arrays: list[Any]) -> None:
        if self._transposed is None:
            width, blocks, grain = self._blocks(steps)
            parallel(lambda a, b: module.backward(a, b, width, steps, *arrays), blocks, self._threads, grain=grain)
            return
        rows, n = self.layout.rows, self.layout.n
        transposed, z = self._transposed.numpy(), out.spikes.numpy()
        parallel(
            lambda a, b: module.backward(a, b, _GROUP, steps, transposed, z, *arrays),
            -(-rows // _GROUP), self._threads, grain=max(1, _GRAIN // (steps * n * _GROUP)),
        )  # fmt: skip

    def weight_gradient(self, before: Tensor, spikes: Tensor, currents: Tensor, out: Tensor) -> None:
        """Add a stretch's part of the gradient of the recurrent matrix to `out`, split by columns among threads."""
        from picojoule.compile.recurrent_kernels import weight_gradient

        arrays = [value.numpy() for value in (before, spikes, currents, out)]
        work = currents.shape[0] * currents.shape[1]
        parallel(
            lambda a, b: weight_gradient(a, b, *arrays),
            self.layout.n, self._threads, grain=max(32, _GRAIN // max(1, work)),
        )  # fmt: skip

    def _constants(self, first: int, last: int, numbers: list[Tensor] | None = None) -> list[Any]:
        """Coefficients, numbers of the surrogate, and the mask."""
        pairs = zip(self._coefficients, self.kinds, strict=True)
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
        share = -(-rows * n // ((self._threads or torch.get_num_threads()) * _NARROWEST)) * _NARROWEST
        width = max(_NARROWEST, min(_WIDTH, share))
        return width, rows * -(-n // width), max(1, _GRAIN // (max(1, steps) * width))


class Carried:
    """What goes from step to step: state, each `[rows, n]`, and with a matrix the last spikes."""

    def __init__(self, state: list[Tensor], spikes: Tensor) -> None:
        self.state, self.spikes = state, spikes

    def copy(self) -> "Carried":
        """The same values in memory of their own."""
        return Carried([value.clone() for value in self.state], self.spikes.clone())


class Adjoints:
    """The gradients that a backward pass carries and fills, by the names of the arguments that they belong to."""

    def __init__(self, arguments: dict[str, Tensor], spikes: Tensor, dtype: torch.dtype) -> None:
        self.arguments, self.spikes, self.dtype = arguments, spikes, dtype


def _cut(value: Tensor, first: int, last: int) -> Any:  # noqa: ANN401  # a NumPy array
    """Steps of `[T, …]`, or the one step of what does not change."""
    return (value if value.shape[0] == 1 else value[first:last]).numpy()


def _gradient(name: str, value: Tensor, first: int, last: int) -> Any:  # noqa: ANN401
    """The part of a gradient that belongs to steps, or all of one that is carried or added up."""
    return (value[first:last] if value.dim() == 3 else value).numpy()
