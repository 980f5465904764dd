"""Showing images in chunks: what the chunks are changes nothing, and repetition is what one would do by hand."""

import copy
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.responses import join
from picojoule.core.trains import SpikeTrains, trains_from_spikes
from picojoule.encode.base import Encoder
from picojoule.encode.poisson import Poisson
from picojoule.models.diehl_cook import DiehlCook2015
from picojoule.network.network import Network
from picojoule.simulate.event.engine import Event
from picojoule.simulate.present import MOST_REPEATS, Chunk, Presentation, present
from picojoule.simulate.reference import Reference
from picojoule.simulate.run import run

IMAGES = torch.rand(9, 4, 4, generator=Generator().manual_seed(1))
NUMBERS = torch.tensor([40, 3, 17, 5, 6, 100, 2, 30, 31])
SHOWN = Presentation(Poisson(max_rate=400.0), steps=30, rest=6, rate_step=20.0)


def network() -> Network:
    return DiehlCook2015(n_input=16, n_neurons=6, norm=9.0, inh=120.0, seed=2)


def outcome(own: Network, chunks: list[Chunk]) -> dict[str, Tensor]:
    """Everything that must not depend on how images are cut into chunks."""
    everything = {name: value.clone() for name, value in own.state_dict().items()}
    for name in own.populations:
        responses = join([chunk.run[name] for chunk in chunks])
        assert responses.first is not None
        everything |= {f"{name} counts": responses.counts, f"{name} first": responses.first}
    assert everything["Ae counts"].sum() > 15
    return everything


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("learn", "batch_size", "repeat_below"), [(True, 1, 0), (True, 2, 0), (False, 1, 0), (True, 1, 5)]
)
def test_chunks_change_nothing(learn: bool, batch_size: int, repeat_below: int) -> None:
    shown = replace(SHOWN, repeat_below=repeat_below)
    results, counted = [], []
    for chunk in (1, 2, 4, 250):
        own = network()
        chunks = list(
            present(own, IMAGES, shown, numbers=NUMBERS, seed=4, learn=learn, batch_size=batch_size, chunk=chunk)
        )
        assert [c.start for c in chunks][1:] == [c.stop for c in chunks][:-1]
        assert (chunks[0].start, chunks[-1].stop) == (0, len(IMAGES))
        results.append(outcome(own, chunks))
        total = chunks[0].run.counts
        for c in chunks[1:]:
            total = total + c.run.counts
        counted.append(total)
    assert all(equal(results[0], other) for other in results[1:])
    assert all(counted[0] == other for other in counted[1:])


def test_a_chunk_is_rounded_to_whole_batches() -> None:
    chunks = present(network(), IMAGES, SHOWN, numbers=NUMBERS, learn=True, batch_size=4, chunk=6)
    assert [(c.start, c.stop) for c in chunks] == [(0, 4), (4, 8), (8, 9)]


def test_spikes_belong_to_the_number_of_an_image_and_not_to_its_place() -> None:
    order = torch.tensor([4, 1, 8])
    (whole,) = present(network(), IMAGES, SHOWN, numbers=NUMBERS, seed=4)
    (part,) = present(network(), IMAGES[order], SHOWN, numbers=NUMBERS[order], seed=4)
    (other_seed,) = present(network(), IMAGES, SHOWN, numbers=NUMBERS, seed=5)
    (later,) = present(network(), IMAGES, SHOWN, numbers=NUMBERS, seed=4, epoch=1)

    assert torch.equal(part.run["Ae"].counts, whole.run["Ae"].counts[order])
    assert not torch.equal(other_seed.run["Ae"].counts, whole.run["Ae"].counts)
    assert not torch.equal(later.run["Ae"].counts, whole.run["Ae"].counts)


def test_images_may_be_made_when_they_are_needed() -> None:
    store = torch.zeros(101, 4, 4)
    store[NUMBERS] = IMAGES
    for repeat_below in (0, 5):
        shown = replace(SHOWN, repeat_below=repeat_below)
        asked: list[int] = []

        def look_up(numbers: Tensor, asked: list[int] = asked) -> Tensor:
            asked.extend(numbers.tolist())
            return store[numbers]

        made = list(present(network(), look_up, shown, numbers=NUMBERS, seed=4, chunk=4))
        given = list(present(network(), IMAGES, shown, numbers=NUMBERS, seed=4, chunk=4))
        assert equal(outcome(network(), made), outcome(network(), given))
        assert asked[:4] == NUMBERS[:4].tolist()


