"""What encoder, layers and network answer, in a few numbers; run as a script, it prints them."""

import torch
from torch import Tensor

from picojoule.connect.dense import Dense
from picojoule.encode.poisson import Poisson
from picojoule.layers.recurrent import Recurrent
from picojoule.layers.spiking import Spiking
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.network.network import Network
from picojoule.simulate.run import run
from tests.held import LIF


def ramp(*shape: int) -> Tensor:
    """Numbers from -1 to 2."""
    return torch.linspace(-1.0, 2.0, int(torch.Size(shape).numel())).view(shape)


def weigh(places: Tensor) -> int:
    """The sum of the numbers of all places that are not 0: another one for other spikes."""
    return int(places.flatten().nonzero().sum())


def answers() -> list[float]:
    """Spikes of an encoder, of two layers and of a network that learns, and a gradient."""
    spikes = Poisson(max_rate=200.0)(torch.linspace(0.0, 1.0, 24).expand(2, 24), steps=25, seed=3)
    recurrent = Recurrent(LIF(tau=3.0), 24)
    with torch.no_grad():
        for parameter in recurrent.parameters():
            parameter.copy_(0.4 * ramp(*parameter.shape))
    driven = (spikes * 20.0).requires_grad_()
    hidden = recurrent(5.0 * Spiking(LIF(tau=3.0))(driven))
    hidden.sum().backward()
    assert driven.grad is not None
    network = Network(dt=1.0)
    network.add_input("X", 24)
    network.add_population("Y", 5, LIF(tau=5.0, v_th=0.2))
    network.connect("X", "Y", Dense(0.5 * ramp(24, 5).clamp(min=0.0)), rule=PairSTDP())
    found = run(network, spikes, learn=True)
    learned = network.connections["X", "Y"].weight.detach()
    return [
        weigh(spikes),
        weigh(hidden),
        round(float(driven.grad.abs().sum()), 3),
        int(found["Y"].counts.sum()),
        round(float(learned.sum()), 3),
    ]


if __name__ == "__main__":
    print(answers())
