"""Recording what happens inside a model."""

import copy

import pytest
import torch
from torch import nn

from picojoule.core.errors import OutputError, ParameterError, ShapeError, UnknownNameError
from picojoule.layers.linear import Linear
from picojoule.layers.over_time import OverTime
from picojoule.layers.recorder import Recorder
from picojoule.layers.recurrent import Recurrent
from picojoule.layers.sequential import Sequential
from picojoule.layers.spiking import Spiking
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.held import LIF, DeltaLIF
from tests.layers.stacks import EVERY_LAYER, FEATURES, drive, dyadic, gradients, run_by, same


def model(chunk: int | None = None) -> Sequential:
    made: Sequential = dyadic(
        Sequential(Linear(3, FEATURES), Spiking(DeltaLIF(tau=10.0, v_th=1.0, v_rest=0.0, v_reset=0.0, refractory=2.0)),
                   Linear(FEATURES, 2), Recurrent(LIF(), 2), chunk=chunk)
    )  # fmt: skip
    run_by(ReferenceLoop(), made)
    return made


@pytest.mark.parametrize("name", EVERY_LAYER)
@pytest.mark.parametrize("keep", [{"v"}, {"spike", "v", "weight"}])
def test_recording_changes_no_result(name: str, keep: set[str]) -> None:
    layer, x = EVERY_LAYER[name](), drive(30, 2, FEATURES).requires_grad_()
    plain, state = layer.advance(x)
    with Recorder(layer, keep):
        recorded, again = layer.advance(x)
    assert torch.equal(recorded, plain)
    assert same(again, state)
    for one, other in zip(gradients(layer, recorded.sum(), x), gradients(layer, plain.sum(), x), strict=True):
        assert torch.equal(one, other)


def test_it_records_what_a_scan_keeps() -> None:
    layer, x = Spiking(LIF(tau=5.0)), drive(30, 2, FEATURES)
    with Recorder(layer, {"v", "spike"}) as recorder:
        layer(x)
    kept = scan(LIF(tau=5.0), x, keep=("v", "spike")).kept
    assert torch.equal(recorder["v"], kept["v"])
    assert recorder["spike"].dtype == torch.bool
    assert torch.equal(recorder["spike"], kept["spike"] > 0)


@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_layers_are_named_and_chunks_joined(chunk: int) -> None:
    whole, pieces = model(1000), model(chunk)
    x = drive(30, 2, 3)
    with Recorder(whole, {"v", "refractory"}) as one, Recorder(pieces, {"v", "refractory"}) as other:
        whole(x)
        pieces(x)
    assert sorted(one) == ["1.refractory", "1.v", "3.v"]
    assert {name: list(value.shape) for name, value in one.items()} == {
        "1.refractory": [30, 2, FEATURES], "1.v": [30, 2, FEATURES], "3.v": [30, 2, 2]
    }  # fmt: skip
    assert len(one) == 3
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_sequences_and_streams_follow_one_another() -> None:
    layer, x = Spiking(LIF(tau=5.0)), drive(20, 2, FEATURES)
    with Recorder(layer, {"v"}) as recorder:
        layer(x)
        state = None
        for frame in x:
            _, state = layer.step(frame, state)
    assert torch.equal(recorder["v"][:20], recorder["v"][20:])


@pytest.mark.parametrize("every", [1, 2, 3])
def test_one_sequence_out_of_several_is_recorded(every: int) -> None:
    stack = model(chunk=5)
    with Recorder(stack, {"spike", "weight"}, every=every) as recorder:
        for seed in range(6):
            stack(drive(12, 2, 3, seed=seed))
            with torch.no_grad():
                stack.get_parameter("0.weight").add_(1.0)
    taken = list(range(0, 6, every))
    assert recorder["1.spike"].shape[0] == 12 * len(taken)
    weights = recorder["0.weight"]
    assert weights.shape == (len(taken), FEATURES, 3)
    assert torch.equal(weights[:, 0, 0] - weights[0, 0, 0], torch.tensor(taken, dtype=torch.float32))
    assert sorted(name for name in recorder if name.endswith("weight")) == ["0.weight", "2.weight", "3.weight"]


