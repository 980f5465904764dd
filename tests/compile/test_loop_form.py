"""What a loop is asked to do, and what follows from it for the source."""

from typing import Any

import pytest

from picojoule.compile.loop_form import EACH, ONE, STEP, LoopForm, LoopPlan
from picojoule.compile.step import step_of
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.neurons.few_spikes import FewSpikes
from tests.held import ALIF, LIF, LeakyIntegrator


def plan(neuron: Any, **changed: Any) -> LoopPlan:
    step = step_of(neuron)
    asked: dict[str, Any] = {
        "dtype": "float32",
        "recurrent": False,
        "masked": False,
        "kinds": (ONE,) * len(step.coefficients),
        "keep": ("spike",),
        "wanted": (),
        "backward": True,
    }
    return LoopPlan(step, LoopForm(**{**asked, **changed}))


def test_kinds_belong_to_coefficients_in_their_order() -> None:
    kinds = plan(LIF(), kinds=(EACH, ONE, ONE, ONE, EACH)).kinds
    assert kinds == {"c_decay": EACH, "c_gain": ONE, "c_v_th": ONE, "c_v_rest": ONE, "c_v_reset": EACH}


def test_as_many_kinds_as_coefficients() -> None:
    with pytest.raises(ValueError, match="zip"):
        _ = plan(LIF(), kinds=(ONE,)).kinds


def test_spikes_come_back_at_the_first_port() -> None:
    assert plan(ConductanceLIF()).current == "x_exc"
    assert plan(LIF()).current == "x_current"


def test_gradients_of_the_state_are_carried_in_any_case() -> None:
    assert plan(ALIF()).gradients == ("s_v", "s_b", "s_fired")
    assert plan(ALIF(), wanted=("x_current", "c_beta")).gradients == ("c_beta", "x_current", "s_v", "s_b", "s_fired")


def test_a_matrix_needs_the_gradient_of_the_current_but_is_no_input_of_the_step() -> None:
    assert plan(LIF(), recurrent=True).gradients == ("x_current", "s_v")
    assert plan(LIF(), recurrent=True, wanted=("weight",)).gradients == ("x_current", "s_v")
    assert plan(ConductanceLIF(), recurrent=True, wanted=("x_inh",)).gradients[:2] == ("x_exc", "x_inh")


def test_without_a_backward_pass_nothing_is_stored() -> None:
    forward_only = plan(ALIF(), backward=False)
    assert forward_only.gradients == ()
    assert forward_only.parts.saved == ()
    assert forward_only.parts.backward.outputs == ()


def test_a_spike_s_surrogate_is_computed_only_where_a_gradient_arrives_at_it() -> None:
    assert "p_slope" in plan(LIF()).parts.backward.used_inputs()
    assert "p_slope" not in plan(LIF(), keep=("v",)).parts.backward.used_inputs()
    assert "p_slope" in plan(LIF(), keep=("v",), recurrent=True).parts.backward.used_inputs()


def test_a_hard_reset_keeps_a_byte_if_only_the_potential_is_asked_for() -> None:
    """Where it has fired, no gradient passes the reset."""
    parts = plan(LIF(), keep=("v",), wanted=("x_current",)).parts
    assert parts.saved == ("spike",)
    assert plan(LIF(), keep=("v",), wanted=("x_current",)).facts()["bytes"] == ("spike",)


def test_binary_values_are_spikes_and_fields_that_hold_them() -> None:
    assert plan(ALIF(), binary=("fired", "v")).binary == {"spike", "s_fired"}
    assert plan(ALIF(), binary=("v",)).binary == {"spike"}
    assert plan(LIF(), binary=("v",)).binary == {"spike"}


def test_the_facts_are_what_a_loop_has_to_know() -> None:
    facts = plan(FewSpikes(), kinds=(STEP,) * 3, wanted=("x_current", "c_weight")).facts()
    assert facts["ports"] == ("current",)
    assert facts["state"] == ("v", "value")
    assert facts["coefficients"] == ("threshold", "reset", "weight")
    assert facts["numbers"] == ("height", "width")
    assert facts["gradients"] == ("c_weight", "x_current", "s_v", "s_value")
    assert set(facts["bytes"]) <= set(facts["saved"])
    assert all(isinstance(value, tuple) for value in facts.values())  # they are written into the module


def test_a_neuron_that_never_spikes_stores_no_spike() -> None:
    asked = plan(LeakyIntegrator(), recurrent=True, wanted=("weight",), keep=("v",))
    assert asked.facts()["saved"] == ()
