"""What holds for every learning rule, found automatically."""

import copy
import importlib
import pickle
import pkgutil
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import picojoule.learn
from picojoule.learn.stdp.bounds import HardBounds, SoftBounds
from picojoule.network.plasticity import Rule

for module in pkgutil.walk_packages(picojoule.learn.__path__, "picojoule.learn."):
    importlib.import_module(module.name)
RULES = {kind.__name__: kind for kind in Rule.__subclasses__() if kind.__module__.startswith("picojoule.")}
BOUNDS = [HardBounds(), SoftBounds(), HardBounds(low=-2.0, high=3.0), SoftBounds(low=-2.0, high=3.0)]
CASES = [(kind, bounds) for kind in RULES.values() for bounds in BOUNDS]
every_rule = pytest.mark.parametrize("kind", RULES.values(), ids=RULES.keys())
every_case = pytest.mark.parametrize(
    ("kind", "bounds"), CASES, ids=[f"{k.__name__}-{b.__class__.__name__}{b.low:g}" for k, b in CASES]
)
fractions = st.lists(st.floats(0.0, 1.0, width=32), min_size=1, max_size=8)


def single(c: Any) -> Any:
    return type(c)(*(value.float() for value in c))


def traces_at(rule: Rule[Any, Any], values: list[float], n: int) -> Any:
    """Trace values at `n` synapses."""
    return rule.traces(*(torch.full((n,), value) for value in values))


def weights_in(rule: Rule[Any, Any], places: list[float]) -> Tensor:
    low, high = rule.bounds
    return (low + torch.tensor(places) * (high - low)).clamp(low, high)


def test_the_rules_of_this_library_are_found() -> None:
    assert {"PairSTDP", "TripletSTDP"} <= set(RULES)


@every_case
@given(places=fractions, values=st.lists(st.floats(0.0, 50.0), min_size=3, max_size=3), nu=st.floats(0.0, 10.0))
def test_weights_stay_in_bounds(
    kind: type[Any], bounds: HardBounds | SoftBounds, places: list[float], values: list[float], nu: float
) -> None:
    rule = kind(nu=(nu, nu), weight_bounds=bounds)
    w, c = weights_in(rule, places), single(rule.coefficients(1.0))
    traces = traces_at(rule, values[: len(rule.traces._fields)], len(w))
    for changed in (rule.on_pre(w, traces, c), rule.on_post(w, traces, c)):
        assert changed.dtype == torch.float32
        assert bool(((changed >= bounds.low) & (changed <= bounds.high)).all())


@every_case
@given(places=fractions)
def test_zero_traces_change_nothing(kind: type[Any], bounds: HardBounds | SoftBounds, places: list[float]) -> None:
    rule = kind(nu=(0.5, 0.5), weight_bounds=bounds)
    w, c = weights_in(rule, places), single(rule.coefficients(1.0))
    silent = traces_at(rule, [0.0] * len(rule.traces._fields), len(w))
    assert torch.equal(rule.on_pre(w, silent, c), w)
    assert torch.equal(rule.on_post(w, silent, c), w)


@every_case
@given(places=fractions)
def test_zero_rates_change_nothing(kind: type[Any], bounds: HardBounds | SoftBounds, places: list[float]) -> None:
    rule = kind(nu=(0.0, 0.0), weight_bounds=bounds)
    w, c = weights_in(rule, places), single(rule.coefficients(1.0))
    full = traces_at(rule, [1.0] * len(rule.traces._fields), len(w))
    assert torch.equal(rule.on_pre(w, full, c), w)
    assert torch.equal(rule.on_post(w, full, c), w)


@every_rule
def test_presynaptic_spikes_depress_and_postsynaptic_ones_potentiate(kind: type[Any]) -> None:
    rule = kind(nu=(0.1, 0.1))
    w, c = torch.full((2,), 0.5), rule.coefficients(1.0)
    full = traces_at(rule, [1.0] * len(rule.traces._fields), 2)
    assert bool((rule.on_pre(w, full, c) < w).all())
    assert bool((rule.on_post(w, full, c) > w).all())


@every_rule
def test_trace_names_are_those_of_both_sides_in_order(kind: type[Any]) -> None:
    rule = kind()
    assert kind.traces._fields == (*rule.pre_traces, *rule.post_traces)


@every_rule
def test_coefficients_name_the_bounds(kind: type[Any]) -> None:
    rule = kind(weight_bounds=HardBounds(low=-0.5, high=0.25))
    c = rule.coefficients(1.0)
    assert (c.low.item(), c.high.item()) == rule.bounds == (-0.5, 0.25)


@every_rule
def test_survives_pickling_copying_and_repr(kind: type[Any]) -> None:
    rule = kind(weight_bounds=SoftBounds(high=2.0))
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert copy.deepcopy(rule) == rule
    assert eval(repr(rule), RULES | {"SoftBounds": SoftBounds}) == rule
    assert replace(rule, nu=(0.0, 1.0)) != rule
