"""What holds for every neuron model, found automatically."""

import copy
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import picojoule.neurons
from picojoule.compile.graph import Graph, Operand
from picojoule.compile.trace import trace
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import StepWarning
from picojoule.core.params import units_of
from picojoule.layers.spiking import Spiking
from picojoule.network.network import Network
from picojoule.neurons.base import Neuron
from picojoule.simulate.rate_curve import rate_curve
from picojoule.simulate.reference import Reference
from picojoule.simulate.run import run
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.contract.benches import BATCH, BENCHES, MODELS, NEURONS, bench, coefficients, drive, integrated, simulate

# Models whose published start is no resting point, or whose resting point is a rounded number: how far, in the unit of
# each field, silence carries the state. All others must not move at all.
DRIFT = {
    "AdEx": 0.01,  # the exponential adds a little to the leak
    "ALIF": 0.2,  # b starts at b0 and decays
    "HodgkinHuxley": 0.01,  # -65 mV is the rounded resting point
}
ALWAYS_FIRE = {"SEAdLIF"}  # its adaptation takes up the potential after the reset, so `fire` has work in silence too
KEEP_ON = {"HodgkinHuxley", "LeakyIntegrator"}  # a spike changes nothing: equations bring v back, or there is none
WHOLE = {"refractory"}  # parameters that are rounded to whole steps, so that no gradient comes through
ANY_STEP = {"FewSpikes", "IF"}  # the length of a step has no meaning; to `IF`, unless `gain=None`

DTYPES = (torch.float32, torch.float64)
every_neuron = pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS.keys())
every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def same(one: Any, other: Any) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_the_models_of_this_library_are_found() -> None:
    assert {"LIF", "DeltaLIF", "ConductanceLIF", "ALIF", "FewSpikes", "LeakyIntegrator"} <= set(MODELS)
    assert all(getattr(picojoule.neurons, name) is kind for name, kind in MODELS.items())


def test_every_exception_is_of_a_model_that_exists() -> None:
    assert {*BENCHES, *DRIFT, *ALWAYS_FIRE, *KEEP_ON, *ANY_STEP} <= set(MODELS)


@every_neuron
@every_dtype
def test_spikes_and_state_have_shape_and_dtype_of_the_input(kind: type[Any], dtype: torch.dtype) -> None:
    inputs = drive(kind(), dtype)
    spikes, state = simulate(kind(), inputs)
    assert spikes.shape == (len(inputs), BATCH, NEURONS)
    assert spikes.dtype == dtype
    assert (spikes.sum() > 5) == (kind.output == "spike")  # else the laws below are empty
    assert {tuple(field.shape) for field in state} == {(BATCH, NEURONS)}
    assert {field.dtype for field in state} == {dtype}
    assert all(bool(torch.isfinite(field).all()) for field in state)


@every_neuron
def test_any_number_of_neuron_axes_will_do(kind: type[Any]) -> None:
    flat = drive(kind(), torch.float64)
    folded = [kind.ports(*(port.reshape(BATCH, 2, 2) for port in x)) for x in flat]
    spikes, _ = simulate(kind(), flat)
    assert torch.equal(simulate(kind(), folded)[0].flatten(2), spikes)


@every_neuron
def test_without_input_a_neuron_at_rest_stays_there(kind: type[Any]) -> None:
    neuron = kind()
    silence = [neuron.ports(*(torch.zeros(1, 2, dtype=torch.float64) for _ in x)) for x in drive(neuron, torch.float64)]
    spikes, state = simulate(neuron, silence)
    rest = neuron.initial(torch.zeros(1, 2, dtype=torch.float64))
    assert spikes.sum() == 0
    if kind.__name__ in DRIFT:
        moved = max(float((after - before).abs().max()) for after, before in zip(state, rest, strict=True))
        assert 0.0 < moved <= DRIFT[kind.__name__]
    else:
        assert same(state, rest)


