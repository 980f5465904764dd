"""Learning: local rules, and parts of a training by gradients; conversion has its place here."""

from picojoule.core.rooms import furnish as _furnish
from picojoule.learn.gradient.activity_penalty import activity_penalty as activity_penalty
from picojoule.learn.gradient.energy_penalty import energy_penalty as energy_penalty
from picojoule.learn.gradient.energy_penalty import spike_energy as spike_energy
from picojoule.learn.gradient.energy_schedule import EnergySchedule as EnergySchedule
from picojoule.learn.gradient.fit import fit as fit
from picojoule.learn.gradient.max_over_time import max_over_time as max_over_time
from picojoule.learn.gradient.mean_over_time import mean_over_time as mean_over_time
from picojoule.learn.gradient.rate_loss import rate_loss as rate_loss
from picojoule.learn.gradient.warm_up_cosine import warm_up_cosine as warm_up_cosine
from picojoule.learn.quantise.bits_for_steps import bits_for_steps as bits_for_steps
from picojoule.learn.quantise.quantised_input import QuantisedInput as QuantisedInput
from picojoule.learn.quantise.quantised_relu import QuantisedReLU as QuantisedReLU
from picojoule.learn.quantise.quantised_weights import QuantisedWeights as QuantisedWeights
from picojoule.learn.stdp.bounds import HardBounds as HardBounds
from picojoule.learn.stdp.bounds import SoftBounds as SoftBounds
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold as AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP as PairSTDP
from picojoule.learn.stdp.triplet import TripletSTDP as TripletSTDP

__all__ = _furnish(__name__)  # noqa: PLE0605  # a list of texts
