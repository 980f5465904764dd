"""A neuron's step as one graph, and its backward pass."""

import pytest
import torch

from picojoule.compile.step import step_of
from picojoule.neurons.leaky_integrator import LeakyIntegrator
from picojoule.neurons.lif import LIF
from picojoule.neurons.surrogate import ATan, FastSigmoid
from tests.compile.test_gradient import evaluated
from tests.contract.benches import MODELS, bench

ONE = torch.ones((), dtype=torch.float64)


def test_inputs_are_named_by_where_they_come_from() -> None:
    step = step_of(LIF())
    assert step.forward.inputs == ("x_current", "s_v", "c_decay", "c_v_th", "c_v_rest", "c_v_reset")
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
