"""Fused time loops with gradients on an NVIDIA GPU, against the bytes that must move and plain PyTorch.

    python benchmarks/gpu_dynamics.py --out gpu_dynamics.json

Forward and backward of one layer. All ways of doing it take turns in one process, on the same tensors; times are those
of the GPU's own clock between two events. Every way is first compared with the plain loop: how many of its spikes
differ, and how far its gradients are off. `README.md` beside this file says what is measured.
"""

import argparse
import json
import math
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from picojoule.core.files import write_atomically
from picojoule.neurons.lif import LIF
from picojoule.neurons.reset import HardReset
from picojoule.simulate.scan.memory import Checkpoints
from picojoule.simulate.scan.scan import scan
from picojoule.simulate.scan.triton_loop import TritonLoop

BYTES = 24  # float32 per neuron and step: x and output; a stored number, twice; x's gradient and the output's
TAU = 20.0  # ms
SCALE = math.pi / 2 * 2.0  # of the arc tangent with slope 2

Layer = Callable[[Tensor, Tensor], Tensor]
Record = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """A layer and what it is given."""

    name: str
    steps: int
    batch: int
    neurons: int
    recurrent: bool = False

    def tensors(self, device: str, *, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Input, and the matrix (of one number, for a layer without)."""
        generator = torch.Generator(device).manual_seed(seed)
        shape = self.steps, self.batch, self.neurons
        x = torch.rand(shape, generator=generator, device=device).mul_(3.0).requires_grad_()
        size = self.neurons if self.recurrent else 1
        weight = torch.randn(size, size, generator=generator, device=device)
        # multiples of 1/64: their sums are exact, so that spikes do not depend on the order of adding
        return x, weight.mul_(64.0 / math.sqrt(size)).round_().div_(64.0).requires_grad_()


TASKS = (
    Task("LIF", 500, 16, 16_000),
    Task("recurrent LIF, matrix on the chip", 250, 64, 128, recurrent=True),
    Task("recurrent LIF, matrix in memory", 250, 64, 512, recurrent=True),
)


class Spike(torch.autograd.Function):
    """A step, with the arc tangent's derivative backward."""

    @staticmethod
    def forward(ctx: FunctionCtx, excess: Tensor) -> Tensor:
        """1 where `excess >= 0`."""
        ctx.save_for_backward(excess)
        return (excess >= 0).to(excess.dtype)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> Tensor:
        """The arc tangent's derivative."""
        (excess,) = ctx.saved_tensors
        scaled = excess * SCALE
        return grad / (1.0 + scaled * scaled)


def plain_loop(x: Tensor, weight: Tensor) -> Tensor:
    """The same equations in PyTorch, without anything that they do not need."""
    decay = math.exp(-1.0 / TAU)
    v = torch.zeros_like(x[0])
    spike = torch.zeros_like(v)
    out = []
    for frame in x.unbind(0):
        current = frame + spike @ weight if weight.numel() > 1 else frame
        v = current + (v - current) * decay
        spike = Spike.apply(v - 1.0)
        v = torch.where(spike > 0, 0.0, v)
        out.append(spike)
    return torch.stack(out)


def fused(loop: TritonLoop) -> Layer:
    """The loop of picojoule."""

    def layer(x: Tensor, weight: Tensor) -> Tensor:
        lif = LIF(tau=TAU, reset=HardReset(), gain=None)
        return scan(lif, x, weight=weight if weight.numel() > 1 else None, loop=loop).output

    return layer


def recorded(x: Tensor, weight: Tensor) -> Layer:
    """The plain loop as CUDA graphs, forward and backward."""
    example = tuple(value.detach().clone().requires_grad_() for value in (x, weight))
    layer: Any = torch.cuda.make_graphed_callables(plain_loop, example, allow_unused_input=True)
    return layer


def layers(x: Tensor, weight: Tensor) -> dict[str, Layer]:
    """All ways of doing it."""
    return {
        "plain loop": plain_loop,
        "plain loop, CUDA graph": recorded(x, weight),
        "picojoule": fused(TritonLoop()),
        "picojoule, Checkpoints()": fused(TritonLoop(memory=Checkpoints())),
    }


def passes(layer: Layer, x: Tensor, weight: Tensor, given: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Spikes, and the gradients of what has one."""
    output = layer(x, weight)
    wanted = [x, weight] if weight.numel() > 1 else [x]
    return output.detach(), list(torch.autograd.grad(output, wanted, given))


def compared(layer: Layer, x: Tensor, weight: Tensor, given: Tensor) -> Record:
    """How a way differs from the plain loop."""
    (spikes, gradients), (expected, wanted) = (passes(way, x, weight, given) for way in (layer, plain_loop))
    norm = torch.linalg.vector_norm
    return {
        "rate": float(spikes.mean()),
        "spikes different": int((spikes != expected).sum()),
        "gradients off": max(float(norm(a - b) / norm(b)) for a, b in zip(gradients, wanted, strict=True)),
    }


def milliseconds(work: Callable[[], object]) -> float:
    """How long the GPU takes."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    begin.record()
    result = work()
    end.record()
    torch.cuda.synchronize()
    del result
    return float(begin.elapsed_time(end))


def bandwidth(repetitions: int) -> float:
    """Bytes per second, read and written, of a copy of 1 GB."""
    source = torch.rand(1 << 28, device="cuda")
    target = torch.empty_like(source)
    times = [milliseconds(lambda: target.copy_(source)) for _ in range(repetitions + 1)][1:]
    return 2.0 * source.numel() * source.element_size() / (min(times) / 1e3)


def measured(task: Task, repetitions: int, speed: float) -> list[Record]:
    """Every way, in turns."""
    x, weight = task.tensors("cuda")
    given = torch.rand_like(x)
    ways = layers(x, weight)
    rows: dict[str, Record] = {name: {"way": name, **compared(way, x, weight, given)} for name, way in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repetitions):
        for name, way in ways.items():
            torch.cuda.reset_peak_memory_stats()
            held = torch.cuda.memory_allocated()
            times[name].append(milliseconds(lambda way=way: passes(way, x, weight, given)))
            rows[name]["peak MB"] = (torch.cuda.max_memory_allocated() - held) / 1e6
    floor = BYTES * x.numel() / speed * 1e3
    for name, row in rows.items():
        row |= {"task": task.name, "ms": times[name], "floor ms": floor}
    return list(rows.values())


def table(rows: list[Record]) -> str:
    """The figures as Markdown."""
    head = "| task | way | median ms | least ms | floor / median | peak MB | spikes different | gradients off |"
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        median = statistics.median(row["ms"])
        share, different = row["floor ms"] / median, row["spikes different"]
        lines.append(
            f"| {row['task']} | {row['way']} | {median:.2f} | {min(row['ms']):.2f} | {share:.0%} "
            f"| {row['peak MB']:.0f} | {different} | {row['gradients off']:.1e} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table, and write every repetition."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("gpu_dynamics.json"))
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit(
            "gpu_dynamics.py needs an NVIDIA GPU and a build of PyTorch that can use it; torch.cuda sees none here. "
            "On a CPU, benchmarks/dynamics.py asks the same question."
        )
    speed = bandwidth(options.repetitions)
    rows = [row for task in TASKS for row in measured(task, options.repetitions, speed)]
    import triton

    place = {"gpu": torch.cuda.get_device_name(), "torch": torch.__version__, "triton": triton.__version__}
    write_atomically(options.out, json.dumps({**place, "bytes per second": speed, "rows": rows}, indent=1).encode())
    print(f"{place['gpu']}, torch {place['torch']}, triton {place['triton']}; copy {speed / 1e9:.0f} GB/s\n")
    print(table(rows))


if __name__ == "__main__":
    main()
