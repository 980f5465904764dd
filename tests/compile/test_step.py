"""A neuron's step as one graph, and its backward pass."""

import pytest
import torch

from picojoule.compile.step import step_of
from picojoule.neurons.surrogate import ATan, FastSigmoid
from picojoule.simulate.scan.reference import spike
from tests.compile.test_gradient import evaluated
from tests.contract.benches import MODELS, bench
from tests.held import LIF, LeakyIntegrator
from tests.parity.scan.cases import plain_job

ONE = torch.ones((), dtype=torch.float64)


def test_inputs_are_named_by_where_they_come_from() -> None:
    step = step_of(LIF())
    assert step.forward.inputs == ("x_current", "s_v", "c_decay", "c_gain", "c_v_th", "c_v_rest", "c_v_reset")
    assert step.forward.outputs[0] == "spike"
    assert step.numbers == ("slope",)


def test_the_step_does_not_depend_on_numbers() -> None:
    assert step_of(LIF(tau=3.0, surrogate=ATan(7.0))) == step_of(LIF())
    assert step_of(LIF(surrogate=FastSigmoid())) != step_of(LIF())


def test_a_neuron_that_never_spikes_has_no_spike_to_compute() -> None:
    step = step_of(LeakyIntegrator())
    assert step.forward.outputs[0] == 0.0
    assert not [node for node in step.forward.nodes if node.op == "spike"]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_graph_is_the_neuron_s_two_methods(name: str) -> None:
    neuron = MODELS[name]()
    step, drive = step_of(neuron), bench(neuron)
    c = neuron.coefficients(drive.dt)
    first = {field: value[0] if field in neuron.per_step else value for field, value in c._asdict().items()}
    frame = torch.linspace(0.0, drive.strength, 50, dtype=torch.float64)[None]
    x = neuron.ports(*(frame * 0.9**k for k in range(len(step.ports))))
    state = neuron.initial(frame)
    for _ in range(4):
        now = type(c)(**first)
        excess, integrated = neuron.integrate(x, state, now)
        spike = (excess >= 0).double()
        after = neuron.fire(spike, integrated, now)
        values = {f"x_{port}": value for port, value in zip(step.ports, x, strict=True)}
        values |= {f"s_{field}": value for field, value in state._asdict().items()}
        values |= {f"c_{field}": value for field, value in first.items()}
        for found, expected in zip(evaluated(step.forward, values), (spike, *after), strict=True):
            torch.testing.assert_close(found.expand_as(frame), expected.expand_as(frame), rtol=1e-13, atol=1e-13)
        state = after


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_backward_pass_is_what_autograd_makes_of_the_two_methods(name: str) -> None:
    job = plain_job(MODELS[name](), torch.float64, (5, 8), steps=1, each=True)
    neuron, step = job.neuron, step_of(job.neuron)
    coefficients = [value.expand(1, 1, 8)[0].expand(5, 8) for value in job.coefficients]
    given = {f"x_{port}": value[0] for port, value in zip(step.ports, job.inputs, strict=True)}
    given |= {f"s_{field}": value for field, value in zip(step.state, job.state, strict=True)}
    given |= {f"c_{field}": value for field, value in zip(step.coefficients, coefficients, strict=True)}
    leaves = {name: value.clone().requires_grad_() for name, value in given.items()}
    x, state, c = ([value for name, value in leaves.items() if name.startswith(group)] for group in ("x_", "s_", "c_"))
    now = type(neuron.coefficients(1.0))(*c)

    excess, integrated = neuron.integrate(neuron.ports(*x), type(job.state)(*state), now)
    fired = spike(excess, neuron.surrogate)
    after = [fired, *neuron.fire(fired, integrated, now)]
    arriving = [torch.rand(5, 8, generator=torch.Generator().manual_seed(k), dtype=torch.float64) for k in range(9)]
    reached = [(value, g) for value, g in zip(after, arriving, strict=False) if value.requires_grad]
    wanted = [*sorted(name for name in leaves if not name.startswith("s_")), *(f"s_{field}" for field in step.state)]
    values, seeds = zip(*reached, strict=True)
    expected = torch.autograd.grad(
        values, [leaves[name] for name in wanted], seeds, allow_unused=True, materialize_grads=True
    )

    given |= {f"p_{number}": ONE * getattr(neuron.surrogate, number) for number in step.numbers}
    given |= dict(zip((f"g_{field}" for field in ("spike", *step.state)), arriving, strict=False))
    backward = step.backward(wanted[: -len(step.state)], spike=True)
    for found, truth, place in zip(evaluated(backward, given), expected, wanted, strict=True):
        torch.testing.assert_close(found.expand_as(truth), truth, rtol=1e-11, atol=1e-13, msg=place)


def test_no_gradient_arrives_at_a_spike_that_nobody_asked_for() -> None:
    step = step_of(LIF())
    assert "g_spike" in step.backward(["x_current"], spike=True).inputs
    assert "g_spike" not in step.backward(["x_current"], spike=False).inputs
    assert "p_slope" not in step.backward(["x_current"], spike=False).used_inputs()


def test_gradients_are_given_in_the_order_of_their_names_and_then_of_the_state() -> None:
    step = step_of(LIF())
    one, both = step.backward(["c_decay"], spike=True), step.backward({"x_current", "c_decay"}, spike=True)
    assert both.outputs[0] == one.outputs[0]
    assert both.outputs[-1] == one.outputs[-1]
    assert len(both.outputs) == 3
