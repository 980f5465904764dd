"""Pictures of what a network did: arrays in, matplotlib figures out; and the report of a run as one HTML page."""

from typing import TYPE_CHECKING

from picojoule.core.rooms import furnish as _furnish

if TYPE_CHECKING:
    from picojoule.plot.budget_history import budget_history as budget_history
    from picojoule.plot.claims import claims as claims
    from picojoule.plot.confusion import confusion as confusion
    from picojoule.plot.decision import Answer as Answer
    from picojoule.plot.decision import decision as decision
    from picojoule.plot.energy import energy as energy
    from picojoule.plot.history import accuracy_history as accuracy_history
    from picojoule.plot.history import quantile_history as quantile_history
    from picojoule.plot.layer_energy import layer_energy as layer_energy
    from picojoule.plot.neuron import neuron as neuron
    from picojoule.plot.pareto import Trained as Trained
    from picojoule.plot.pareto import pareto as pareto
    from picojoule.plot.raster import raster as raster
    from picojoule.plot.receptive_fields import mosaic as mosaic
    from picojoule.plot.receptive_fields import receptive_fields as receptive_fields
    from picojoule.plot.regimes import regimes as regimes
    from picojoule.plot.report import Card as Card
    from picojoule.plot.report import Picture as Picture
    from picojoule.plot.report import Section as Section
    from picojoule.plot.report import Table as Table
    from picojoule.plot.report import write_report as write_report
    from picojoule.plot.save import save_figure as save_figure
    from picojoule.plot.style import styled as styled
    from picojoule.plot.surrogates import surrogates as surrogates
    from picojoule.plot.table_interval import table_interval as table_interval
    from picojoule.plot.units import energy_text as energy_text

_HOMES = {
    "Answer": "picojoule.plot.decision",
    "Card": "picojoule.plot.report",
    "Picture": "picojoule.plot.report",
    "Section": "picojoule.plot.report",
    "Table": "picojoule.plot.report",
    "Trained": "picojoule.plot.pareto",
    "accuracy_history": "picojoule.plot.history",
    "budget_history": "picojoule.plot.budget_history",
    "claims": "picojoule.plot.claims",
    "confusion": "picojoule.plot.confusion",
    "decision": "picojoule.plot.decision",
    "energy": "picojoule.plot.energy",
    "energy_text": "picojoule.plot.units",
    "layer_energy": "picojoule.plot.layer_energy",
    "mosaic": "picojoule.plot.receptive_fields",
    "neuron": "picojoule.plot.neuron",
    "pareto": "picojoule.plot.pareto",
    "quantile_history": "picojoule.plot.history",
    "raster": "picojoule.plot.raster",
    "receptive_fields": "picojoule.plot.receptive_fields",
    "regimes": "picojoule.plot.regimes",
    "save_figure": "picojoule.plot.save",
    "styled": "picojoule.plot.style",
    "surrogates": "picojoule.plot.surrogates",
    "table_interval": "picojoule.plot.table_interval",
    "write_report": "picojoule.plot.report",
}

__all__ = _furnish(__name__, _HOMES)  # noqa: PLE0605  # a list of texts
