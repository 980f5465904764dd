"""Every public callable with a good call, and the values that are tried in place of each of its arguments."""

import inspect
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import picojoule as pj
from picojoule.data.dataset import ImageDataset
from tests.contract import energy_calls

LIF, Spiking = pj.neurons.LIF, pj.Spiking
STEPS, BATCH, SIZE, CLASSES = 3, 8, 4, 2


def spikes() -> Tensor:
    return (torch.arange(STEPS * BATCH * SIZE).reshape(STEPS, BATCH, SIZE) % 3 == 0).float()


def labels() -> Tensor:
    return torch.arange(BATCH) % CLASSES


def images() -> Tensor:
    return torch.linspace(0.0, 1.0, BATCH * SIZE).reshape(BATCH, SIZE)


def labelled() -> pj.LabelledImages:
    return pj.LabelledImages(images(), labels())


def network() -> pj.Network:
    made = pj.Network()
    made.add_input("X", SIZE)
    made.add_population("Y", SIZE, pj.neurons.DeltaLIF())
    made.connect("X", "Y", pj.connect.Dense(torch.full((SIZE, SIZE), 20.0)))
    return made


def free_network() -> pj.Network:
    made = network()
    made.add_population("Z", SIZE, LIF())
    return made


def layer() -> pj.Spiking:
    return Spiking(LIF(), loop=pj.ReferenceLoop())


def stack() -> pj.Sequential:
    return pj.Sequential(pj.layers.Linear(SIZE, CLASSES), layer())


def positive() -> pj.Sequential:
    """A stack whose neurons fire at any rate, with input enough."""
    made = stack()
    torch.nn.init.constant_(made[0].weight, 0.5)  # type: ignore[arg-type]
    return made


def fitted() -> Any:
    return pj.decode.AllActivity().fit(spikes(), labels(), n_classes=CLASSES)


def saved() -> Path:
    path = Path(tempfile.mkdtemp()) / "model.safetensors"
    pj.save_network(network(), path)
    return path


# By the name of a parameter, or by callable and parameter; where neither stands here, the default is good.
GOOD: dict[str, Callable[[], Any]] = {
    "module": stack,
    "model": stack,
    "network": stack,
    "keep": lambda: ["spike"],
    "labels": labels,
    "images": images,
    "neuron": LIF,
    "n": lambda: SIZE,
    "features": lambda: SIZE,
    "encoder": pj.encode.Poisson,
    "steps": lambda: STEPS,
    "data": lambda: ImageDataset("it", labelled(), labelled(), CLASSES),
    "name": lambda: "new",
    "path": saved,
    "dt": lambda: 1.0,
    "seed": lambda: 0,
    "n_classes": lambda: CLASSES,
    "engine": pj.Reference,
    "loop": pj.ReferenceLoop,
    "spikes": spikes,
    "numbers": lambda: torch.arange(BATCH),
    "x": spikes,
    "batch": lambda: torch.rand(40, 16, SIZE, generator=torch.Generator().manual_seed(0)),
    "initialise.model": positive,
    "intensities": images,
    "presentation": lambda: pj.Presentation(pj.encode.Poisson(), steps=STEPS, population="Y"),
    "strength": lambda: 1.0,
    "predicted": labels,
    "correct": lambda: 3,
    "total": lambda: 7,
    "output": spikes,
    "items": lambda: [(torch.zeros(STEPS, SIZE), torch.tensor(1))] * 2,
    "population": lambda: "Y",
    "in_features": lambda: SIZE,
    "out_features": lambda: CLASSES,
    "bits": lambda: 4,
    "goal": lambda: 5.0,
    "epochs": lambda: 1,
    "part": lambda: 0.5,
    "allowance": lambda: 5.0,
    "accuracy": lambda: 0.5,
    "frame": images,
    "responses": spikes,
    "source": lambda: "X",
    "target": lambda: "Z",
    "connection": lambda: pj.connect.Dense(torch.ones(SIZE, SIZE)),
    "index": lambda: 1,
    "after": lambda: print,
    "count": lambda: 2,
    # networks of populations
    "run.network": network,
    "pointers": lambda: np.zeros((BATCH, STEPS + 1), np.int64),
    "indices": lambda: np.zeros(0, np.int32),
    "size": lambda: SIZE,
    "present.network": network,
    "save_network.network": network,
    "load_network.network": network,
    "Event.run.network": network,
    "Reference.run.network": network,
    "load_data.name": lambda: "mnist-5k",
    "state": lambda: fitted().state(),
    "SpikeCount.from_state.state": lambda: pj.decode.SpikeCount(2).state(),
    "FirstSpike.from_state.state": lambda: pj.decode.SpikeCount(2).state(),
    "LabelledImages.subset.index": lambda: slice(0, 2),
    "LabelledImages.intensities.index": lambda: slice(0, 2),
    "OverTime.module": lambda: nn.Linear(SIZE, CLASSES),
    "Network.size_of.name": lambda: "Y",
    "Network.population.name": lambda: "Y",
    "Dense.weight": lambda: torch.ones(SIZE, SIZE),
    "assign_labels.counts": spikes,
    "NumbaLoop.threads": lambda: 1,
    "Event.threads": lambda: 1,
    "Recurrent.loop": pj.ReferenceLoop,
    # learning
    "energy_penalty.counts": lambda: {"0": torch.ones(BATCH, SIZE)},
    "spike_energy.counts": lambda: {"0": torch.ones(BATCH, SIZE)},
    "prices": lambda: {"0": torch.ones(SIZE)},
    "QuantisedWeights.layer": lambda: nn.Linear(SIZE, CLASSES),
    "fit.network": lambda: nn.Linear(SIZE, CLASSES),
    "QuantisedInput.forward.x": images,
    "compare.network": stack,
    "compare.epochs": lambda: 1,
    "compare.steps": lambda: STEPS,
}

