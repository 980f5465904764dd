"""Prices of devices: those that were published, and what they are multiplied with."""

from pathlib import Path

import pytest

from picojoule.core.counts import ConnectionCounts, Counts, Operations, PopulationCounts
from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.energy.account import account
from picojoule.energy.costs import cost_table
from picojoule.energy.dense import dense_inference, dense_training
from picojoule.energy.device import DeviceTable, is_spiking
from picojoule.energy.readout import readout_operations
from picojoule.energy.work import Products, Work, Workload, spiking_workload
from tests.energy.broken_table import check_refused

GOOD = """
name = "chip"
citation = "its data sheet, 2026"
unit = "pJ"

[device]
synaptic_operation = 20.0
neuron_update = 80
runs = "spiking"
skips_zeros = true
memory_included = true
"""


def device(name: str) -> DeviceTable:
    table = cost_table(name)
    assert isinstance(table, DeviceTable)
    return table


def snn(*, plastic: bool = False) -> Workload:
    counts = Counts(
        2,
        20,
        {
            "X": PopulationCounts(10, spikes=30),
            "Y": PopulationCounts(4, spikes=5, updates=80, state_words=1, step=Operations(3, 1)),
        },
        {("X", "Y"): ConnectionCounts(40, events=120, updates_on_post=50 * plastic, stored_weights=40)},
    )
    return spiking_workload(counts, readout=readout_operations(counts, "Y", n_classes=2))


# KerasSpiking 0.3, keras_spiking/model_energy.py, in J; TrueNorth: Merolla et al. 2014
@pytest.mark.parametrize(
    ("name", "synaptic", "update", "runs", "skips"),
    [
        ("loihi", 23.6 + 3.5, 81.0, "spiking", True),
        ("spinnaker", 13.3e3, 26e3, "spiking", True),
        ("spinnaker2", 450.0, 2.19e3, "spiking", True),
        ("truenorth", 26.0, 0.0, "spiking", True),
        ("cpu-i7-4960x", 8.6e3, 8.6e3, "both", False),
        ("gpu-gtx-titan-black", 0.3e3, 0.3e3, "both", False),
        ("arm-cortex-a", 0.9e3, 0.9e3, "both", False),
    ],
)
def test_devices_cost_what_was_published(name: str, synaptic: float, update: float, runs: str, skips: bool) -> None:
    table = device(name)
    assert table.synaptic_operation == pytest.approx(synaptic, rel=1e-12)
    assert table.neuron_update == update
    assert (table.runs, table.skips_zeros, table.memory_included) == (runs, skips, True)


def test_a_chip_pays_for_events_and_a_processor_for_every_synapse() -> None:
    on_chip, on_processor = account(snn(), device("loihi")), account(snn(), device("arm-cortex-a"))
    assert on_chip.compute == pytest.approx((120 * 27.1 + 80 * 81.0) / 2)
    assert on_processor.compute == pytest.approx((40 * 20 * 900 + 80 * 900) / 2)
    assert on_chip.memory == on_processor.memory == 0.0
    assert on_chip.split()["readout"] == 0.0


def test_a_conventional_network_on_a_processor() -> None:
    priced = account(dense_inference([784, 100, 10]), device("gpu-gtx-titan-black"))
    assert priced.total == pytest.approx(79_400 * 300.0)
    assert any("biases and activations of a conventional network are not counted" in s for s in priced.assumptions)


def test_what_stands_beside_the_result() -> None:
    priced = account(snn(), device("loihi"))
    text = " ".join(priced.assumptions)
    assert "memory is inside these figures" in text
    assert "inputs of zero cost nothing" in text
    assert "before silicon" in text
    assert "has a memory of its own" not in text
    analog = Work("encoder", "analog", products=Products(dense=5, macs=4))
    mixed = Workload(1, (analog,), chances=3)
    assert any("a multiply-accumulate is priced like any" in s for s in account(mixed, device("loihi")).assumptions)
    assert account(mixed, device("loihi")).compute == pytest.approx(4 * 27.1)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (dense_inference([4, 2]), "'loihi' runs spiking networks only, and this one is conventional. Take another"),
        (snn(plastic=True), "'loihi' has no price for learning"),
    ],
)
def test_what_a_chip_cannot_run(work: Workload, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        account(work, device("loihi"))


def test_training_has_no_price_on_a_processor_either() -> None:
    training = dense_training([4, 2], images=3, steps=1)
    assert device("cpu-i7-4960x").refusal(training) == "has no price for learning"
    assert device("cpu-i7-4960x").refusal(dense_inference([4, 2])) == ""


def test_a_conventional_device_refuses_spikes() -> None:
    table = DeviceTable("npu", "c", synaptic_operation=1.0, neuron_update=1.0, runs="conventional")
    assert table.refusal(snn()) == "runs conventional networks only, and this one is spiking"


def test_which_network_spikes() -> None:
    assert is_spiking(snn())
    assert is_spiking(Workload(1, (), chances=1))
    assert is_spiking(Workload(1, (Work("synapses", "a", products=Products(accumulates=1)),)))
    assert not is_spiking(Workload(1, (Work("synapses", "a", products=Products(accumulates=1, macs=1)),)))


def test_your_own_device(tmp_path: Path) -> None:
    path = tmp_path / "chip.toml"
    path.write_text(GOOD, encoding="utf-8")
    priced = account(snn(), cost_table(path))
    assert priced.compute == pytest.approx((120 * 20.0 + 80 * 80.0) / 2)
    path.write_text(GOOD.replace("memory_included = true", "memory_included = false"), encoding="utf-8")
    assert any("memory is not in them" in sentence for sentence in account(snn(), cost_table(path)).assumptions)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("neuron_update = 80\n", "", r"chip.toml, \[device\]: 'neuron_update' is missing. Add it"),
        ("neuron_update = 80", "neuron_update = -80", r"\[device\]: neuron_update must be >= 0 pJ, got -80. Correct"),
        ("= 20.0", "= '20 pJ'", r"'synaptic_operation' must be a number, got '20 pJ'"),
        ('"spiking"', '"snn"', r"runs must be one of spiking, conventional, both, got 'snn'"),
        ("skips_zeros = true", "skips_zeros = 1", r"'skips_zeros' must be true or false, got 1"),
        ("memory_included", "memory_includes", r"'memory_included' is missing"),
        (
            "= 20.0",
            "= 20.0\nsynaptic_operations = 2",
            r"unknown entry 'synaptic_operations'; did you mean 'synaptic_op",
        ),
        ("[device]", "[memory]\nword_bytes = 4\n[device]", r"unknown entry 'memory'"),
        ("[device]", "[devise]", r"'arithmetic' is missing"),
        ('"pJ"', '"J"', r"unit must be 'pJ', got 'J'. Convert the prices"),
    ],
)
def test_a_broken_file_is_told_what_and_where(tmp_path: Path, old: str, new: str, message: str) -> None:
    check_refused(cost_table, tmp_path / "chip.toml", GOOD, (old, new), message)


@pytest.mark.parametrize("price", [-1.0, float("nan"), float("inf")])
def test_a_table_made_by_hand_is_checked_too(price: float) -> None:
    with pytest.raises(ParameterError, match=r"neuron_update must be (>= 0|a finite number in) pJ"):
        DeviceTable("chip", "c", synaptic_operation=1.0, neuron_update=price)
    with pytest.raises(UnknownNameError, match=r"DeviceTable\.runs 'nothing'; did you mean 'both'\? Known: both, conv"):
        DeviceTable("chip", "c", synaptic_operation=1.0, neuron_update=1.0, runs="nothing")  # type: ignore[arg-type]
