"""Units beside the axes are those that the models' sources tell."""

import pytest

from picojoule.cli.neuron_labels import input_label, state_labels
from picojoule.cli.neuron_models import models
from picojoule.neurons import AdEx, ConductanceLIF, HodgkinHuxley, Izhikevich, QuadraticIF
from tests.held import LIF, CubaLIF


def test_states_have_their_units() -> None:
    assert state_labels(AdEx()) == {"v": "v (mV)", "w": "w (pA)"}
    assert state_labels(Izhikevich()) == {"v": "v (mV)", "u": "u (mV/ms)"}
    assert list(state_labels(ConductanceLIF()).values()) == ["v (mV)", "g_exc (leak)", "g_inh (leak)", "refractory"]


def test_ranges_and_references_are_no_units() -> None:
    assert list(state_labels(HodgkinHuxley()).values()) == ["v (mV)", "m", "h", "n"]
    assert state_labels(CubaLIF()) == {"v": "v", "i": "i"}


def test_inputs_have_their_units_or_the_name_of_their_port() -> None:
    assert input_label(AdEx()) == "input (pA)"
    assert input_label(HodgkinHuxley()) == "input (µA/cm²)"
    assert input_label(Izhikevich()) == "input (mV/ms)"
    assert input_label(QuadraticIF()) == "input (mV)"
    assert input_label(LIF()) == "input"
    assert input_label(ConductanceLIF()) == "exc"


@pytest.mark.parametrize("name", models())
def test_every_field_of_every_model_has_a_label_that_begins_with_its_name(name: str) -> None:
    labels = state_labels(models()[name]())
    assert labels
    for field, label in labels.items():
        assert label == field or label.startswith(f"{field} (")
        assert len(label) < 40


def test_a_model_without_a_source_has_names_only() -> None:
    space: dict[str, object] = {}
    exec("from picojoule.neurons.lif import LIF\nclass Typed(LIF):\n    pass", space)  # as at a prompt
    assert state_labels(space["Typed"]()) == {"v": "v"}  # type: ignore[operator]