@every_neuron
@pytest.mark.parametrize("warm", [False, True])
def test_firing_without_a_spike_changes_nothing(kind: type[Any], warm: bool) -> None:
    state = integrated(kind(), warm=warm)
    silent = kind().fire(torch.zeros(BATCH, NEURONS), state, coefficients(kind()))
    assert same(silent, state) == (kind.__name__ not in ALWAYS_FIRE)


@every_neuron
@pytest.mark.parametrize("warm", [False, True])
def test_a_spike_changes_only_the_neuron_that_fires(kind: type[Any], warm: bool) -> None:
    neuron, c, state = kind(), coefficients(kind()), integrated(kind(), warm=warm)
    silent = neuron.fire(torch.zeros(BATCH, NEURONS), state, c)
    spike = torch.zeros(BATCH, NEURONS)
    spike[1, 2] = 1.0
    fired = neuron.fire(spike, state, c)
    changed = torch.stack([after != before for after, before in zip(fired, silent, strict=True)]).any(0)
    assert changed.nonzero().tolist() == ([] if kind.__name__ in KEEP_ON else [[1, 2]])


@every_neuron
@every_dtype
def test_samples_and_neurons_do_not_see_each_other(kind: type[Any], dtype: torch.dtype) -> None:
    inputs = drive(kind(), dtype)
    together, state = simulate(kind(), inputs)
    for b in range(BATCH):
        for i in range(NEURONS):
            alone, own = simulate(kind(), [kind.ports(*(p[b : b + 1, i : i + 1] for p in x)) for x in inputs])
            assert torch.equal(alone[:, 0, 0], together[:, b, i])
            # single elements and vectors may round differently in the last bit
            for part, whole in zip(own, state, strict=True):
                torch.testing.assert_close(part[0, 0], whole[b, i], rtol=64 * torch.finfo(dtype).eps, atol=1e-6)


@every_neuron
@every_dtype
@pytest.mark.parametrize("cut", [1, 7, -1])
def test_a_run_can_be_cut_in_two(kind: type[Any], dtype: torch.dtype, cut: int) -> None:
    inputs = drive(kind(), dtype)
    whole, last = simulate(kind(), inputs)
    first, state = simulate(kind(), inputs[:cut])
    second, end = simulate(kind(), inputs[cut:], state, start=len(first))
    assert torch.equal(torch.cat([first, second]), whole)
    assert same(end, last)


@every_neuron
def test_a_step_leaves_its_arguments_alone(kind: type[Any]) -> None:
    neuron, inputs = kind(), drive(kind(), torch.float64)
    _, state = simulate(neuron, inputs)
    c = coefficients(neuron)
    before = copy.deepcopy((state, inputs[0], c))
    neuron.fire(torch.ones(BATCH, NEURONS), neuron.integrate(inputs[0], state, c)[1], c)
    assert all(same(one, other) for one, other in zip((state, inputs[0], c), before, strict=True))


@every_neuron
def test_single_precision_gives_nearly_the_same_spikes(kind: type[Any]) -> None:
    single, _ = simulate(kind(), drive(kind(), torch.float32))
    double, _ = simulate(kind(), drive(kind(), torch.float64))
    assert (single.double() - double).abs().sum() <= 0.02 * double.sum()


@every_neuron
def test_survives_pickling_and_copying(kind: type[Any]) -> None:
    neuron = kind()
    assert pickle.loads(pickle.dumps(neuron)) == neuron
    assert copy.deepcopy(neuron) == neuron
    inputs = drive(neuron, torch.float32)
    assert torch.equal(simulate(pickle.loads(pickle.dumps(neuron)), inputs)[0], simulate(neuron, inputs)[0])


@every_neuron
def test_repr_evaluates_back(kind: type[Any]) -> None:
    neuron = kind()
    assert eval(repr(neuron), dict(vars(picojoule.neurons))) == neuron


@every_neuron
def test_a_model_cannot_be_changed(kind: type[Any]) -> None:
    name = next(iter(kind.__dataclass_fields__))
    with pytest.raises(AttributeError, match=name):
        setattr(kind(), name, 1.0)


