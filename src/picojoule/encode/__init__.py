"""Encoders: from intensities to spikes."""

from picojoule.core.rooms import furnish as _furnish
from picojoule.core.trains import SpikeTrains as SpikeTrains
from picojoule.core.trains import trains_from_spikes as trains_from_spikes
from picojoule.encode.dataset import EncodedDataset as EncodedDataset
from picojoule.encode.dataset import time_first as time_first
from picojoule.encode.poisson import Poisson as Poisson

__all__ = _furnish(__name__)  # noqa: PLE0605  # a list of texts
