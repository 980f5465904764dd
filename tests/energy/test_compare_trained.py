"""One call: what it shows, what it counts, and what it leaves alone."""

import sys
from typing import Any

import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from picojoule.core.errors import ParameterError, ShapeError, UnknownNameError
from picojoule.core.trains import SpikeTrains
from picojoule.data.catalogue import load
from picojoule.data.dataset import ImageDataset
from picojoule.encode.base import Encoder
from picojoule.encode.poisson import Poisson
from picojoule.energy.compare_trained import compare_trained
from picojoule.energy.costs import cost_table
from picojoule.energy.study.study import Study
from picojoule.layers import Linear, Sequential, Spiking
from picojoule.models import DiehlCook2015
from tests.held import LIF, LeakyIntegrator

module = sys.modules[compare_trained.__module__]  # the room's name is that of the function
STEPS = 6
TABLES = [cost_table("horowitz-45nm-fp32")]


@pytest.fixture(scope="module")
def data() -> ImageDataset:
    return load("mnist-5k").subset(train=150, test=60)


@pytest.fixture
def network() -> Sequential:
    generator = torch.Generator().manual_seed(0)
    layers = nn.Flatten(), Linear(784, 20), Spiking(LIF(tau=2.0)), Linear(20, 10), Spiking(LeakyIntegrator(tau=5.0))
    stack = Sequential(*layers)
    for value in stack.parameters():
        nn.init.normal_(value, 0.0, 0.3, generator=generator)
    return stack


def compared(network: nn.Module, data: ImageDataset, **settings: Any) -> Study:
    return compare_trained(network, data, **{"steps": STEPS, "epochs": 1, "tables": TABLES, **settings})


def test_the_spiking_side_is_the_network_on_the_test_images(network: Sequential, data: ImageDataset) -> None:
    study = compared(network, data)
    with torch.no_grad():
        scores = network(data.test.intensities().expand(STEPS, -1, -1, -1))
    right = scores.mean(0).argmax(1) == data.test.labels
    assert study.spiking.accuracy == pytest.approx(float(right.double().mean()))
    assert (study.spiking.steps, study.spiking.milliseconds) == (STEPS, 6.0)
    assert [moment.steps for moment in study.spiking.curve] == [1, 2, 3, 4, 5, 6]
    assert study.spiking.curve[-1].accuracy == study.spiking.accuracy
    first = scores[0].argmax(1) == data.test.labels
    assert study.spiking.curve[0].accuracy == pytest.approx(float(first.double().mean()))
    work = study.spiking.inference["event by event"]
    assert work.images == 60
    assert sum(line.updates for line in work.works) == 60 * STEPS * 20  # of neurons that spike
    assert study.spiking.parameters == sum(value.numel() for value in network.parameters())
    assert study.spiking.early_exit is None


def test_the_rival_is_the_matched_network(network: Sequential, data: ImageDataset) -> None:
    study = compared(network, data, epochs=40, learning_rate=0.01)
    (rival,) = study.rivals
    assert (rival.name, rival.bits) == ("the 3-bit ReLU network", 3)
    assert rival.accuracy > 0.4  # it has learned; chance gives 0.1
    assert set(rival.inference) == {"dense", "zeros skipped"}
    assert sum(line.products.dense for line in rival.inference["dense"].works) == 60 * (784 * 20 + 200)
    assert "spiking network" in study.verdict()


def test_a_rival_of_ones_own_is_taken_as_it_is(network: Sequential, data: ImageDataset) -> None:
    own = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    before = [value.clone() for value in own.parameters()]
    study = compared(network, data, rival=own)
    assert (study.rivals[0].name, study.rivals[0].bits, study.rivals[0].parameters) == (
        "the conventional network",
        32,
        7850,
    )
    assert all(map(torch.equal, before, own.parameters()))


def test_nothing_that_is_given_is_changed(network: Sequential, data: ImageDataset) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.train()
    network[0].eval()
    state = torch.get_rng_state()
    compared(network, data, encoder=Poisson(max_rate=500.0))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert (network.training, network[0].training) == (True, False)


