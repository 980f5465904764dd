"""What a task takes at the least: its matrix products in PyTorch, or a copy of the bytes that it must move."""

import torch
from serve import Task, Work, serve
from torch import Tensor


def products(task: Task) -> Work:
    """Every product of a training step with dense matrices, forward and backward, without anything between them.

    The input needs no gradient; what comes back through the recurrent matrices is one product per step and direction,
    and the gradients of all weights are one product each.
    """
    steps, batch = int(task["steps"]), int(task["batch"])
    draw = torch.Generator().manual_seed(1)
    rows = steps * batch
    weights = {name: torch.from_numpy(task.arrays[name]) for name in task.arrays if name[0] in "wr"}
    inner = sorted(name for name in weights if name[0] == "w")
    before = {name: torch.rand(rows, weights[name].shape[0], generator=draw) for name in inner}
    after = {name: torch.rand(rows, weights[name].shape[1], generator=draw) for name in inner}
    out = {name: torch.empty_like(values) for name, values in (before | after).items()}
    back = {name: torch.empty_like(values) for name, values in before.items()}
    changes = {name: torch.empty_like(values) for name, values in weights.items()}

    def once() -> None:
        for number, name in enumerate(inner):
            torch.mm(before[name], weights[name], out=after[name])  # forward
            torch.mm(before[name].T, after[name], out=changes[name])  # the weights' gradient
            if number:
                torch.mm(after[name], weights[name].T, out=back[name])  # back to the layer before
            if (feedback := name.replace("w", "r")) in weights:
                loop(feedback, after[name], out[name])

    def loop(name: str, spikes: Tensor, room: Tensor) -> None:
        for matrix in (weights[name], weights[name].T):  # forward, backward
            for source, target in zip(spikes.split(batch), room.split(batch), strict=True):
                torch.mm(source, matrix, out=target)
        torch.mm(spikes.T, room, out=changes[name])

    return Work("matrix products only", {"training step": once})


def copy(task: Task) -> Work:
    """A copy of the input into memory that is there already."""
    source = torch.from_numpy(task.arrays["x"])
    target = torch.zeros_like(source)
    return Work("copy", {"forward": lambda: target.copy_(source) is None})


if __name__ == "__main__":
    serve(lambda task: copy(task) if task.name == "lif" else products(task), ("torch",))
