"""Datasets: found or downloaded once, checked by sha256, read."""

from picojoule.core.rooms import furnish as _furnish
from picojoule.data.catalogue import load as load
from picojoule.data.catalogue import names as names

__all__ = _furnish(__name__)  # noqa: PLE0605  # a list of texts
