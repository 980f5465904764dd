"""The rheobase of LIF is its closed form, whatever the scale; what fires always, never or breaks is told apart."""

import math
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from picojoule.core.errors import NumericalError, ParameterError
from picojoule.neurons.base import Current, Neuron
from picojoule.neurons.lif import LIFCoefficients, LIFState
from picojoule.simulate.rheobase import rheobase
from tests.held import LIF, LeakyIntegrator, SEAdLIF


@settings(max_examples=20)
@given(tau=st.floats(2.0, 200.0), v_th=st.floats(0.01, 100.0), duration=st.sampled_from([20.0, 100.0, 500.0]))
def test_lif_needs_what_reaches_threshold_in_the_time_given(tau: float, v_th: float, duration: float) -> None:
    expected = v_th / (1.0 - math.exp(-duration / tau))
    found = rheobase(LIF(tau=tau, v_th=v_th), duration=duration)
    assert found == pytest.approx(expected, rel=1.5e-4)
    assert found is not None
    assert found >= expected * (1 - 1e-9)  # it fires at the current found


def test_more_spikes_need_more_current() -> None:
    once = rheobase(LIF(tau=20.0), duration=100.0)
    often = rheobase(LIF(tau=20.0), duration=100.0, spikes=4)
    assert once is not None
    assert often is not None
    steps = math.floor(100.0 / 4)  # each interval is a whole number of steps
    assert often == pytest.approx(1.0 / (1.0 - math.exp(-steps / 20.0)), rel=1.5e-4)
    assert often > once


def test_a_neuron_that_answers_only_the_onset_needs_much_more_to_go_on() -> None:
    once, lasting = rheobase(SEAdLIF()), rheobase(SEAdLIF(), spikes=2, settle=250.0)
    assert once is not None
    assert lasting is not None
    assert lasting > 10 * once


def test_a_neuron_that_never_spikes_has_none() -> None:
    assert rheobase(LeakyIntegrator(), duration=50.0) is None


def test_a_neuron_that_fires_by_itself_needs_nothing() -> None:
    assert rheobase(LIF(v_rest=2.0)) == 0.0


def test_a_rheobase_above_the_strongest_current_is_not_found() -> None:
    assert rheobase(LIF(v_th=10.0), highest=9.0) is None
    assert rheobase(LIF(v_th=10.0), lowest=8.0, highest=11.0, duration=1000.0) == pytest.approx(10.0, rel=1e-4)


@dataclass(frozen=True)
class Fragile(Neuron[Current, LIFState, LIFCoefficients]):
    """A membrane that breaks at inputs above a limit."""

    limit: float = 30.0

    def initial(self, like: Tensor) -> LIFState:
        return LIF().initial(like)

    def coefficients(self, dt: float) -> LIFCoefficients:
        c = LIF().coefficients(dt)
        return c._replace(v_rest=torch.tensor(self.limit, dtype=torch.float64))

    def integrate(self, x: Current, state: LIFState, c: LIFCoefficients) -> tuple[Tensor, LIFState]:
        v = x.current + (state.v - x.current) * c.decay
        return v - c.v_th, LIFState(v * torch.sqrt(c.v_rest - x.current) / torch.sqrt(c.v_rest - x.current))

    def fire(self, spike: Tensor, state: LIFState, c: LIFCoefficients) -> LIFState:
        return LIFState(torch.where(spike > 0, c.v_reset, state.v))


def test_strong_currents_that_break_the_equation_do_not_matter() -> None:
    assert rheobase(Fragile(), duration=500.0) == pytest.approx(1.0, rel=1e-3)


def test_an_equation_that_breaks_before_the_first_spike_is_refused() -> None:
    with pytest.raises(NumericalError, match=r"state's v of Fragile became nan .* the step is too long"):
        rheobase(Fragile(limit=-1.0), duration=500.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lowest": 0.0}, "lowest must be > 0"),
        ({"lowest": 2.0, "highest": 1.0}, "highest must be > 2"),
        ({"spikes": 0}, "spikes must be >= 1 spikes, got 0"),
        ({"settle": 500.0}, r"settle must lie in \[0, duration=500\) ms, got 500 ms"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        rheobase(LIF(), **options)  # type: ignore[arg-type]
