"""Norse: `LSNNRecurrentCell` (an adaptive threshold) and `LIFCell`, called once per time step.

Its layers over time index the sequence, which makes their backward quadratic in time; its cells in a loop over `unbind`
are faster, so they are measured. Its synaptic current is made to last one step. Of the surrogates that the others have
it offers SuperSpike, which ignores its slope.
"""

import math

import norse.torch as norse
import torch
from serve import Task, Work, serve
from torch import Tensor
from torch.nn.functional import max_pool2d
from training import Watched, convolution, linear, no_training, training

STEP = 0.001  # s


def rate(task: Task, name: str) -> Tensor:
    """The inverse time constant, in 1/s, whose Euler step decays as `exp(-1 / tau)` does."""
    return torch.tensor((1.0 - math.exp(-1.0 / task[name])) / STEP)


def gain(task: Task) -> float:
    """Its potential weighs the input by `1 - decay`."""
    return 1.0 / (1.0 - math.exp(-1.0 / task["tau"]))


def lif(task: Task) -> torch.nn.Module:
    """The library's LIF neuron."""
    return norse.LIFCell(norse.LIFParameters(tau_syn_inv=torch.tensor(1.0 / STEP), tau_mem_inv=rate(task, "tau")))


def over_time(cell: torch.nn.Module, x: Tensor) -> Tensor:
    """What a cell gives over `[T, B, *N]`."""
    state, out = None, []
    for frame in x.unbind(0):
        value, state = cell(frame, state)
        out.append(value)
    return torch.stack(out)


def recurrent(task: Task) -> Work:
    """Two recurrent layers with adaptive thresholds and a leaky readout."""
    keep = math.exp(-1.0 / task["tau_adapt"])
    hidden = int(task["hidden"])
    cells = []
    for inner, back in (("w0", "r0"), ("w1", "r1")):
        cell = norse.LSNNRecurrentCell(
            task.arrays[inner].shape[0],
            hidden,
            norse.LSNNParameters(
                tau_syn_inv=torch.tensor(1.0 / STEP),
                tau_mem_inv=rate(task, "tau"),
                tau_adapt_inv=rate(task, "tau_adapt"),
                beta=torch.tensor(task["adapt"] * (1.0 - keep)),
            ),
            autapses=True,
            dt=STEP,
        )
        cell.input_weights = linear(task, inner, gain(task)).weight
        cell.recurrent_weights = linear(task, back, gain(task)).weight
        cells.append(cell)
    readout = norse.LICell(norse.LIParameters(tau_syn_inv=torch.tensor(1.0 / STEP), tau_mem_inv=rate(task, "tau")))
    last = linear(task, "w2", gain(task))

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        first = over_time(cells[0], x)
        second = over_time(cells[1], first)
        if watched is not None:
            watched += [first, second]
        return over_time(readout, last(second)).mean(0)

    parameters = [weight for cell in cells for weight in (cell.input_weights, cell.recurrent_weights)]
    return training(task, network, [*parameters, last.weight], "recurrent ALIF", lambda: None)


def fully_connected(task: Task) -> Work:
    """Two layers of LIF neurons."""
    first, second = linear(task, "w0", gain(task)), linear(task, "w1", gain(task))
    cells = lif(task), lif(task)

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        hidden = over_time(cells[0], first(x))
        output = over_time(cells[1], second(hidden))
        if watched is not None:
            watched += [hidden, output]
        return output.sum(0)

    return training(task, network, [first.weight, second.weight], "LIF", lambda: None)


def convolutional(task: Task) -> Work:
    """12C5-P2-64C5-P2-10, step by step."""
    first, second = (convolution(task, name, gain(task)) for name in ("k0", "k1"))
    last = linear(task, "w2", gain(task))
    cells = lif(task), lif(task), lif(task)

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        states = [None, None, None]
        rows = []
        for frame in x.unbind(0):
            hidden, states[0] = cells[0](max_pool2d(first(frame), 2), states[0])
            deeper, states[1] = cells[1](max_pool2d(second(hidden), 2), states[1])
            output, states[2] = cells[2](last(deeper.flatten(1)), states[2])
            rows.append((hidden, deeper, output) if watched is not None else (output,))
        if watched is not None:
            watched += [torch.stack(spikes).detach() for spikes in zip(*rows, strict=True)]
        return torch.stack([row[-1] for row in rows]).sum(0)

    return training(task, network, [first.weight, second.weight, last.weight], "LIF", lambda: None)


def alone(task: Task) -> Work:
    """LIF neurons without weights."""
    cell = lif(task)
    return no_training(task, lambda x: over_time(cell, x), "LIF", gain(task))


BUILD = {"rec250": recurrent, "rec784": recurrent, "fc": fully_connected, "conv": convolutional, "lif": alone}

if __name__ == "__main__":
    serve(lambda task: BUILD[task.name](task), ("norse", "torch"))
