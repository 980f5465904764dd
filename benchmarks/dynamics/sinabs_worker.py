"""sinabs: `ALIFRecurrent` and `LIF`, with the batch first, as it wants it.

It takes any function of potential and threshold as surrogate; here the arc tangent that the others have.
"""

import math

import sinabs.layers as sl
import torch
from serve import Task, Work, serve
from sinabs.activation import SingleSpike
from torch import Tensor
from training import Watched, convolution, linear, no_training, training


def arc_tangent(v: Tensor, threshold: Tensor) -> Tensor:
    """The derivative of the arc tangent with slope 2."""
    scaled = (v - threshold) * math.pi
    return 1.0 / (1.0 + scaled * scaled)


def lif(task: Task) -> torch.nn.Module:
    """The library's LIF neuron with its usual reset by subtraction."""
    layer = sl.LIF(tau_mem=task["tau"], spike_fn=SingleSpike, surrogate_grad_fn=arc_tangent, norm_input=False)
    layer.tau_mem.requires_grad_(False)
    return layer


def recurrent(task: Task) -> Work:
    """Two recurrent layers with adaptive thresholds and a leaky readout."""
    first, second, last = (linear(task, name) for name in ("w0", "w1", "w2"))
    back = linear(task, "r0"), linear(task, "r1")
    layers = [
        sl.ALIFRecurrent(
            tau_mem=task["tau"],
            tau_adapt=task["tau_adapt"],
            adapt_scale=task["adapt"],
            rec_connect=weights,
            surrogate_grad_fn=arc_tangent,
            norm_input=False,
        )
        for weights in back
    ]
    readout = sl.ExpLeak(tau_mem=task["tau"])
    modules = torch.nn.ModuleList([*layers, readout])
    for name, value in modules.named_parameters():
        value.requires_grad_("rec_connect" in name)  # time constants are not trained elsewhere either

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        hidden = layers[0](first(x.transpose(0, 1)))
        deeper = layers[1](second(hidden))
        if watched is not None:
            watched += [hidden, deeper]
        return readout(last(deeper)).mean(1)

    def reset() -> None:
        for layer in modules:
            layer.reset_states()

    parameters = [module.weight for module in (first, second, last, *back)]
    return training(task, network, parameters, "recurrent ALIF", reset)


def fully_connected(task: Task) -> Work:
    """Two layers of LIF neurons."""
    first, second = linear(task, "w0"), linear(task, "w1")
    layers = lif(task), lif(task)

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        hidden = layers[0](first(x.transpose(0, 1)))
        output = layers[1](second(hidden))
        if watched is not None:
            watched += [hidden, output]
        return output.sum(1)

    def reset() -> None:
        for layer in layers:
            layer.reset_states()

    return training(task, network, [first.weight, second.weight], "LIF", reset)


def convolutional(task: Task) -> Work:
    """12C5-P2-64C5-P2-10, layer by layer, with batch and time folded into one axis for the convolutions."""
    first, second, last = convolution(task, "k0"), convolution(task, "k1"), linear(task, "w2")
    pool = torch.nn.MaxPool2d(2)
    batch = int(task["batch"])
    layers = lif(task), lif(task), lif(task)
    before = (torch.nn.Sequential(first, pool), torch.nn.Sequential(second, pool), torch.nn.Sequential(last))

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        x = x.transpose(0, 1)
        for index, (inner, layer) in enumerate(zip(before, layers, strict=True)):
            folded = x.flatten(0, 1)
            x = layer(inner(folded.flatten(1) if index == 2 else folded).unflatten(0, (batch, -1)))
            if watched is not None:
                watched.append(x)
        return x.sum(1)

    def reset() -> None:
        for layer in layers:
            layer.reset_states()

    return training(task, network, [first.weight, second.weight, last.weight], "LIF", reset)


def alone(task: Task) -> Work:
    """LIF neurons without weights, forward only; with a batch of 1 it costs nothing to have the batch first.

    It indexes its input in every step, so its backward takes a time that grows with the square of T: many minutes here.
    """
    layer = lif(task)

    def run(x: Tensor) -> Tensor:
        layer.reset_states()
        return layer(x.transpose(0, 1)).transpose(0, 1)

    work = no_training(task, run, "LIF")
    forward = work.measures["forward"]
    return Work(work.neuron, {"forward": forward}, lambda: {"rates": [float(forward().mean())], "gradient_norm": None})


BUILD = {"rec250": recurrent, "rec784": recurrent, "fc": fully_connected, "conv": convolutional, "lif": alone}

if __name__ == "__main__":
    serve(lambda task: BUILD[task.name](task), ("sinabs", "torch"))
