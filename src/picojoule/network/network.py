"""A network: named inputs and populations, and connections keyed by `(source, target)`."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from torch import Tensor, nn

from picojoule.connect.base import Connection
from picojoule.core.arguments import public
from picojoule.core.conditioned import Conditioned
from picojoule.core.errors import EngineError, ParameterError, ShapeError, UnknownNameError
from picojoule.core.kinds import kind_of, take
from picojoule.core.params import Neurons, TimeStep
from picojoule.network.conditions import adopt, conditions
from picojoule.network.plasticity import Homeostasis, Normalisation, Rule
from picojoule.network.population import Population as Population  # noqa: PLC0414  # found here, too
from picojoule.neurons.base import Neuron
from picojoule.neurons.contract import check_named
from picojoule.neurons.selection import OnePerStep


class Connections(nn.Module):
    """The connections of a network, read by `connections[source, target]`.

    Raises:
        UnknownNameError: if there is no such connection.
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[tuple[str, str], str] = {}

    def add(self, key: tuple[str, str], connection: Connection) -> None:
        """Store a connection.

        Args:
            key: names of source and target.
            connection: what connects them.
        """
        name = f"{key[0]}->{key[1]}"
        self._keys[key] = name
        self.add_module(name, connection)

    def __getitem__(self, key: tuple[str, str]) -> Connection:
        if key not in self._keys:
            raise UnknownNameError("connection", "->".join(key), self._keys.values())
        connection = self.get_submodule(self._keys[key])
        if not isinstance(connection, Connection):
            raise TypeError(f"{key} is not a connection")
        return connection

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def items(self) -> list[tuple[tuple[str, str], Connection]]:
        """All connections.

        Returns:
            `(source, target)` keys with their connections, in the order in which they were made.
        """
        return [(key, self[key]) for key in self._keys]


