"""Networks on disk: one safetensors file, no pickle, written whole or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from picojoule.core.errors import CheckpointError
from picojoule.core.files import write_atomically
from picojoule.network.network import Network, checked_network

FORMAT = "picojoule 1"


def save_network(
    network: Network,
    path: Path | str,
    *,
    extra: Mapping[str, Tensor] | None = None,
    notes: Mapping[str, object] | None = None,
) -> None:
    """Write weights, delays and thresholds of a network.

    Args:
        network: what to save.
        path: the file, usually `model.safetensors`.
        extra: further tensors to keep in the same file, such as a fitted readout.
        notes: plain values (JSON) to keep with them, such as options.

    Raises:
        OutputError: if the file cannot be written.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "model.safetensors"
        >>> save_network(Network(dt=1.0), file)
        >>> file.exists()
        True
    """
    from safetensors.torch import save

    checked_network(network, "pj.save_network")
    tensors = {f"network.{name}": value.detach().contiguous() for name, value in network.state_dict().items()}
    tensors |= {f"extra.{name}": value.detach().contiguous() for name, value in (extra or {}).items()}
    metadata = {"format": FORMAT, "network": describe(network), "notes": json.dumps(dict(notes or {}))}
    write_atomically(Path(path), save(tensors, metadata))


def load_network(network: Network, path: Path | str) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Read weights, delays and thresholds into a network of the same structure.

    Args:
        network: filled in place.
        path: a file that `save_network` wrote.

    Returns:
        The extra tensors and the notes.

    Raises:
        CheckpointError: if the file is missing, damaged, or of another network; the network is unchanged then.

    Example:
        >>> import tempfile
        >>> from picojoule.core.errors import CheckpointError
        >>> file = Path(tempfile.mkdtemp()) / "model.safetensors"
        >>> save_network(Network(dt=1.0), file, notes={"seed": 3})
        >>> load_network(Network(dt=1.0), file)
        ({}, {'seed': 3})
    """
    from safetensors import SafetensorError, safe_open

    checked_network(network, "pj.load_network")
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a dict
    except FileNotFoundError as error:
        raise CheckpointError(f"there is no checkpoint {path}; start without resuming") from error
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is damaged ({error}); delete it and start again") from error
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a network of this library ({FORMAT}); choose another file")
    if metadata["network"] != describe(network):
        raise CheckpointError(
            f"{path} holds another network: {metadata['network']}; this one is {describe(network)}. "
            f"Use the options it was made with"
        )
    state = {name.removeprefix("network."): value for name, value in tensors.items() if name.startswith("network.")}
    if _shapes(state) != _shapes(network.state_dict()):
        raise CheckpointError(f"{path} holds other weights than this network has. Use the options it was made with")
    network.load_state_dict(state)
    extra = {name.removeprefix("extra."): value for name, value in tensors.items() if name.startswith("extra.")}
    return extra, json.loads(metadata["notes"])


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in tensors.items()}


def describe(network: Network) -> str:
    """The structure of a network in one line.

    Args:
        network: what to describe.

    Example:
        >>> network = Network(dt=1.0)
        >>> network.add_input("X", 3)
        >>> describe(network)
        'dt=1 ms: X[3]'
    """
    parts = [f"{name}[{size}]" for name, size in network.inputs.items()]
    parts += [
        f"{name}[{network.population(name).n} {type(network.population(name).neuron).__name__}]"
        for name in network.populations
    ]
    parts += ["->".join(key) for key in network.connections]
    return f"dt={network.dt:g} ms: {', '.join(parts)}"