@every_neuron
def test_coefficients_are_double_numbers_computed_from_parameters(kind: type[Any]) -> None:
    c = kind().coefficients(0.5)
    assert {value.dtype for value in c} == {torch.float64}
    assert {name for name in c._fields if getattr(c, name).dim() == 1} == kind.per_step
    assert all(value.dim() <= 1 for value in c)
    assert same(c, kind().coefficients(1.0)) == (kind.__name__ in ANY_STEP)  # else something depends on the step


@every_neuron
def test_the_output_is_the_spike_or_a_field_of_the_state(kind: type[Any]) -> None:
    assert kind.output in ("spike", *kind().initial(torch.zeros(1, 1))._fields)


def per_neuron(kind: Any) -> dict[str, Tensor]:
    """All numbers of a model, as they are by default, for each neuron."""
    numbers = {name: getattr(kind(), name) for name in units_of(kind)}
    return {name: torch.full((NEURONS,), float(value), dtype=torch.float64) for name, value in numbers.items()}


@every_neuron
def test_every_neuron_may_have_parameters_of_its_own(kind: type[Any]) -> None:
    inputs = drive(kind(), torch.float64)
    spikes, state = simulate(replace(kind(), **per_neuron(kind)), inputs)
    assert torch.equal(spikes, simulate(kind(), inputs)[0])
    assert {tuple(field.shape) for field in state} == {(BATCH, NEURONS)}


@every_neuron
def test_gradients_reach_the_input_and_every_parameter_and_are_finite(kind: type[Any]) -> None:
    parameters = {name: value.requires_grad_() for name, value in per_neuron(kind).items()}
    inputs = drive(kind(), torch.float64)
    ports = tuple(torch.stack(port).requires_grad_() for port in zip(*inputs, strict=True))
    result = scan(replace(kind(), **parameters), ports, dt=bench(kind()).dt, loop=ReferenceLoop())
    late = sum(field.sum() for field in result.state.neuron) + result.output.sum()
    gradients = torch.autograd.grad(late, (*ports, *parameters.values()))
    for name, gradient in zip((*kind.ports._fields, *parameters), gradients, strict=True):
        assert torch.isfinite(gradient).all()
        assert bool((gradient != 0).any()) == (name not in WHOLE), name


@every_neuron
def test_a_scan_gives_what_the_definition_gives(kind: type[Any]) -> None:
    inputs = drive(kind(), torch.float64)
    spikes, state = simulate(kind(), inputs)
    ports = tuple(torch.stack(port) for port in zip(*inputs, strict=True))
    result = scan(kind(), ports, dt=bench(kind()).dt, keep=["spike"], loop=ReferenceLoop())
    assert torch.equal(result.kept["spike"], spikes)
    assert same(result.state.neuron, state)


def traced(neuron: Neuron[Any, Any, Any], method: str) -> Graph:
    """The graph of a method, its inputs called by where they come from."""
    fields = {"s": type(neuron.initial(torch.zeros(1, 1))), "c": type(neuron.coefficients(1.0)), "x": neuron.ports}
    s, c, x = ((kind, [f"{prefix}_{name}" for name in kind._fields]) for prefix, kind in fields.items())
    return trace(neuron, method, [x if method == "integrate" else "spike", s, c], differentiable=True)


def computed(graph: Graph, values: list[Tensor]) -> list[Tensor]:
    """The outputs of a graph, operation by operation."""
    named = {
        "and": "logical_and",
        "or": "logical_or",
        "not": "logical_not",
        "at_least": "maximum",
        "at_most": "minimum",
    }
    known: dict[Operand, Tensor] = dict(zip(graph.inputs, values, strict=True))

    def value(part: Operand) -> Tensor:
        return known[part] if isinstance(part, str) else torch.tensor(part, dtype=torch.float64)

    for node in graph.nodes:
        known[node.name] = getattr(torch, named.get(node.op, node.op))(*map(value, node.operands))
    return [value(output) for output in graph.outputs]


