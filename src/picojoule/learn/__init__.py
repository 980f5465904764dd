"""Learning: local rules now; gradients and conversion have their place here."""

from picojoule.learn.stdp.bounds import HardBounds as HardBounds
from picojoule.learn.stdp.bounds import SoftBounds as SoftBounds
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold as AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP as PairSTDP
from picojoule.learn.stdp.triplet import TripletSTDP as TripletSTDP
