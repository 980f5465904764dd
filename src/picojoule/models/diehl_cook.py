"""The network of Diehl & Cook (2015): current-based, as it is most used, and with conductances, as published.

    X (inputs) --STDP--> Ae (excitatory, adaptive thresholds, one spike per step)
    Ae --one to one--> Ai (inhibitory) --all but the partner--> Ae

Source: Diehl & Cook, *Unsupervised learning of digit recognition using spike-timing-dependent plasticity*, Frontiers in
Computational Neuroscience 9:99 (2015); constants of the current-based form: BindsNET, `models.DiehlAndCook2015`; of the
other: the paper's published code.
"""

import torch
from torch import Generator

from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.arguments import public
from picojoule.core.params import Neurons, TimeStep
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.learn.stdp.triplet import TripletSTDP
from picojoule.network.network import Network
from picojoule.network.plasticity import Normalisation
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.neurons.delta_lif import DeltaLIF
from picojoule.neurons.reset import HardReset
from picojoule.neurons.selection import OnePerStep


@public
def DiehlCook2015(  # noqa: N802  # the paper's name, called like a class
    n_input: Neurons = 784,
    n_neurons: Neurons = 100,
    *,
    exc: float = 22.5,
    inh: float = 120.0,
    dt: TimeStep = 1.0,
    nu: tuple[float, float] = (1e-4, 1e-2),
    norm: float = 78.4,
    theta_plus: float = 0.05,
    tau_theta: float = 1e7,
    losers_reset: bool = True,
    seed: int = 0,
) -> Network:
    """The current-based network: `X` inputs, `Ae` excitatory and `Ai` inhibitory neurons.

    Args:
        n_input: number of inputs.
        n_neurons: number of excitatory, and of inhibitory, neurons.
        exc: jump of an inhibitory neuron at a spike of its partner, in mV.
        inh: drop of all other excitatory neurons at a spike of an inhibitory one, in mV. BindsNET's default is 17.5,
            with which networks learn far worse.
        dt: length of a step, in ms.
        nu: learning rates of presynaptic and postsynaptic spikes.
        norm: sum of the input weights of each neuron.
        theta_plus: rise of a neuron's threshold at each crossing, in mV.
        tau_theta: time constant of its decay, in ms.
        losers_reset: whether neurons that cross their threshold in the same step as the one that spikes are reset, made
            refractory and raise their threshold too, as in BindsNET. Without it more neurons find something to learn.
        seed: of the initial weights, drawn from [0, 0.3) and normalised.

    Returns:
        An ordinary `Network`; `network.connections["X", "Ae"].weight` is `[n_input, n_neurons]`.

    Example:
        >>> network = DiehlCook2015(n_neurons=10)
        >>> round(network.connections["X", "Ae"].weight[:, 0].sum().item(), 3)
        78.4
    """
    network = Network(dt=dt)
    network.add_input("X", n_input)
    network.add_population(
        "Ae",
        n_neurons,
        DeltaLIF(tau=100.0, v_th=-52.0, v_rest=-65.0, v_reset=-60.0, refractory=5.0, reset=HardReset()),
        selection=OnePerStep(losers_reset=losers_reset),
        homeostasis=AdaptiveThreshold(step=theta_plus, tau=tau_theta),
    )
    network.add_population(
        "Ai", n_neurons, DeltaLIF(tau=10.0, v_th=-40.0, v_rest=-60.0, v_reset=-45.0, refractory=2.0, reset=HardReset())
    )
    normalise = Normalisation(norm)
    weight = 0.3 * torch.rand(n_input, n_neurons, generator=Generator().manual_seed(seed))
    weight = normalise.apply(weight, torch.arange(n_neurons)).clamp_(0.0, 1.0)
    network.connect("X", "Ae", Dense(weight), rule=PairSTDP(nu=nu), normalise=normalise)
    network.connect("Ae", "Ai", OneToOne(n_neurons, strength=exc))
    network.connect("Ai", "Ae", Lateral(n_neurons, strength=-inh))
    return network


@public
def DiehlCook2015Conductance(  # noqa: N802  # the paper's name, called like a class
    n_input: Neurons = 784,
    n_neurons: Neurons = 400,
    *,
    exc: float = 10.4,
    inh: float = 17.0,
    dt: TimeStep = 0.5,
    nu: tuple[float, float] = (1e-4, 1e-2),
    norm: float = 78.0,
    theta_plus: float = 0.05,
    tau_theta: float = 1e7,
    longest_delay: float = 10.0,
    seed: int = 0,
) -> Network:
    """The conductance-based network of the paper: `X` inputs, `Ae` excitatory and `Ai` inhibitory neurons.

    Excitatory neurons have reversal potentials, input delays drawn from 0 to 10 ms (at least one step), triplet STDP,
    and thresholds of -52 mV that rise with every spike and fall back towards -72 mV.

    Args:
        n_input: number of inputs.
        n_neurons: number of excitatory, and of inhibitory, neurons.
        exc: excitatory conductance of an inhibitory neuron at a spike of its partner, in units of its leak.
        inh: inhibitory conductance of all other excitatory neurons at a spike of an inhibitory one.
        dt: length of a step, in ms.
        nu: learning rates of presynaptic and postsynaptic spikes.
        norm: sum of the input weights of each neuron.
        theta_plus: rise of a neuron's threshold at each spike, in mV.
        tau_theta: time constant of its decay, in ms.
        longest_delay: input delays are drawn evenly from 0 to this, in ms.
        seed: of the initial weights, drawn from 0.003 to 0.303 and normalised, and of the delays.

    Returns:
        An ordinary `Network`; `network.connections["X", "Ae"].weight` is `[n_input, n_neurons]`.

    Example:
        >>> network = DiehlCook2015Conductance(n_neurons=10)
        >>> network.connections["X", "Ae"].longest_delay  # 10 ms in steps of 0.5 ms
        20
    """
    network = Network(dt=dt)
    network.add_input("X", n_input)
    network.add_population(
        "Ae",
        n_neurons,
        ConductanceLIF(tau=100.0, e_inh=-100.0, v_th=-72.0, v_rest=-65.0, v_reset=-65.0, refractory=5.0),
        homeostasis=AdaptiveThreshold(step=theta_plus, tau=tau_theta, initial=20.0),
    )
    network.add_population(
        "Ai",
        n_neurons,
        ConductanceLIF(tau=10.0, e_inh=-85.0, v_th=-40.0, v_rest=-60.0, v_reset=-45.0, refractory=2.0),
    )
    generator = Generator().manual_seed(seed)
    normalise = Normalisation(norm)
    weight = 0.3 * (torch.rand(n_input, n_neurons, generator=generator) + 0.01)
    weight = normalise.apply(weight, torch.arange(n_neurons)).clamp_(0.0, 1.0)
    delay = torch.rand(n_input, n_neurons, generator=generator) * (longest_delay / dt)
    delay = torch.round(delay).clamp(min=1).to(torch.int16)
    network.connect("X", "Ae", Dense(weight, delay=delay, port="exc"), rule=TripletSTDP(nu=nu), normalise=normalise)
    network.connect("Ae", "Ai", OneToOne(n_neurons, strength=exc, port="exc"))
    network.connect("Ai", "Ae", Lateral(n_neurons, strength=inh, port="inh"))
    return network
