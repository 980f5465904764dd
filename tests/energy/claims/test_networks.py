"""Sizes and rates agree with what else was published about the same networks."""

import pytest

from picojoule.core.errors import UnknownNameError
from picojoule.energy.claims.networks import NETWORKS, network
from picojoule.energy.claims.spiking import spiking_work


# spikes per sample in the same notebooks; those of PS-MNIST hold the output's, at 0.181 per unit and step
@pytest.mark.parametrize(("task", "spikes", "output"), [("S-MNIST", 29_014, 0.0), ("PS-MNIST", 18_595, 0.181)])
def test_rates_give_the_published_spikes(task: str, spikes: int, output: float) -> None:
    one = network(task)
    rates = [layer.rate.lowest for layer in one.layers]
    found = spiking_work(one, input_rate=0.0, rates=rates).spikes + one.steps * one.outputs * output
    assert found == pytest.approx(spikes, rel=0.01)


def test_sizes_give_the_published_parameters() -> None:
    shd = network("SHD")
    weights = sum(work.products.dense // shd.steps for work in spiking_work(shd, input_rate=0.0, rates=[0, 0]).works)
    biases, constants = 2 * 128 * 2 + 20, 2 * (128 + 128) + 20
    assert weights + biases + constants == pytest.approx(142_400, rel=0.005)  # as the paper on TC-LIF gives them


def test_rates_are_shares_and_in_order() -> None:
    for one in NETWORKS:
        for rate in (one.input_rate, *(layer.rate for layer in one.layers)):
            assert 0.0 <= rate.lowest <= rate.highest <= 1.0
        assert one.about


def test_tasks_by_name() -> None:
    assert network("ps-mnist").name == "PS-MNIST"
    with pytest.raises(UnknownNameError, match="unknown task 'SDH'; did you mean 'SHD'"):
        network("SDH")
