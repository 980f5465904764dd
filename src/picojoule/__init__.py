"""picojoule: energy-efficient machine learning with spiking neural networks.

Names are loaded when they are first used, so that `import picojoule` costs next to nothing on top of `import torch`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from picojoule._version import __version__ as __version__

if TYPE_CHECKING:
    from picojoule import connect as connect
    from picojoule import data as data
    from picojoule import decode as decode
    from picojoule import encode as encode
    from picojoule import energy as energy
    from picojoule import layers as layers
    from picojoule import learn as learn
    from picojoule import models as models
    from picojoule import neurons as neurons
    from picojoule import plot as plot
    from picojoule.core.errors import PicojouleError as PicojouleError
    from picojoule.data.catalogue import load as load_data  # noqa: F401  # the public name says what is loaded
    from picojoule.energy.compare_trained import compare_trained as compare  # noqa: F401  # of the trained
    from picojoule.energy.count.count import Count as Count
    from picojoule.layers.recorder import Recorder as Recorder
    from picojoule.layers.recurrent import Recurrent as Recurrent
    from picojoule.layers.sequential import Sequential as Sequential
    from picojoule.layers.spiking import Spiking as Spiking
    from picojoule.network.network import Network as Network
    from picojoule.network.store import load_network as load_network
    from picojoule.network.store import save_network as save_network
    from picojoule.simulate.event.engine import Event as Event
    from picojoule.simulate.present import Presentation as Presentation
    from picojoule.simulate.present import present as present
    from picojoule.simulate.reference import Reference as Reference
    from picojoule.simulate.run import run as run
    from picojoule.simulate.scan.memory import Checkpoints as Checkpoints
    from picojoule.simulate.scan.memory import StoreAll as StoreAll
    from picojoule.simulate.scan.numba_loop import NumbaLoop as NumbaLoop
    from picojoule.simulate.scan.reference import ReferenceLoop as ReferenceLoop
    from picojoule.simulate.scan.scan import scan as scan
    from picojoule.simulate.scan.triton_loop import TritonLoop as TritonLoop

_PACKAGES = ("connect", "data", "decode", "encode", "energy", "layers", "learn", "models", "neurons", "plot")
_NAMES = {
    "Checkpoints": "picojoule.simulate.scan.memory",
    "Count": "picojoule.energy.count.count",
    "Event": "picojoule.simulate.event.engine",
    "Network": "picojoule.network.network",
    "NumbaLoop": "picojoule.simulate.scan.numba_loop",
    "PicojouleError": "picojoule.core.errors",
    "Presentation": "picojoule.simulate.present",
    "Recorder": "picojoule.layers.recorder",
    "Recurrent": "picojoule.layers.recurrent",
    "Reference": "picojoule.simulate.reference",
    "ReferenceLoop": "picojoule.simulate.scan.reference",
    "Sequential": "picojoule.layers.sequential",
    "Spiking": "picojoule.layers.spiking",
    "StoreAll": "picojoule.simulate.scan.memory",
    "TritonLoop": "picojoule.simulate.scan.triton_loop",
    "compare": "picojoule.energy.compare_trained",
    "load_data": "picojoule.data.catalogue",
    "load_network": "picojoule.network.store",
    "present": "picojoule.simulate.present",
    "run": "picojoule.simulate.run",
    "save_network": "picojoule.network.store",
    "scan": "picojoule.simulate.scan.scan",
}
_ELSEWHERE = {"compare": "compare_trained", "load_data": "load"}

__all__ = ["__version__", *_PACKAGES, *_NAMES]  # noqa: PLE0604  # all of them are texts


def __getattr__(name: str) -> Any:  # noqa: ANN401  # every public name
    if name in _PACKAGES:
        return importlib.import_module(f"picojoule.{name}")
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), _ELSEWHERE.get(name, name))
        globals()[name] = value
        return value
    raise AttributeError(f"module 'picojoule' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
