"""Ready networks of famous papers, made of ordinary parts."""

from picojoule.core.rooms import furnish as _furnish
from picojoule.models.diehl_cook import DiehlCook2015 as DiehlCook2015
from picojoule.models.diehl_cook import DiehlCook2015Conductance as DiehlCook2015Conductance

__all__ = _furnish(__name__)  # noqa: PLE0605  # a list of texts
