"""Spikes counted with their gradient, whatever chunks they come in, and nothing kept afterwards."""

import gc
import weakref

import pytest
import torch
from torch import Tensor, nn

from picojoule.core.errors import ParameterError, ShapeError, UnknownNameError
from picojoule.layers.activity import Activity
from picojoule.layers.linear import Linear
from picojoule.layers.recurrent import Recurrent
from picojoule.layers.sequential import Sequential
from picojoule.layers.spiking import Spiking
from picojoule.neurons.lif import LIFState
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.reference import spike as step
from tests.held import LIF, LeakyIntegrator
from tests.layers.stacks import drive, dyadic, on_grid

STEPS, BATCH = 12, 3


def stack(chunk: int | None = None, dtype: torch.dtype = torch.float64) -> Sequential:
    torch.manual_seed(3)
    made: Sequential = dyadic(
        Sequential(
            Linear(4, 5),
            Spiking(LIF(tau=10.0), shape=(5,), trainable={"tau"}),
            Linear(5, 3),
            Spiking(LIF(tau=5.0)),
            Linear(3, 2),
            Spiking(LeakyIntegrator(tau=10.0)),
            chunk=chunk,
        ).to(dtype)
    )
    return made


def x(dtype: torch.dtype = torch.float64) -> Tensor:
    return drive(STEPS, BATCH, 4, dtype=dtype)


def gradients(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.grad.clone() for name, value in model.named_parameters() if value.grad is not None}


def test_counts_are_those_of_a_loop_written_by_hand_and_so_are_gradients() -> None:
    torch.manual_seed(0)
    linear, frames = nn.Linear(4, 5).double(), x()
    on_grid(linear)
    model = nn.Sequential(linear, Spiking(LIF(tau=4.0), loop=ReferenceLoop()))
    price = torch.arange(1.0, 6.0, dtype=torch.float64)
    with Activity(model) as activity:
        model(frames)
        counted = activity["1"]
        (counted * price).sum().backward()  # type: ignore[no-untyped-call]
    found = gradients(linear)

    linear.zero_grad()
    neuron = LIF(tau=4.0)
    c, state = neuron.coefficients(1.0), LIFState(torch.zeros(BATCH, 5, dtype=torch.float64))
    total = torch.zeros(BATCH, 5, dtype=torch.float64)
    for frame in frames:
        target = linear(frame)
        v = target + (state.v - target) * c.decay
        spike = step(v - 1.0, neuron.surrogate)
        total = total + spike
        state = LIFState(v + spike.detach() * (0.0 - v))
    assert total.sum() > 0
    assert counted.equal(total)
    (total * price).sum().backward()  # type: ignore[no-untyped-call]
    assert found.keys() == {"weight", "bias"}
    for name, value in gradients(linear).items():
        torch.testing.assert_close(found[name], value, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("chunk", [1, 5, 12])
def test_chunks_change_neither_counts_nor_gradients(chunk: int) -> None:
    found = []
    for length in (chunk, STEPS):
        model = stack(length)
        with Activity(model) as activity:
            model(x())
            counts = {name: value.detach().clone() for name, value in activity.items()}
            sum(value.square().sum() for value in activity.values()).backward()  # type: ignore[union-attr]
        found.append((counts, gradients(model)))
    (one, slopes), (other, others) = found
    assert one.keys() == other.keys() == {"1", "3"}  # the readout never spikes
    assert one["1"].shape == (BATCH, 5)
    assert all(one[name].equal(other[name]) for name in one)
    assert one["1"].sum() > 0
    assert slopes.keys() == others.keys()
    for name, value in slopes.items():
        torch.testing.assert_close(value, others[name], rtol=1e-9, atol=1e-12)


def test_counting_changes_no_output() -> None:
    alone = stack()(x())
    with Activity(stack()) as activity:
        assert not activity
    model = stack()
    with Activity(model):
        assert model(x()).equal(alone)


def test_calls_are_added_up() -> None:
    model = stack()
    with Activity(model) as activity:
        model(x())
        once = activity["1"].detach().clone()
        model(x())
        assert activity["1"].equal(2 * once)


def test_recurrent_layers_and_masks_are_counted() -> None:
    layer: Recurrent = dyadic(Recurrent(LIF(tau=10.0), 4))
    mask = torch.ones(STEPS, BATCH, dtype=torch.bool)
    mask[4:, 1] = False
    frames = drive(STEPS, BATCH, 4)
    with Activity(layer) as activity:
        spikes, _ = layer.advance(frames, mask=mask)
        assert activity[""].equal(spikes.sum(0))
        assert spikes[4:, 1].sum() == 0
        assert spikes[4:, 0].sum() > 0


def test_nothing_is_kept_once_it_is_closed() -> None:
    model = stack()
    with Activity(model) as activity:
        model(x())
        kept = weakref.ref(activity["1"])
    gc.collect()
    assert kept() is None
    assert len(activity) == 0
    assert "1" not in activity
    assert not any(part._advance_hooks for part in model.modules() if isinstance(part, Spiking))
    with pytest.raises(ParameterError, match=r"^layer '1' is not counted any more; run the model and read the counts"):
        activity["1"]
    model(x())
    assert len(activity) == 0


def test_an_error_inside_closes_it() -> None:
    model = stack()

    def broken() -> None:
        with Activity(model):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert not any(part._advance_hooks for part in model.modules() if isinstance(part, Spiking))


def test_two_at_a_time_count_the_same() -> None:
    model = stack()
    with Activity(model) as one, Activity(model) as other:
        model(x())
        assert one["3"].equal(other["3"])


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ParameterError, match="Linear holds no Spiking or Recurrent layer of neurons that spike"):
        Activity(nn.Linear(2, 2))
    with pytest.raises(ParameterError, match="there is no activity to count"):
        Activity(Sequential(Spiking(LeakyIntegrator())))
    model = stack()
    with Activity(model) as activity:
        with pytest.raises(ParameterError, match="layer '1' has not run since this Activity was opened"):
            activity["1"]
        with pytest.raises(UnknownNameError, match="unknown layer '2'"):
            activity["2"]
        with pytest.raises(ParameterError, match="this Activity is open already"):
            activity.__enter__()
        model(x())
        with pytest.raises(ShapeError, match=r"layer '1' gave spikes \[2, 5\] after \[3, 5\].*for every batch"):
            model(x()[:, :2])
