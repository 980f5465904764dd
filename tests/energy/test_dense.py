"""A ReLU network's work, counted by hand for 784-100-10."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picojoule.core.counts import Operations
from picojoule.core.errors import ParameterError
from picojoule.energy.account import account
from picojoule.energy.costs import arithmetic_table
from picojoule.energy.dense import ADAM, SGD, Optimiser, dense_inference, dense_training
from picojoule.energy.work import Traffic, Work, Workload

LAYERS = (784, 100, 10)
WEIGHTS = 784 * 100 + 100 * 10
PARAMETERS = WEIGHTS + 110
NOTHING = Optimiser(Operations(), state_words=-1)  # leaves no trace in the counts


def part(workload: Workload, name: str) -> list[Work]:
    return [work for work in workload.works if work.part == name]


def macs(works: Sequence[Work]) -> int:
    return sum(work.operations.multiplications for work in works)


def test_inference_takes_79400_multiply_accumulates() -> None:
    work = dense_inference(LAYERS)
    synapses = part(work, "synapses")
    assert [w.operations for w in synapses] == [Operations(78_400, 78_400), Operations(1000, 1000)]
    assert [w.traffic[0].reads for w in synapses] == [78_400, 1000]
    # 100 biases and 100 ReLU comparisons; 10 biases; 10 comparisons to find the largest
    assert [w.operations.additions for w in part(work, "neurons")] == [200, 10]
    assert part(work, "readout")[0].operations == Operations(additions=10)


def test_inference_energy_by_hand() -> None:
    priced = account(dense_inference(LAYERS), arithmetic_table("horowitz-45nm-fp32"))
    assert priced.compute == pytest.approx(79_400 * 4.6 + 220 * 0.9)
    table = arithmetic_table("horowitz-45nm-fp32")
    words = 784 + 100 + 100 + 100 + 10  # pixels and biases read, hidden units written and read, biases: all below 8 KB
    assert priced.memory == pytest.approx(78_400 * table.read(78_400) + 1000 * 5.0 + words * 5.0)


def test_skipping_zeros_skips_their_products_and_reads_but_looks_at_each_input() -> None:
    work = dense_inference(LAYERS, images=2, active=(300, 60))
    assert macs(part(work, "synapses")) == 300 * 100 + 60 * 10
    assert [w.traffic[0].reads for w in part(work, "synapses")] == [30_000, 600]
    dense = dense_inference(LAYERS, images=2)
    extra = [
        a.operations.additions - b.operations.additions
        for a, b in zip(part(work, "neurons"), part(dense, "neurons"), strict=True)
    ]
    assert extra == [2 * 784, 2 * 100]


def test_with_nothing_to_skip_only_the_looking_differs() -> None:
    table = arithmetic_table("horowitz-45nm-int8")
    full = dense_inference(LAYERS, images=3, active=(3 * 784, 3 * 100))
    difference = account(full, table).compute - account(dense_inference(LAYERS, images=3), table).compute
    assert difference == pytest.approx((784 + 100) * 0.03)


def test_training_takes_the_forward_twice_more_except_the_first_inputs_gradient() -> None:
    work = dense_training(LAYERS, images=128, steps=2, optimiser=NOTHING)
    loss = 128 * 10
    assert macs(work.works) - loss == 128 * (2 * WEIGHTS + 1000)


def test_the_optimiser_works_once_per_parameter_and_step() -> None:
    adam = dense_training(LAYERS, images=128, steps=2)
    bare = dense_training(LAYERS, images=128, steps=2, optimiser=NOTHING)
    for kind, per_parameter in (("additions", 4), ("multiplications", 7), ("divisions", 1), ("functions", 1)):
        total = [sum(getattr(w.operations, kind) for w in work.works) for work in (adam, bare)]
        assert total[0] - total[1] == 2 * PARAMETERS * per_parameter
    writes = [sum(t.writes for w in work.works for t in w.traffic) for work in (adam, bare)]
    assert writes[0] - writes[1] == 2 * PARAMETERS * 3  # the parameter and Adam's two states
    assert macs(part(dense_training(LAYERS, images=128, steps=2, optimiser=SGD), "weight updates")) < macs(
        part(adam, "weight updates")
    )
    assert ADAM.state_words == 2


def test_a_batch_shares_the_reads_of_the_weights() -> None:
    alone = dense_training(LAYERS, images=128, steps=128)
    together = dense_training(LAYERS, images=128, steps=1)
    assert [w.traffic[0].reads for w in part(alone, "synapses")] == [128 * 78_400, 128 * 1000]
    assert [w.traffic[0].reads for w in part(together, "synapses")] == [78_400, 1000]
    assert macs(part(alone, "synapses")) == macs(part(together, "synapses"))


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.integers(1, 20))
def test_energy_per_image_of_equal_images_is_constant(layers: list[int], images: int) -> None:
    table = arithmetic_table("horowitz-45nm-int32")
    one, many = account(dense_inference(layers), table), account(dense_inference(layers, images=images), table)
    assert many.total == pytest.approx(one.total, rel=1e-12)


@given(st.integers(0, 784), st.integers(0, 100))
def test_more_zeros_never_cost_more(pixels: int, hidden: int) -> None:
    table = arithmetic_table("horowitz-45nm-fp32")
    here = account(dense_inference(LAYERS, active=(pixels, hidden)), table)
    full = account(dense_inference(LAYERS, active=(784, 100)), table)
    assert here.total <= full.total
    assert here.compute <= full.compute


@pytest.mark.parametrize(
    ("layers", "images", "active", "message"),
    [
        ((784,), 1, None, "layers must be at least two sizes >= 1"),
        ((784, 0), 1, None, "layers must be at least two sizes >= 1"),
        (LAYERS, 0, None, "images must be >= 1, got 0"),
        (LAYERS, 1, (784,), "active must hold 2 counts"),
        (LAYERS, 1, (785, 0), r"from 0 to \[784, 100\], got \[785, 0\]"),
    ],
)
def test_bad_arguments(layers: tuple[int, ...], images: int, active: tuple[int, ...] | None, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        dense_inference(layers, images=images, active=active)


@pytest.mark.parametrize("steps", [0, 129])
def test_steps_must_fit_the_images(steps: int) -> None:
    with pytest.raises(ParameterError, match=rf"steps must lie in 1\.\.images = 128, got {steps}"):
        dense_training(LAYERS, images=128, steps=steps)


def test_training_of_a_tiny_network_line_by_line() -> None:
    """Layers 3-2-2, 4 images in 2 batches of 2, all units active: every number counted by hand."""
    found = {(w.part, w.name): w for w in dense_training((3, 2, 2), images=4, steps=2).works}
    forward, backward = found["neurons", "3 -> 2"], found["weight updates", "3 -> 2 backward"]
    # forward of the first layer: 2 biases and 2 comparisons per image; its activations are kept for the batch
    assert forward.operations == Operations(additions=4 * 4)
    assert forward.traffic == (Traffic(2 * 3, reads=4 * 3), Traffic(2, reads=4 * 2), Traffic(2 * 2, writes=4 * 2))
    # its weights' gradient: 6 products and sums per image, 2 sums for the biases
    assert backward.operations == Operations(additions=4 * (6 + 2), multiplications=4 * 6)
    assert backward.traffic == (Traffic(6, reads=12), Traffic(4, reads=8, writes=8), Traffic(8, reads=16, writes=16))

    upper = found["weight updates", "2 -> 2 backward"]
    # weights' and inputs' gradient: 4 products each; 2 biases; 2 derivatives of the ReLU below
    assert upper.operations == Operations(additions=4 * (8 + 2 + 2), multiplications=4 * 8)
    assert upper.traffic == (
        Traffic(4, reads=8),
        Traffic(4, reads=8, writes=8),
        Traffic(6, reads=12, writes=12),
        Traffic(4, reads=2 * 4),  # the weights, once per batch, to carry the gradient down
    )
    optimiser = found["weight updates", "2 -> 2 optimiser"]
    assert optimiser.operations == ADAM.operations * (2 * 6)
    assert optimiser.traffic == (Traffic(6, reads=12, writes=12),) * 3
    # 2 exponentials, 2 sums and products, 1 quotient and 1 difference per image
    assert found["weight updates", "loss"].operations == Operations(4 * 3, 4 * 2, 4, 4 * 2)
