"""`SEAdLIF` against the published recurrence and its closed forms. Behaviour shared by all neurons: tests/contract."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.simulate.scan.job import Scan
from picojoule.simulate.scan.reference import ReferenceLoop, spike
from picojoule.simulate.scan.scan import scan
from tests.held import SEAdLIF

Array = NDArray[np.float64]


def run(neuron: Any, x: Tensor, *, dt: float = 1.0) -> Scan:
    return scan(neuron, x, dt=dt, keep=["u", "w"], loop=ReferenceLoop())


def noise(high: float, steps: int = 100) -> Tensor:
    return high * torch.rand(steps, 3, 4, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def published(x: Array, *, tau_u: float, tau_w: float, a: float, b: float, q: float) -> tuple[Array, Array, Array]:
    """The recurrence of the published code, line by line, with >= for its >."""
    alpha, beta = np.exp(-1.0 / tau_u), np.exp(-1.0 / tau_w)
    u, w = np.zeros_like(x[0]), np.zeros_like(x[0])
    spikes, potentials, adaptations = [], [], []
    for drive in x:
        u = alpha * u + (1.0 - alpha) * (drive - w)
        z = (u - 1.0 >= 0).astype(float)
        u = u * (1.0 - z)
        w = beta * w + (1.0 - beta) * q * (a * u + b * z)
        spikes.append(z)
        potentials.append(u)
        adaptations.append(w)
    return np.stack(spikes), np.stack(potentials), np.stack(adaptations)


@pytest.mark.parametrize(
    ("tau_u", "tau_w", "a", "b", "q"),
    [(15.0, 180.0, 0.5, 1.0, 120.0), (5.0, 60.0, 1.0, 2.0, 120.0), (25.0, 300.0, 0.0, 0.1, 60.0)],
)
def test_it_is_the_published_recurrence(tau_u: float, tau_w: float, a: float, b: float, q: float) -> None:
    constants = {"tau_u": tau_u, "tau_w": tau_w, "a": a, "b": b, "q": q}
    parameters: dict[str, Any] = constants
    x = noise(20.0)
    spikes, u, w = published(x.numpy(), **constants)
    result = run(SEAdLIF(**parameters), x)
    assert 20 < spikes.sum() < 0.9 * spikes.size
    np.testing.assert_array_equal(result.output.numpy(), spikes)
    np.testing.assert_allclose(result.kept["u"].numpy(), u, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(result.kept["w"].numpy(), w, rtol=1e-11, atol=1e-12)


def test_it_oscillates_below_threshold_as_its_matrix_says() -> None:
    """Without spikes the step is a linear map: its eigenvalues are computed, not simulated."""
    neuron = SEAdLIF(tau_u=25.0, tau_w=60.0, a=1.0, v_th=1e9)
    alpha, beta = math.exp(-1.0 / 25.0), math.exp(-1.0 / 60.0)
    pull = (1.0 - beta) * 120.0
    # w takes the new u: w' = beta w + pull (alpha u - (1 - alpha) w)
    step = np.array([[alpha, -(1.0 - alpha)], [pull * alpha, beta - pull * (1.0 - alpha)]])
    x = torch.zeros(200, 1, 1, dtype=torch.float64)
    x[0] = 1.0
    u = run(neuron, x).kept["u"].flatten().numpy()
    states = [np.array([1.0 - alpha, pull * (1.0 - alpha)])]
    for _ in range(199):
        states.append(step @ states[-1])
    np.testing.assert_allclose(u, np.array(states)[:, 0], rtol=1e-9, atol=1e-13)
    angle = abs(np.angle(np.linalg.eigvals(step)[0]))
    crossings = np.flatnonzero(np.sign(u[1:]) != np.sign(u[:-1]))
    assert np.diff(crossings).mean() == pytest.approx(np.pi / angle, rel=0.02)
    assert abs(np.linalg.eigvals(step)).max() == pytest.approx(math.sqrt(alpha * beta), rel=1e-12)  # it never grows


def test_a_drive_below_threshold_ends_at_the_fixed_point() -> None:
    """There u = x - w and w = q a u."""
    result = run(SEAdLIF(a=0.02, v_th=3.0), torch.full((4000, 1, 1), 2.0, dtype=torch.float64))
    assert result.output.sum() == 0
    assert result.state.neuron[0].item() == pytest.approx(2.0 / (1.0 + 120.0 * 0.02), rel=1e-9)
    assert result.state.neuron[1].item() == pytest.approx(2.0 * 2.4 / 3.4, rel=1e-9)


def test_a_spike_empties_the_membrane_and_raises_the_adaptation_in_the_same_step() -> None:
    result = run(SEAdLIF(tau_w=60.0, b=0.7), torch.tensor([20.0, 0.0]).double().reshape(2, 1, 1))
    u, w = result.kept["u"].flatten().tolist(), result.kept["w"].flatten().tolist()
    assert result.output.flatten().tolist() == [1.0, 0.0]
    assert u[0] == 0.0
    assert w[0] == pytest.approx((1.0 - math.exp(-1.0 / 60.0)) * 120.0 * 0.7, rel=1e-12)
    assert u[1] == pytest.approx(-(1.0 - math.exp(-1.0 / 15.0)) * w[0], rel=1e-12)


def gradient_by_hand(x: Tensor, q: Tensor, *, cut: str) -> Tensor:
    """Of a loss, by autograd through the published lines, with one of its two uses of a spike cut."""
    neuron = SEAdLIF()
    alpha, beta = math.exp(-1.0 / neuron.tau_u), math.exp(-1.0 / neuron.tau_w)
    u, w = torch.zeros_like(x[0]), torch.zeros_like(x[0])
    total = torch.zeros(())
    for t, drive in enumerate(x):
        u = alpha * u + (1.0 - alpha) * (drive - w)
        z = spike(u - 1.0, neuron.surrogate)
        total = total + (math.cos(t) * z).sum()
        u = u * (1.0 - (z.detach() if cut == "reset" else z))
        w = beta * w + (1.0 - beta) * q * (0.5 * u + 1.0 * (z.detach() if cut == "adaptation" else z))
    return torch.autograd.grad(total, q)[0]


def test_the_reset_is_not_differentiated_and_the_adaptation_is() -> None:
    x, q = noise(20.0, steps=40), torch.tensor(120.0, dtype=torch.float64, requires_grad=True)
    spikes = run(SEAdLIF(q=q), x).output
    loss = torch.stack([(math.cos(t) * s).sum() for t, s in enumerate(spikes)]).sum()
    found = torch.autograd.grad(loss, q)[0].item()
    assert found == pytest.approx(gradient_by_hand(x, q, cut="reset").item(), rel=1e-10)
    assert found != pytest.approx(gradient_by_hand(x, q, cut="adaptation").item(), rel=1e-2)
    assert found != pytest.approx(gradient_by_hand(x, q, cut="nothing").item(), rel=1e-2)


@pytest.mark.parametrize("name", ["tau_u", "tau_w", "a", "b", "q", "v_th"])
def test_every_parameter_receives_a_gradient_for_each_neuron(name: str) -> None:
    value = torch.full((4,), getattr(SEAdLIF(), name), dtype=torch.float64, requires_grad=True)
    parameters: dict[str, Any] = {name: value}
    (gradient,) = torch.autograd.grad(run(SEAdLIF(**parameters), noise(20.0)).output.sum(), value)
    assert torch.isfinite(gradient).all()
    assert (gradient != 0).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau_u": 0.0}, r"SEAdLIF\.tau_u must be > 0 ms, got 0"),
        ({"a": -0.1}, r"SEAdLIF\.a must be >= 0 times, got -0\.1"),
        ({"a": torch.tensor([0.5, 1.25])}, r"SEAdLIF\.a must be <= 1 times, got 1\.25"),
        ({"b": 2.5}, r"SEAdLIF\.b must be <= 2 thresholds, got 2\.5"),
        ({"q": 0.0}, r"SEAdLIF\.q must be > 0 times, got 0"),
    ],
)
def test_parameters_out_of_range_are_refused_with_name_bound_and_unit(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        SEAdLIF(**parameters)
