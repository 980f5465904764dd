"""What is stored between forward and backward: enough, and the least."""

from itertools import combinations
from typing import Any

import pytest

from picojoule.compile.graph import Graph
from picojoule.compile.loop_form import EACH, ONE, LoopForm, LoopPlan
from picojoule.compile.partition import partition
from picojoule.compile.step import step_of
from tests.compile.test_gradient import evaluated
from tests.contract.benches import MODELS
from tests.held import ALIF, IF, LIF, DeltaLIF, LeakyIntegrator


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


MASKS = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"}
SMALL = [
    (IF(), ("x_current",), False),
    (IF(), ("x_current", "c_dt", "c_v_th"), False),
    (LIF(), ("x_current",), False),
    (LIF(), ("c_decay",), False),
    (LIF(), ("x_current", "c_decay", "c_v_reset"), True),
    (LeakyIntegrator(), ("c_decay", "c_gain"), False),
    (DeltaLIF(), ("x_current",), False),
    (DeltaLIF(), ("c_decay", "c_v_rest"), True),
    (ALIF(), ("x_current",), False),
]


@pytest.mark.parametrize(("neuron", "wanted", "recurrent"), SMALL, ids=str)
def test_no_other_choice_would_move_fewer_bytes(neuron: Any, wanted: tuple[str, ...], recurrent: bool) -> None:
    """Every choice is tried: 8 bytes for a float that is written and read, 4 for an input, 2 for a byte."""
    asked = plan(neuron, *wanted, recurrent=recurrent, binary=("fired",))
    current = [asked.current] if recurrent else []
    whole = asked.step.backward({*wanted, *current}, spike=True)
    costs = {name: 8 for name in values_of(whole)}
    costs |= {name: 4 for name in costs if name.startswith("x_") and name not in current}
    costs |= {name: 2 for name in costs if name in asked.binary}
    chosen = sum(costs[name] for name in (*asked.parts.saved, *asked.parts.inputs_read))
    assert chosen > 0 or not needed(whole)
    assert enough(whole, {*asked.parts.saved, *asked.parts.inputs_read})
    for size in range(len(costs) + 1):
        for kept in combinations(costs, size):
            if sum(costs[name] for name in kept) < chosen:
                assert not enough(whole, set(kept)), kept


def late_of(whole: Graph) -> set[Any]:
    """What depends on a gradient."""
    late: set[Any] = {name for name in whole.inputs if name.startswith("g_")}
    for node in whole.nodes:
        late |= {node.name} if late.intersection(node.operands) else set()
    return late


def values_of(whole: Graph) -> list[str]:
    """What changes from step to step, is no mask, and is computed before any gradient arrives."""
    late = late_of(whole)
    values = [name for name in whole.inputs if name.startswith(("x_", "s_"))]
    for node in whole.nodes:
        if node.name not in late and not node.name.startswith("d_") and set(values).intersection(node.operands):
            values.append(node.name)
    return [name for name in values if next((n.op for n in whole.nodes if n.name == name), "") not in MASKS]


def needed(whole: Graph) -> set[Any]:
    late = late_of(whole)
    read = {operand for node in whole.nodes if node.name in late for operand in node.operands}
    inputs = {name for name in whole.inputs if name.startswith(("x_", "s_"))}
    return ((read | set(whole.outputs)) - late) & (inputs | {node.name for node in whole.nodes})


def enough(whole: Graph, kept: set[str]) -> bool:
    """Whether all that the backward pass reads can be computed from what is kept."""
    known: set[Any] = {*kept, *(name for name in whole.inputs if name.startswith(("c_", "p_")))}
    for node in whole.nodes:
        if all(not isinstance(operand, str) or operand in known for operand in node.operands):
            known.add(node.name)
    return all(not isinstance(name, str) or name in known for name in needed(whole))
