"""Networks: what can be built, what is refused, and that a network is an ordinary torch module."""

import copy
import pickle
from collections.abc import Callable

import pytest
import torch

from picojoule.connect.dense import Dense
from picojoule.connect.lateral import Lateral
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import EngineError, ParameterError, ShapeError, UnknownNameError
from picojoule.learn.stdp.bounds import HardBounds
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.network.network import Network
from picojoule.network.plasticity import Normalisation
from picojoule.neurons.conductance_lif import ConductanceLIF
from tests.held import LIF


def network(value: float = 0.25) -> Network:
    built = Network(dt=0.5)
    built.add_input("image", 3)
    built.add_population("hidden", 2, LIF(), homeostasis=AdaptiveThreshold(initial=0.5))
    built.add_population("cells", 2, ConductanceLIF())
    delay = torch.tensor([[1, 2], [3, 4], [5, 6]])
    dense = Dense(torch.full((3, 2), value), delay=delay)
    built.connect("image", "hidden", dense, rule=PairSTDP(), normalise=Normalisation(2.0))
    built.connect("hidden", "cells", OneToOne(2, strength=value, port="exc"))
    built.connect("cells", "hidden", Lateral(2, strength=-value))
    return built


def test_parts_are_found_by_name() -> None:
    built = network()
    assert built.connections["image", "hidden"].weight.shape == (3, 2)
    assert built.population("hidden").neuron == LIF()
    assert (built.size_of("image"), built.size_of("cells")) == (3, 2)
    assert list(built.connections) == [("image", "hidden"), ("hidden", "cells"), ("cells", "hidden")]
    assert [key for key, _ in built.connections.items()] == list(built.connections)
    assert len(built.connections) == 3
    assert ("hidden", "cells") in built.connections
    assert ("cells", "image") not in built.connections


def test_rules_and_normalisations_belong_to_their_connection() -> None:
    assert set(network().rules) == {("image", "hidden")}
    assert network().normalisations == {("image", "hidden"): Normalisation(2.0)}


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda n: n.add_input("image", 3), ParameterError, r"the network has a population 'image' already"),
        (lambda n: n.add_population("image", 3, LIF()), ParameterError, r"'image' already; choose another name"),
        (lambda n: n.add_input("cells", 3), ParameterError, r"'cells' already"),
        (lambda n: n.add_input("my cells", 3), ParameterError, r"name 'my cells' must be an identifier: letters"),
        (lambda n: n.add_population("a.b", 3, LIF()), ParameterError, r"name 'a\.b' must be an identifier"),
        (lambda n: n.add_population("items", 3, LIF()), ParameterError, r"'items' means something to torch modules"),
        (lambda n: n.add_input("new", 0), ParameterError, r"Network\.add_input: n must be >= 1 neurons, got 0"),
        (
            lambda n: n.add_population("new", 0, LIF()),
            ParameterError,
            r"Network\.add_population: n must be >= 1 neurons, got 0",
        ),
        (lambda n: n.population("hiden"), UnknownNameError, r"unknown population 'hiden'; did you mean 'hidden'\?"),
        (lambda n: n.population("zzz"), UnknownNameError, r"'zzz'\. Known: cells, hidden, image"),
        (lambda n: n.size_of("imag"), UnknownNameError, r"did you mean 'image'\?"),
        (lambda n: n.connections["image", "cels"], UnknownNameError, r"unknown connection 'image->cels'; did you mean"),
    ],
)
def test_names_and_sizes_that_cannot_be_are_refused(
    build: Callable[[Network], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        build(network())


@pytest.mark.parametrize(
    ("source", "target", "connection", "error", "message"),
    [
        (
            "imag",
            "cells",
            OneToOne(2, strength=1.0),
            UnknownNameError,
            r"unknown population 'imag'; did you mean 'image'",
        ),
        (
            "hidden",
            "cell",
            OneToOne(2, strength=1.0),
            UnknownNameError,
            r"unknown population 'cell'; did you mean 'cells'",
        ),
        (
            "hidden",
            "image",
            OneToOne(2, strength=1.0),
            ParameterError,
            r"'image' is an input: .*nothing can be connected to it\. Known populations: hidden, cells$",
        ),
        (
            "image",
            "cells",
            Dense(torch.ones(2, 3), port="exc"),
            ShapeError,
            r"connection image->cells is 2 x 3, but image has 3 and cells has 2 neurons",
        ),
        (
            "image",
            "cells",
            Dense(torch.ones(3, 2), port="ex"),
            UnknownNameError,
            r"unknown port of cells 'ex'; did you mean 'exc'\? Known: exc, inh",
        ),
        ("image", "cells", Dense(torch.ones(3, 2)), UnknownNameError, r"unknown port of cells 'current'"),
        (
            "image",
            "hidden",
            Dense(torch.ones(3, 2)),
            ParameterError,
            r"image->hidden is connected already; keep one connection for a pair",
        ),
    ],
)
def test_connections_that_do_not_fit_are_refused(
    source: str, target: str, connection: Dense | OneToOne, error: type[Exception], message: str
) -> None:
    built = network()
    with pytest.raises(error, match=message):
        built.connect(source, target, connection)
    assert len(built.connections) == 3


def test_weights_outside_the_bounds_of_a_rule_are_refused() -> None:
    built = network()
    rule = PairSTDP(weight_bounds=HardBounds(low=0.0, high=0.5))
    message = (
        r"weights of image->cells lie in \[-0\.5, 0\.75\], outside the rule's bounds \[0, 0\.5\]; "
        r"clamp them or widen the bounds"
    )
    with pytest.raises(ParameterError, match=message):
        built.connect(
            "image", "cells", Dense(torch.tensor([[0.1, -0.5], [0.75, 0.0], [0.0, 0.0]]), port="exc"), rule=rule
        )
    assert ("image", "cells") not in built.rules
    built.connect("image", "cells", Dense(torch.tensor([[0.0, 0.5]] * 3), port="exc"), rule=rule)


def test_a_shared_weight_cannot_learn() -> None:
    built = network()
    with pytest.raises(
        ParameterError, match=r"cells->cells shares one weight, which a rule cannot change; use a Dense"
    ):
        built.connect("cells", "cells", Lateral(2, strength=0.5, port="inh"), rule=PairSTDP())
    assert ("cells", "cells") not in built.rules


@pytest.mark.parametrize("dt", [0.0, -1.0, float("nan")])
def test_a_step_must_have_a_length(dt: float) -> None:
    with pytest.raises(ParameterError, match=r"Network\.dt must be"):
        Network(dt=dt)


def test_a_state_dict_holds_all_that_a_network_learns() -> None:
    state = network().state_dict()
    assert set(state) == {
        "populations.hidden.theta",
        "connections.image->hidden.weight",
        "connections.image->hidden.delay",
        "connections.hidden->cells.weight",
        "connections.cells->hidden.weight",
    }


def test_a_state_dict_goes_from_one_network_to_another() -> None:
    one, other = network(0.25), network(0.75)
    theta = one.population("hidden").theta
    assert theta is not None
    theta.copy_(torch.tensor([3.0, 4.0]))
    other.load_state_dict(one.state_dict())
    assert other.state_dict().keys() == one.state_dict().keys()
    assert all(torch.equal(value, one.state_dict()[name]) for name, value in other.state_dict().items())
    assert torch.equal(other.connections["cells", "hidden"].matrix(), one.connections["cells", "hidden"].matrix())


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))], ids=["copy", "pickle"])
def test_a_copy_is_whole_and_independent(duplicate: Callable[[Network], Network]) -> None:
    one = network()
    twin = duplicate(one)
    assert list(twin.connections) == list(one.connections)
    assert (twin.dt, twin.inputs, twin.rules) == (one.dt, one.inputs, one.rules)
    twin.connections["image", "hidden"].weight.zero_()
    assert bool((one.connections["image", "hidden"].weight == 0.25).all())
    assert not twin.connections["image", "hidden"].weight.any()


