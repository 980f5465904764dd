"""picojoule, through its public names. The variant `fresh` lets every call take new memory from the system."""

import math

import numba
import torch
from serve import Task, Work, serve
from torch import Tensor
from training import Watched, convolution, linear, no_training, parameter, training

from picojoule.layers import Linear, Recurrent, Sequential, Spiking
from picojoule.neurons.alif import ALIF
from picojoule.neurons.leaky_integrator import LeakyIntegrator
from picojoule.neurons.lif import LIF
from picojoule.neurons.reset import HardReset
from picojoule.neurons.surrogate import ATan
from picojoule.simulate.scan.buffers import BUFFERS


def gain(task: Task) -> float:
    """LIF and the readout weigh their input by `1 - decay`."""
    return 1.0 / (1.0 - math.exp(-1.0 / task["tau"]))


def weights(task: Task, name: str, gain: float = 1.0) -> Linear:
    """A weight of the task as a layer."""
    shape = task.arrays[name].shape
    layer = Linear(*shape, bias=False)
    layer.weight = linear(task, name, gain).weight
    return layer


def recurrent(task: Task) -> Work:
    """Two recurrent layers with adaptive thresholds and a leaky readout."""
    unit = task["start"]  # the adaptation of ALIF starts at its threshold, so that is made small
    alif = ALIF(
        tau_m=task["tau"],
        tau_adp=task["tau_adapt"],
        b0=unit * task["threshold"],
        beta=unit * task["adapt"],
        r_m=unit * gain(task),
        gain=None,
        surrogate=ATan(2.0 / unit),
    )
    hidden = int(task["hidden"])
    layers = Recurrent(alif, hidden), Recurrent(alif, hidden)
    for layer, name in zip(layers, ("r0", "r1"), strict=True):
        layer.weight = parameter(task, name)
    first = weights(task, "w0"), layers[0]
    second = weights(task, "w1"), layers[1]
    readout = weights(task, "w2", gain(task)), Spiking(LeakyIntegrator(tau=task["tau"], gain=None))
    stack = Sequential(*first, *second, *readout)

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        if watched is not None:
            watched += [Sequential(*first)(x), Sequential(*first, *second)(x)]
        return stack(x).mean(0)

    return training(task, network, [*stack.parameters()], "recurrent ALIF", lambda: None)


def counting(task: Task, *parts: tuple[torch.nn.Module, ...]) -> Work:
    """A stack whose output's spikes are counted."""
    stack = Sequential(*(module for part in parts for module in part))

    def network(x: Tensor, watched: Watched | None = None) -> Tensor:
        if watched is not None:
            for part in parts:
                x = Sequential(*part)(x)
                watched.append(x)
            return x.sum(0)
        return stack(x).sum(0)

    return training(task, network, [*stack.parameters()], "LIF", lambda: None)


def fully_connected(task: Task) -> Work:
    """Two layers of LIF neurons."""
    lif = LIF(tau=task["tau"], reset=HardReset(), gain=None, surrogate=ATan(2.0))
    first, second = (weights(task, name, gain(task)) for name in ("w0", "w1"))
    return counting(task, (first, Spiking(lif)), (second, Spiking(lif)))


def convolutional(task: Task) -> Work:
    """12C5-P2-64C5-P2-10."""
    lif = LIF(tau=task["tau"], reset=HardReset(), gain=None, surrogate=ATan(2.0))
    pool = torch.nn.MaxPool2d(2)
    first, second = (convolution(task, name, gain(task)) for name in ("k0", "k1"))
    last = torch.nn.Flatten(), weights(task, "w2", gain(task)), Spiking(lif)
    return counting(task, (first, pool, Spiking(lif)), (second, pool, Spiking(lif)), last)


def alone(task: Task) -> Work:
    """LIF neurons without weights."""
    layer = Spiking(LIF(tau=task["tau"], reset=HardReset(), gain=None, surrogate=ATan(2.0)))
    work = no_training(task, layer, "LIF", gain(task))
    return Work(work.neuron, work.measures, work.watch, between=BUFFERS.clear) if task.variant == "fresh" else work


BUILD = {"rec250": recurrent, "rec784": recurrent, "fc": fully_connected, "conv": convolutional, "lif": alone}

if __name__ == "__main__":
    serve(lambda task: BUILD[task.name](task), (numba.__name__, "torch"))
