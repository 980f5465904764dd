"""Spikes: declared, followed from layer to layer, and counted as additions; the engines agree."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from picojoule.connect import Dense
from picojoule.core.counts import Operations
from picojoule.core.errors import ParameterError, ShapeError, UnknownNameError
from picojoule.energy.account import account
from picojoule.energy.costs import cost_table
from picojoule.energy.count.count import Count
from picojoule.energy.work import Products, Work, Workload, spiking_workload
from picojoule.layers import Linear, Recurrent, Sequential, Spiking
from picojoule.network.network import Network
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference
from picojoule.simulate.run import run
from tests.held import ALIF, IF, LIF, LeakyIntegrator

STEPS, SAMPLES = 12, 3


def spikes(*shape: int, rate: float = 0.3, seed: int = 0) -> Tensor:
    return (torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < rate).float()


def lines(work: Workload) -> dict[tuple[str, str], Work]:
    found: dict[tuple[str, str], Work] = {(line.part, line.name): line for line in work.works}
    assert len(found) == len(work.works)
    return found


def effective(work: Workload) -> Products:
    found = [line.products for line in work.works]
    return Products(sum(p.dense for p in found), sum(p.macs for p in found), sum(p.accumulates for p in found))


def test_a_small_network_line_by_line() -> None:
    """4 inputs, 3 neurons that add up and fire, 2 readout units; two samples, 5 steps of whole numbers."""
    hidden = Spiking(IF(v_th=2.0))
    model = Sequential(Linear(4, 3), hidden, Linear(3, 2, bias=False), Spiking(LeakyIntegrator()))
    with torch.no_grad():
        model[0].weight.fill_(1.0)  # type: ignore[operator]
        model[0].bias.zero_()  # type: ignore[operator]
    x = torch.zeros(5, 2, 4)
    x[:, 0, 0] = 1.0  # sample 0: a current of 1 in every step, a spike of each neuron in every second one
    with torch.no_grad(), Count(model, input_spikes=True) as count:
        fired = hidden(model[0](x)).sum()
        assert fired == 3 * 2
    with torch.no_grad(), Count(model, input_spikes=True) as count:
        model(x)
    found = lines(count.workload())
    assert found["encoder", "input spikes"].traffic[0].reads == 5
    assert found["synapses", "0 Linear"].products == Products(dense=10 * 12, accumulates=5 * 3, targets=3)
    assert found["synapses", "0 Linear"].operations == Operations(additions=15)
    assert found["neurons", "0 Linear"].operations == Operations(additions=10 * 3)  # biases
    assert found["neurons", "1 Spiking"].updates == 10 * 3
    assert found["neurons", "1 Spiking spikes"].traffic[0].writes == 6
    assert found["synapses", "2 Linear"].products == Products(dense=10 * 6, accumulates=6 * 2, targets=2)
    assert ("neurons", "2 Linear") not in found  # no bias, and spikes are not looked at
    assert found["neurons", "3 Spiking"].updates == 0  # it cannot spike
    assert (count.workload().spikes, count.workload().chances) == (5 + 6, 10 * 4 + 10 * 3)


class Later(nn.Module):
    """Spikes arrive in the next step, as between the populations of a network."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([torch.zeros_like(x[:1]), x[:-1]])


def event_network(weights: tuple[Tensor, Tensor]) -> Network:
    network = Network(dt=1.0)
    network.add_input("X", 6)
    network.add_population("H", 5, LIF(tau=10.0))
    network.add_population("O", 4, LIF(tau=10.0))
    network.connect("X", "H", Dense(weights[0]))
    network.connect("H", "O", Dense(weights[1]))
    return network


