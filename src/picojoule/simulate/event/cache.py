"""The compiled loop of a network, found on disk by a key of the network's structure."""

import dataclasses
from types import ModuleType
from typing import Any

from picojoule.compile import on_disk
from picojoule.compile.fingerprint import form
from picojoule.network.network import Network
from picojoule.simulate.event.plan import Plan, kind_of, plan, trace_rule
from picojoule.simulate.event.source import source_of


def load(network: Network, *, learn: bool) -> ModuleType:
    """The module with the compiled loop of a network, generated if it is not there yet."""
    key = structure_key(network, learn=learn)
    return on_disk.load(key, lambda: _module_source(network, learn=learn))


def _module_source(network: Network, *, learn: bool) -> str:
    traced = plan(network, learn=learn)
    return source_of(traced) + "\n\n" + f"FACTS = {facts(network, traced)!r}\n"


def facts(network: Network, traced: Plan) -> dict[str, Any]:
    """What the engine has to know of a plan when it finds the loop on disk."""
    rules = {key: trace_rule(rule) for key, rule in network.rules.items()}
    return {
        "ahead": [(c.source, c.target) for c in traced.connections if c.ahead],
        "step": {p.name: dataclasses.astuple(p.integrate.operations(extra=1 + p.adapts)) for p in traced.populations},
        "on_pre": {key: dataclasses.astuple(rule.on_pre.operations()) for key, rule in rules.items()},
        "on_post": {key: dataclasses.astuple(rule.on_post.operations()) for key, rule in rules.items()},
    }


def structure_key(network: Network, *, learn: bool) -> str:
    """A key that changes with everything the loop's source depends on."""
    parts: list[Any] = [learn, list(network.inputs)]
    for name in network.populations:
        population = network.population(name)
        shapes = [value.numel() > 1 for value in population.neuron.coefficients(network.dt)]
        parts += [name, shapes, form(population.neuron), form(population.homeostasis), repr(population.selection)]
    for key, connection in network.connections.items():
        parts += [key, kind_of(connection), connection.port, connection.longest_delay, key in network.normalisations]
        parts += [getattr(connection, "delay", None) is not None]
        if (rule := network.rules.get(key)) is not None:
            traces = [(n, t.accumulates, t.sees_own_step) for n, t in {**rule.pre_traces, **rule.post_traces}.items()]
            parts += [form(rule), traces]
    return on_disk.digest(*parts, modules=(__name__,))
