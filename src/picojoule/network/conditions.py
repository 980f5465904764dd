"""What a network's weights belong to: what it was saved with is restored or refused.

Refused is another step, other neurons, selections or connections: the network would do something else. Restored is what
it learns with, the numbers of rules, homeostasis and normalisation; these must be of the same kinds. A surrogate says
only how gradients pass, and is not looked at.
"""

from typing import TYPE_CHECKING, Any

from torch import Tensor

from picojoule.core.described import described, difference, restored
from picojoule.core.errors import CheckpointError

if TYPE_CHECKING:
    from picojoule.network.network import Network

Plain = dict[str, Any]
NO_MATTER = ("surrogate",)


def conditions(network: "Network") -> Plain:
    """All that a network is beside its tensors, as plain values.

    Args:
        network: to describe.
    """
    populations = {name: network.population(name) for name in network.populations}
    made = {
        "dt": network.dt,
        "inputs": network.inputs,
        "populations": {
            name: {"n": p.n, "neuron": _neuron(p.neuron), "selection": p.selection} for name, p in populations.items()
        },
        "connections": {"->".join(key): _connection(connection) for key, connection in network.connections.items()},
    }
    return {"made": _plain(made), "learns": _plain(_learning(network))}


def adopt(network: "Network", stored: Plain, source: str) -> None:
    """Make a network learn as the saved one does, if it is made as that one is.

    Args:
        network: changed only where all fits.
        stored: what `conditions` gave.
        source: of the weights, for the message.

    Raises:
        CheckpointError: names the first difference.
    """
    learning = restored(_learning(network), stored["learns"])
    own = {"made": conditions(network)["made"], "learns": _plain(learning)}
    for part, plain in own.items():
        if (found := difference(stored[part], plain)) is not None:
            raise CheckpointError(f"{source} holds a network made otherwise: {found}. Make this one as it was made")
    for key in network.connections:
        for kept, part in ((network.rules, "rule"), (network.normalisations, "normalise")):
            if key in kept:
                kept[key] = learning["->".join(key)][part]
    for name in network.populations:
        network.population(name).homeostasis = learning[name]["homeostasis"]


def _learning(network: "Network") -> dict[str, dict[str, Any]]:
    """What each connection and population learns with."""
    parts = {
        "->".join(key): {"rule": network.rules.get(key), "normalise": network.normalisations.get(key)}
        for key in network.connections
    }
    return parts | {name: {"homeostasis": network.population(name).homeostasis} for name in network.populations}


def _plain(value: object) -> Any:  # noqa: ANN401  # what JSON holds
    return described(value, without=NO_MATTER)


def _neuron(neuron: Any) -> Any:  # noqa: ANN401  # any model
    """A model whose tensors are told by their shape: the numbers are saved as tensors."""
    plain = _plain(neuron)
    shapes = {name: f"tensor {list(value.shape)}" for name, value in vars(neuron).items() if isinstance(value, Tensor)}
    return plain | {"fields": plain["fields"] | shapes}


def _connection(connection: Any) -> Any:  # noqa: ANN401  # any connection
    """Everything that a connection says of itself beside its tensors, which are saved."""
    plain = {n: v for n, v in vars(connection).items() if not n.startswith("_") and n != "training"}
    return {"kind": type(connection).__qualname__, "fields": _plain(plain)["fields"]}
