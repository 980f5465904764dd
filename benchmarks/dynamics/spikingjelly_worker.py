"""SpikingJelly 2: `LIFNode`, multi-step where it can be. It has no neuron with an adaptive threshold.

Its recurrent container multiplies input and feedback by one matrix twice as large; a loop with a product of its own,
which any user can write, is faster, so that is what is measured. Its surrogate is the arc tangent as everywhere.
"""

import math

import torch
from serve import Task, Work, serve
from spikingjelly.activation_based import functional, neuron, surrogate
from torch import Tensor
from torch.nn.functional import max_pool2d
from training import Watched, convolution, linear, no_training, training


def decay_time(task: Task) -> float:
    """The `tau` of its Euler step that decays as `exp(-1 / tau)` does."""
    return 1.0 / (1.0 - math.exp(-1.0 / task["tau"]))


def lif(task: Task, mode: str = "m") -> torch.nn.Module:
    """The library's LIF neuron with its usual hard reset."""
    return neuron.LIFNode(
        tau=decay_time(task),
        decay_input=False,
        surrogate_function=surrogate.ATan(alpha=2.0),
        detach_reset=True,
        step_mode=mode,
    )


def recurrent(task: Task) -> Work:
    """Two recurrent layers and a leaky readout."""
    gain = decay_time(task)  # the readout weighs its input by 1 / tau
    first, second, last = linear(task, "w0"), linear(task, "w1"), linear(task, "w2", gain)
    back = linear(task, "r0"), linear(task, "r1")
    layers = lif(task, "s"), lif(task, "s")
    readout = neuron.NonSpikingLIFNode(tau=gain, decode="mean-mem")

    def run(number: int, currents: Tensor) -> Tensor:
        spike = torch.zeros_like(currents[0])
        out = []
        for current in currents.unbind(0):
            spike = layers[number](current + back[number](spike))
            out.append(spike)
        return torch.stack(out)

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        hidden = run(0, first(x))
        deeper = run(1, second(hidden))
        if watched is not None:
            watched += [hidden, deeper]
        return readout(last(deeper))

    modules = torch.nn.ModuleList([first, second, last, *back, *layers, readout])
    return training(task, network, [*modules.parameters()], "recurrent LIF", lambda: functional.reset_net(modules))


def fully_connected(task: Task) -> Work:
    """Two layers of LIF neurons, each over the whole sequence at once."""
    first, second = linear(task, "w0"), linear(task, "w1")
    layers = lif(task), lif(task)

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        hidden = layers[0](first(x))
        output = layers[1](second(hidden))
        if watched is not None:
            watched += [hidden, output]
        return output.sum(0)

    modules = torch.nn.ModuleList(layers)
    parameters = [first.weight, second.weight]
    return training(task, network, parameters, "LIF", lambda: functional.reset_net(modules))


def convolutional(task: Task) -> Work:
    """12C5-P2-64C5-P2-10, step by step: multi-step mode takes a third longer."""
    first, second, last = convolution(task, "k0"), convolution(task, "k1"), linear(task, "w2")
    layers = lif(task, "s"), lif(task, "s"), lif(task, "s")
    modules = torch.nn.ModuleList(layers)

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        rows = []
        for frame in x.unbind(0):
            hidden = layers[0](max_pool2d(first(frame), 2))
            deeper = layers[1](max_pool2d(second(hidden), 2))
            output = layers[2](last(deeper.flatten(1)))
            rows.append((hidden, deeper, output) if watched is not None else (output,))
        if watched is not None:
            watched += [torch.stack(spikes).detach() for spikes in zip(*rows, strict=True)]
        return torch.stack([row[-1] for row in rows]).sum(0)

    parameters = [first.weight, second.weight, last.weight]
    return training(task, network, parameters, "LIF", lambda: functional.reset_net(modules))


def alone(task: Task) -> Work:
    """LIF neurons without weights, over the whole sequence at once."""
    cells = lif(task)

    def run(x: Tensor) -> Tensor:
        functional.reset_net(cells)
        return cells(x)

    return no_training(task, run, "LIF")


BUILD = {"rec250": recurrent, "rec784": recurrent, "fc": fully_connected, "conv": convolutional, "lif": alone}

if __name__ == "__main__":
    serve(lambda task: BUILD[task.name](task), ("spikingjelly", "torch"))
