"""Neuron models: each a frozen dataclass of parameters with four pure methods."""

from picojoule.core.rooms import furnish as _furnish
from picojoule.neurons.ad_ex import AdEx as AdEx
from picojoule.neurons.ad_lif import AdLIF as AdLIF
from picojoule.neurons.alif import ALIF as ALIF
from picojoule.neurons.base import Current as Current
from picojoule.neurons.base import at_rest as at_rest
from picojoule.neurons.bells import DoubleGaussian as DoubleGaussian
from picojoule.neurons.bells import Gaussian as Gaussian
from picojoule.neurons.bells import MultiGaussian as MultiGaussian
from picojoule.neurons.conductance_lif import ConductanceLIF as ConductanceLIF
from picojoule.neurons.cuba_lif import CubaLIF as CubaLIF
from picojoule.neurons.delta_lif import DeltaLIF as DeltaLIF
from picojoule.neurons.few_spikes import FewSpikes as FewSpikes
from picojoule.neurons.hodgkin_huxley import HodgkinHuxley as HodgkinHuxley
from picojoule.neurons.if_ import IF as IF
from picojoule.neurons.izhikevich import Izhikevich as Izhikevich
from picojoule.neurons.leaky_integrator import LeakyIntegrator as LeakyIntegrator
from picojoule.neurons.lif import LIF as LIF
from picojoule.neurons.quadratic_if import QuadraticIF as QuadraticIF
from picojoule.neurons.reset import HardReset as HardReset
from picojoule.neurons.reset import SoftReset as SoftReset
from picojoule.neurons.resonate import BalancedResonateAndFire as BalancedResonateAndFire
from picojoule.neurons.se_ad_lif import SEAdLIF as SEAdLIF
from picojoule.neurons.selection import OnePerStep as OnePerStep
from picojoule.neurons.surrogate import ATan as ATan
from picojoule.neurons.surrogate import Boxcar as Boxcar
from picojoule.neurons.surrogate import FastSigmoid as FastSigmoid
from picojoule.neurons.surrogate import Sigmoid as Sigmoid
from picojoule.neurons.surrogate import Slayer as Slayer
from picojoule.neurons.surrogate import StraightThrough as StraightThrough
from picojoule.neurons.surrogate import Surrogate as Surrogate
from picojoule.neurons.surrogate import Triangle as Triangle

__all__ = _furnish(__name__)  # noqa: PLE0605  # a list of texts
