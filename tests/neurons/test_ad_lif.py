"""`AdLIF` against the published recurrence and its closed forms. Behaviour shared by all neurons: tests/contract."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.simulate.scan.job import Scan
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.held import AdLIF

Array = NDArray[np.float64]


def run(neuron: Any, x: Tensor, *, weight: Tensor | None = None, dt: float = 1.0) -> Scan:
    return scan(neuron, x, dt=dt, weight=weight, keep=["u", "w"], loop=ReferenceLoop())


def noise(high: float, steps: int = 100) -> Tensor:
    return high * torch.rand(steps, 3, 4, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def published(x: Array, weight: Array, *, tau_u: float, tau_w: float, a: float, b: float) -> tuple[Array, Array, Array]:
    """The recurrence of the published code, line by line, with >= for its >."""
    alpha, beta = np.exp(-1.0 / tau_u), np.exp(-1.0 / tau_w)
    ut, wt, st = (np.zeros_like(x[0]) for _ in range(3))
    spikes, potentials, adaptations = [], [], []
    for drive in x:
        wt = beta * wt + a * ut + b * st
        ut = alpha * (ut - st) + (1 - alpha) * (drive + st @ weight - wt)
        st = (ut - 1.0 >= 0).astype(float)
        spikes.append(st)
        potentials.append(ut)
        adaptations.append(wt)
    return np.stack(spikes), np.stack(potentials), np.stack(adaptations)


@pytest.mark.parametrize(
    ("tau_u", "tau_w", "a", "b"),
    [(15.0, 75.0, 0.0, 1.0), (5.0, 30.0, 0.3, 2.0), (25.0, 120.0, -0.02, 0.0), (10.0, 60.0, 1.0, 0.5)],
)
def test_it_is_the_published_recurrence_with_and_without_a_recurrent_matrix(
    tau_u: float, tau_w: float, a: float, b: float
) -> None:
    constants = {"tau_u": tau_u, "tau_w": tau_w, "a": a, "b": b}
    parameters: dict[str, Any] = constants
    x = noise(12.0)
    for weight in (torch.zeros(4, 4).double(), torch.randn(4, 4, generator=torch.Generator().manual_seed(1)).double()):
        spikes, u, w = published(x.numpy(), weight.numpy(), **constants)
        result = run(AdLIF(**parameters), x, weight=weight if weight.any() else None)
        assert 20 < spikes.sum() < 0.9 * spikes.size
        np.testing.assert_array_equal(result.output.numpy(), spikes)
        np.testing.assert_allclose(result.kept["u"].numpy(), u, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(result.kept["w"].numpy(), w, rtol=1e-11, atol=1e-12)


def test_without_adaptation_it_is_an_exact_leaky_integrator_before_its_first_spike() -> None:
    neuron, drive = AdLIF(tau_u=10.0, a=0.0, b=0.0), 1.3
    result = run(neuron, torch.full((40, 1, 1), drive, dtype=torch.float64), dt=0.5)
    first = math.ceil(10.0 * math.log(drive / (drive - 1.0)) / 0.5) - 1
    times = 0.5 * torch.arange(1, first + 2, dtype=torch.float64)
    assert int(result.output.flatten().nonzero()[0]) == first
    expected = drive * (1.0 - torch.exp(-times / 10.0))
    torch.testing.assert_close(result.kept["u"].flatten()[: first + 1], expected, rtol=1e-12, atol=0.0)


def test_every_spike_raises_the_adaptation_by_b_one_step_later() -> None:
    neuron = AdLIF(tau_w=50.0, b=1.5)
    result = run(neuron, noise(8.0))
    w, s = result.kept["w"], result.output
    torch.testing.assert_close(w[1:], math.exp(-0.02) * w[:-1] + 1.5 * s[:-1], rtol=1e-13, atol=1e-15)
    assert s.sum() > 20


def test_subthreshold_coupling_pulls_towards_a_smaller_potential() -> None:
    """At rest under a drive: w = a u / (1 - beta) and u = x - w."""
    result = run(AdLIF(a=0.01, b=0.0, tau_w=40.0), torch.full((3000, 1, 1), 1.2, dtype=torch.float64))
    slope = 0.01 / (1.0 - math.exp(-1.0 / 40.0))
    assert result.output.sum() == 0
    assert result.kept["u"][-1].item() == pytest.approx(1.2 / (1.0 + slope), rel=1e-9)
    assert result.kept["w"][-1].item() == pytest.approx(1.2 * slope / (1.0 + slope), rel=1e-9)


def test_the_threshold_scales_potential_and_reset() -> None:
    once, thrice = run(AdLIF(b=0.5), noise(8.0)), run(AdLIF(b=1.5, v_th=3.0), 3.0 * noise(8.0))
    assert once.output.sum() > 20
    assert torch.equal(once.output, thrice.output)
    torch.testing.assert_close(3.0 * once.kept["u"], thrice.kept["u"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["tau_u", "tau_w", "a", "b", "v_th"])
def test_every_parameter_receives_a_gradient_for_each_neuron(name: str) -> None:
    value = torch.full((4,), getattr(AdLIF(), name), dtype=torch.float64, requires_grad=True)
    parameters: dict[str, Any] = {name: value}
    (gradient,) = torch.autograd.grad(run(AdLIF(**parameters), noise(8.0)).output.sum(), value)
    assert torch.isfinite(gradient).all()
    assert (gradient != 0).all()


def test_the_reset_is_differentiated() -> None:
    """u of the step after a spike depends on the drive directly, and against it through the spike."""
    x = torch.tensor([16.5, 0.0], dtype=torch.float64).reshape(2, 1, 1).requires_grad_()  # u = 1.06: a spike
    result = run(AdLIF(b=0.0, tau_u=15.0), x)
    (gradient,) = torch.autograd.grad(result.kept["u"][1].sum(), x)
    alpha = math.exp(-1.0 / 15.0)
    assert result.output.flatten().tolist() == [1.0, 0.0]
    assert gradient.flatten().tolist() == pytest.approx([alpha * (1 - alpha) * (1.0 - 1.0), 1 - alpha], abs=1e-15)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tau_u": 0.0}, r"AdLIF\.tau_u must be > 0 ms, got 0"),
        ({"tau_w": -1.0}, r"AdLIF\.tau_w must be > 0 ms, got -1"),
        ({"a": -1.5}, r"AdLIF\.a must be >= -1 times, got -1\.5"),
        ({"b": 2.5}, r"AdLIF\.b must be <= 2 thresholds, got 2\.5"),
    ],
)
def test_parameters_out_of_range_are_refused_with_name_bound_and_unit(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        AdLIF(**parameters)
