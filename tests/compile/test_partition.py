"""What is stored between forward and backward: enough, and the least."""

from typing import Any

import pytest

from picojoule.compile.loop_form import EACH, ONE, LoopForm, LoopPlan
from picojoule.compile.partition import partition
from picojoule.compile.step import step_of
from picojoule.neurons.alif import ALIF
from picojoule.neurons.leaky_integrator import LeakyIntegrator
from picojoule.neurons.lif import LIF
from tests.compile.test_gradient import evaluated
from tests.contract.benches import MODELS


def plan(neuron: Any, *wanted: str, recurrent: bool = False, binary: tuple[str, ...] = ()) -> LoopPlan:
    step = step_of(neuron)
    kinds = tuple(EACH if f"c_{name}" in wanted else ONE for name in step.coefficients)
    keep = ("spike",) if neuron.output == "spike" else (neuron.output,)
    return LoopPlan(step, LoopForm("float64", recurrent, False, kinds, keep, wanted, True, binary))


def test_a_leaky_neuron_keeps_one_number() -> None:
    parts = plan(LIF(), "x_current").parts
    assert len(parts.saved) == 1
    assert parts.inputs_read == ()


def test_a_linear_neuron_keeps_nothing() -> None:
    assert plan(LeakyIntegrator(), "x_current").parts.saved == ()


def test_a_learned_time_constant_reads_the_input_again_instead_of_storing_more() -> None:
    parts = plan(LIF(), "x_current", "c_decay").parts
    assert len(parts.saved) == 1
    assert parts.inputs_read == ("x_current",)


def test_a_current_that_the_loop_made_is_stored() -> None:
    parts = plan(LIF(), "x_current", "c_decay", recurrent=True).parts
    assert len(parts.saved) == 2
    assert parts.inputs_read == ()


def test_spikes_are_stored_for_the_gradient_of_a_matrix_and_only_then() -> None:
    assert "spike" in plan(ALIF(), "x_current", "weight", recurrent=True).parts.saved
    assert "spike" not in plan(ALIF(), "x_current", recurrent=True).parts.saved


def test_a_field_that_holds_spikes_is_a_byte_if_it_starts_as_one() -> None:
    assert "s_fired" in plan(ALIF(), "x_current", binary=("fired",)).binary
    assert "s_fired" not in plan(ALIF(), "x_current").binary
    assert "s_v" not in plan(ALIF(), "x_current", binary=("v",)).binary


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("recurrent", [False, True], ids=["scan", "recurrent"])
def test_what_is_stored_is_enough(name: str, *, recurrent: bool) -> None:
    import torch

    neuron = MODELS[name]()
    step = step_of(neuron)
    wanted = [f"x_{port}" for port in step.ports] + [f"c_{field}" for field in step.coefficients]
    whole = step.backward(wanted, spike=True)
    summed = frozenset([f"x_{step.ports[0]}"] if recurrent else [])
    parts = partition(whole, summed=summed)
    masks = {node.name for node in whole.nodes if node.op in ("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not")}
    assert not masks.intersection(parts.saved)
    generator = torch.Generator().manual_seed(0)
    values = {key: torch.rand(50, generator=generator, dtype=torch.float64) + 0.1 for key in whole.inputs}
    forward = {node.name: node for node in step.forward.nodes}
    assert all(name in forward or name in whole.inputs for name in parts.saved)
    traced = type(whole)(whole.inputs, whole.nodes, parts.saved)
    stored = dict(zip(parts.saved, evaluated(traced, values), strict=True))
    given = {key: stored.get(key, values.get(key)) for key in parts.backward.inputs}
    for one, other in zip(evaluated(parts.backward, given), evaluated(whole, values), strict=True):  # type: ignore[arg-type]
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12, equal_nan=True)