def test_rest_adds_steps_without_input() -> None:
    (rested,) = present(network(), IMAGES, SHOWN, numbers=NUMBERS)
    (restless,) = present(network(), IMAGES, replace(SHOWN, rest=0), numbers=NUMBERS)
    assert rested.run["Ae"].steps == restless.run["Ae"].steps + 6
    assert rested.run.counts.populations["X"] == restless.run.counts.populations["X"]


@pytest.mark.parametrize("learn", [True, False])
def test_repeating_until_the_population_fires_is_repeating_by_hand(learn: bool) -> None:
    enough = 8
    own, by_hand = network(), network()
    shown = replace(SHOWN, repeat_below=enough, rate_step=30.0)
    (chunk,) = present(own, IMAGES, shown, numbers=NUMBERS, seed=4, learn=learn)

    presentations = 0
    for place in range(len(IMAGES)):
        for repeat in range(MOST_REPEATS + 1):
            encoder = Poisson(max_rate=400.0 + repeat * 30.0)
            spikes = encoder.trains(
                IMAGES[[place]], steps=30, seed=4, presentation=repeat, samples=NUMBERS[[place]].tolist()
            ).dense()
            spikes = torch.cat([spikes, torch.zeros(6, 1, 16)])
            result = run(by_hand, spikes, learn=learn)
            presentations += 1
            if result["Ae"].counts.sum() >= enough:
                break
        assert torch.equal(chunk.run["Ae"].counts[place], result["Ae"].counts[0])
        assert torch.equal(chunk.run["Ai"].first[place], result["Ai"].first[0])  # type: ignore[index]
    assert chunk.run.counts.samples == presentations > len(IMAGES)
    for name, value in by_hand.state_dict().items():
        assert torch.equal(own.state_dict()[name], value)


def test_an_image_that_excites_nobody_is_given_up() -> None:
    shown = replace(SHOWN, repeat_below=1, steps=3, rest=0)
    (chunk,) = present(network(), torch.zeros(2, 16), shown, numbers=torch.arange(2))
    assert chunk.run.counts.samples == 2 * (1 + MOST_REPEATS)


def test_every_engine_and_number_of_threads_shows_the_same() -> None:
    results = []
    for engine in (None, Event(threads=1), Event(threads=2), Reference()):
        own = network()
        chunks = list(present(own, IMAGES[:4], SHOWN, numbers=NUMBERS[:4], learn=True, chunk=2, engine=engine))
        results.append(outcome(own, chunks))
    assert all(equal(results[0], other) for other in results[1:])


def test_no_images_are_no_chunks() -> None:
    assert list(present(network(), IMAGES[:0], SHOWN, numbers=NUMBERS[:0])) == []


def test_one_may_stop_in_between() -> None:
    own = network()
    chunks = present(own, IMAGES, SHOWN, numbers=NUMBERS, learn=True, chunk=2)
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    learned = copy.deepcopy(own.state_dict())
    list(present(two := network(), IMAGES[:2], SHOWN, numbers=NUMBERS[:2], learn=True))
    assert all(torch.equal(learned[name], value) for name, value in two.state_dict().items())


class Silent(Encoder):
    def _trains(self, intensities: Any, *, steps: int, **_: Any) -> SpikeTrains:
        return trains_from_spikes(torch.zeros(steps, *intensities.shape))


def test_what_cannot_be_shown_is_refused() -> None:
    repeating = replace(SHOWN, repeat_below=5)
    with pytest.raises(ParameterError, match="batch_size=1"):
        next(present(network(), IMAGES, repeating, numbers=NUMBERS, learn=True, batch_size=2))
    with pytest.raises(ParameterError, match=r"20 repetitions would need 1400 Hz.*use rate_step <= 30 Hz"):
        next(present(network(), IMAGES, replace(repeating, rate_step=50.0), numbers=NUMBERS))
    with pytest.raises(ShapeError, match=r"same length, got \[9, 4, 4\] and 3"):
        next(present(network(), IMAGES, SHOWN, numbers=NUMBERS[:3]))
    with pytest.raises(ParameterError, match=r"Presentation\.steps must be >= 1 steps, got 0"):
        replace(SHOWN, steps=0)
    with pytest.raises(ParameterError, match=r"Presentation\.rest must be >= 0 steps, got -1"):
        replace(SHOWN, rest=-1)
    with pytest.raises(ParameterError, match="repeat_below needs a Poisson encoder"):
        Presentation(Silent(), repeat_below=1)
