"""snnTorch: `Leaky` and `RLeaky`, called once per time step. It has no neuron with an adaptive threshold.

As in the plain loop, products that do not depend on the loop are taken out of it.
"""

import math
from collections.abc import Callable

import snntorch
import torch
from serve import Task, Work, serve
from snntorch import surrogate
from torch import Tensor
from torch.nn.functional import max_pool2d
from training import Watched, convolution, linear, no_training, training


def decay(task: Task) -> float:
    """What is left of the potential after a step."""
    return math.exp(-1.0 / task["tau"])


def leaky(task: Task, reset: str = "subtract") -> torch.nn.Module:
    """The library's LIF neuron with its usual reset by subtraction."""
    return snntorch.Leaky(beta=decay(task), spike_grad=surrogate.atan(alpha=2.0), reset_mechanism=reset)


def over_time(layer: torch.nn.Module, currents: Tensor, which: int = 0) -> Tensor:
    """Its spikes (0) or potentials (1) over `[T, B, *N]`."""
    v = torch.zeros_like(currents[0])
    out = []
    for current in currents.unbind(0):
        spike, v = layer(current, v)
        out.append((spike, v)[which])
    return torch.stack(out)


def recurrent(task: Task) -> Work:
    """Two recurrent layers and a leaky readout."""
    first, second, last = (linear(task, name) for name in ("w0", "w1", "w2"))
    layers = []
    for name in ("r0", "r1"):
        layer = snntorch.RLeaky(
            beta=decay(task), linear_features=int(task["hidden"]), spike_grad=surrogate.atan(alpha=2.0)
        )
        layer.recurrent = linear(task, name)
        layers.append(layer)
    readout = leaky(task, reset="none")

    def run(layer: Callable[..., tuple[Tensor, Tensor]], currents: Tensor) -> Tensor:
        spike, v = torch.zeros_like(currents[0]), torch.zeros_like(currents[0])
        out = []
        for current in currents.unbind(0):
            spike, v = layer(current, spike, v)
            out.append(spike)
        return torch.stack(out)

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        hidden = run(layers[0], first(x))
        deeper = run(layers[1], second(hidden))
        if watched is not None:
            watched += [hidden, deeper]
        return over_time(readout, last(deeper), which=1).mean(0)

    parameters = [*torch.nn.ModuleList([first, second, last, *layers]).parameters()]
    return training(task, network, parameters, "recurrent LIF", lambda: None)


def fully_connected(task: Task) -> Work:
    """Two layers of LIF neurons."""
    first, second = linear(task, "w0"), linear(task, "w1")
    layers = leaky(task), leaky(task)

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        hidden = over_time(layers[0], first(x))
        output = over_time(layers[1], second(hidden))
        if watched is not None:
            watched += [hidden, output]
        return output.sum(0)

    return training(task, network, [first.weight, second.weight], "LIF", lambda: None)


def convolutional(task: Task) -> Work:
    """12C5-P2-64C5-P2-10, step by step as in the library's tutorial."""
    first, second, last = convolution(task, "k0"), convolution(task, "k1"), linear(task, "w2")
    layers = leaky(task), leaky(task), leaky(task)

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        v0, v1, v2 = (layer.reset_mem() for layer in layers)
        rows = []
        for frame in x.unbind(0):
            hidden, v0 = layers[0](max_pool2d(first(frame), 2), v0)
            deeper, v1 = layers[1](max_pool2d(second(hidden), 2), v1)
            output, v2 = layers[2](last(deeper.flatten(1)), v2)
            rows.append((hidden, deeper, output) if watched is not None else (output,))
        if watched is not None:
            watched += [torch.stack(spikes).detach() for spikes in zip(*rows, strict=True)]
        return torch.stack([row[-1] for row in rows]).sum(0)

    parameters = [first.weight, second.weight, last.weight]
    return training(task, network, parameters, "LIF", lambda: None)


def alone(task: Task) -> Work:
    """LIF neurons without weights."""
    layer = leaky(task)
    return no_training(task, lambda x: over_time(layer, x), "LIF")


BUILD = {"rec250": recurrent, "rec784": recurrent, "fc": fully_connected, "conv": convolutional, "lif": alone}

if __name__ == "__main__":
    serve(lambda task: BUILD[task.name](task), ("snntorch", "torch"))
