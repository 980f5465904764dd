"""The two networks of Diehl & Cook (2015): constants, wiring, weights.

Constants of the current-based network: BindsNET, `bindsnet.models.DiehlAndCook2015`. Of the other one: the paper,
sections 2.1 to 2.4, and its published code.
"""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import ParameterError
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.learn.stdp.triplet import TripletSTDP
from picojoule.models.diehl_cook import DiehlCook2015, DiehlCook2015Conductance
from picojoule.network.network import Network
from picojoule.network.plasticity import Normalisation
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.neurons.delta_lif import DeltaLIF
from picojoule.neurons.reset import HardReset
from picojoule.neurons.selection import OnePerStep

BUILDERS: list[Callable[..., Network]] = [DiehlCook2015, DiehlCook2015Conductance]
either = pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)


@either
def test_inputs_excite_and_partners_inhibit_all_others(build: Callable[..., Network]) -> None:
    network = build(n_input=9, n_neurons=4)
    assert network.inputs == {"X": 9}
    assert list(network.populations) == ["Ae", "Ai"]
    assert [(key, type(connection)) for key, connection in network.connections.items()] == [
        (("X", "Ae"), Dense),
        (("Ae", "Ai"), OneToOne),
        (("Ai", "Ae"), Lateral),
    ]
    assert network.connections["X", "Ae"].weight.shape == (9, 4)


@either
def test_only_the_input_weights_learn_and_only_excitatory_thresholds_adapt(build: Callable[..., Network]) -> None:
    network = build(n_input=9, n_neurons=4)
    assert set(network.rules) == set(network.normalisations) == {("X", "Ae")}
    assert network.population("Ae").homeostasis is not None
    assert network.population("Ai").homeostasis is None
    assert network.population("Ai").theta is None


@either
@pytest.mark.parametrize("norm", [5.0, 78.0])
def test_the_weights_of_each_neuron_have_the_given_sum(build: Callable[..., Network], norm: float) -> None:
    network = build(n_input=784, n_neurons=20, norm=norm)
    weight = network.connections["X", "Ae"].weight
    assert network.normalisations["X", "Ae"] == Normalisation(norm)
    torch.testing.assert_close(weight.double().sum(0), torch.full((20,), norm).double(), rtol=1e-6, atol=0.0)
    assert bool(((weight >= 0.0) & (weight <= 1.0)).all())


@either
def test_the_seed_decides_the_weights(build: Callable[..., Network]) -> None:
    def weights(seed: int) -> torch.Tensor:
        return build(n_input=50, n_neurons=5, seed=seed).connections["X", "Ae"].weight

    torch.manual_seed(1)
    first = weights(3)
    torch.manual_seed(2)
    assert torch.equal(first, weights(3))
    assert not torch.equal(first, weights(4))


@either
def test_weights_are_drawn_evenly(build: Callable[..., Network]) -> None:
    weight = build(n_input=784, n_neurons=50).connections["X", "Ae"].weight
    shares = torch.histc(weight / weight.max(0).values, bins=4, min=0.0, max=1.0) / weight.numel()
    # five deviations are 0.011; the lowest weight of the conductance-based form, 1 % of the highest, takes 0.008
    assert (shares - 0.25).abs().max() < 0.02


@either
def test_options_reach_their_parts(build: Callable[..., Network]) -> None:
    network = build(n_input=9, n_neurons=4, exc=3.0, inh=5.0, nu=(0.1, 0.2), theta_plus=0.7, tau_theta=9.0, dt=0.25)
    assert network.dt == 0.25
    assert network.connections["Ae", "Ai"].weight.item() == 3.0
    assert abs(network.connections["Ai", "Ae"].weight.item()) == 5.0
    rule = network.rules["X", "Ae"]
    assert isinstance(rule, PairSTDP | TripletSTDP)
    assert rule.nu == (0.1, 0.2)
    homeostasis = network.population("Ae").homeostasis
    assert isinstance(homeostasis, AdaptiveThreshold)
    assert (homeostasis.step, homeostasis.tau) == (0.7, 9.0)


def test_constants_of_the_current_based_network() -> None:
    network = DiehlCook2015(n_input=9, n_neurons=4)
    excitatory, inhibitory = network.population("Ae"), network.population("Ai")
    assert network.dt == 1.0
    assert excitatory.neuron == DeltaLIF(
        tau=100.0, v_th=-52.0, v_rest=-65.0, v_reset=-60.0, refractory=5.0, reset=HardReset()
    )
    assert inhibitory.neuron == DeltaLIF(
        tau=10.0, v_th=-40.0, v_rest=-60.0, v_reset=-45.0, refractory=2.0, reset=HardReset()
    )
    assert excitatory.selection == OnePerStep(losers_reset=True)
    assert inhibitory.selection is None
    assert excitatory.homeostasis == AdaptiveThreshold(step=0.05, tau=1e7, initial=0.0)
    assert network.rules["X", "Ae"] == PairSTDP(nu=(1e-4, 1e-2), tau_pre=20.0, tau_post=20.0)
    assert network.connections["Ae", "Ai"].weight.item() == 22.5
    assert network.connections["Ai", "Ae"].weight.item() == -120.0
    assert {connection.port for _, connection in network.connections.items()} == {"current"}


