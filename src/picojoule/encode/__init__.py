"""Encoders: from intensities to spikes."""

from picojoule.encode.dataset import EncodedDataset as EncodedDataset
from picojoule.encode.dataset import time_first as time_first
from picojoule.encode.poisson import Poisson as Poisson
