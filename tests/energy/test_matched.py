"""The matched network has the layers of the spiking one, as many weights, and few bits."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from picojoule.core.errors import ParameterError
from picojoule.energy.matched import matched_network
from picojoule.energy.twin import twin_of
from picojoule.layers import Linear, OverTime, Recurrent, Sequential, Spiking
from picojoule.learn import QuantisedInput, QuantisedReLU, QuantisedWeights, fit, mean_over_time
from tests.held import LIF, LeakyIntegrator


def dense() -> Sequential:
    return Sequential(
        nn.Flatten(), Linear(36, 20), Spiking(LIF(), trainable={"tau"}), Linear(20, 4), Spiking(LeakyIntegrator())
    )


def convolutional() -> nn.Sequential:
    return nn.Sequential(
        OverTime(nn.Sequential(nn.Conv2d(1, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.MaxPool2d(2))),
        Spiking(LIF()),
        nn.Sequential(OverTime(nn.Conv2d(6, 8, 3, groups=2)), Spiking(LIF())),
        OverTime(nn.Flatten()),
        nn.Dropout(0.2),
        nn.Linear(8, 4),
        Spiking(LIF()),
    )


def sizes(network: nn.Module) -> list[tuple[int, ...]]:
    """Shapes of all weights and biases, without what neurons and ranges learn."""
    named = network.named_parameters()
    return [tuple(p.shape) for name, p in named if name.rpartition(".")[2] in ("weight", "bias")]


@pytest.mark.parametrize("build", [dense, convolutional])
def test_it_has_weights_of_the_same_sizes_in_the_same_order(build: Callable[[], nn.Module]) -> None:
    network = build()
    twin = matched_network(network, bits=4)
    assert sizes(twin) == sizes(network)
    extra = sum(p.numel() for p in twin.parameters()) - sum(torch.Size(size).numel() for size in sizes(twin))
    assert extra == sum(isinstance(module, QuantisedReLU) for module in twin)  # a range for each ReLU, nothing else


def test_layers_are_replaced_one_by_one() -> None:
    twin = matched_network(convolutional(), bits=4)
    assert [type(module) for module in twin] == [
        QuantisedInput,
        QuantisedWeights,
        nn.BatchNorm2d,
        nn.MaxPool2d,
        QuantisedReLU,
        QuantisedWeights,
        QuantisedReLU,
        nn.Flatten,
        nn.Dropout,
        QuantisedWeights,
    ]
    assert {module.bits for module in twin if hasattr(module, "bits")} == {4}
    assert twin[5].layer.groups == 2  # type: ignore[union-attr]


@pytest.mark.parametrize("build", [dense, convolutional])
def test_it_gives_scores_of_single_frames(build: Callable[[], nn.Module]) -> None:
    assert matched_network(build(), bits=4)(torch.rand(5, 1, 6, 6)).shape == (5, 4)


def test_everything_between_layers_lies_on_few_levels_and_zeros_stay_zeros() -> None:
    twin = matched_network(dense(), bits=3)
    x = torch.rand(50, 1, 6, 6, generator=torch.Generator().manual_seed(0)) ** 4
    twin(x)  # sets the range
    twin.eval()
    assert len(torch.unique(twin[0](x))) == 8
    hidden: Tensor = twin[:-1](x)
    assert len(torch.unique(hidden)) == 8
    currents: Tensor = twin[:-2](x)
    assert torch.count_nonzero(hidden) < torch.count_nonzero(currents.relu())  # the smallest have become 0
    assert not hidden[currents <= 0].any()


def test_the_last_neurons_are_left_out_whether_they_spike_or_not() -> None:
    for neuron in (LIF(), LeakyIntegrator()):
        network = Sequential(Linear(3, 2), Spiking(neuron))
        assert [type(module) for module in matched_network(network, bits=2)] == [QuantisedInput, QuantisedWeights]


def test_the_seed_decides_the_weights_and_nothing_else_is_touched() -> None:
    network = convolutional()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    torch.manual_seed(3)
    state = torch.get_rng_state()
    one, again, other = (matched_network(network, bits=4, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    for a, b in zip(one.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    own = one.get_parameter("1.layer.weight")
    assert not torch.equal(own, other.get_parameter("1.layer.weight"))
    assert own.data_ptr() != network.get_parameter("0.module.0.weight").data_ptr()


def test_weights_are_drawn_as_he_has_it_and_batch_norm_begins_anew() -> None:
    network = convolutional()
    with torch.no_grad():
        network.get_parameter("0.module.1.weight").fill_(7.0)
        network.get_buffer("0.module.1.running_mean").fill_(7.0)
    twin = matched_network(network, bits=4)
    weight = twin.get_parameter("5.layer.weight")
    bound = (6.0 / (3 * 3 * 3)) ** 0.5
    assert 0.9 * bound < weight.abs().max() <= bound
    assert set(twin.get_parameter("2.weight").tolist()) == {1.0}
    assert set(twin.get_buffer("2.running_mean").tolist()) == {0.0}


def test_the_input_may_keep_its_precision() -> None:
    twin = matched_network(dense(), bits=2, input_bits=32)
    assert twin[0].bits == 32
    assert twin(torch.full((1, 1, 6, 6), -3.7)).isfinite().all()


def test_32_bits_are_the_relu_network_in_full_precision() -> None:
    twin = matched_network(dense(), bits=32)
    x = torch.rand(5, 1, 6, 6)
    first, last = twin[2].layer, twin[4].layer
    torch.testing.assert_close(twin(x), last(first(x.flatten(1)).relu()))  # type: ignore[operator]


def test_it_learns_what_the_spiking_network_would() -> None:
    labels = torch.arange(200) % 4
    images = 0.5 * torch.rand(200, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    for image, label in zip(images, labels.tolist(), strict=True):
        image[0, 3 * (label // 2) :, 3 * (label % 2) :][:3, :3] += 0.5
    network = dense()
    assert mean_over_time(network(images.expand(5, *images.shape))).shape == (200, 4)
    twin = matched_network(network, bits=3)
    fit(twin, images, labels, epochs=15, seed=0, batch_size=20, learning_rate=0.01)
    assert (twin(images).argmax(1) == labels).double().mean() > 0.95


def test_a_kind_of_module_of_one_s_own_can_have_a_twin() -> None:
    class Twice(nn.Module):
        pass

    with pytest.raises(ParameterError, match="Twice has no conventional twin"):
        matched_network(nn.Sequential(Twice()), bits=2)

    @twin_of.register
    def _(_: Twice, bits: int) -> nn.Module:
        return nn.Hardtanh(0.0, float(bits))

    assert isinstance(matched_network(nn.Sequential(Twice()), bits=2)[1], nn.Hardtanh)


class Residual(nn.Module):
    """No stack."""


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            nn.Sequential(nn.Linear(3, 2), nn.Sequential(Recurrent(LIF(), 2)), nn.Linear(2, 2)),
            r"module '1\.0': Recurrent has no conventional twin of 4 bits\. Train a rival of your own and compare with",
        ),
        (nn.Sequential(nn.Linear(3, 2), Residual()), r"module '1': Residual has no conventional twin .*register$"),
        (nn.Sequential(nn.Tanh()), r"module '0': Tanh has no conventional twin"),
        (
            nn.Sequential(Spiking(LeakyIntegrator()), nn.Linear(3, 2)),
            r"module '0': a layer of LeakyIntegrator gives its 'v' and no spikes; it has a conventional twin only as",
        ),
        (Residual(), r"takes a picojoule\.layers\.Sequential or torch\.nn\.Sequential, got Residual\. Train a rival"),
    ],
)
def test_what_has_no_twin_is_named_with_the_way_out(network: nn.Module, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        matched_network(network, bits=4)


def test_bits_out_of_range() -> None:
    with pytest.raises(ParameterError, match="bits must be 1 … 16, or 32 for full precision, got 20"):
        matched_network(dense(), bits=20)
