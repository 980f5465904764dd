"""Work of a published spiking network on one sample, from its sizes and rates.

With m inputs, n neurons and rates r, every step of a layer takes

    m n r_in + n n r          additions, as many weight reads; the second term where the layer is recurrent
    n                         updates, each of them the traced step of `ALIF` with a bias, or, as the published formula
                              has it, one multiply-accumulate and n r additions for resets

Source of the formula: table 2 of the paper on TC-LIF (S. Zhang et al., *TC-LIF: a two-compartment spiking neuron model
for long-term sequential modelling*, AAAI 2024), which follows Yin, Corradi & Bohté.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import torch

from picojoule.core.counts import Operations
from picojoule.energy.claims.networks import Layer, PublishedNetwork
from picojoule.energy.step_operations import step_operations
from picojoule.energy.work import SHARED_ASSUMPTIONS, SPIKING_ASSUMPTIONS, Products, Traffic, Work, Workload
from picojoule.neurons.alif import ALIF
from picojoule.neurons.leaky_integrator import LeakyIntegrator

Update = Literal["formula", "traced"]
MAC, BIAS = Operations(additions=1, multiplications=1), Operations(additions=1)
OWN_COEFFICIENTS = 4  # of ALIF: both time constants are each neuron's own, a decay and a gain for each
READOUT = "Both networks are read out in every step; the softmax of the sums is not counted."


class _Step(NamedTuple):
    operations: Operations
    state: int  # words
    coefficients: int  # words that are each neuron's own


def spiking_work(
    network: PublishedNetwork, *, input_rate: float, rates: Sequence[float], update: Update = "traced"
) -> Workload:
    """Work of one sample.

    Args:
        network: sizes and steps.
        input_rate: share of the inputs that spike in a step.
        rates: spikes per neuron and step of each hidden layer.
        update: what a neuron's update is counted as: the traced step with its bias, or the formula's.

    Returns:
        The work, rounded to whole operations.

    Example:
        >>> from picojoule.energy.claims.networks import network
        >>> silent = spiking_work(network("SHD"), input_rate=0.0, rates=[0.0, 0.0], update="formula")
        >>> sum(work.operations.multiplications for work in silent.works) == 250 * (128 + 128 + 20)
        True
    """
    works: list[Work] = []
    spikes = network.steps * network.inputs * input_rate
    works.append(_spikes("encoder", "input spikes", network.inputs, spikes))
    before, rate = network.inputs, input_rate
    for number, (layer, own) in enumerate(zip(network.layers, rates, strict=True), 1):
        works += _layer(layer, f"hidden {number}", network.steps, before=before, arriving=rate, rate=own, update=update)
        before, rate = layer.units, own
        spikes += network.steps * layer.units * own
    if network.outputs:
        step = _Step(MAC, 1, 0) if update == "formula" else _readout_step()
        works.append(_synapses("readout", network.steps, before, network.outputs, rate))
        works += _updates("readout", "readout", network.steps * network.outputs, network.outputs, step)
    units = network.inputs + sum(layer.units for layer in network.layers)
    return Workload(
        1,
        tuple(works),
        spikes=round(spikes),
        chances=network.steps * units,
        assumptions=(*SHARED_ASSUMPTIONS, *SPIKING_ASSUMPTIONS, READOUT),
    )


def _layer(
    layer: Layer, name: str, steps: int, *, before: int, arriving: float, rate: float, update: Update
) -> Iterator[Work]:
    yield _synapses(f"to {name}", steps, before, layer.units, arriving)
    if layer.recurrent:
        yield _synapses(f"within {name}", steps, layer.units, layer.units, rate)
    updates = steps * layer.units
    yield from _updates("neurons", name, updates, layer.units, _alif_step(update))
    if update == "formula":
        yield Work("neurons", f"{name} resets", Operations(additions=round(updates * rate)))
    yield _spikes("neurons", f"{name} spikes", layer.units, updates * rate)


def _synapses(name: str, steps: int, inputs: int, units: int, rate: float) -> Work:
    events = round(steps * inputs * units * rate)
    products = Products(dense=steps * inputs * units, accumulates=events, targets=units)
    read = Traffic(inputs * units, reads=events)
    return Work("synapses", name, Operations(additions=events), (read,), products=products)


def _updates(part: Literal["neurons", "readout"], name: str, updates: int, units: int, step: _Step) -> Iterator[Work]:
    state = Traffic(units * step.state, reads=updates * step.state, writes=updates * step.state)
    own = Traffic(units * step.coefficients, reads=updates * step.coefficients)
    traffic = (state, own) if step.coefficients else (state,)
    yield Work(part, name, step.operations * updates, traffic, per_spike=False, updates=updates)


def _spikes(part: Literal["encoder", "neurons"], name: str, units: int, spikes: float) -> Work:
    return Work(part, name, traffic=(Traffic(units, reads=round(spikes), writes=round(spikes)),))


def _alif_step(update: Update) -> _Step:
    state = len(ALIF().initial(torch.zeros(1, 1)))
    if update == "formula":
        return _Step(MAC, state, OWN_COEFFICIENTS)
    return _Step(step_operations(ALIF()) + BIAS, state, OWN_COEFFICIENTS + 1)


def _readout_step() -> _Step:
    return _Step(step_operations(LeakyIntegrator()) + BIAS, 1, 3)  # decay, gain and bias
