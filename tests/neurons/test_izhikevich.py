"""`Izhikevich` against the published code, an accurate solution, and the signatures of the published regimes."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.neurons.base import Current
from picojoule.neurons.izhikevich import REGIMES, Izhikevich, IzhikevichState
from picojoule.simulate.scan.job import LoopState
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.neurons.solutions import crossings, held, solved, spike_times


def equation(x: float, neuron: Izhikevich) -> Any:
    def change(_: float, state: Any) -> Sequence[float]:
        v, u = map(float, state)
        return 0.04 * v * v + 5.0 * v + 140.0 - u + x, neuron.a * (neuron.b * v - u)  # type: ignore[return-value]

    return change


def all_regimes() -> Izhikevich:
    """One neuron of each regime, side by side."""
    return Izhikevich(**{p: torch.tensor([getattr(r, p) for r in REGIMES.values()]).double() for p in "abcd"})  # type: ignore[arg-type]


def regimes_at(x: float, *, duration: int = 1000) -> dict[str, list[float]]:
    """Spike times of each regime at a constant input, with the published step of 1 ms."""
    driven = torch.full((duration, 1, len(REGIMES)), x, dtype=torch.float64)
    spikes = scan(all_regimes(), driven, dt=1.0, loop=ReferenceLoop()).output
    return dict(zip(REGIMES, spike_times(spikes, 1.0), strict=True))


def intervals(times: Sequence[float]) -> list[float]:
    return [late - early for early, late in pairwise(times)]


def published(x: np.ndarray[Any, Any], parameters: Sequence[np.ndarray[Any, Any]]) -> tuple[Any, Any, Any]:
    """The loop of the published code, for input `[T, N]` from -65 mV; spikes are noted before the next step."""
    a, b, c, d = parameters
    v = -65.0 * np.ones_like(a)
    u = b * v
    spikes = np.zeros_like(x)
    for t, current in enumerate(x):
        v = v + 0.5 * (0.04 * v**2 + 5 * v + 140 - u + current)
        v = v + 0.5 * (0.04 * v**2 + 5 * v + 140 - u + current)
        u = u + a * (b * v - u)
        fired = v >= 30
        spikes[t] = fired
        v[fired] = c[fired]
        u[fired] += d[fired]
    return spikes, v, u


def test_it_is_the_published_code_to_the_last_bit() -> None:
    neuron = all_regimes()
    parameters = [getattr(neuron, name).numpy() for name in "abcd"]
    x = np.random.default_rng(5).normal(5.0, 5.0, (1000, len(REGIMES)))
    spikes, v, u = published(x, parameters)
    start = torch.full((1, len(REGIMES)), -65.0, dtype=torch.float64)
    state = LoopState(IzhikevichState(start, neuron.b * start))
    run = scan(neuron, torch.from_numpy(x)[:, None], dt=1.0, state=state, loop=ReferenceLoop())
    assert run.output.sum() > 100
    assert np.array_equal(run.output[:, 0].numpy(), spikes)
    for ours, theirs in zip(run.state.neuron, (v, u), strict=True):
        assert np.array_equal(ours[0].numpy(), theirs)


def test_the_method_is_of_first_order() -> None:
    neuron = Izhikevich()
    truth = solved(equation(10.0, neuron), (-70.0, -14.0), 3.0)  # before the first spike
    errors = []
    for dt in (0.1, 0.05, 0.025):
        run = held(neuron, [10.0], duration=3.0, dt=dt)
        assert run.output.sum() == 0
        errors.append([abs(run.kept[name][-1].item() - true) for name, true in zip("vu", truth, strict=True)])
    for coarse, fine in pairwise(errors):
        assert coarse[0] / fine[0] == pytest.approx(2.0, abs=0.15)
        assert coarse[1] / fine[1] == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("name", ["regular spiking", "chattering"])
def test_three_spikes_come_within_a_tenth_of_a_millisecond(name: str) -> None:
    dt, neuron = 0.01, REGIMES[name]
    (times,) = spike_times(held(neuron, [20.0], duration=40.0, dt=dt).output, dt)
    after_spike = {"regular spiking": (-65.0, 8.0), "chattering": (-50.0, 2.0)}
    c, d = after_spike[name]
    accurate = crossings(equation(20.0, neuron), (-70.0, -14.0), 30.0, count=3, after=lambda state: (c, state[1] + d))
    assert times[:3] == pytest.approx(accurate, abs=0.1)


@pytest.mark.parametrize("name", REGIMES)
def test_every_regime_begins_at_rest(name: str) -> None:
    run = held(REGIMES[name], [0.0], duration=200.0, dt=1.0)
    start = REGIMES[name].initial(torch.zeros(1, 1, dtype=torch.float64))
    assert run.output.sum() == 0
    torch.testing.assert_close(run.state.neuron[0], start.v, rtol=0.0, atol=1e-6)
    torch.testing.assert_close(run.state.neuron[1], start.u, rtol=0.0, atol=1e-6)


def test_rest_of_the_regular_spiking_neuron_is_at_minus_70() -> None:
    state = Izhikevich().initial(torch.zeros(1, 1, dtype=torch.float64))
    assert state.v.item() == pytest.approx(-70.0, abs=1e-12)
    assert state.u.item() == pytest.approx(-14.0, abs=1e-12)


def test_without_a_resting_point_it_begins_at_minus_65_with_a_finite_gradient() -> None:
    b = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    state = Izhikevich(b=b).initial(torch.zeros(1, 1, dtype=torch.float64))
    assert state.v.item() == -65.0
    assert torch.autograd.grad((state.v + state.u).sum(), b)[0].item() == -65.0


def test_regular_spiking_adapts_and_fast_spiking_does_not() -> None:
    found = regimes_at(10.0)
    regular, fast = intervals(found["regular spiking"]), intervals(found["fast spiking"])
    assert regular[0] < 0.9 * np.mean(regular[-5:])
    assert np.mean(fast[:10]) == pytest.approx(float(np.mean(fast[-10:])), rel=0.15)
    assert len(fast) > 3 * len(regular)
    assert 10 < len(regular) < 40  # Hz, over one second


def test_intrinsically_bursting_begins_with_a_burst_and_goes_on_with_single_spikes() -> None:
    times = intervals(regimes_at(10.0)["intrinsically bursting"])
    assert times[0] <= 6.0
    assert min(times[1:]) > 25.0


def test_chattering_goes_on_in_bursts() -> None:
    times = intervals(regimes_at(10.0)["chattering"])
    short, long = [t for t in times if t <= 6.0], [t for t in times if t >= 30.0]
    assert len(short) + len(long) == len(times)
    assert len(long) >= 15
    assert len(short) >= len(long)  # two spikes or more in each burst


def test_low_threshold_spiking_fires_where_regular_spiking_is_silent_and_adapts() -> None:
    weak = regimes_at(2.0)
    assert len(weak["low-threshold spiking"]) > 3
    assert not weak["regular spiking"]
    strong = intervals(regimes_at(10.0)["low-threshold spiking"])
    assert np.mean(strong[:2]) < 0.7 * np.mean(strong[-10:])


def test_thalamo_cortical_fires_a_rebound_burst_when_inhibition_ends() -> None:
    driven = torch.zeros(400, 1, len(REGIMES), dtype=torch.float64)
    driven[50:250] = -20.0
    spikes = scan(all_regimes(), driven, dt=1.0, loop=ReferenceLoop()).output
    found = dict(zip(REGIMES, spike_times(spikes, 1.0), strict=True))
    burst = found["thalamo-cortical"]
    assert len(burst) >= 3
    assert min(burst) > 250.0
    assert max(intervals(burst)) < 20.0
    assert not found["regular spiking"]


def test_the_resonator_rings_below_threshold_and_regular_spiking_does_not() -> None:
    driven = torch.zeros(200, 1, len(REGIMES), dtype=torch.float64)
    driven[:2] = 0.5
    run = scan(all_regimes(), driven, dt=1.0, keep=("v",), loop=ReferenceLoop())
    rest = all_regimes().initial(driven[0]).v
    off_rest = (run.kept["v"] - rest)[:, 0]
    assert run.output.sum() == 0
    for k, name in enumerate(REGIMES):
        moved = off_rest[off_rest[:, k].abs() > 1e-4, k]
        turns = int((moved.sign().diff() != 0).sum())
        if name == "resonator":
            assert turns >= 3
        if name == "regular spiking":
            assert turns <= 1


def test_a_spike_resets_the_potential_and_raises_the_recovery() -> None:
    neuron = Izhikevich(c=-50.0, d=2.0)
    state = IzhikevichState(torch.full((1, 2), 31.0), torch.full((1, 2), -3.0))
    after = neuron.fire(torch.tensor([[0.0, 1.0]]), state, neuron.coefficients(1.0))
    assert after.v.tolist() == [[31.0, -50.0]]
    assert after.u.tolist() == [[-3.0, -1.0]]


def test_gradients_do_not_grow_with_every_spike() -> None:
    """Though the upswing multiplies them by hundreds, a later spike depends on the input about as an early one does."""
    scale = torch.ones((), dtype=torch.float64, requires_grad=True)
    x = 24.0 * torch.rand(400, 1, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    spikes = scan(Izhikevich(), x * scale, dt=1.0, loop=ReferenceLoop()).output
    (gradient,) = torch.autograd.grad(spikes.sum(), scale)
    assert spikes.sum() > 10
    assert 0.0 < gradient < 2000.0  # without the cut: below -1e7


@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_parameters_receive_the_gradients_of_differences(name: str) -> None:
    """Through the jump of a spike, too: `v` is the potential after one forced spike and three free steps."""

    def potential(value: Tensor) -> Tensor:
        chosen: dict[str, Any] = {name: value}
        neuron = replace(Izhikevich(), **chosen)
        c = neuron.coefficients(0.5)
        state = neuron.initial(torch.zeros(1, 1, dtype=torch.float64))
        state = neuron.fire(torch.ones(1, 1), state, c)
        for _ in range(3):
            _, state = neuron.integrate(Current(torch.full((1, 1), 4.0, dtype=torch.float64)), state, c)
        return state.v

    value = torch.tensor(getattr(Izhikevich(), name), dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(potential(value).sum(), value)
    assert gradient != 0
    assert torch.autograd.gradcheck(potential, value)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"a": 0.0}, r"Izhikevich\.a must be > 0 1/ms, got 0"),
        ({"b": float("nan")}, r"Izhikevich\.b must be a finite number in 1/ms, got nan"),
        ({"d": "8"}, r"Izhikevich\.d must be a number in mV/ms, got '8'"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Izhikevich(**parameters)