def test_held_out_images_choose_the_rule_and_teach_nobody(
    network: Sequential, data: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []
    monkeypatch.setattr(module, "fit", lambda _, images, *__, **___: shown.append(images))
    study = compared(network, data, validate=50)
    (images,) = shown
    assert torch.equal(images, data.train.images[:100])
    early = study.spiking.early_exit
    if early is not None:  # whether there is a rule that loses nothing depends on the images
        assert early.chosen_on == "50 training images that were held out"
        assert 1.0 <= early.mean_steps <= STEPS
        assert early.inference["event by event"].images == 60


def test_a_rule_that_stops_early_saves_work(network: Sequential, data: ImageDataset) -> None:
    # a network that always answers alike never loses by stopping at once
    stubborn = nn.Parameter(torch.zeros(10, 20))
    network[3].weight = stubborn
    study = compared(network, data, validate=40)
    early, whole = study.spiking.early_exit, study.spiking.inference["event by event"]
    assert early is not None
    assert early.mean_steps < STEPS
    assert sum(line.updates for line in early.inference["event by event"].works) < sum(
        line.updates for line in whole.works
    )


def test_poisson_spikes_are_counted_with_their_encoder(network: Sequential, data: ImageDataset) -> None:
    study = compared(network, data, encoder=Poisson(max_rate=300.0))
    works = study.spiking.inference["event by event"].works
    assert {work.name for work in works if work.part == "encoder"} >= {"pixels", "intervals", "input spikes"}
    assert not any(work.products.macs for work in works)
    assert study.uncounted() == []
    again = compared(network, data, encoder=Poisson(max_rate=300.0))
    assert again.spiking == study.spiking
    assert compared(network, data, encoder=Poisson(max_rate=300.0), seed=1).spiking != study.spiking


class Dots(Encoder):
    """Every pixel that is not black spikes once, at the start."""

    def _trains(self, intensities: NDArray[Any], *, steps: int, **_: Any) -> SpikeTrains:
        spikes = torch.zeros(steps, *intensities.shape)
        spikes[0] = torch.from_numpy(intensities > 0).float()
        from picojoule.core.trains import trains_from_spikes

        return trains_from_spikes(spikes)


def test_an_encoder_whose_work_is_not_known_is_named(network: Sequential, data: ImageDataset) -> None:
    study = compared(network, data, encoder=Dots())
    assert study.uncounted() == ["not counted: encoder: Dots, its share is unknown"]
    assert "not everything was counted" in study.verdict()


def test_all_tables_of_the_library_are_taken_if_none_is_given(network: Sequential, data: ImageDataset) -> None:
    assert len(compared(network, data, tables=None).tables) > 5


class NoTime(nn.Module):
    """Forgets the time axis."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(784, 10))

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).mean(0) @ self.weight


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps must be >= 1 steps, got 0"),
        ({"dt": 0.0}, "dt must be > 0 ms"),
        ({"validate": -1}, "validate must be >= 0 images"),
        ({"validate": 150}, "count must be 1 … 149, got 150"),
        ({"epochs": 0}, "epochs must be >= 1"),
        ({"steps": 2.5}, "steps must be a whole number in steps, got 2.5"),
        ({"tables": ["my-chip"]}, "unknown cost table 'my-chip'.*or give the path of a .toml file"),
    ],
    ids=str,
)
def test_numbers_out_of_range_are_refused(
    network: Sequential, data: ImageDataset, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises((ParameterError, UnknownNameError), match=message):
        compared(network, data, **settings)


def test_networks_that_do_not_fit_are_refused(network: Sequential, data: ImageDataset) -> None:
    with pytest.raises(
        ShapeError, match=r"must give scores \[T, B, classes\], here \[6, 60, classes\], got \[60, 10\]"
    ):
        compared(NoTime(), data)
    with pytest.raises(ParameterError, match="Flatten has no parameters, so it has learned nothing"):
        compared(nn.Flatten(), data)

    class Wrapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = network

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.inner(x)
            return found

    with pytest.raises(ParameterError, match=r"got Wrapped\. Train a rival of your own and compare with that"):
        compared(Wrapped(), data)


def test_a_rival_that_answers_something_else_is_refused(network: Sequential, data: ImageDataset) -> None:
    with pytest.raises(
        ShapeError, match=r"network must give scores \[B, classes\], here \[60, classes\], got \[60, 28, 5\]"
    ):
        compared(network, data, rival=nn.Linear(28, 5))
    with pytest.raises(ShapeError, match=r"tells 3 classes apart, but the test images have labels up to 9; give it 10"):
        compared(network, data, rival=nn.Sequential(nn.Flatten(), nn.Linear(784, 3)))


def test_tables_may_be_named(network: Sequential, data: ImageDataset) -> None:
    named = compared(network, data, rival=nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), tables=[TABLES[0].name])
    assert [table.name for table in named.tables] == [TABLES[0].name]


def test_data_must_be_a_dataset() -> None:
    with pytest.raises(ParameterError, match=r"data must be ImageDataset\(…\), got \(tensor"):
        compare_trained(torch.nn.Linear(2, 2), (torch.zeros(1), torch.zeros(1)), steps=2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("network", "pattern"),
    [
        (DiehlCook2015(n_neurons=3), r"pj\.compare takes layers .*, got a pj\.Network.*pj compare diehl-cook-2015"),
        (lambda x: x, r"network must be a torch Module, got an object of function"),
    ],
)
def test_what_is_no_stack_of_layers(network: Any, pattern: str, data: ImageDataset) -> None:
    with pytest.raises(ParameterError, match=pattern):
        compared(network, data)
