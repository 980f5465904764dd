"""How every neuron model is found and driven, for tests that hold for all of them."""

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

import picojoule.neurons
from picojoule.neurons.base import Neuron

BATCH, NEURONS = 3, 4


@dataclass(frozen=True)
class Bench:
    """How a model is driven so that it fires: inputs are even between 0 and `strength`, in the model's own unit."""

    strength: float = 4.0
    dt: float = 1.0  # ms
    steps: int = 80


BENCHES = {
    "AdEx": Bench(strength=3000.0),  # pA
    "BalancedResonateAndFire": Bench(strength=200.0, dt=10.0),  # thresholds per s; 10 ms as published
    "FewSpikes": Bench(steps=10),  # as many as it has coefficients
    "HodgkinHuxley": Bench(strength=100.0, dt=0.05, steps=100),  # µA/cm²
    "Izhikevich": Bench(strength=40.0),  # mV/ms
    "QuadraticIF": Bench(strength=60.0),  # mV
    "SEAdLIF": Bench(strength=20.0),  # thresholds; its adaptation holds out against less
}


def found(base: type[Any], package: Any) -> dict[str, type[Any]]:
    """All final classes below `base` in a package, by name."""
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    kinds, open_ends = [], [base]
    while open_ends:
        below = open_ends.pop().__subclasses__()
        open_ends += below
        kinds += [k for k in below if k.__module__.startswith(package.__name__) and not k.__abstractmethods__]
    return {kind.__name__: kind for kind in kinds}


MODELS = found(Neuron, picojoule.neurons)


def bench(neuron: Neuron[Any, Any, Any]) -> Bench:
    return BENCHES.get(type(neuron).__name__, Bench())


def drive(neuron: Neuron[Any, Any, Any], dtype: torch.dtype, shape: tuple[int, ...] = (BATCH, NEURONS)) -> list[Any]:
    """Inputs of every step: strong enough that neurons fire, weaker at inhibitory ports."""
    generator = torch.Generator().manual_seed(3)
    strength, steps = {"inh": 0.2}, bench(neuron).steps
    fields = neuron.ports._fields  # type: ignore[attr-defined]
    drawn = {
        port: torch.rand(steps, *shape, generator=generator) * strength.get(port, bench(neuron).strength)
        for port in fields
    }
    return [neuron.ports(*(drawn[port][t].to(dtype) for port in fields)) for t in range(steps)]


def coefficients(neuron: Neuron[Any, Any, Any], t: int = 0) -> Any:
    """The coefficients of one step."""
    c = neuron.coefficients(bench(neuron).dt)
    return c._replace(**{name: getattr(c, name)[t] for name in neuron.per_step})


def simulate(neuron: Neuron[Any, Any, Any], inputs: list[Any], state: Any = None, start: int = 0) -> tuple[Tensor, Any]:
    """Spikes `[T, B, *N]` and the final state; `start`: steps before, for coefficients that change."""
    state = neuron.initial(inputs[0][0]) if state is None else state
    c, spikes = coefficients(neuron), []
    for t, x in enumerate(inputs, start):
        c = coefficients(neuron, t) if neuron.per_step else c
        excess, state = neuron.integrate(x, state, c)
        spikes.append((excess >= 0).to(excess.dtype))
        state = neuron.fire(spikes[-1], state, c)
    return torch.stack(spikes), state


def integrated(neuron: Neuron[Any, Any, Any], *, warm: bool) -> Any:
    """A state as `fire` is given it: of the first step, or of one that follows a whole run."""
    inputs = drive(neuron, torch.float64)
    state = simulate(neuron, inputs)[1] if warm else neuron.initial(inputs[0][0])
    return neuron.integrate(inputs[0], state, coefficients(neuron))[1]