ALWAYS = ("engine", "loop")  # given though there is a default, which would compile
# Objects whose methods are called, too.
OBJECTS: dict[str, Callable[[], Any]] = {
    "Network": free_network,
    "Sequential": stack,
    "Spiking": layer,
    "Recurrent": lambda: pj.Recurrent(LIF(), SIZE, loop=pj.ReferenceLoop()),
    "Linear": lambda: pj.layers.Linear(SIZE, CLASSES),
    "OverTime": lambda: pj.layers.OverTime(nn.Linear(SIZE, CLASSES)),
    "Poisson": pj.encode.Poisson,
    "EncodedDataset": lambda: pj.encode.EncodedDataset(images(), labels(), pj.encode.Poisson(), steps=STEPS),
    "Event": pj.Event,
    "Reference": pj.Reference,
    "AllActivity": fitted,
    "SpikeCount": lambda: pj.decode.SpikeCount(2),
    "FirstSpike": lambda: pj.decode.FirstSpike(2),
    "LabelledImages": labelled,
    "QuantisedInput": lambda: pj.learn.QuantisedInput(4),
    "QuantisedReLU": lambda: pj.learn.QuantisedReLU(4),
    "Trace": pj.Trace,
    "Normalisation": pj.Normalisation,
    "FewSpikes": pj.neurons.FewSpikes,
}

