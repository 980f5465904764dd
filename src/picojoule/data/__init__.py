"""Datasets: found or downloaded once, checked by sha256, read."""

from picojoule.data.catalogue import load as load
from picojoule.data.catalogue import names as names
