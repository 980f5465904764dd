"""The feed-forward kernels, called as the loop calls them: closed forms, and which part of the arrays they touch."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from picojoule.compile.loop_form import EACH, ONE, LoopForm, LoopPlan
from picojoule.compile.numba_scan import scan_source
from picojoule.compile.step import step_of
from tests.held import IF, LIF, LeakyIntegrator
from tests.parity.scan.interpreted import module_of

Array = Any
DECAY, GAIN, STEPS = 0.75, 0.25, 6
SLOPE = np.array([2.0])  # of the surrogate


def kernels(
    neuron: Any, *, keep: tuple[str, ...], wanted: tuple[str, ...] = (), kind: str = ONE, masked: bool = False
) -> ModuleType:
    step = step_of(neuron)
    kinds = (kind,) * len(step.coefficients)
    form = LoopForm("float64", False, masked, kinds, keep, wanted, bool(wanted))
    return module_of(scan_source(LoopPlan(step, form), type(neuron).__name__))


def one(value: float) -> Array:
    return np.array([value])


def zeros(*shape: int) -> Array:
    return np.zeros(shape)


def test_a_leaky_integrator_is_a_sum_of_decayed_inputs() -> None:
    x, v, out = np.random.default_rng(0).random((STEPS, 2, 3)), zeros(2, 3), zeros(STEPS, 2, 3)
    kernels(LeakyIntegrator(), keep=("v",)).forward(0, 2, 8, STEPS, x, one(DECAY), one(GAIN), v, out)
    ages = np.arange(STEPS)[:, None] - np.arange(STEPS)[None]
    response = np.where(ages >= 0, GAIN * DECAY ** np.maximum(ages, 0), 0.0)
    np.testing.assert_allclose(out, np.einsum("ts,srn->trn", response, x), rtol=1e-13)
    np.testing.assert_array_equal(v, out[-1])


def test_its_gradients_are_that_sum_backwards() -> None:
    module = kernels(LeakyIntegrator(), keep=("v",), wanted=("x_current",))
    assert module.FACTS["saved"] == ()
    g, dx, dv = np.random.default_rng(1).random((STEPS, 2, 3)), zeros(STEPS, 2, 3), np.ones((2, 3))
    module.backward(0, 2, 8, STEPS, one(DECAY), one(GAIN), SLOPE, g, dx, dv)
    ages = np.arange(STEPS)[:, None] - np.arange(STEPS)[None]
    response = np.where(ages >= 0, DECAY ** np.maximum(ages, 0), 0.0)
    carried = np.einsum("ts,trn->srn", response, g) + (DECAY ** np.arange(STEPS - 1, -1, -1.0))[:, None, None]
    np.testing.assert_allclose(dx, GAIN * carried, rtol=1e-13)
    np.testing.assert_allclose(dv, DECAY * carried[0], rtol=1e-13)


def test_a_neuron_driven_above_threshold_spikes_every_so_many_steps() -> None:
    x, v, out = np.full((1, 1, 1), 0.3), zeros(1, 1), zeros(10, 1, 1)
    kernels(IF(), keep=("spike",)).forward(0, 1, 8, 10, x, one(1.0), one(1.0), one(0.0), v, out)
    assert out.ravel().tolist() == [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    assert v.item() == pytest.approx(0.6)  # two inputs after the second reset


def test_a_kernel_does_the_blocks_that_it_is_given_and_no_other() -> None:
    """Three blocks of 4, 4 and 2 neurons in each of two rows; those numbered 2 and 3 here."""
    x, v, out = np.ones((STEPS, 2, 10)), zeros(2, 10), np.full((STEPS, 2, 10), 7.0)
    kernels(LeakyIntegrator(), keep=("v",)).forward(2, 4, 4, STEPS, x, one(DECAY), one(GAIN), v, out)
    touched = np.zeros((2, 10), dtype=bool)
    touched[0, 8:] = touched[1, :4] = True
    assert ((v != 0) == touched).all()
    assert ((out != 7.0) == touched).all()


def test_coefficients_of_each_neuron_are_its_own() -> None:
    decay, v, out = np.array([0.5, 0.25, 0.125]), np.ones((1, 3)), zeros(2, 1, 3)
    module = kernels(LeakyIntegrator(), keep=("v",), kind=EACH)
    module.forward(0, 2, 2, 2, zeros(2, 1, 3), decay, 1.0 - decay, v, out)
    np.testing.assert_array_equal(out[1, 0], decay**2)


def test_gradients_of_coefficients_are_added_to_what_is_there() -> None:
    """d v_end / d decay of a free decay from 1 over T steps is T decay^(T-1); a call for other steps goes on adding."""
    module = kernels(LeakyIntegrator(), keep=(), wanted=("c_decay",))
    (name,) = module.FACTS["saved"]
    assert name == "s_v"
    v, before, dv, dc = np.ones((1, 1)), zeros(STEPS, 1, 1), np.ones((1, 1)), zeros(1, 1)
    module.forward(0, 1, 8, STEPS, zeros(STEPS, 1, 1), one(DECAY), one(GAIN), v, before)
    for begin in (4, 0):
        stored = before[begin : begin + 4]
        module.backward(0, 1, 8, len(stored), one(DECAY), one(GAIN), SLOPE, stored, dc, dv)
    assert dc.item() == pytest.approx(STEPS * DECAY ** (STEPS - 1), rel=1e-13)
    assert dv.item() == pytest.approx(DECAY**STEPS, rel=1e-13)


def test_a_sample_that_sleeps_stands_still() -> None:
    mask = np.array([[True, True], [True, False], [True, True]])
    x, v, out = np.ones((3, 2, 1)), zeros(2, 1), zeros(3, 2, 1)
    module = kernels(LeakyIntegrator(), keep=("v",), masked=True)
    module.forward(0, 2, 8, 3, x, one(DECAY), one(GAIN), mask, v, out)
    np.testing.assert_allclose(out[:, 0, 0], 1.0 - DECAY ** np.arange(1.0, 4.0))
    np.testing.assert_allclose(out[:, 1, 0], 1.0 - DECAY ** np.array([1.0, 1.0, 2.0]))


def test_a_reset_stops_gradients_of_the_potential() -> None:
    module = kernels(LIF(), keep=("v",), wanted=("x_current",))
    assert module.FACTS["saved"] == ("spike",)
    x, v = np.array([0.5, 9.0, 0.5, 0.5]).reshape(4, 1, 1), zeros(1, 1)
    numbers = [one(value) for value in (DECAY, 1.0, 1.0, 0.0, 0.0)]
    out, spikes, dx, dv = zeros(4, 1, 1), np.zeros((4, 1, 1), dtype=np.uint8), zeros(4, 1, 1), zeros(1, 1)
    module.forward(0, 1, 8, 4, x, *numbers, v, out, spikes)
    assert spikes.ravel().tolist() == [0, 1, 0, 0]
    g = np.array([0.0, 0.0, 0.0, 1.0]).reshape(4, 1, 1)
    module.backward(0, 1, 8, 4, *numbers, SLOPE, spikes, g, dx, dv)
    np.testing.assert_allclose(dx.ravel(), [0.0, 0.0, DECAY * (1.0 - DECAY), 1.0 - DECAY])
    assert dv.item() == 0.0
