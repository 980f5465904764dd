"""Everything that runs, recorders and layers give is drawn as the same spikes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import ParameterError, PicojouleError, ShapeError
from picojoule.core.responses import responses_from_spikes
from picojoule.layers.recorder import Recorder
from picojoule.layers.spiking import Spiking
from picojoule.network.network import Network
from picojoule.plot.neuron import neuron
from picojoule.plot.raster import raster
from picojoule.plot.regimes import regimes
from picojoule.plot.spikes import listed, populations
from picojoule.simulate.result import Run
from picojoule.simulate.run import run
from tests.held import LIF

STEPS, SAMPLES, NEURONS = 12, 3, 4


def random_spikes(seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.bernoulli(torch.full((STEPS, SAMPLES, NEURONS), 0.3), generator=generator)


def of_run(spikes: Tensor, record: tuple[str, ...] = ("Y",)) -> Run:
    """Each input makes its neuron spike one step later."""
    network = Network(dt=1.0)
    network.add_input("X", NEURONS)
    network.add_population("Y", NEURONS, LIF(tau=1e-3))
    network.connect("X", "Y", OneToOne(NEURONS, strength=5.0))
    return run(network, spikes, record=record)


FORMS: dict[str, Callable[[Tensor], Any]] = {
    "responses": responses_from_spikes,
    "events": lambda spikes: responses_from_spikes(spikes).events,
    "dense": lambda spikes: spikes,
    "bool": lambda spikes: spikes.bool(),
    "half": lambda spikes: spikes.half(),
    "with a gradient": lambda spikes: spikes.clone().requires_grad_(),
    "channels": lambda spikes: spikes.reshape(STEPS, SAMPLES, 2, 2),
    "array": lambda spikes: spikes.numpy(),
    "lists": lambda spikes: spikes.tolist(),
    "one sample": lambda spikes: spikes[:, 1],
    "one sample, bool array": lambda spikes: spikes[:, 1].bool().numpy(),
    "times and neurons": lambda spikes: (*spikes[:, 1].nonzero().T, NEURONS),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("named", [True, False])
def test_every_form_is_drawn_alike(form: str, named: bool) -> None:
    spikes = random_spikes()
    given = FORMS[form](spikes)
    (axes,) = raster({"Ae": given} if named else given, sample=1, dt=0.5).axes
    where = spikes[:, 1].nonzero().double() * torch.tensor([0.5, 1.0], dtype=torch.float64)
    drawn = torch.tensor(np.asarray(axes.lines[0].get_xydata()))
    assert sorted(drawn.tolist()) == sorted(where.tolist())
    assert axes.get_title(loc="left") == ("Ae" if named else "spikes")
    if form not in ("events", "times and neurons"):  # those do not know how long it lasted
        assert axes.get_xlim() == (0.0, STEPS * 0.5)
        assert "Hz" in axes.get_title(loc="right")


def test_a_run_is_drawn_with_all_populations_that_were_recorded() -> None:
    spikes = random_spikes()
    figure = raster(of_run(spikes), sample=2)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Y"]
    later = spikes[:-1, 2].nonzero() + torch.tensor([1, 0])
    assert sorted(np.asarray(figure.axes[0].lines[0].get_xydata()).tolist()) == sorted(later.double().tolist())
    assert populations(of_run(spikes))["Y"].n == NEURONS


def test_a_recorder_is_drawn_layer_by_layer_and_its_potentials_as_lines() -> None:
    model = nn.Sequential(Spiking(LIF(tau=5.0)), nn.Linear(NEURONS, 2), Spiking(LIF()))
    x = 2.0 * random_spikes() + 1.0
    with Recorder(model, keep={"spike", "v", "weight"}) as recorder:
        model(x)
    figure = raster(recorder, sample=1)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["0", "2"]
    fired = recorder["0.spike"]
    drawn = np.asarray(figure.axes[0].lines[0].get_xydata()).tolist()
    assert sorted(drawn) == sorted(fired[:, 1].nonzero().double().tolist())

    t = torch.arange(1, STEPS + 1)
    states = {"v": recorder["0.v"]}
    line = neuron(t, x, fired, states, sample=1, index=3).axes[2].lines[0]
    assert line.get_ydata().tolist() == recorder["0.v"][:, 1, 3].tolist()  # type: ignore[union-attr]
    panel = regimes({"a": (t, x, recorder["0.v"])}).axes[0]
    assert panel.lines[0].get_ydata().tolist() == recorder["0.v"][:, 0, 0].tolist()  # type: ignore[union-attr]


def test_the_spikes_of_one_neuron_are_those_of_its_responses() -> None:
    spikes, t = random_spikes(), torch.arange(1, STEPS + 1)
    one = neuron(t, spikes, responses_from_spikes(spikes), {"v": spikes}, sample=2, index=1).axes[1].lines[0]
    assert one.get_xdata().tolist() == t[spikes[:, 2, 1] > 0].tolist()  # type: ignore[union-attr]


def test_signed_spikes_are_spikes() -> None:
    assert listed("a", torch.tensor([[1.0, -1.0], [0.0, -1.0]])).i.tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: of_run(random_spikes(), ()), r"this run has recorded no spikes; run with record=\['Y'\]"),
        (lambda: of_run(random_spikes(), ())["Y"], "of 'spikes' only counts were recorded; give its name"),
        ({}, "populations is empty"),
        (torch.full((5, 2, 3), 0.5), r"must be 0 or 1 \(or -1\), got other values; draw potentials as lines"),
        (torch.full((5, 2, 3), float("nan")), "NaN"),
        (torch.zeros(5), r"\[T, B, N\], got \[5\]"),
        (torch.zeros(5, 2, 0), "at least one neuron"),
        ([[0], [0, 1]], r"\[T, B, N\]"),
        (None, "must be numbers|must have shape"),
        ("spikes", "must be numbers|must have shape"),
    ],
    ids=["run", "counts", "nothing", "potentials", "nan", "one axis", "no neuron", "ragged", "None", "text"],
)  # fmt: skip
def test_what_is_no_spikes_is_refused(given: Any, message: str) -> None:
    given = given() if callable(given) else given
    with pytest.raises(ShapeError, match=message):
        raster(given)


@pytest.mark.parametrize("form", ["responses", "dense", "lists"])
def test_a_sample_or_neuron_that_is_not_there_is_refused(form: str) -> None:
    given, t = FORMS[form](random_spikes()), torch.arange(1, STEPS + 1)
    for sample in (SAMPLES, -1):
        with pytest.raises(ParameterError, match=rf"3 samples, numbered from 0; got sample {sample}"):
            raster({"Ae": given}, sample=sample)
    with pytest.raises(PicojouleError, match=r"4 neurons, numbered from 0; got neuron 4"):
        neuron(t, torch.zeros(STEPS), given, {"v": torch.zeros(STEPS)}, index=4)
