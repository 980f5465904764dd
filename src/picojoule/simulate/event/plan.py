"""What the event engine has to know about a network before it writes the loop.

Two decisions save most of the work, and both are proved on the traced graphs, not assumed:

- `ahead`: a dense connection from an input, whose rule changes no weight of a target neuron before that neuron's first
  spike in the sample, is summed ahead for all steps; only neurons that have spiked ("live" ones) are followed step by
  step.
- `sparse fire`: where `fire` without a spike changes nothing, it is computed only for neurons that fired.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch

from picojoule.compile.fingerprint import form
from picojoule.compile.graph import Graph
from picojoule.compile.simplify import is_identity, simplified
from picojoule.compile.trace import trace
from picojoule.connect.base import Connection
from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import EngineError, TraceError
from picojoule.network.network import Network, Population
from picojoule.network.plasticity import Homeostasis, Rule, Trace
from picojoule.neurons.base import Neuron
from picojoule.neurons.selection import OnePerStep

_GRAPHS: dict[str, Graph] = {}


@dataclass(frozen=True)
class PortPlan:
    """One input port of a population, and how what arrives there is kept."""

    name: str
    connected: bool
    whole: bool  # rows for all steps, filled ahead; else a ring of as many rows as the longest delay
    rows: int  # rows of the ring, or rows beyond the last step


@dataclass(frozen=True)
class PopulationPlan:
    """One population, traced."""

    name: str
    ports: tuple[PortPlan, ...]
    state: tuple[str, ...]
    coefficients: tuple[str, ...]
    per_neuron: tuple[bool, ...]  # which coefficients have a value for each neuron
    integrate: Graph
    fire: Graph
    sparse_fire: bool
    one_per_step: bool
    losers_reset: bool
    adapts: bool
    on_crossing: Graph | None
    after_sample: Graph | None
    homeostasis_coefficients: tuple[str, ...]
    sleeps: bool  # input comes one-to-one only: neurons that stand still without input are skipped


@dataclass(frozen=True)
class RulePlan:
    """The rule of a plastic connection, traced."""

    pre: dict[str, Trace]
    post: dict[str, Trace]
    coefficients: tuple[str, ...]
    on_pre: Graph
    on_post: Graph
    changes_on_pre: bool  # a presynaptic spike changes weights at all
    changes_on_post: bool
    needs_post: bool  # `on_pre` changes nothing where all postsynaptic traces are zero
    needs_pre: bool  # `on_post` changes nothing where all presynaptic traces are zero


@dataclass(frozen=True)
class ConnectionPlan:
    """One connection."""

    source: str
    target: str
    port: str
    kind: str  # dense, one_to_one, lateral
    from_input: bool
    delayed: bool
    longest_delay: int
    ahead: bool
    rule: RulePlan | None
    normalises: bool

    @property
    def name(self) -> str:
        """A name for variables."""
        return f"{self.source}_{self.target}"


@dataclass(frozen=True)
class Plan:
    """A network as the event engine sees it."""

    inputs: tuple[str, ...]
    populations: tuple[PopulationPlan, ...]
    connections: tuple[ConnectionPlan, ...]
    learn: bool


def plan(network: Network, *, learn: bool) -> Plan:
    """Trace every part of a network and decide how each is computed."""
    connections = tuple(_connection(network, key, learn=learn) for key in network.connections)
    return Plan(
        inputs=tuple(network.inputs),
        populations=tuple(
            _population(name, network.population(name), connections, learn=learn) for name in network.populations
        ),
        connections=connections,
        learn=learn,
    )


def kind_of(connection: Connection) -> str:
    """The loop form of a connection."""
    kinds = {Dense: "dense", OneToOne: "one_to_one", Lateral: "lateral"}
    if type(connection) not in kinds:
        raise EngineError(
            f"the event engine has no loop for {type(connection).__name__} connections; use engine=Reference()"
        )
    return kinds[type(connection)]


def _connection(network: Network, key: tuple[str, str], *, learn: bool) -> ConnectionPlan:
    connection = network.connections[key]
    rule = network.rules.get(key) if learn else None
    traced = None if rule is None else trace_rule(rule)
    return ConnectionPlan(
        source=key[0],
        target=key[1],
        port=connection.port,
        kind=kind_of(connection),
        from_input=key[0] in network.inputs,
        delayed=getattr(connection, "delay", None) is not None,
        longest_delay=connection.longest_delay,
        ahead=_computed_ahead(network, key, traced),
        rule=traced,
        normalises=learn and key in network.normalisations,
    )


def _computed_ahead(network: Network, key: tuple[str, str], rule: RulePlan | None) -> bool:
    """Whether summing ahead keeps the order of the sum, and the weights hold still until a neuron's first spike."""
    connection = network.connections[key]
    sharing = [
        other for other, link in network.connections.items() if other[1] == key[1] and link.port == connection.port
    ]
    delayed = any(network.connections[other].longest_delay > 1 for other in sharing)
    in_order = sharing == [key] or (sharing[0] == key and not delayed)
    return isinstance(connection, Dense) and key[0] in network.inputs and in_order and (rule is None or rule.needs_post)


