"""Layers: torch modules of spiking neurons over time, `[T, B, *N]`, and stacks of them."""

from picojoule.core.rooms import furnish as _furnish
from picojoule.layers.activity import Activity as Activity
from picojoule.layers.base import Layer as Layer
from picojoule.layers.initialise import initialise as initialise
from picojoule.layers.linear import Linear as Linear
from picojoule.layers.over_time import OverTime as OverTime
from picojoule.layers.recorder import Recorder as Recorder
from picojoule.layers.recurrent import Recurrent as Recurrent
from picojoule.layers.sequential import Sequential as Sequential
from picojoule.layers.spiking import Spiking as Spiking
from picojoule.layers.state import StackState as StackState

__all__ = _furnish(__name__)  # noqa: PLE0605  # a list of texts
