"""Ranges that depend on the step and on other parameters: learning comes back into them."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

import pytest
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.core.params import Unit, Value, as_tensor, units_of
from picojoule.layers.bounded import brought_back
from picojoule.layers.learned import Learned
from picojoule.layers.spiking import Spiking
from picojoule.neurons.base import Neuron, coefficients_at
from picojoule.neurons.if_ import IFState
from picojoule.neurons.lif import LIFCoefficients
from picojoule.simulate.scan.scan import scan
from tests.held import BalancedResonateAndFire

PULLS = (-40.0, -3.0, 3.0, 40.0)


@dataclass(frozen=True)
class EulerLeak(Neuron[Any, IFState, LIFCoefficients]):
    """A user's own neuron: an Euler step of a leak, stable up to `rate = 2 / dt`."""

    rate: Annotated[Value, Unit("1/ms", above=0.0)] = 0.05
    v_th: float = 1.0

    def ranges(self, dt: float) -> dict[str, Unit]:
        return {"rate": Unit("1/ms", above=0.0, at_most=2.0 / dt)}

    def initial(self, like: Tensor) -> IFState:
        return IFState(torch.zeros_like(like))

    def coefficients(self, dt: float) -> LIFCoefficients:
        return LIFCoefficients(1.0 - dt * as_tensor(self.rate), *map(as_tensor, (1.0, self.v_th, 0.0, 0.0)))

    def integrate(self, x: Any, state: IFState, c: LIFCoefficients) -> tuple[Tensor, IFState]:
        v = state.v * c.decay + x.current
        return v - c.v_th, IFState(v)

    def fire(self, spike: Tensor, state: IFState, c: LIFCoefficients) -> IFState:  # noqa: ARG002
        return IFState(state.v - state.v * spike)


def pulled(neuron: Neuron[Any, Any, Any], changes: dict[str, float], *, dt: float, **options: Any) -> Any:
    """The neuron of a layer whose changes were set as an optimiser might."""
    learned = Learned(neuron, trainable=tuple(changes), dt=dt, **options)
    with torch.no_grad():
        for name, change in changes.items():
            getattr(learned, f"raw_{name}").fill_(change)
    return learned.neuron()


def inside(neuron: Neuron[Any, Any, Any], dt: float) -> bool:
    units = units_of(type(neuron)) | neuron.ranges(dt)
    return all(
        unit.holds(as_tensor(getattr(neuron, name)).detach())
        for name, unit in units.items()
        if getattr(neuron, name) is not None
    )


@pytest.mark.parametrize("dt", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("shape", [None, (3,)], ids=str)
def test_whatever_is_pulled_where_to_all_ranges_hold_together(dt: float, shape: Any) -> None:
    names = ("damping", "omega", "tau_q")
    for pulls in torch.cartesian_prod(*(torch.tensor([0.0, *PULLS]) for _ in names)).tolist():
        neuron = pulled(BalancedResonateAndFire(), dict(zip(names, pulls, strict=True)), dt=dt, shape=shape)
        assert inside(neuron, dt), pulls
        coefficients_at(neuron, dt)


@pytest.mark.parametrize("name", ["damping", "omega", "tau_q"])
def test_a_single_parameter_comes_to_the_edge_that_the_others_leave(name: str) -> None:
    start = BalancedResonateAndFire(omega=torch.tensor([3.0, 50.0, 90.0], dtype=torch.float64), damping=2.0)
    edge: Any = start.ranges(10.0)[name].at_most
    value = getattr(pulled(start, {name: 40.0}, dt=10.0, shape=(3,)), name)
    torch.testing.assert_close(value, edge.expand(3), rtol=2e-5, atol=0.0)


def test_one_value_for_several_neurons_respects_the_narrowest() -> None:
    start = BalancedResonateAndFire(omega=torch.tensor([3.0, 50.0, 90.0], dtype=torch.float64), damping=2.0)
    damping = pulled(start, {"damping": 40.0}, dt=10.0).damping
    assert damping.shape == ()
    most: Any = start.ranges(10.0)["damping"].at_most
    assert damping.item() == pytest.approx(most.min().item(), rel=2e-5)


def test_without_a_change_it_is_the_start_and_inside_nothing_is_moved() -> None:
    start = BalancedResonateAndFire(omega=20.0, damping=3.0)
    assert pulled(start, {"omega": 0.0, "damping": 0.0}, dt=10.0) == replace(
        start, omega=torch.tensor(20.0, dtype=torch.float64), damping=torch.tensor(3.0, dtype=torch.float64)
    )
    assert pulled(start, {"omega": 0.5}, dt=10.0).omega.item() == pytest.approx(20.0 * 2.718281828459045**0.5)


def test_a_neuron_of_ones_own_has_such_a_range_too() -> None:
    assert pulled(EulerLeak(), {"rate": 40.0}, dt=0.5).rate.item() == pytest.approx(4.0, rel=2e-5)
    with pytest.raises(ParameterError, match=r"EulerLeak\.rate must be <= 2 1/ms, got 3; with dt=1 ms"):
        Spiking(EulerLeak(rate=3.0))
    with pytest.raises(ParameterError, match=r"EulerLeak\.rate must be <= 2 1/ms, got 3; with dt=1 ms"):
        scan(EulerLeak(rate=3.0), torch.zeros(2, 1, 1))
    Spiking(EulerLeak(rate=3.0), dt=0.5)


def test_from_the_edge_gradients_lead_back() -> None:
    layer = Spiking(EulerLeak(), trainable="rate", dt=1.0)
    with torch.no_grad():
        layer.learned.raw_rate.fill_(5.0)  # type: ignore[operator]
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(20):
        optimiser.zero_grad()
        (layer.neuron.rate / 2.0).backward()  # type: ignore[attr-defined]
        optimiser.step()
    assert layer.neuron.rate < 1.9  # type: ignore[attr-defined]


def test_a_parameter_of_a_module_that_left_its_range_is_named() -> None:
    tau = torch.nn.Parameter(torch.tensor(0.05))
    layer = Spiking(EulerLeak(rate=tau))
    layer(torch.zeros(2, 1, 1))
    with torch.no_grad():
        tau.fill_(-0.1)
    with pytest.raises(ParameterError, match=r"EulerLeak\.rate must be > 0 1/ms, got -0\.1"):
        layer(torch.zeros(2, 1, 1))


def test_values_are_brought_back_a_little_inside() -> None:
    value = torch.tensor([-5.0, 1.5, 9.0], requires_grad=True)
    for unit, expected in (
        (Unit("ms", above=1.0, at_most=2.0), [1.0, 1.5, 2.0]),
        (Unit("ms", above=torch.tensor([0.0, 1.0, 2.0])), [0.0, 1.5, 9.0]),
        (Unit("ms", at_most=torch.tensor([0.0, 1.0, 2.0])), [-5.0, 1.0, 2.0]),
    ):
        moved = brought_back(value, unit)
        assert moved.tolist() == pytest.approx(expected, abs=1e-4)
        assert unit.holds(moved.detach())
        assert torch.autograd.grad(moved.sum(), value)[0].tolist() == [1.0, 1.0, 1.0]


def test_a_layer_with_such_ranges_is_compiled_in_one_piece() -> None:
    layer = Spiking(BalancedResonateAndFire(), shape=(3,), trainable={"omega", "damping"}, dt=10.0)
    x = torch.rand(5, 2, 3)
    assert torch.equal(torch.compile(layer, backend="eager", fullgraph=True)(x), layer(x))