def _population(
    name: str, population: Population, connections: tuple[ConnectionPlan, ...], *, learn: bool
) -> PopulationPlan:
    neuron = population.neuron
    state = type(neuron.initial(torch.zeros(1, 1)))
    coefficients = neuron.coefficients(1.0)
    fire = _traced(neuron, "fire", ["spike", *_arguments(neuron)])
    sparse_fire = is_identity(simplified(fire, {"spike": 0.0}), state._fields)
    homeostasis = population.homeostasis if learn else None
    if type(population.selection) not in (type(None), OnePerStep):
        raise EngineError(
            f"the event engine has no loop for {type(population.selection).__name__} selections; use engine=Reference()"
        )
    return PopulationPlan(
        name=name,
        ports=tuple(_port(name, port, connections) for port in neuron.ports._fields),  # type: ignore[attr-defined]
        state=state._fields,
        coefficients=prefixed(type(coefficients)),
        per_neuron=tuple(value.numel() > 1 for value in coefficients),
        integrate=trace_integrate(neuron),
        fire=fire,
        sparse_fire=sparse_fire,
        one_per_step=isinstance(population.selection, OnePerStep),
        losers_reset=population.selection is not None and population.selection.losers_reset,
        adapts=population.homeostasis is not None,
        on_crossing=None if homeostasis is None else trace_homeostasis(homeostasis, "on_crossing"),
        after_sample=None if homeostasis is None else trace_homeostasis(homeostasis, "after_sample"),
        homeostasis_coefficients=() if homeostasis is None else prefixed(type(homeostasis.coefficients(1.0))),
        sleeps=sparse_fire and all(c.kind == "one_to_one" for c in connections if c.target == name),
    )


def _port(population: str, port: str, connections: tuple[ConnectionPlan, ...]) -> PortPlan:
    feeding = [c for c in connections if c.target == population and c.port == port]
    longest = max((c.longest_delay for c in feeding), default=1)
    return PortPlan(port, connected=bool(feeding), whole=any(c.ahead for c in feeding), rows=longest)


def _arguments(neuron: Neuron) -> list[Any]:  # type: ignore[type-arg]
    """State and coefficients, as both methods of a neuron take them."""
    state, coefficients = type(neuron.initial(torch.zeros(1, 1))), type(neuron.coefficients(1.0))
    return [(state, state._fields), (coefficients, prefixed(coefficients))]


def trace_integrate(neuron: Neuron) -> Graph:  # type: ignore[type-arg]
    """The graph of a neuron's dynamics."""
    ports = neuron.ports._fields  # type: ignore[attr-defined]
    return _traced(neuron, "integrate", [(neuron.ports, tuple(f"x_{port}" for port in ports)), *_arguments(neuron)])


def trace_rule(rule: Rule) -> RulePlan:  # type: ignore[type-arg]
    """The graphs of a rule, and which spikes of the other side they need to change anything."""
    coefficients = rule.coefficients(1.0)
    if rule.traces._fields != (*rule.pre_traces, *rule.post_traces):  # type: ignore[attr-defined]
        raise TraceError(
            f"{type(rule).__name__}.traces must have the fields {(*rule.pre_traces, *rule.post_traces)}, those of "
            f"pre_traces followed by those of post_traces, got {rule.traces._fields}"  # type: ignore[attr-defined]
        )
    names = prefixed(type(coefficients))
    traced = {
        method: _traced(rule, method, ["w", (rule.traces, rule.traces._fields), (type(coefficients), names)])  # type: ignore[attr-defined]
        for method in ("on_pre", "on_post")
    }

    def changes(method: str, zero: Iterable[str]) -> bool:
        """Whether a method changes weights where some traces are zero."""
        left = simplified(traced[method], dict.fromkeys(zero, 0.0), {"w": ("c_low", "c_high")})
        return not is_identity(left, ("w",))

    return RulePlan(
        pre=rule.pre_traces,
        post=rule.post_traces,
        coefficients=names,
        on_pre=traced["on_pre"],
        on_post=traced["on_post"],
        changes_on_pre=changes("on_pre", ()),
        changes_on_post=changes("on_post", ()),
        needs_post=not changes("on_pre", rule.post_traces),
        needs_pre=not changes("on_post", rule.pre_traces),
    )


def trace_homeostasis(homeostasis: Homeostasis, method: str) -> Graph:  # type: ignore[type-arg]
    """The graph of one of the two methods of a homeostasis rule."""
    kind = type(homeostasis.coefficients(1.0))
    return _traced(homeostasis, method, ["theta", (kind, prefixed(kind))])


def prefixed(coefficients: type) -> tuple[str, ...]:
    """Names of coefficients, told apart from those of states and traces."""
    return tuple(f"c_{field}" for field in coefficients._fields)  # type: ignore[attr-defined]


def _traced(model: object, method: str, arguments: list[Any]) -> Graph:
    """The graph of a method; tracing takes a tenth of a second, so models of the same code share it."""
    key = repr((form(model), method, arguments))
    if key not in _GRAPHS:
        _GRAPHS[key] = trace(model, method, arguments)
    return _GRAPHS[key]