def test_weights_that_do_not_learn_are_not_normalised_either() -> None:
    built = network()
    pattern = r"image->cells has normalise= but no rule=.*Add a rule, or scale .*Normalisation\(total=78\.4\)\.apply"
    with pytest.raises(ParameterError, match=pattern):
        built.connect("image", "cells", Dense(torch.ones(3, 2), port="exc"), normalise=Normalisation())
    assert ("image", "cells") not in built.connections


def test_an_input_is_no_population() -> None:
    with pytest.raises(ParameterError, match=r"'image' is an input.*Known populations: hidden, cells"):
        network().population("image")


def test_what_can_learn() -> None:
    built = Network()
    built.add_input("X", 2)
    built.add_population("Y", 2, LIF())
    built.connect("X", "Y", Dense(torch.ones(2, 2)))
    assert not built.learns
    built.add_population("Z", 2, LIF(), homeostasis=AdaptiveThreshold())
    assert built.learns
    del built.populations["Z"]
    built.rules["X", "Y"] = PairSTDP()
    assert built.learns


@pytest.mark.parametrize("wrap", [lambda network: network, torch.nn.Sequential], ids=["alone", "in a stack"])
def test_it_is_not_called_like_a_layer(wrap: Callable[[Network], torch.nn.Module]) -> None:
    with pytest.raises(EngineError, match=r"a Network is not called like a layer: pj\.run\(network, spikes\) runs"):
        wrap(network())(torch.zeros(5, 1, 3))


def test_a_failed_connection_leaves_no_rule_behind() -> None:
    built = network()
    with pytest.raises(UnknownNameError):
        built.connect("image", "cells", Dense(torch.ones(3, 2), port="no"), rule=PairSTDP(), normalise=Normalisation())
    assert set(built.rules) == set(built.normalisations) == {("image", "hidden")}


def test_it_prints_its_parts() -> None:
    text = repr(network())
    assert "hidden" in text
    assert "n=2, neuron=LIF(tau=20.0" in text
    assert "3 -> 2, port='current'" in text