@pytest.mark.parametrize("engine", [Event(1), Reference()], ids=["event", "reference"])
def test_the_engines_and_the_observed_layers_count_the_same(engine: Event | Reference) -> None:
    generator = torch.Generator().manual_seed(1)
    weights = (torch.rand(6, 5, generator=generator) * 8.0, torch.rand(5, 4, generator=generator) * 12.0)
    x = spikes(STEPS, SAMPLES, 6)
    x[-3:] = 0.0  # the last spikes of H arrive
    of_engine = run(event_network(weights), x, engine=engine).counts

    first, last = Linear(6, 5, bias=False), Linear(5, 4, bias=False)
    model = nn.Sequential(first, Spiking(LIF(tau=10.0)), Later(), last, Spiking(LIF(tau=10.0)))
    with torch.no_grad():
        first.weight.copy_(weights[0].T)
        last.weight.copy_(weights[1].T)
    with torch.no_grad(), Count(model, input_spikes=True) as count:
        model(x)
    counted, seen = spiking_workload(of_engine), count.workload()
    assert counted.spikes == seen.spikes > 0
    assert counted.chances == seen.chances
    assert effective(counted) == effective(seen)
    assert sum(line.updates for line in counted.works) == sum(line.updates for line in seen.works)
    for name in ("horowitz-45nm-fp32", "horowitz-45nm-int8"):
        table = cost_table(name)
        one, other = account(counted, table), account(seen, table)
        assert one.compute == pytest.approx(other.compute, rel=1e-12)
        assert one.memory == pytest.approx(other.memory, rel=1e-12)


@pytest.mark.parametrize("chunk", [1, 5, None])
def test_any_chunks_give_the_same_counts(chunk: int | None) -> None:
    def model(chunk: int | None) -> Sequential:
        torch.manual_seed(0)
        return Sequential(
            Linear(6, 5), Recurrent(ALIF(), 5), nn.Dropout(), Linear(5, 4), Spiking(LeakyIntegrator()), chunk=chunk
        ).eval()

    x = spikes(STEPS, SAMPLES, 6) * 1.0
    with torch.no_grad():
        first, second = model(STEPS), model(chunk)
        with Count(first, input_spikes=True) as whole:
            first(x)
        with Count(second, input_spikes=True) as pieces:
            second(x)
    assert whole.workload() == pieces.workload()


def test_recurrent_spikes_arrive_a_step_later_and_from_the_last_piece() -> None:
    layer = Recurrent(LIF(tau=5.0), 4)
    with torch.no_grad():
        layer.weight.fill_(0.5)
        layer.weight[0] = 0.0  # the first neuron reaches nobody
    x = torch.full((STEPS, 2, 4), 3.0)
    with torch.no_grad():
        output = layer(x)
        with Count(layer) as whole:
            layer(x)
        with Count(layer) as pieces:
            _, state = layer.advance(x[:5])
            layer.advance(x[5:], state)
    arriving = int(output[:-1, :, 1:].sum()) * 4
    assert arriving > 0
    assert lines(whole.workload())["synapses", "Recurrent recurrent"].products == Products(
        dense=STEPS * 2 * 16, accumulates=arriving, targets=4
    )
    assert whole.workload() == pieces.workload()
    assert pieces.samples == 2


def test_a_sum_of_spikes_is_not_binary() -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.fire, self.last = Linear(4, 4), Spiking(LIF(tau=2.0, v_th=0.1)), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.last(x + self.fire(self.first(x)))
            return y

    model = Residual()
    with torch.no_grad():
        model.first.weight.fill_(1.0)
    x = spikes(STEPS, SAMPLES, 4)
    with torch.no_grad(), Count(model, input_spikes=True) as count:
        model(x)
        both = x + model.fire(model.first(x))
    found = lines(count.workload())["synapses", "last Linear"]
    assert found.products.accumulates == 0
    assert found.products.macs >= int((both != 0).sum()) * 2
    assert any(sentence.startswith("Not binary: last Linear") for sentence in count.warnings)


def test_max_pooling_keeps_spikes_and_mean_pooling_does_not() -> None:
    x = spikes(STEPS, SAMPLES, 1, 4, 4)
    for pool, spiking in ((nn.MaxPool2d(2), True), (nn.AvgPool2d(2), False)):
        model = Sequential(pool, nn.Flatten(), nn.Linear(4, 2), Spiking(LIF()))
        with torch.no_grad(), Count(model, input_spikes=True) as count:
            model(x)
        found = effective(count.workload())
        assert bool(found.accumulates) is spiking
        assert bool(found.macs) is not spiking