def test_a_model_of_torch_can_be_recorded_too() -> None:
    stack = nn.Sequential(OverTime(nn.Conv2d(1, 2, 3)), nn.Sequential(Spiking(LIF()), nn.Identity()))
    with Recorder(stack, "spike") as recorder:
        stack(drive(10, 2, 1, 4, 4))
    assert recorder["1.0.spike"].shape == (10, 2, 2, 2, 2)


def test_what_was_recorded_is_a_copy_without_gradient() -> None:
    layer, x = Spiking(LIF(), trainable={"tau"}), drive(10, 2, 3)
    with Recorder(layer, {"v", "spike"}) as recorder:
        output = layer(x)
        before = recorder["spike"].clone()
        with torch.no_grad():
            output.zero_()
    assert torch.equal(recorder["spike"], before)
    assert not recorder["v"].requires_grad


def test_the_limit_is_kept() -> None:
    layer = Spiking(LIF())
    with Recorder(layer, {"v", "spike"}, limit=2 * 10 * 2 * 3 * 5) as recorder:  # 5 bytes for a neuron and step
        layer(drive(10, 2, 3))
        layer(drive(10, 2, 3))
        with pytest.raises(
            OutputError, match=r"takes 300 bytes more, beyond the limit of 600 \(600 are stored\); keep less"
        ):
            layer(drive(10, 2, 3))
    assert recorder["v"].shape[0] == 20
    assert repr(recorder) == "Recorder(spike, v; 600 of 600 bytes)"
    assert layer(drive(10, 2, 3)).shape == (10, 2, 3)  # closed, it is in nobody's way


def test_weights_count_against_the_limit() -> None:
    layer = Recurrent(LIF(), 10)
    with Recorder(layer, {"weight"}, limit=399), pytest.raises(OutputError, match="takes 400 bytes more"):
        layer(drive(2, 2, 10))


def test_an_error_closes_it() -> None:
    layer = Spiking(LIF())
    with pytest.raises(ShapeError), Recorder(layer, {"v"}):
        layer(drive(3, 3))
    assert layer.watch is None


def test_a_copy_of_a_model_is_not_recorded() -> None:
    layer, x = Spiking(LIF()), drive(5, 2, 3)
    with Recorder(layer, {"v"}) as recorder:
        copy.deepcopy(layer)(x)
        assert len(recorder) == 0
        layer(x)
    assert recorder["v"].shape[0] == 5


def test_samples_of_other_numbers_are_not_mixed() -> None:
    layer = Spiking(LIF())
    with Recorder(layer, {"v"}) as recorder:
        layer(drive(5, 2, 3))
        layer(drive(5, 1, 3))
    with pytest.raises(
        ShapeError, match=r"v was recorded in shapes that do not fit together: \[5, 1, 3\], \[5, 2, 3\]"
    ):
        recorder["v"]


def test_wrong_arguments_are_refused() -> None:
    layer = Spiking(LIF())
    with pytest.raises(
        UnknownNameError, match=r"value to record 'spikes'; did you mean 'spike'\? Known: spike, v, weight"
    ):
        Recorder(layer, {"spikes"})
    with pytest.raises(ParameterError, match="records nothing; choose of spike, v, weight"):
        Recorder(layer, ())
    with pytest.raises(ParameterError, match="Linear holds no Spiking or Recurrent layer"):
        Recorder(nn.Linear(2, 2), {"v"})
    with pytest.raises(ParameterError, match="every must be >= 1 sequences, got 0"):
        Recorder(layer, {"v"}, every=0)
    with pytest.raises(ParameterError, match="got '100 MX'"):
        Recorder(layer, {"v"}, limit="100 MX")
    with (
        Recorder(layer, {"v"}) as recorder,
        pytest.raises(ParameterError, match="is being recorded already; close the other Recorder first"),
        Recorder(layer, {"v"}),
    ):
        pass
    with pytest.raises(UnknownNameError, match="unknown recording 'v'"):
        recorder["v"]