@pytest.mark.parametrize("losers_reset", [True, False])
def test_losers_of_a_step_may_keep_their_state(losers_reset: bool) -> None:
    network = DiehlCook2015(n_input=9, n_neurons=4, losers_reset=losers_reset)
    assert network.population("Ae").selection == OnePerStep(losers_reset=losers_reset)


def test_one_excitatory_spike_makes_its_partner_fire_and_hold_down_the_others() -> None:
    network = DiehlCook2015(n_input=9, n_neurons=4)
    partner = network.population("Ai").neuron
    assert isinstance(partner, DeltaLIF)
    assert float(partner.v_rest) + network.connections["Ae", "Ai"].weight.item() > float(partner.v_th)


def test_constants_of_the_conductance_based_network() -> None:
    network = DiehlCook2015Conductance(n_input=9, n_neurons=4)
    excitatory, inhibitory = network.population("Ae"), network.population("Ai")
    shared: dict[str, Any] = {"tau_exc": 1.0, "tau_inh": 2.0, "e_exc": 0.0}
    assert network.dt == 0.5
    assert excitatory.neuron == ConductanceLIF(
        tau=100.0, e_inh=-100.0, v_th=-72.0, v_rest=-65.0, v_reset=-65.0, refractory=5.0, **shared
    )
    assert inhibitory.neuron == ConductanceLIF(
        tau=10.0, e_inh=-85.0, v_th=-40.0, v_rest=-60.0, v_reset=-45.0, refractory=2.0, **shared
    )
    assert excitatory.selection is None
    assert excitatory.homeostasis == AdaptiveThreshold(step=0.05, tau=1e7, initial=20.0)
    assert network.rules["X", "Ae"] == TripletSTDP(nu=(1e-4, 1e-2), tau_pre=20.0, tau_post1=20.0, tau_post2=40.0)
    assert network.connections["Ae", "Ai"].weight.item() == pytest.approx(10.4)
    assert network.connections["Ai", "Ae"].weight.item() == 17.0
    assert [connection.port for _, connection in network.connections.items()] == ["exc", "exc", "inh"]


def test_the_effective_threshold_starts_at_minus_52_millivolts() -> None:
    population = DiehlCook2015Conductance(n_input=9, n_neurons=4).population("Ae")
    assert isinstance(population.neuron, ConductanceLIF)
    assert population.theta is not None
    assert (population.neuron.v_th + population.theta).tolist() == [-52.0] * 4


@pytest.mark.parametrize(("dt", "longest_delay", "steps"), [(0.5, 10.0, 20), (1.0, 10.0, 10), (1.0, 0.0, 1)])
def test_delays_are_spread_evenly_over_whole_steps(dt: float, longest_delay: float, steps: int) -> None:
    network = DiehlCook2015Conductance(n_input=784, n_neurons=50, dt=dt, longest_delay=longest_delay)
    connection = network.connections["X", "Ae"]
    assert isinstance(connection, Dense)
    assert connection.delay is not None
    assert (int(connection.delay.min()), connection.longest_delay) == (1, steps)
    if steps > 1:
        mean = connection.delay.double().mean().item() * dt
        # delays below half a step become one step: 0.5 / steps of them are later by one step
        expected = longest_delay / 2.0 + 0.5 / steps * dt
        assert mean == pytest.approx(expected, abs=5.0 * longest_delay / 12**0.5 / (784 * 50) ** 0.5)


@either
@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"dt": 0.0}, r"dt must be > 0 ms, got 0"),
        ({"norm": -1.0}, r"Normalisation\.total must be > 0 weight, got -1"),
        ({"n_neurons": 0}, r"n_neurons must be >= 1 neurons, got 0"),
        ({"n_input": 0}, r"n_input must be >= 1 neurons, got 0"),
        ({"theta_plus": -0.1}, r"AdaptiveThreshold\.step must be >= 0"),
        ({"exc": float("nan")}, r"exc must be a finite number"),
    ],
    ids=str,
)
def test_options_out_of_range_are_refused(
    build: Callable[..., Network], option: dict[str, float], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        build(**({"n_input": 9, "n_neurons": 4} | option))
