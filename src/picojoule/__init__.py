"""picojoule: energy-efficient machine learning with spiking neural networks.

Names are loaded when they are first used, so that `import picojoule` costs next to nothing on top of `import torch`.
"""

from typing import TYPE_CHECKING

from picojoule._version import __version__ as __version__
from picojoule.core.rooms import ROOMS as _ROOMS
from picojoule.core.rooms import furnish as _furnish

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
    from picojoule.connect.base import Connection as Connection
    from picojoule.core.errors import ActivityWarning as ActivityWarning
    from picojoule.core.errors import PicojouleError as PicojouleError
    from picojoule.data.catalogue import load as load_data  # noqa: F401  # the public name says what is loaded
    from picojoule.data.dataset import LabelledImages as LabelledImages
    from picojoule.encode.base import Encoder as Encoder
    from picojoule.energy.compare_trained import compare_trained as compare  # noqa: F401  # of the trained
    from picojoule.energy.count.count import Count as Count
    from picojoule.layers.initialise import initialise as initialise
    from picojoule.layers.recorder import Recorder as Recorder
    from picojoule.layers.recurrent import Recurrent as Recurrent
    from picojoule.layers.sequential import Sequential as Sequential
    from picojoule.layers.spiking import Spiking as Spiking
    from picojoule.network.network import Network as Network
    from picojoule.network.network import Population as Population
    from picojoule.network.plasticity import Normalisation as Normalisation
    from picojoule.network.plasticity import Rule as Rule
    from picojoule.network.plasticity import Trace as Trace
    from picojoule.network.store import load_network as load_network
    from picojoule.network.store import save_network as save_network
    from picojoule.neurons.base import Neuron as Neuron
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

_HOMES = {
    "ActivityWarning": "picojoule.core.errors",
    "initialise": "picojoule.layers.initialise",
    "Checkpoints": "picojoule.simulate.scan.memory",
    "Connection": "picojoule.connect.base",
    "Count": "picojoule.energy.count.count",
    "Encoder": "picojoule.encode.base",
    "Event": "picojoule.simulate.event.engine",
    "LabelledImages": "picojoule.data.dataset",
    "Network": "picojoule.network.network",
    "Neuron": "picojoule.neurons.base",
    "Normalisation": "picojoule.network.plasticity",
    "NumbaLoop": "picojoule.simulate.scan.numba_loop",
    "PicojouleError": "picojoule.core.errors",
    "Population": "picojoule.network.network",
    "Presentation": "picojoule.simulate.present",
    "Recorder": "picojoule.layers.recorder",
    "Recurrent": "picojoule.layers.recurrent",
    "Reference": "picojoule.simulate.reference",
    "ReferenceLoop": "picojoule.simulate.scan.reference",
    "Rule": "picojoule.network.plasticity",
    "Sequential": "picojoule.layers.sequential",
    "Spiking": "picojoule.layers.spiking",
    "StoreAll": "picojoule.simulate.scan.memory",
    "Trace": "picojoule.network.plasticity",
    "TritonLoop": "picojoule.simulate.scan.triton_loop",
    "compare": "picojoule.energy.compare_trained:compare_trained",
    "load_data": "picojoule.data.catalogue:load",
    "load_network": "picojoule.network.store",
    "present": "picojoule.simulate.present",
    "run": "picojoule.simulate.run",
    "save_network": "picojoule.network.store",
    "scan": "picojoule.simulate.scan.scan",
}

__all__ = ["__version__", *_furnish(__name__, _HOMES, rooms=_ROOMS)]  # noqa: PLE0604  # all of them are texts
