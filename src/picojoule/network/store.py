"""Networks on disk: one safetensors file, no pickle, written whole or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import CheckpointError, ParameterError, ShapeError
from picojoule.core.tensor_file import check_tensors, read_tensors, write_tensors
from picojoule.network.conditions import adopt, conditions
from picojoule.network.network import Network

FORMAT = "picojoule 1"


@public
def save_network(
    network: Network,
    path: Path | str,
    *,
    extra: Mapping[str, Tensor] | None = None,
    notes: Mapping[str, object] | None = None,
) -> None:
    """Write weights, delays, thresholds and the parameters of neurons and rules; equal networks give equal files.

    Args:
        network: what to save.
        path: the file, usually `model.safetensors`.
        extra: further tensors to keep in the same file, such as a fitted readout.
        notes: plain values (JSON) to keep with them, such as options.

    Raises:
        OutputError: if the file cannot be written.
        CheckpointError: if a tensor holds NaN or infinity.
        ParameterError: if a note is no plain value.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "model.safetensors"
        >>> save_network(Network(dt=1.0), file)
        >>> file.exists()
        True
    """
    state = network.state_dict()
    check_tensors(state, Path(path))
    check_tensors({f"extra {name!r}": value for name, value in (extra or {}).items()}, Path(path))
    tensors = {f"network.{name}": value for name, value in state.items()}
    tensors |= {f"extra.{name}": value for name, value in (extra or {}).items()}
    texts = {"format": FORMAT, "network": describe(network), "notes": _written(notes or {})}
    write_tensors(Path(path), tensors, texts | {"conditions": json.dumps(conditions(network), sort_keys=True)})


@public
def load_network(network: Network, path: Path | str) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Read weights, delays, thresholds and what learning goes on with into a network that is made alike.

    Tensors among the parameters of neurons, and the numbers of rules, homeostasis and normalisation, become those of
    the file. Another step, other neurons, selections or connections are refused.

    Args:
        network: filled in place.
        path: a file that `save_network` wrote.

    Returns:
        The extra tensors and the notes.

    Raises:
        CheckpointError: if the file is missing or damaged, holds NaN, infinity or numbers out of range, or is of a
            network that was made otherwise; the network is unchanged then.

    Example:
        >>> import tempfile
        >>> from picojoule.core.errors import CheckpointError
        >>> file = Path(tempfile.mkdtemp()) / "model.safetensors"
        >>> save_network(Network(dt=1.0), file, notes={"seed": 3})
        >>> load_network(Network(dt=1.0), file)
        ({}, {'seed': 3})
    """
    tensors, texts = read_tensors(Path(path))
    if texts.get("format") != FORMAT or not {"network", "conditions", "notes"} <= texts.keys():
        raise CheckpointError(f"{path} is not a network of this library ({FORMAT}); choose another file")
    if texts["network"] != describe(network):
        raise CheckpointError(
            f"{path} holds another network: {texts['network']}; this one is {describe(network)}. "
            f"Use the options it was made with"
        )
    state = {name.removeprefix("network."): value for name, value in tensors.items() if name.startswith("network.")}
    check_tensors(state, Path(path))
    if _shapes(state) != _shapes(network.state_dict()):
        raise CheckpointError(f"{path} holds other weights than this network has. Use the options it was made with")
    try:
        network.check_tensors(state)
    except (ShapeError, ParameterError) as error:
        raise CheckpointError(f"{error}, in {path}; such a network cannot run") from error
    try:
        stored, kept = json.loads(texts["conditions"]), json.loads(texts["notes"])
        adopt(network, stored, str(path))
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({error!r}); choose another file") from error
    network.load_state_dict(state)
    extra = {name.removeprefix("extra."): value for name, value in tensors.items() if name.startswith("extra.")}
    return extra, kept


def _written(notes: Mapping[str, object]) -> str:
    for name, value in notes.items():
        try:
            json.dumps(value)
        except (TypeError, ValueError) as error:
            raise ParameterError(
                f"notes[{name!r}] is a {type(value).__name__} that JSON cannot hold ({error}); give plain numbers, "
                f"texts, lists and dicts, such as float(x) or sorted(x)"
            ) from error
    return json.dumps(dict(notes))


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