@every_neuron
@pytest.mark.parametrize("method", ["integrate", "fire"])
def test_what_the_compiler_sees_is_what_torch_computes(kind: type[Any], method: str) -> None:
    neuron, c, inputs = kind(), coefficients(kind()), drive(kind(), torch.float64)
    graph = traced(neuron, method)
    _, state = simulate(neuron, inputs[:5])
    for x in inputs[5:8]:
        given = x if method == "integrate" else (x[0] > x[0].mean()).double()
        result = getattr(neuron, method)(given, state, c)
        expected = [result[0], *result[1]] if method == "integrate" else list(result)
        arriving = list(x) if method == "integrate" else [given]
        for one, other in zip(computed(graph, [*arriving, *state, *c]), expected, strict=True):
            torch.testing.assert_close(one.expand_as(other), other, rtol=1e-14, atol=1e-14)
        state = type(state)(*expected[-len(state) :])


@every_neuron
@pytest.mark.parametrize("several", [list, np.array, np.float32], ids=["list", "array", "single"])
def test_numbers_of_numpy_and_lists_are_taken(kind: type[Any], several: Any) -> None:
    values = {name: value.tolist() for name, value in per_neuron(kind).items()}
    neuron = kind(**{name: several(value[0] if several is np.float32 else value) for name, value in values.items()})
    inputs = drive(kind(), torch.float64)
    spikes, expected = simulate(neuron, inputs)[0], simulate(kind(), inputs)[0]
    assert (spikes - expected).abs().sum() <= 0.02 * expected.sum()  # single precision rounds the parameters


LONGEST = {name: kind for name, kind in MODELS.items() if kind.longest_step is not None}


def test_models_that_take_approximate_steps_say_how_long_they_may_be() -> None:
    assert set(LONGEST) == {"AdEx", "ConductanceLIF", "HodgkinHuxley", "Izhikevich", "QuadraticIF"}


@pytest.mark.parametrize("kind", LONGEST.values(), ids=LONGEST.keys())
def test_a_step_that_is_too_long_is_warned_of_in_layers_networks_and_probes(kind: Any) -> None:
    longest, neuron = kind.longest_step, kind()
    network = Network(dt=2.0 * longest)
    network.add_input("X", 1)
    network.add_population("Y", 1, neuron)
    network.connect("X", "Y", OneToOne(1, strength=1.0, port=kind.ports._fields[0]))
    silent = tuple(torch.zeros(2, 1, 1) for _ in kind.ports._fields)
    text = rf"{kind.__name__} with dt={2 * longest:g} ms: steps above {longest:g} ms change its rate by more than 5 %"
    for what in (
        lambda dt: Spiking(neuron, dt=dt),
        lambda dt: scan(neuron, silent, dt=dt, loop=ReferenceLoop()),
        lambda dt: rate_curve(neuron, [0.0], duration=10.0 * dt, dt=dt),
    ):
        what(longest)
        with pytest.warns(StepWarning, match=text):
            what(2.0 * longest)
    with pytest.warns(StepWarning, match=text):
        run(network, torch.zeros(2, 1, 1), engine=Reference())


@pytest.mark.parametrize("kind", LONGEST.values(), ids=LONGEST.keys())
def test_at_the_longest_step_the_rate_is_near_that_of_a_fine_one(kind: Any) -> None:
    """5 % and the grain of the grid; Izhikevich's is the published step, at which 11 % are lost."""
    if kind.__name__ == "ConductanceLIF":  # its input comes in portions, one for each step
        x = torch.full((1,), 0.5, dtype=torch.float64)
        coarse, fine = (float(rate_curve(kind(), x * dt, duration=2000.0, dt=dt).settled[0]) for dt in (5.0, 0.05))
    else:
        current = {"AdEx": 1250.0, "HodgkinHuxley": 12.5, "Izhikevich": 7.5, "QuadraticIF": 5.0}[kind.__name__]
        coarse, fine = (
            float(rate_curve(kind(), [current], duration=500.0, dt=dt).settled[0]) for dt in (kind.longest_step, 0.02)
        )
    assert fine > 10.0  # Hz
    lost = {"Izhikevich": 0.115}.get(kind.__name__, 0.05)
    assert abs(coarse / fine - 1.0) <= lost + coarse * kind.longest_step / 1000.0