def test_currents_that_stand_still_are_made_once() -> None:
    model = Sequential(nn.Flatten(), Linear(4, 3), Spiking(LIF()))
    image = torch.tensor([[[1.0, 0.0], [2.0, 0.0]]])
    with torch.no_grad(), Count(model) as count:
        model(image.expand(STEPS, *image.shape))
    assert effective(count.workload()) == Products(dense=12, macs=6)
    assert [line.part for line in count.workload().works if line.products.macs] == ["encoder"]
    assert count.warnings[0].startswith("Analog first layer: 1 Linear")
    kept = lines(count.workload())["neurons", "2 Spiking"]
    reads = sum(t.reads for t in kept.traffic if t.words == 3)
    assert reads == 2 * STEPS * 3  # the state, and the current


@pytest.mark.parametrize("chunk", [1, 2, 5, None])
def test_standing_still_is_noticed_in_any_chunks(chunk: int | None) -> None:
    torch.manual_seed(0)
    layers = nn.Flatten(), Linear(4, 3), Spiking(LIF())
    image = torch.tensor([[[1.0, 0.0], [2.0, 0.0]]])
    works = []
    for length in (STEPS, chunk):
        model = Sequential(*layers, chunk=length)
        with torch.no_grad(), Count(model, each_step=True) as count:
            model(image.expand(STEPS, *image.shape))
        works.append((count.workload(), count.workload(stops=3)))
    assert works[0] == works[1]


def test_a_current_in_a_buffer_that_is_filled_anew_does_not_stand_still() -> None:
    layer, frame = Spiking(LIF()), torch.zeros(1, 1, 3)
    with torch.no_grad(), Count(layer) as count:
        state = None
        for value in (1.0, 2.0, 3.0):
            frame.fill_(value)
            _, state = layer.advance(frame, state)
    reads = sum(t.reads for t in lines(count.workload())["neurons", "Spiking"].traffic)
    assert reads == 3 * 3  # the state alone


def test_a_dense_code_is_warned_of() -> None:
    model = Sequential(Linear(4, 3), Spiking(LIF()))
    for rate, warned in ((0.05, False), (0.9, True)):
        with torch.no_grad(), Count(model, input_spikes=True) as count:
            model(spikes(100, SAMPLES, 4, rate=rate))
        assert any("Dense input code" in sentence for sentence in count.warnings) is warned


def test_all_ones_are_no_spikes_unless_said_so() -> None:
    layer = nn.Linear(4, 3)
    with torch.no_grad(), Count(layer) as count:
        layer(torch.ones(2, 4))
    assert effective(count.workload()) == Products(dense=24, macs=24)


class Threshold(nn.Module):
    """Somebody else's spiking layer."""

    def forward(self, x: Tensor) -> Tensor:
        return (x > 0.5).float()


@pytest.mark.parametrize("said", [Threshold, "0"], ids=["type", "name"])
def test_layers_of_others_are_declared(said: Any) -> None:
    model = nn.Sequential(Threshold(), nn.Linear(4, 3))
    x = torch.tensor([[0.9, 0.1, 0.6, 0.2]])
    with torch.no_grad(), Count(model, spiking=[said]) as count:
        model(x)
    assert effective(count.workload()) == Products(dense=12, accumulates=6)


def test_what_is_declared_is_looked_at() -> None:
    model = nn.Sequential(nn.ReLU(), nn.Linear(2, 3))
    wrong = pytest.raises(ShapeError, match=r"0 ReLU was declared to be spikes.* but holds 0\.5")
    with wrong, torch.no_grad(), Count(model, spiking=["0"]):
        model(torch.tensor([[0.5, 1.0]]))
    with pytest.raises(ShapeError, match="the input was declared"), Count(model, input_spikes=True):
        model(torch.tensor([[0.5, 1.0]]))
    with pytest.raises(ParameterError, match=r"Count\.model must be a torch Module, got \[\]"):
        Count([])  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="unknown spiking layer in Sequential 'nine'"):
        Count(model, spiking=["nine"])


def test_negative_spikes_count() -> None:
    layer = nn.Linear(3, 2, bias=False)
    with torch.no_grad(), Count(layer, input_spikes=True) as count:
        layer(torch.tensor([[1.0, -1.0, 0.0]]))
    assert effective(count.workload()).accumulates == 4


