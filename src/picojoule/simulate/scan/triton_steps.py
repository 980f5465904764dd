"""Recurrent loops with a matrix too large for the chip: torch's product and a small kernel, in turn for each step."""

from dataclasses import dataclass
from types import ModuleType

import torch
from torch import Tensor

from picojoule.simulate.scan.graphed import graphed
from picojoule.simulate.scan.triton_launch import Grid, launch

Arrays = dict[str, Tensor]


@dataclass(frozen=True)
class StepLaunches:
    """Kernels that are launched once for each step.

    Args:
        module: the kernels.
        grid: how a step is split.
        timed: names of the arrays that have a part for each step.
        steps: how many steps.
    """

    module: ModuleType
    grid: Grid
    timed: frozenset[str]
    steps: int

    def forward(self, arrays: Arrays) -> None:
        """Go through all steps; the arrays are the kernel's arguments by name, and `weight`."""
        results = [k for k in arrays if k.startswith(("o_", "k_"))]
        carried = ["z", *(k for k in arrays if k.startswith("s_"))]
        self._graphed("forward", arrays, results, carried)

    def backward(self, arrays: Arrays) -> None:
        """Go back through all steps; `weight` is transposed here."""
        gradients = {k for k in arrays if k.startswith("d_")}
        results = sorted(gradients & self.timed)
        self._graphed("backward", arrays, results, ["z", *sorted(gradients - self.timed)])

    def _graphed(self, name: str, arrays: Arrays, results: list[str], carried: list[str]) -> None:
        key = self.module.__name__, name, self.grid, self.timed, self.steps
        body = self._forward if name == "forward" else self._backward
        read = [k for k in arrays if k not in results]
        graphed(key, body, arrays, read=read, written=[*results, *carried])

    def _forward(self, arrays: Arrays) -> None:
        arriving = torch.empty_like(arrays["z"])
        for t in range(self.steps):
            torch.mm(arrays["z"], arrays["weight"], out=arriving)
            launch(self.module.forward, self.grid, {**self._step(arrays, t), "arriving": arriving}, 1)

    def _backward(self, arrays: Arrays) -> None:
        first = next(name for name in arrays if name.startswith("d_x_"))
        sent, z = torch.empty_like(arrays["z"]), arrays["z"]
        for t in reversed(range(self.steps)):
            step = self._step(arrays, t)
            launch(self.module.backward, self.grid, step, 1, fused=True)
            torch.mm(step[first][0], arrays["weight"], out=sent)
            if "mask" in arrays:  # of a sample that stands still, the gradient of its spikes waits where it is
                torch.where(step["mask"][0, :, None] != 0, sent, z, out=z)
            else:
                z.copy_(sent)

    def _step(self, arrays: Arrays, t: int) -> Arrays:
        """What a kernel takes of one step; of what does not change, there is one step."""
        return {k: v[min(t, len(v) - 1), None] if k in self.timed else v for k, v in arrays.items() if k != "weight"}
