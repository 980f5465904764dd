"""Plain PyTorch: a loop over time steps that `unbind` gave, and the same with stretches of it under `torch.compile`.

The dynamics are those of picojoule's neurons, without anything that they do not need. All products with weights that
do not depend on the loop are taken out of it, except in the convolutional network, which is faster step by step.
"""

import os
from collections.abc import Callable

import torch
from serve import Task, Work, serve
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d
from training import Watched, no_training, parameter, training

SCALE = torch.pi / 2 * 2.0  # of the arc tangent with slope 2
STRETCH = int(os.environ.get("STRETCH", "25"))  # time steps in one compiled graph


class Spike(torch.autograd.Function):
    """A step, with the arc tangent's derivative backward."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, excess: Tensor) -> Tensor:
        """1 where `excess >= 0`."""
        ctx.save_for_backward(excess)
        return (excess >= 0).to(excess.dtype)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, grad: Tensor) -> Tensor:
        """The arc tangent's derivative."""
        (excess,) = ctx.saved_tensors
        scaled = excess * SCALE
        return grad / (1.0 + scaled * scaled)


class Neurons:
    """The neurons of a task, over a stretch of time."""

    def __init__(self, task: Task) -> None:
        self.decay, self.keep = (float(torch.exp(torch.tensor(-1.0 / task[name]))) for name in ("tau", "tau_adapt"))
        self.adapt, self.threshold = task["adapt"], task["threshold"]
        self.start = {1: (0.0,), 3: (0.0, task["start"], 0.0)}  # of neurons with so many fields
        compiled = task.variant == "compile"
        self.stretch = STRETCH if compiled else int(task["steps"])

        def maybe(function: Callable[..., object]) -> Callable[..., object]:
            return torch.compile(function, dynamic=False) if compiled else function

        self.alif_steps, self.lif_steps, self.leaky_steps = map(maybe, (self.alif, self.lif, self.leaky))

    def alif(self, currents: tuple[Tensor, ...], weight: Tensor, v: Tensor, b: Tensor, spike: Tensor) -> object:
        """Recurrent neurons whose threshold rises with each spike."""
        spikes = []
        for current in currents:
            b = self.keep * b + (1 - self.keep) * spike
            threshold = self.threshold + self.adapt * b
            v = self.decay * v + (current + spike @ weight) - threshold * spike
            spike = Spike.apply(v - threshold)
            spikes.append(spike)
        return spikes, (v, b, spike)

    def lif(self, currents: tuple[Tensor, ...], v: Tensor) -> object:
        """Neurons with a hard reset."""
        spikes = []
        for current in currents:
            v = self.decay * v + current
            spike = Spike.apply(v - self.threshold)
            v = v * (1 - spike.detach())
            spikes.append(spike)
        return spikes, (v,)

    def leaky(self, currents: tuple[Tensor, ...], v: Tensor) -> object:
        """A readout that only integrates."""
        values = []
        for current in currents:
            v = self.decay * v + current
            values.append(v)
        return values, (v,)

    def over_time(
        self, steps: Callable[..., object], currents: Tensor, fields: int, weights: tuple[Tensor, ...] = ()
    ) -> Tensor:
        """All stretches of a sequence of currents `[T, B, *N]`, from rest."""
        state = tuple(torch.full_like(currents[0], value) for value in self.start[fields])
        out: list[Tensor] = []
        pieces = currents.unbind(0)
        for begin in range(0, len(pieces), self.stretch):
            values, state = steps(pieces[begin : begin + self.stretch], *weights, *state)
            out += values
        return torch.stack(out)


def recurrent(task: Task) -> Work:
    """Two recurrent layers with adaptive thresholds and a leaky readout."""
    neurons = Neurons(task)
    w0, w1, w2, r0, r1 = parameters = [parameter(task, name) for name in ("w0", "w1", "w2", "r0", "r1")]

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        first = neurons.over_time(neurons.alif_steps, x @ w0, 3, (r0,))
        second = neurons.over_time(neurons.alif_steps, first @ w1, 3, (r1,))
        if watched is not None:
            watched += [first, second]
        return neurons.over_time(neurons.leaky_steps, second @ w2, 1).mean(0)

    return training(task, network, parameters, "recurrent ALIF", lambda: None)


def fully_connected(task: Task) -> Work:
    """Two layers of LIF neurons; the output's spikes are counted."""
    neurons = Neurons(task)
    w0, w1 = parameters = [parameter(task, name) for name in ("w0", "w1")]

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        first = neurons.over_time(neurons.lif_steps, x @ w0, 1)
        second = neurons.over_time(neurons.lif_steps, first @ w1, 1)
        if watched is not None:
            watched += [first, second]
        return second.sum(0)

    return training(task, network, parameters, "LIF", lambda: None)


def convolutional(task: Task) -> Work:
    """12C5-P2-64C5-P2-10, through all layers step by step."""
    neurons = Neurons(task)
    k0, k1, w2 = parameters = [parameter(task, name) for name in ("k0", "k1", "w2")]

    def one(v: Tensor | None, current: Tensor) -> tuple[Tensor, Tensor]:
        (spike,), (v,) = neurons.lif_steps((current,), torch.zeros_like(current) if v is None else v)
        return spike, v

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        v0, v1, v2, count = None, None, None, 0.0
        layers: list[list[Tensor]] = [[], [], []]
        for frame in x.unbind(0):
            first, v0 = one(v0, max_pool2d(conv2d(frame, k0), 2))
            second, v1 = one(v1, max_pool2d(conv2d(first, k1), 2))
            third, v2 = one(v2, second.flatten(1) @ w2)
            count = count + third
            if watched is not None:
                for layer, spikes in zip(layers, (first, second, third), strict=True):
                    layer.append(spikes.detach())
        if watched is not None:
            watched += map(torch.stack, layers)
        return count

    return training(task, network, parameters, "LIF", lambda: None)


def alone(task: Task) -> Work:
    """LIF neurons without weights."""
    neurons = Neurons(task)
    return no_training(task, lambda x: neurons.over_time(neurons.lif_steps, x, 1), "LIF")


BUILD = {"rec250": recurrent, "rec784": recurrent, "fc": fully_connected, "conv": convolutional, "lif": alone}

if __name__ == "__main__":
    serve(lambda task: BUILD[task.name](task), ("torch",))