@pytest.mark.parametrize("stop", [1, 4, STEPS])
def test_work_until_a_step_is_that_of_a_shorter_run(stop: int) -> None:
    torch.manual_seed(0)
    model = Sequential(Linear(6, 5), Spiking(LIF(tau=3.0, v_th=0.1)), Linear(5, 4), Spiking(LeakyIntegrator()), chunk=5)
    x = spikes(STEPS, SAMPLES, 6)
    with torch.no_grad():
        with Count(model, input_spikes=True, each_step=True) as whole:
            model(x)
            model(x[:, :2])
        with Count(model, input_spikes=True) as shorter:
            model(x[:stop])
            model(x[:stop, :2])
    assert whole.workload(stops=stop) == shorter.workload()


def test_each_sample_may_stop_at_its_own_step() -> None:
    torch.manual_seed(0)
    model = Sequential(Linear(6, 5), Spiking(LIF(tau=3.0, v_th=0.1)), Linear(5, 4), Spiking(LeakyIntegrator()))
    x, stops = spikes(STEPS, SAMPLES, 6), torch.tensor([2, STEPS, 7])
    with torch.no_grad():
        with Count(model, input_spikes=True, each_step=True) as together:
            model(x)
        with Count(model, input_spikes=True) as alone:
            for i, stop in enumerate(stops.tolist()):
                model(x[:stop, i : i + 1])
    assert together.workload(stops=stops) == alone.workload()


def test_stops_need_steps_that_were_kept() -> None:
    model = Sequential(Linear(6, 5), Spiking(LIF()))
    with torch.no_grad(), Count(model) as count:
        model(spikes(STEPS, SAMPLES, 6))
    with pytest.raises(ParameterError, match="each_step=True"):
        count.workload(stops=3)
    with torch.no_grad(), Count(model, each_step=True) as count:
        model(spikes(STEPS, SAMPLES, 6))
    with pytest.raises(ShapeError, match=r"stops must be \[3\]"):
        count.workload(stops=torch.tensor([1, 2]))
    with pytest.raises(ParameterError, match="nothing was counted"):
        Count(model).workload()


def test_padded_samples_cost_nothing_while_they_sleep() -> None:
    model = Spiking(LIF(tau=3.0))
    x = torch.full((STEPS, 2, 4), 3.0)
    mask = torch.ones(STEPS, 2, dtype=torch.bool)
    mask[5:, 1] = False
    with torch.no_grad(), Count(model) as count:
        model(x, mask=mask)
    assert lines(count.workload())["neurons", "Spiking"].updates == 4 * (STEPS + 5)


def rate_where_both_cost_the_same(low: float, high: float, costs: Any) -> float:
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if costs(middle) < 0 else (low, middle)
    return (low + high) / 2


@pytest.mark.parametrize("memory", [False, True], ids=["compute", "with memory"])
def test_the_formula_of_the_break_even_rate_agrees_with_a_simulated_crossing(memory: bool) -> None:
    """Neurons made to fire at any rate: their cost crosses the rival's where the formula says."""

    class Fires(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x

    torch.manual_seed(0)
    model = nn.Sequential(Fires(), nn.Linear(50, 20, bias=False))
    rival = nn.Sequential(nn.Linear(50, 20, bias=False))
    table, steps = cost_table("horowitz-45nm-fp32"), 8

    def energy(workload: Workload) -> float:
        priced = account(workload, table)
        return priced.total if memory else priced.compute

    def at(rate: float) -> Workload:
        kept = torch.zeros(steps * 50)
        kept[: round(rate * steps * 50)] = 1.0
        kept = kept[torch.randperm(steps * 50, generator=torch.Generator().manual_seed(1))]
        with torch.no_grad(), Count(model, spiking=["0"], input_spikes=True, calls_per_sample=steps) as count:
            for frame in kept.reshape(steps, 1, 50):
                model(frame)
        return count.workload()

    with torch.no_grad(), Count(rival) as other:
        rival(torch.rand(1, 50))
    cost = energy(other.workload(skip_zeros=False))
    crossing = rate_where_both_cost_the_same(0.0, 1.0, lambda rate: energy(at(rate)) - cost)
    now = at(0.3)
    formula = account(now, table).break_even_spikes(cost, memory=memory)
    assert formula is not None
    assert formula / now.chances == pytest.approx(crossing, abs=1.5 / (steps * 50))
