"""Compiles the kernels of a few loops for a GPU, whether there is one or not, and prints what their code contains.

The loops run "dry": the kernels are compiled where they would be launched, for the arguments that they would get.
Run as a script, without Triton's interpreter.
"""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from picojoule.neurons.ad_ex import AdEx
from picojoule.neurons.base import Neuron
from picojoule.simulate.scan import triton_launch, triton_run, triton_steps
from picojoule.simulate.scan.gradients import run_with_gradients
from picojoule.simulate.scan.job import Job, Loop, Outcome
from picojoule.simulate.scan.memory import StoreAll
from picojoule.simulate.scan.scan import scan
from picojoule.simulate.scan.stretches import StretchKernels
from tests.held import LIF

SEEN: dict[str, Any] = {}


class Dry:
    """A kernel that is compiled and not launched."""

    def __init__(self, kernel: Any, where: str) -> None:
        self.kernel, self.where = kernel, where

    def __getitem__(self, grid: Any) -> Any:
        return lambda **given: self.compiled(self.kernel.run(grid=grid, warmup=True, **given))

    def compiled(self, found: Any) -> None:
        text = found.asm["ptx"]
        words = {word: word in text for word in ("fma.rn", "div.full", ".approx", "cp.async", ".v4.")}
        SEEN[f"{self.where} {found.metadata.name}"] = words


class DryLoop(Loop):
    """The Triton loop on tensors whose content does not matter."""

    def run(self, job: Job) -> Outcome:
        return run_with_gradients(StretchKernels(triton_run.TritonRun, StoreAll()), job)


def compile_dry(where: str, neuron: Neuron[Any, Any, Any], x: Tensor, weight: Tensor | None = None) -> None:
    """The forward kernel of one loop with a mask and a kept state; the backward kernel, too, if `x` has a gradient."""

    def launch(kernel: Any, *args: Any, **options: Any) -> None:
        triton_launch.launch(Dry(kernel, where), *args, **options)

    mask = torch.ones(x.shape[:2], dtype=torch.bool)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(triton_run, "launch", launch)
        patch.setattr(triton_steps, "launch", launch)
        result = scan(neuron, x, weight=weight, mask=mask, keep=["v"], loop=DryLoop())
        if x.requires_grad:
            torch.autograd.grad(result.output.sum() + result.kept["v"].sum(), x)


def main() -> None:
    """Print, for each kernel, which of some words its code contains."""
    from triton.backends.compiler import GPUTarget
    from triton.runtime import driver

    driver.set_active(
        SimpleNamespace(
            get_current_device=lambda: 0,
            get_current_stream=lambda _=None: 0,
            get_current_target=lambda: GPUTarget("cuda", 90, 32),
        )
    )
    small, large = (torch.rand(3, 2, n, requires_grad=True) for n in (5, 130))
    compile_dry("LIF", LIF(tau=torch.full((5,), 9.0, requires_grad=True)), small)
    compile_dry("LIF float64", LIF(), small.detach().double())
    compile_dry("wide LIF", LIF(), torch.rand(2, 1, 1 << 17))
    compile_dry("AdEx", AdEx(), small.detach())
    compile_dry("recurrent LIF", LIF(), small, torch.rand(5, 5, requires_grad=True))
    compile_dry("large recurrent LIF", LIF(), large, torch.rand(130, 130, requires_grad=True))
    print(json.dumps(SEEN))


if __name__ == "__main__":
    main()
