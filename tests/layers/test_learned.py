"""Parameters of neurons that train."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

import picojoule.neurons
from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.core.params import validate
from picojoule.layers.learned import Learned
from picojoule.layers.neuron_layer import NeuronLayer
from picojoule.layers.recurrent import Recurrent
from picojoule.layers.spiking import Spiking
from picojoule.neurons.base import Neuron
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.simulate.scan.reference import ReferenceLoop
from tests.contract.benches import MODELS, bench
from tests.held import LIF, DeltaLIF
from tests.layers.stacks import FEATURES, drive, neurons


def train(layer: nn.Module, x: Tensor, *, rate: float, steps: int, wanted: float) -> None:
    """Bring the share of spikes to what is wanted."""
    optimizer = torch.optim.Adam(layer.parameters(), lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.autograd.backward((layer(x).mean() - wanted).square())
        optimizer.step()


def test_a_layer_that_may_learn_fires_like_one_that_may_not() -> None:
    x = drive(200, 3, FEATURES)
    plain = Spiking(LIF(tau=20.0, v_th=0.75))
    learning = Spiking(LIF(tau=20.0, v_th=0.75), shape=(FEATURES,), trainable={"tau", "v_th"}, trainable_initial={"v"})
    assert torch.equal(learning(x), plain(x))
    assert plain(x).sum() > 10


def test_gradients_are_those_of_the_parameter_by_the_chain_rule() -> None:
    x = drive(50, 2, 3, dtype=torch.float64)
    tau = torch.tensor([5.0, 10.0, 20.0], dtype=torch.float64, requires_grad=True)
    (to_tau,) = torch.autograd.grad(Spiking(LIF(tau=tau))(x).sum(), tau)
    layer = Spiking(LIF(tau=tau.detach()), trainable="tau").double()
    (to_change,) = torch.autograd.grad(layer(x).sum(), layer.learned.get_parameter("raw_tau"))
    torch.testing.assert_close(to_change, to_tau * tau.detach(), rtol=1e-12, atol=0.0)


def test_a_number_trains_as_one_value_or_as_one_for_each_neuron() -> None:
    one, each = Learned(LIF(tau=20.0), trainable={"tau"}), Learned(LIF(tau=20.0), shape=(3, 1), trainable={"tau"})
    assert one.neuron().tau.shape == ()  # type: ignore[attr-defined]
    assert each.neuron().tau.tolist() == [[20.0]] * 3  # type: ignore[attr-defined]
    own = Learned(LIF(tau=torch.tensor([5.0, 9.0])), shape=(3, 1), trainable={"tau"})
    assert own.neuron().tau.tolist() == [5.0, 9.0]  # type: ignore[attr-defined]


@pytest.mark.parametrize("rate", [0.1, 100.0])
def test_an_optimiser_cannot_leave_the_range(rate: float) -> None:
    layer, x = Spiking(LIF(), shape=(3,), trainable={"tau", "v_th"}), drive(20, 2, 3)
    for wanted in (1.0, 0.0):
        train(layer, x, rate=rate, steps=10, wanted=wanted)
        validate(layer.neuron)  # every value inside its unit's bounds, and none NaN


def test_training_moves_what_it_should_and_nothing_else() -> None:
    layer, x = Spiking(LIF(tau=20.0), trainable="tau"), drive(60, 4, 5)
    before = float(layer(x).detach().mean())
    train(layer, x, rate=0.05, steps=30, wanted=before / 2)
    assert layer.neuron.tau > 22.0  # type: ignore[attr-defined]  # slower, fewer spikes
    assert layer.neuron.v_th == 1.0  # type: ignore[attr-defined]
    assert float(layer(x).detach().mean()) < 0.8 * before


def test_a_weight_decay_draws_towards_the_start() -> None:
    layer = Spiking(LIF(tau=20.0), trainable="tau")
    raw = layer.learned.get_parameter("raw_tau")
    with torch.no_grad():
        raw.fill_(1.0)
    optimizer = torch.optim.SGD([raw], lr=0.1, weight_decay=1.0)
    for _ in range(200):
        raw.grad = torch.zeros_like(raw)
        optimizer.step()
    assert layer.neuron.tau.item() == pytest.approx(20.0, rel=1e-6)  # type: ignore[attr-defined]


def test_a_state_dict_brings_the_values_whatever_the_other_started_from() -> None:
    layer = Spiking(LIF(tau=20.0), trainable="tau", trainable_initial="v")
    with torch.no_grad():
        layer.learned.get_parameter("raw_tau").fill_(0.3)
    other = Spiking(LIF(tau=5.0), trainable="tau", trainable_initial="v")
    other.load_state_dict(layer.state_dict())
    assert other.neuron.tau.item() == pytest.approx(20.0 * math.exp(0.3), rel=1e-6)  # type: ignore[attr-defined]
    assert sorted(layer.state_dict()) == ["learned.initial_v", "learned.raw_tau", "learned.start_tau"]


def test_tensors_among_the_parameters_belong_to_the_module() -> None:
    layer = Spiking(LIF(tau=torch.tensor([5.0, 9.0]), v_th=nn.Parameter(torch.tensor([0.5, 1.0]))))
    assert [name for name, _ in layer.named_parameters()] == ["learned.given_v_th"]
    assert [name for name, _ in layer.named_buffers()] == ["learned.given_tau"]
    layer.double()
    assert layer.neuron.tau.dtype == layer.neuron.v_th.dtype == torch.float64  # type: ignore[attr-defined]
    x = drive(40, 1, 2, dtype=torch.float64)
    plain = LIF(tau=torch.tensor([5.0, 9.0]).double(), v_th=torch.tensor([0.5, 1.0]).double())
    assert torch.equal(layer(x), Spiking(plain)(x))


def test_the_start_is_learned_exactly() -> None:
    # without input and spikes, v after one step is v0 exp(-dt / tau): the gradient of it, by each sample
    layer = Spiking(LIF(tau=10.0), shape=(3,), trainable_initial="v", dt=10.0).double()
    _, state = layer.advance(torch.zeros(1, 4, 3, dtype=torch.float64))
    (grad,) = torch.autograd.grad(state.neuron[0].sum(), list(layer.parameters()))
    torch.testing.assert_close(grad, torch.full((3,), 4 * math.exp(-1.0), dtype=torch.float64), rtol=1e-14, atol=0.0)


def test_the_start_is_the_rest_of_the_neuron_at_first() -> None:
    layer = Spiking(DeltaLIF(v_rest=-65.0), shape=(2,), trainable_initial="v")
    assert layer.learned.get_parameter("initial_v").tolist() == [-65.0, -65.0]


@pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS.keys())
def test_every_neuron_has_parameters_that_can_be_learned(kind: type[Neuron]) -> None:  # type: ignore[type-arg]
    neuron = kind()
    names = {name for name, value in vars(neuron).items() if isinstance(value, int | float | tuple)}
    learnable = {name for name in names if name != "refractory" and getattr(neuron, name) != 0.0}
    layer = Spiking(neuron, trainable=learnable, dt=bench(neuron).dt, loop=ReferenceLoop())
    assert learnable
    x = drive(8, 2, 3)
    given = (x,) * len(kind.ports._fields)  # type: ignore[attr-defined]
    plain = Spiking(neuron, dt=bench(neuron).dt, loop=ReferenceLoop()).advance(given)
    learning = layer.advance(given)
    for one, other in zip(neurons(plain[1]), neurons(learning[1]), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("neuron", [DeltaLIF(), ConductanceLIF()])
def test_what_is_rounded_to_steps_cannot_be_learned(neuron: Neuron) -> None:  # type: ignore[type-arg]
    with pytest.raises(ParameterError, match=r"LIF\.refractory has no gradient .*leave it out of trainable"):
        Spiking(neuron, trainable={"refractory"})
    with pytest.raises(ParameterError, match=r"the initial refractory of \w+ has no gradient"):
        Spiking(neuron, trainable_initial={"refractory"})


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"parameter of LIF to learn 'tua'; did you mean 'tau'\?"):
        Spiking(LIF(), trainable={"tua"})
    with pytest.raises(UnknownNameError, match="parameter of LIF to learn 'surrogate'"):
        Spiking(LIF(), trainable={"surrogate"})
    with pytest.raises(UnknownNameError, match=r"state field of LIF to learn the start of 'V'; did you mean 'v'\?|'V'"):
        Spiking(LIF(), trainable_initial={"V"})


def test_a_start_on_the_bound_is_refused() -> None:
    @dataclass(frozen=True)
    class Late(picojoule.neurons.DeltaLIF):
        pass

    with pytest.raises(
        ParameterError, match=r"Late\.refractory cannot learn from 0, the end of its range; start inside"
    ):
        Spiking(Late(refractory=0.0), trainable={"refractory"})


def test_other_arguments_are_checked() -> None:
    with pytest.raises(ParameterError, match="dt must be > 0 ms, got 0"):
        Spiking(LIF(), dt=0.0)
    with pytest.raises(ParameterError, match=r"Spiking\.neuron must be .* got the class LIF; write LIF\(\)"):
        Spiking(picojoule.neurons.LIF)  # type: ignore[arg-type]


def test_a_learning_layer_runs_without_checking_its_values_again(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Spiking(LIF(), shape=(3,), trainable={"tau"})

    def forbidden(_: object) -> None:
        raise AssertionError("validated")

    monkeypatch.setattr("picojoule.neurons.base.validate", forbidden)
    assert layer(drive(5, 1, 3)).shape == (5, 1, 3)


OLD_NAMES: list[Callable[..., NeuronLayer]] = [
    lambda **given: Spiking(LIF(), shape=(3,), **given),
    lambda **given: Recurrent(LIF(), 3, **given),
]


@pytest.mark.parametrize("make", OLD_NAMES, ids=["Spiking", "Recurrent"])
@pytest.mark.parametrize(
    ("old", "new", "name"), [("learn", "trainable", "tau"), ("learn_initial", "trainable_initial", "v")]
)
def test_old_names_of_what_trains_work_with_a_warning(
    make: Callable[..., NeuronLayer], old: str, new: str, name: str
) -> None:
    with pytest.warns(DeprecationWarning, match=rf"\({old}=\) is now \w+\({new}=\)"):
        layer = make(**{old: {name}})
    expected = make(**{new: {name}})
    assert [n for n, _ in layer.named_parameters()] == [n for n, _ in expected.named_parameters()]
    with pytest.raises(ParameterError, match=f"{old}= is the old name of {new}="):
        make(**{old: {name}, new: {name}})


def test_layers_of_one_neuron_have_their_own_tensors() -> None:
    tau = torch.tensor([5.0, 6.0])
    neuron = LIF(tau=tau)
    one, other = Spiking(neuron), Spiking(neuron)
    one.get_buffer("learned.given_tau")[0] = 9.0
    assert other.get_buffer("learned.given_tau").tolist() == tau.tolist() == [5.0, 6.0]
