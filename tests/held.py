"""Neurons as their equations have it: they answer an input that is held through the step exactly, and reset hard.

Most tests compare with closed forms, or choose their inputs for these; how neurons come is a test of its own.
"""

from functools import partial

from picojoule import neurons

ALIF = partial(neurons.ALIF, b0=0.01, gain=None)
AdLIF = partial(neurons.AdLIF, gain=None)
BalancedResonateAndFire = partial(neurons.BalancedResonateAndFire, gain=None)
CubaLIF = partial(neurons.CubaLIF, gain=None, reset=neurons.HardReset())
IF = partial(neurons.IF, gain=None, reset=neurons.HardReset())
DeltaLIF = partial(
    neurons.DeltaLIF, tau=100.0, v_th=-52.0, v_rest=-65.0, v_reset=-60.0, refractory=5.0, reset=neurons.HardReset()
)  # in mV
LIF = partial(neurons.LIF, gain=None, reset=neurons.HardReset())
LeakyIntegrator = partial(neurons.LeakyIntegrator, gain=None)
SEAdLIF = partial(neurons.SEAdLIF, gain=None)
