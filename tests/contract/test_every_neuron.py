"""What holds for every neuron model, found automatically."""

import copy
import importlib
import pickle
import pkgutil
from typing import Any

import pytest
import torch
from torch import Tensor

import picojoule.neurons
from picojoule.neurons.base import Neuron

DTYPES = (torch.float32, torch.float64)
STEPS, BATCH, NEURONS = 80, 3, 4


def found(base: type[Any], package: Any) -> dict[str, type[Any]]:
    """All final classes below `base` in a package, by name."""
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    kinds, open_ends = [], [base]
    while open_ends:
        below = open_ends.pop().__subclasses__()
        open_ends += below
        kinds += [k for k in below if k.__module__.startswith(package.__name__) and not k.__abstractmethods__]
    return {kind.__name__: kind for kind in kinds}


MODELS = found(Neuron, picojoule.neurons)
every_neuron = pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS.keys())
every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def drive(neuron: Neuron[Any, Any, Any], dtype: torch.dtype, shape: tuple[int, ...] = (BATCH, NEURONS)) -> list[Any]:
    """Inputs of every step: strong enough that neurons fire, weaker at inhibitory ports."""
    generator = torch.Generator().manual_seed(3)
    strength = {"inh": 0.2}
    fields = neuron.ports._fields  # type: ignore[attr-defined]
    drawn = {port: torch.rand(STEPS, *shape, generator=generator) * strength.get(port, 4.0) for port in fields}
    return [neuron.ports(*(drawn[port][t].to(dtype) for port in fields)) for t in range(STEPS)]


def simulate(
    neuron: Neuron[Any, Any, Any], inputs: list[Any], state: Any = None, *, dt: float = 1.0
) -> tuple[Tensor, Any]:
    """Spikes `[T, B, *N]` and the final state."""
    state, c = neuron.initial(inputs[0][0]) if state is None else state, neuron.coefficients(dt)
    spikes = []
    for x in inputs:
        excess, state = neuron.integrate(x, state, c)
        spikes.append((excess >= 0).to(excess.dtype))
        state = neuron.fire(spikes[-1], state, c)
    return torch.stack(spikes), state


def same(one: Any, other: Any) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_the_models_of_this_library_are_found() -> None:
    assert {"LIF", "DeltaLIF", "ConductanceLIF"} <= set(MODELS)


@every_neuron
@every_dtype
def test_spikes_and_state_have_shape_and_dtype_of_the_input(kind: type[Any], dtype: torch.dtype) -> None:
    inputs = drive(kind(), dtype)
    spikes, state = simulate(kind(), inputs)
    assert spikes.shape == (STEPS, BATCH, NEURONS)
    assert spikes.dtype == dtype
    assert spikes.sum() > 5  # else the laws below are empty
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
    assert spikes.sum() == 0
    assert same(state, neuron.initial(torch.zeros(1, 2, dtype=torch.float64)))


@every_neuron
def test_firing_without_a_spike_changes_nothing(kind: type[Any]) -> None:
    _, state = simulate(kind(), drive(kind(), torch.float64))
    assert same(kind().fire(torch.zeros(BATCH, NEURONS), state, kind().coefficients(1.0)), state)


@every_neuron
def test_a_spike_changes_only_the_neuron_that_fires(kind: type[Any]) -> None:
    neuron, (first, *_) = kind(), drive(kind(), torch.float64)
    c = neuron.coefficients(1.0)
    _, state = neuron.integrate(first, neuron.initial(first[0]), c)
    spike = torch.zeros(BATCH, NEURONS)
    spike[1, 2] = 1.0
    fired = neuron.fire(spike, state, c)
    changed = torch.stack([after != before for after, before in zip(fired, state, strict=True)]).any(0)
    assert changed.nonzero().tolist() == [[1, 2]]


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
@pytest.mark.parametrize("cut", [1, 17, STEPS - 1])
def test_a_run_can_be_cut_in_two(kind: type[Any], dtype: torch.dtype, cut: int) -> None:
    inputs = drive(kind(), dtype)
    whole, last = simulate(kind(), inputs)
    first, state = simulate(kind(), inputs[:cut])
    second, end = simulate(kind(), inputs[cut:], state)
    assert torch.equal(torch.cat([first, second]), whole)
    assert same(end, last)


@every_neuron
def test_a_step_leaves_its_arguments_alone(kind: type[Any]) -> None:
    neuron, inputs = kind(), drive(kind(), torch.float64)
    _, state = simulate(neuron, inputs)
    c = neuron.coefficients(1.0)
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
    assert eval(repr(neuron), dict(MODELS)) == neuron


@every_neuron
def test_a_model_cannot_be_changed(kind: type[Any]) -> None:
    name = next(iter(kind.__dataclass_fields__))
    with pytest.raises(AttributeError, match=name):
        setattr(kind(), name, 1.0)


@every_neuron
def test_coefficients_are_double_numbers_computed_from_parameters(kind: type[Any]) -> None:
    c = kind().coefficients(0.5)
    assert {value.dtype for value in c} == {torch.float64}
    assert {value.dim() for value in c} == {0}
    assert not same(c, kind().coefficients(1.0))  # something depends on the step
