"""What training has done so far: everything a resumed run needs to end in the same bits."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam

from picojoule.core.errors import CheckpointError
from picojoule.core.tensor_file import read_tensors, write_tensors
from picojoule.layers import Spiking
from picojoule.recipes.identity import check_identity
from picojoule.recipes.surrogate_mnist.budget_state import BudgetState

FORMAT = "picojoule surrogate-mnist 1"
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass
class History:
    """A point for each epoch."""

    images: list[int] = field(default_factory=list)  # shown so far
    accuracy: list[float] = field(default_factory=list)  # of the training images, as they were shown
    loss: list[float] = field(default_factory=list)
    time_constants: dict[str, list[list[float]]] = field(default_factory=dict)  # quantiles, in ms, by layer


@dataclass
class TrainingState:
    """How far training is.

    Args:
        epochs: that are done.
        history: a point for each.
        seconds: wall time of training, over all resumed parts.
        budget: how far the search for a network within an energy budget is, if there is one.
    """

    epochs: int = 0
    history: History = field(default_factory=History)
    seconds: float = 0.0
    budget: BudgetState | None = None

    def record(self, network: nn.Module, *, images: int, accuracy: float, loss: float) -> None:
        """Note that an epoch has ended."""
        self.epochs += 1
        self.history.images.append(images)
        self.history.accuracy.append(accuracy)
        self.history.loss.append(loss)
        for name, values in time_constants(network):
            self.history.time_constants.setdefault(name, []).append(_quantiles(values))


def time_constants(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """The learned time constants of each layer of neurons, in ms, by the layer's place in the network."""
    for name, module in network.named_modules():
        if isinstance(module, Spiking):
            yield name, module.neuron.tau.detach()  # type: ignore[attr-defined]  # all neurons here have one


def _quantiles(values: Tensor) -> list[float]:
    found: list[float] = torch.quantile(values.flatten().double(), torch.tensor(LEVELS, dtype=torch.float64)).tolist()
    return found


def save_model(network: nn.Module, path: Path, notes: Mapping[str, Any]) -> None:
    """Write the network's `state_dict` as it is, with plain values beside it."""
    write_tensors(path, network.state_dict(), {"notes": json.dumps(dict(notes))})


def save_state(
    state: TrainingState, network: nn.Module, optimiser: Adam, identity: Mapping[str, Any], path: Path
) -> None:
    """Write a checkpoint, whole or not at all."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    for number, memory in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": value for name, value in memory.items()}
    notes = {
        "identity": dict(identity),
        "epochs": state.epochs,
        "seconds": state.seconds,
        "history": vars(state.history),
    }
    if state.budget is not None:
        notes["budget"] = state.budget.notes()
        tensors |= {f"kept.{name}": value for name, value in state.budget.kept.items()}
    write_tensors(path, tensors, {"format": FORMAT, "notes": json.dumps(notes)})


def load_state(network: nn.Module, optimiser: Adam, identity: Mapping[str, Any], path: Path) -> TrainingState:
    """Read a checkpoint into the network and the optimiser.

    Raises:
        CheckpointError: if it is damaged or of another run; the message names the option that differs.
    """
    tensors, metadata = read_tensors(path, advice="delete it and start again")
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint of this recipe ({FORMAT}); choose another --out")
    try:
        notes = json.loads(metadata["notes"])
        check_identity(notes["identity"], identity, path)
        network.load_state_dict(_below(tensors, "network."))
        _load_optimiser(optimiser, _below(tensors, "optimiser."))
        kept = _below(tensors, "kept.")
        budget = BudgetState.read(notes["budget"], kept) if "budget" in notes else None
        if budget is not None and kept.keys() != network.state_dict().keys():
            raise ValueError("the weights of the best epoch are not whole")
        return TrainingState(int(notes["epochs"]), History(**notes["history"]), float(notes["seconds"]), budget)
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({error!r}); delete it and start again") from error


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _load_optimiser(optimiser: Adam, tensors: Mapping[str, Tensor]) -> None:
    memory: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        number, _, kind = name.partition(".")
        memory.setdefault(int(number), {})[kind] = value
    groups = optimiser.state_dict()["param_groups"]
    weights = dict(zip(groups[0]["params"], optimiser.param_groups[0]["params"], strict=True))
    wanted = {n: {"step": (), "exp_avg": tuple(w.shape), "exp_avg_sq": tuple(w.shape)} for n, w in weights.items()}
    if {n: {kind: tuple(value.shape) for kind, value in found.items()} for n, found in memory.items()} != wanted:
        raise ValueError("the optimiser's memory is not whole")
    optimiser.load_state_dict({"state": memory, "param_groups": groups})
