"""Decoders: from the spikes of a population to a class."""

from picojoule.core.rooms import furnish as _furnish
from picojoule.decode.labels import assign_labels as assign_labels
from picojoule.decode.likelihood import PoissonLikelihood as PoissonLikelihood
from picojoule.decode.logistic import LogisticReadout as LogisticReadout
from picojoule.decode.ngram import NGram as NGram
from picojoule.decode.output import FirstSpike as FirstSpike
from picojoule.decode.output import SpikeCount as SpikeCount
from picojoule.decode.score import accuracy as accuracy
from picojoule.decode.score import confidence_interval as confidence_interval
from picojoule.decode.score import confusion as confusion
from picojoule.decode.votes import AllActivity as AllActivity
from picojoule.decode.votes import ProportionWeighting as ProportionWeighting

__all__ = _furnish(__name__)  # noqa: PLE0605  # a list of texts