class Network(Conditioned):
    """Populations of spiking neurons and the connections between them.

    Args:
        dt: length of one step, in ms.

    Raises:
        ParameterError: if `dt` is not above 0.

    Example:
        >>> import torch
        >>> from picojoule.connect.dense import Dense
        >>> from picojoule.neurons.lif import LIF
        >>> network = Network(dt=1.0)
        >>> network.add_input("X", 3)
        >>> network.add_population("Y", 2, LIF())
        >>> network.connect("X", "Y", Dense(torch.ones(3, 2)))
        >>> network.connections["X", "Y"].weight.shape
        torch.Size([3, 2])
    """

    @public
    def __init__(self, *, dt: TimeStep = 1.0) -> None:
        super().__init__()
        self.dt = dt
        self.inputs: dict[str, int] = {}
        self.populations = nn.ModuleDict()
        self.connections = Connections()
        self.rules: dict[tuple[str, str], Rule] = {}  # type: ignore[type-arg]
        self.normalisations: dict[tuple[str, str], Normalisation] = {}

    @public
    def add_input(self, name: str, n: Neurons) -> None:
        """Add inputs whose spikes are given from outside.

        Args:
            name: a new name, an identifier.
            n: number of inputs.

        Raises:
            ParameterError: if the name cannot be used, or `n` is below 1.
        """
        self._check_new(name)
        self.inputs[name] = n

    @public
    def add_population(
        self,
        name: str,
        n: Neurons,
        neuron: Neuron,  # type: ignore[type-arg]
        *,
        selection: OnePerStep | None = None,
        homeostasis: Homeostasis | None = None,  # type: ignore[type-arg]
    ) -> None:
        """Add a population of spiking neurons.

        Args:
            name: a new name, an identifier.
            n: number of neurons.
            neuron: the model they share.
            selection: which of the neurons that cross threshold in a step may spike; `None`: all.
            homeostasis: a slow change of thresholds.

        Raises:
            ParameterError: if the name cannot be used, or `n` is below 1.
        """
        self._check_new(name)
        self.populations[name] = Population(n, neuron, selection=selection, homeostasis=homeostasis)

    @public
    def connect(
        self,
        source: str,
        target: str,
        connection: Connection,
        *,
        rule: Rule | None = None,  # type: ignore[type-arg]
        normalise: Normalisation | None = None,
    ) -> None:
        """Connect a source (input or population) to a target population.

        A spike of step t arrives in step t + 1, or later where there are delays, with the weight that it has after the
        learning of step t.

        Args:
            source: name of an input or population.
            target: name of a population.
            connection: the connection; its sizes must be those of source and target.
            rule: learning rule; its bounds must hold the weights.
            normalise: what happens to the weights after a sample in which the network learns.

        Raises:
            UnknownNameError: if source, target or port is not there.
            ShapeError: if sizes differ.
            ParameterError: if the target is an input, if there is such a connection already, if the connection is that
                of another pair, if weights lie outside the rule's bounds, if its coefficients are no NamedTuple, or
                if weights are to be normalised without a rule.
        """
        size = self.size_of(source), self.population(target).n
        if size != (connection.n_source, connection.n_target):
            raise ShapeError(
                f"connection {source}->{target} is {connection.n_source} x {connection.n_target}, "
                f"but {source} has {size[0]} and {target} has {size[1]} neurons"
            )
        ports = self.population(target).neuron.ports._fields  # type: ignore[attr-defined]
        if connection.port not in ports:
            raise UnknownNameError(f"port of {target}", connection.port, ports)
        if (source, target) in self.connections:
            raise ParameterError(f"{source}->{target} is connected already; keep one connection for a pair")
        for other in (key for key, known in self.connections.items() if known is connection):
            raise ParameterError(
                f"the connection of {source}->{target} is that of {'->'.join(other)} already, and both would share its "
                f"weights; give {source}->{target} its own, copy.deepcopy(connection)"
            )
        if normalise is not None and rule is None:
            raise ParameterError(
                f"{source}->{target} has normalise= but no rule=: weights are normalised where they learn. Add a rule, "
                f"or scale the weights once with {normalise}.apply"
            )
        if rule is not None:
            self._check_plastic(f"{source}->{target}", connection, rule)
            check_named(f"{type(rule).__name__}.coefficients", rule.coefficients(self.dt))
            self.rules[source, target] = rule
        if normalise is not None:
            self.normalisations[source, target] = normalise
        self.connections.add((source, target), connection)

    @property
    def learns(self) -> bool:
        """Whether anything in it can learn: a connection with a rule, or a population with homeostasis."""
        return bool(self.rules) or any(self.population(name).homeostasis is not None for name in self.populations)

    @staticmethod
    def otherwise(given: object) -> str:
        """What to do with what was given in place of a network.

        Args:
            given: anything else.
        """
        ways = "call layers on spikes, layers(spikes), and save them with torch.save(layers.state_dict(), path)"
        return ways if isinstance(given, nn.Module) else ""

    def forward(self, *_: object, **__: object) -> NoReturn:
        """A network is not called like a layer.

        Raises:
            EngineError: says how it is run.
        """
        raise EngineError(
            "a Network is not called like a layer: pj.run(network, spikes) runs it, and gives the responses of every "
            "population and the counts of what was done"
        )

    @public
    def size_of(self, name: str) -> int:
        """Number of neurons of an input or population.

        Args:
            name: of an input or population.

        Raises:
            UnknownNameError: if there is none.
        """
        if name in self.inputs:
            return self.inputs[name]
        return self.population(name).n

    @public
    def population(self, name: str) -> Population:
        """The population of a name.

        Args:
            name: of a population.

        Raises:
            UnknownNameError: if there is none.
            ParameterError: if it is the name of an input.
        """
        if name in self.inputs:
            raise ParameterError(
                f"{name!r} is an input: its spikes are given from outside, so it is no population, and nothing can be "
                f"connected to it. Known populations: {', '.join(self.populations) or 'none'}"
            )
        if name not in self.populations:
            raise UnknownNameError("population", name, [*self.populations, *self.inputs])
        found = self.populations[name]
        if not isinstance(found, Population):
            raise TypeError(f"{name} is not a population")
        return found

    def check_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Refuse a step, or tensors, that do not fit, whoever put them in place of those it was made with.

        Args:
            tensors: by their name in `state_dict()`, in place of those that the network holds.

        Raises:
            ShapeError: if a tensor has another shape, or a delay is out of range; connection or population is named.
            ParameterError: if the step, or a parameter of a neuron, is out of range.
        """
        take("Network.dt", kind_of(TimeStep), self.dt)
        parts: dict[str, tuple[str, Connection | Population]] = {}
        for key, connection in self.connections.items():
            parts[f"connection {'->'.join(key)}"] = f"connections.{'->'.join(key)}.", connection
        for name in self.populations:
            parts[f"population {name!r}"] = f"populations.{name}.", self.population(name)
        for what, (prefix, part) in parts.items():
            own = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
            try:
                part.check_tensors(own)
            except (ShapeError, ParameterError) as error:
                raise type(error)(f"{what}: {error}") from error

    def conditions(self) -> dict[str, Any]:
        """What its tensors depend on."""
        return conditions(self)

    def adopt(self, stored: dict[str, Any], source: str) -> None:
        """Learn on as a saved network does; see `picojoule.network.conditions`."""
        adopt(self, stored, source)

    def _check_new(self, name: str) -> None:
        if not name.isidentifier():
            raise ParameterError(f"population name {name!r} must be an identifier: letters, digits, _")
        if name in self.inputs or name in self.populations:
            raise ParameterError(f"the network has a population {name!r} already; choose another name")
        if hasattr(self.populations, name):
            raise ParameterError(f"population name {name!r} means something to torch modules; choose another name")

    @staticmethod
    def _check_plastic(name: str, connection: Connection, rule: Rule) -> None:  # type: ignore[type-arg]
        weight = connection.weight
        if weight.dim() != 2:
            raise ParameterError(f"{name} shares one weight, which a rule cannot change; use a Dense connection")
        low, high = rule.bounds
        if float(weight.min()) < low or float(weight.max()) > high:
            raise ParameterError(
                f"weights of {name} lie in [{float(weight.min()):g}, {float(weight.max()):g}], outside the rule's "
                f"bounds [{low:g}, {high:g}]; clamp them or widen the bounds"
            )
