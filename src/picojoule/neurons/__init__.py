"""Neuron models: each a frozen dataclass of parameters with four pure methods."""

from picojoule.neurons.conductance_lif import ConductanceLIF as ConductanceLIF
from picojoule.neurons.delta_lif import DeltaLIF as DeltaLIF
from picojoule.neurons.lif import LIF as LIF
from picojoule.neurons.selection import OnePerStep as OnePerStep
