"""How a sequence is cut into chunks."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from picojoule.layers.chunks import AT_ONCE, Chunks, growth_of, needs_all_steps
from picojoule.layers.linear import Linear
from picojoule.layers.recurrent import Recurrent
from tests.held import LIF


def lengths(chunks: Chunks, growth: int = 1) -> list[int]:
    found = []
    for chunk in chunks:
        found.append(chunk.shape[0])
        chunks.saw(chunk.repeat(1, 1, growth))
    return found


@given(
    steps=st.integers(0, 300), features=st.integers(0, 5000), length=st.one_of(st.none(), st.integers(1, 400)),
    growth=st.integers(1, 20),
)  # fmt: skip
def test_chunks_are_the_whole_sequence_in_order(steps: int, features: int, length: int | None, growth: int) -> None:
    x = torch.arange(steps, dtype=torch.float32)[:, None, None].expand(steps, 1, features)
    pieces = []
    chunks = Chunks(x, length)
    for chunk in chunks:
        pieces.append(chunk)
        chunks.saw(chunk.repeat(1, 1, growth))
    assert torch.equal(torch.cat(pieces), x)
    assert all(len(piece) > 0 for piece in pieces) or steps == 0
    assert all(len(piece) == length for piece in pieces[:-1]) or length is None


def test_the_largest_activation_of_a_chunk_fits() -> None:
    x = torch.zeros(1000, 8, 512)  # 16 KiB in a step
    first, second, *_ = lengths(Chunks(x, growth=32.0), growth=16)
    assert second * (16 << 10) * 16 == AT_ONCE
    assert first * 2 == second


def test_a_step_that_exceeds_it_goes_alone() -> None:
    x = torch.zeros(4, 1, 1).expand(4, 1, AT_ONCE)
    assert lengths(Chunks(x)) == [1, 1, 1, 1]


def test_a_short_sequence_is_one_chunk() -> None:
    assert lengths(Chunks(torch.zeros(100, 2, 100)), growth=10) == [100]


@pytest.mark.parametrize(
    ("modules", "growth"),
    [
        ([nn.Linear(10, 40)], 4.0),
        ([Linear(784, 400), nn.Linear(400, 10)], 400 / 784),  # of what is made here, not of the input
        ([nn.Linear(10, 5), nn.Linear(5, 20), nn.Linear(20, 2)], 2.0),
        ([nn.Conv2d(2, 32, 3), nn.BatchNorm2d(32), nn.ReLU(), nn.Conv2d(32, 64, 3)], 32.0),
        ([nn.Conv2d(4, 8, 3, groups=4)], 2.0),
        ([Recurrent(LIF(), 7)], 1.0),
        ([nn.Identity()], 1.0),
    ],
)
def test_the_growth_of_activations_is_read_off_the_weights(modules: list[nn.Module], growth: float) -> None:
    assert growth_of(nn.Sequential(*modules)) == pytest.approx(growth)


def test_a_length_of_ones_own_is_kept() -> None:
    assert lengths(Chunks(torch.zeros(10, 2, 100), 4)) == [4, 4, 2]


@pytest.mark.parametrize(
    ("module", "training", "expected"),
    [
        (nn.BatchNorm2d(3), True, True),
        (nn.BatchNorm2d(3), False, False),
        (nn.BatchNorm1d(3, track_running_stats=False), False, True),
        (nn.LayerNorm(3), True, False),
        (nn.Dropout(), True, False),
    ],
)
def test_modules_that_take_statistics_over_time_are_found(module: nn.Module, training: bool, expected: bool) -> None:
    assert needs_all_steps(nn.Sequential(nn.Identity(), module).train(training)) is expected
