"""The input gain of every neuron that has one: a jump of that size in any step, or the exact response."""

from dataclasses import fields, replace
from typing import Any

import pytest
import torch

from picojoule import neurons
from picojoule.core.errors import ParameterError
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.contract.benches import MODELS

WITH_GAIN = {name: kind for name, kind in MODELS.items() if "gain" in {field.name for field in fields(kind)}}
EXACT = {  # of an input of 1 held through a step of 2 ms, from rest: by hand
    "IF": 2.0,
    "LIF": 0.09516258196404048,
    "LeakyIntegrator": 0.09516258196404048,
    "AdLIF": 0.1248266809,
    "SEAdLIF": 0.1248266809,
    "ALIF": 0.09516258196404048,
    "BalancedResonateAndFire": 0.002,
    "CubaLIF": 0.0781725,
}
every_gain = pytest.mark.parametrize("kind", WITH_GAIN.values(), ids=WITH_GAIN.keys())


def moved(neuron: Any, dt: float) -> float:
    """How far an input of 0.01 moves the potential in the first step, per unit."""
    field = neuron.initial(torch.zeros(1, 1))._fields[0]
    x = torch.full((1, 1, 1), 0.01, dtype=torch.float64)
    return float(scan(neuron, x, dt=dt, keep=[field], loop=ReferenceLoop()).kept[field]) / 0.01


def test_those_that_integrate_a_current_have_one() -> None:
    assert set(WITH_GAIN) == set(EXACT)


@every_gain
def test_a_number_is_a_jump_in_a_step_of_any_length(kind: Any) -> None:
    arriving = 1.0 - torch.exp(torch.tensor([-0.5 / 5.0, -2.0 / 5.0], dtype=torch.float64))  # of CubaLIF's current
    for dt, share in zip((0.5, 2.0), arriving.tolist(), strict=True):
        expected = 0.3 * share if kind is neurons.CubaLIF else 0.3
        assert moved(kind(gain=0.3), dt) == pytest.approx(expected, rel=1e-9)


@every_gain
def test_none_is_the_exact_response(kind: Any) -> None:
    assert moved(kind(gain=None), 2.0) == pytest.approx(EXACT[kind.__name__], rel=1e-5)


@every_gain
def test_one_for_each_neuron_and_a_gradient(kind: Any) -> None:
    gain = torch.tensor([0.2, 0.4], dtype=torch.float64, requires_grad=True)
    neuron = replace(kind(), gain=gain)
    field = neuron.initial(torch.zeros(1, 1))._fields[0]
    v = scan(neuron, torch.full((1, 1, 2), 0.1, dtype=torch.float64), keep=[field], loop=ReferenceLoop()).kept[field]
    assert float((v[0, 0, 1] / v[0, 0, 0]).detach()) == pytest.approx(2.0)
    (gradient,) = torch.autograd.grad(v.sum(), gain)
    assert bool((gradient > 0).all())


@every_gain
@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
def test_it_is_above_zero(kind: Any, wrong: float) -> None:
    with pytest.raises(ParameterError, match=rf"{kind.__name__}\.gain must be"):
        kind(gain=wrong)


def test_neurons_as_they_come_fire_at_inputs_of_order_one() -> None:
    """Held through the step, an input of 0.3 thresholds leaves all of them silent."""
    for name in ("IF", "LIF", "DeltaLIF", "CubaLIF", "ALIF", "AdLIF", "BalancedResonateAndFire"):
        spikes = scan(getattr(neurons, name)(), torch.full((25, 1, 1), 0.3), loop=ReferenceLoop()).output
        assert 2 <= int(spikes.sum()) <= 20, name