BAD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "text": lambda: "text",
    "empty text": lambda: "",
    "3.7": lambda: 3.7,
    "-1": lambda: -1,
    "0": lambda: 0,
    "True": lambda: True,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "huge": lambda: 10**400,
    "complex": lambda: 1j,
    "object": object,
    "list": list,
    "dict": dict,
    "class": lambda: LIF,
    "module class": lambda: nn.ReLU,
    "bytes": lambda: b"it",
    "function": lambda: print,
    "list of lists": lambda: [[1.0], [2.0, 3.0]],
    "list of texts": lambda: ["a", "b"],
    "set": lambda: {1, 2},
    "tuple": lambda: (1, -1),
    "numpy": lambda: np.zeros((2, 2, 2, 2, 2)),
    "numpy texts": lambda: np.array(["a"]),
    "meta": lambda: torch.empty(STEPS, BATCH, SIZE, device="meta"),
    "sparse": lambda: torch.ones(STEPS, BATCH, SIZE).to_sparse(),
    "complex tensor": lambda: torch.ones(STEPS, BATCH, SIZE) * 1j,
    "int tensor": lambda: torch.ones(STEPS, BATCH, SIZE, dtype=torch.int64),
    "empty tensor": lambda: torch.ones(0),
    "no steps": lambda: torch.ones(0, BATCH, SIZE),
    "no samples": lambda: torch.ones(STEPS, 0, SIZE),
    "other width": lambda: torch.ones(STEPS, BATCH, SIZE + 1),
    "no axis": lambda: torch.ones(()),
    "one axis": lambda: torch.ones(5),
    "NaN tensor": lambda: torch.full((STEPS, BATCH, SIZE), float("nan")),
    "bool tensor": lambda: torch.ones(STEPS, BATCH, SIZE) > 0,
    "half": lambda: torch.ones(STEPS, BATCH, SIZE).half(),
}


PLOTS = "picojoule.plot"  # drawn by tests/plot/test_every_plot.py, which has bad values of its own


def public_callables() -> dict[str, Callable[..., Any]]:
    """Functions and classes that a user reaches, by the name written there, and the methods of `OBJECTS`."""
    rooms = [pj, *(room for name in pj.__all__ if isinstance(room := getattr(pj, name), ModuleType))]
    found: dict[int, tuple[str, Callable[..., Any]]] = {}
    for room in rooms:
        for name in room.__all__ if room.__name__ != PLOTS else ():
            value = getattr(room, name)
            is_class = isinstance(value, type)
            given_back = is_class and issubclass(value, Exception | tuple)
            if callable(value) and _is_ours(value) and not inspect.isabstract(value) and not given_back:
                own = f"energy.{name}" if room is pj.energy else name
                found.setdefault(id(value), (own, value))
    calls = dict(found.values())
    for name, make in OBJECTS.items():
        calls |= {f"{name}.{method}": _method(make, method) for method in _methods(type(make()))}
    return calls


def _method(make: Callable[[], Any], name: str) -> Callable[..., Any]:
    """A method of a new object."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(make(), name)(*args, **kwargs)

    call.__signature__ = inspect.signature(getattr(make(), name))  # type: ignore[attr-defined]
    return call


def _methods(owner: type) -> list[str]:
    """The methods of a class that check their arguments."""
    every = inspect.getmembers(owner, inspect.isroutine)
    return [
        name
        for name, method in every
        if inspect.unwrap(method) is not method
        and (not name.startswith("_") or name in ("__call__", "__getitem__"))
        and _is_ours(inspect.unwrap(method))
    ]


def _is_ours(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).startswith("picojoule")


def good_arguments(name: str, function: Callable[..., Any]) -> dict[str, Callable[[], Any] | None]:
    """How to make a good argument for each parameter; `None`: its default is good.

    Raises:
        KeyError: if there is no way.
    """
    found: dict[str, Callable[[], Any] | None] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        table = energy_calls.GOOD if name.startswith("energy.") else GOOD
        own = f"{name.removeprefix('energy.')}.{parameter.name}"
        if own in table or parameter.default is parameter.empty or parameter.name in ALWAYS:
            found[parameter.name] = table[own] if own in table else table[parameter.name]
        else:
            found[parameter.name] = None
    return found


def called(function: Callable[..., Any], arguments: dict[str, Any]) -> None:
    """Call a function, and go through what it gives."""
    parameters = inspect.signature(function).parameters
    alone = [name for name, one in parameters.items() if one.kind is one.POSITIONAL_ONLY]
    given = dict(arguments)
    result = function(*(given.pop(name) for name in alone), **given)
    if inspect.isgenerator(result):
        list(result)
