"""A training step in PyTorch, the same for every library that builds on it."""

from collections.abc import Callable
from typing import Protocol

import torch
import torch._dynamo  # an optimizer imports it in its first step; so it counts as imported for all
from serve import Record, Task, Work
from torch import Tensor
from torch.nn.functional import cross_entropy

Watched = list[Tensor]


class Network(Protocol):
    """Logits `[B, classes]` of spikes `[T, B, ...]`; the layers' spikes are appended to `watched`."""

    def __call__(self, x: Tensor, watched: Watched | None = None) -> Tensor:
        """Run the network."""


def inputs(task: Task) -> Tensor:
    """The input as floating-point numbers, `[T, B, ...]`."""
    return torch.from_numpy(task.arrays["x"]).float()


def parameter(task: Task, name: str, gain: float = 1.0) -> torch.nn.Parameter:
    """A weight of the task, multiplied for a library whose neuron weighs its input otherwise."""
    return scaled(torch.from_numpy(task.arrays[name]).clone(), gain)


def scaled(weight: Tensor, gain: float) -> torch.nn.Parameter:
    """A parameter that remembers its factor, so that its gradient can be compared with that of others."""
    made = torch.nn.Parameter(weight * gain)
    made.gain = gain
    return made


def linear(task: Task, name: str, gain: float = 1.0) -> torch.nn.Linear:
    """A weight of the task as PyTorch's layer without bias."""
    weight = torch.from_numpy(task.arrays[name])
    layer = torch.nn.Linear(*weight.shape, bias=False)
    layer.weight = scaled(weight.T.contiguous(), gain)
    return layer


def convolution(task: Task, name: str, gain: float = 1.0) -> torch.nn.Conv2d:
    """Kernels of the task as PyTorch's layer without bias."""
    weight = parameter(task, name, gain)
    out, channels, height, width = weight.shape
    layer = torch.nn.Conv2d(channels, out, (height, width), bias=False)
    layer.weight = weight
    return layer


def training(
    task: Task, network: Network, parameters: list[torch.nn.Parameter], neuron: str, between: Callable[[], None]
) -> Work:
    """Forward, cross entropy, backward and Adam.

    Args:
        task: where input and labels come from.
        network: what is trained.
        parameters: all that is trained of it.
        neuron: what the table says about the model.
        between: called before each step: a library that hides its state resets it there.
    """
    x, labels = inputs(task), torch.from_numpy(task.arrays["labels"])
    optimizer = torch.optim.Adam(parameters, lr=1e-7)  # so small that all repetitions do the same work

    def step() -> float:
        between()
        optimizer.zero_grad()
        loss = cross_entropy(network(x), labels)
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    def watch() -> Record:
        between()
        optimizer.zero_grad()
        watched: Watched = []
        loss = cross_entropy(network(x, watched), labels)
        loss.backward()
        norms = torch.stack([torch.zeros(()) if p.grad is None else p.grad.norm() * p.gain for p in parameters])
        rates = [float(spikes.detach().float().mean()) for spikes in watched]
        return {"rates": rates, "gradient_norm": float(norms.norm()), "loss": float(loss.detach())}

    return Work(neuron, {"training step": step}, watch)


def no_training(task: Task, layer: Callable[[Tensor], Tensor], neuron: str, gain: float = 1.0) -> Work:
    """A layer of neurons alone: forward, and forward with backward from a gradient as large as the output."""
    x = inputs(task).mul_(gain)

    def forward() -> Tensor:
        with torch.no_grad():
            return layer(x)

    def both() -> tuple[Tensor, Tensor]:
        spikes = layer(x.requires_grad_())
        (gradient,) = torch.autograd.grad(spikes, x, x.detach())  # the input itself serves as the gradient
        return spikes, gradient

    def watch() -> Record:
        spikes, gradient = both()
        return {"rates": [float(spikes.detach().mean())], "gradient_norm": float(gradient.norm())}

    return Work(neuron, {"forward": forward, "forward and backward": both}, watch)
