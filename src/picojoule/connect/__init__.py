"""Connections: how the spikes of one population reach another."""

from picojoule.connect.dense import Dense as Dense
from picojoule.connect.lateral import Lateral as Lateral
from picojoule.connect.one_to_one import OneToOne as OneToOne
from picojoule.core.rooms import furnish as _furnish

__all__ = _furnish(__name__)  # noqa: PLE0605  # a list of texts
