"""Show images to a network: encode, run, chunk by chunk.

Chunks keep memory small, let a progress bar move and Ctrl-C through; they change no result. While one chunk runs, the
next one is encoded on another core.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.core.params import Presented, Rate, Samples, Steps, TimeStep, Unit, validate
from picojoule.core.pixels import as_pixels, intensities
from picojoule.core.responses import join
from picojoule.core.trains import SpikeTrains
from picojoule.encode.base import Encoder
from picojoule.encode.poisson import Poisson
from picojoule.network.network import Network
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference
from picojoule.simulate.result import Run
from picojoule.simulate.run import run

MOST_REPEATS = 20  # an image that never excites the population is given up after so many presentations


@dataclass(frozen=True)
class Presentation:
    """How an image is shown.

    Args:
        encoder: turns intensities into spikes.
        steps: steps of input.
        rest: steps without input that follow.
        repeat_below: if `population` fires fewer spikes than this, the image is shown again with a higher rate.
        rate_step: by how much the rate rises then, in Hz (a `Poisson` encoder is needed).
        population: the population whose spikes are counted.

    Raises:
        ParameterError: if a number is out of range.
    """

    encoder: Encoder
    steps: Steps = 250
    rest: Annotated[int, Unit("steps", at_least=0)] = 0
    repeat_below: Annotated[int, Unit("spikes", at_least=0)] = 0
    rate_step: Rate = 31.875
    population: str = "Ae"

    def __post_init__(self) -> None:
        validate(self)
        if self.repeat_below and not isinstance(self.encoder, Poisson):
            raise ParameterError("Presentation.repeat_below needs a Poisson encoder, whose rate can be raised")

    @public
    def encode(
        self, images: Tensor, numbers: Tensor, *, dt: TimeStep, seed: int, epoch: Presented, repeat: Presented = 0
    ) -> SpikeTrains:
        """The spikes of a chunk of images, followed by rest."""
        encoder = self.encoder
        if repeat and isinstance(encoder, Poisson):
            encoder = replace(encoder, max_rate=encoder.max_rate + repeat * self.rate_step)
        presentation = epoch * (MOST_REPEATS + 1) + repeat
        trains = encoder.trains(
            images, steps=self.steps, dt=dt, seed=seed, presentation=presentation, samples=numbers.tolist()
        )
        silence = np.repeat(trains.pointers[:, -1:], self.rest, axis=1)
        return SpikeTrains(np.concatenate([trains.pointers, silence], axis=1), trains.indices, trains.size)


@dataclass(frozen=True, eq=False)
class Chunk:
    """Images start..stop of a presentation, and what the network made of them."""

    start: int
    stop: int
    run: Run


@public
def present(
    network: Network,
    images: Tensor | Callable[[Tensor], Tensor],
    presentation: Presentation,
    *,
    numbers: Tensor,
    seed: int = 0,
    epoch: Presented = 0,
    learn: bool = False,
    batch_size: Samples = 1,
    chunk: Samples = 250,
    engine: Event | Reference | None = None,
) -> Iterator[Chunk]:
    """Show images, one chunk after the other.

    Args:
        network: what sees them; it needs exactly one input.
        images: `[n, *N]`, one row for each number: intensities in [0, 1], bytes (divided by 255) or bool; or a function
            from numbers to intensities.
        presentation: how each image is shown.
        numbers: the number of each image in its dataset; the spikes of an image depend on it, and not on its place
            here.
        seed: of the spikes.
        epoch: how often the images have been shown before.
        learn: apply learning rules; images then follow one another.
        batch_size: how many images learn from the same weights; with `repeat_below`, 1.
        chunk: images per call of the engine, rounded to whole batches.
        engine: `Event()` unless given.

    Yields:
        Chunks in order, with responses and counts (repeated presentations are counted too; responses are of the last
        one).

    Raises:
        ParameterError: if batches cannot be repeated, or the rate of the last repetition is too high for the step.
        ShapeError: if there is not one image for each number.
    """
    if learn and presentation.repeat_below and batch_size > 1:
        raise ParameterError("images that repeat until the population fires need batch_size=1 to learn")
    _check_rates(presentation, network.dt)
    if numbers.dim() != 1 or numbers.is_floating_point():
        raise ShapeError(f"present: numbers must be whole [n], got {numbers.dtype} {list(numbers.shape)}")
    if isinstance(images, Tensor) and images.shape[:1] != numbers.shape:
        raise ShapeError(f"images and numbers must be of the same length, got {list(images.shape)} and {len(numbers)}")
    chosen = engine or Event()
    size = max(chunk // batch_size, 1) * batch_size
    look_up = images if callable(images) else partial(_rows, as_pixels(images))
    spans = [(start, min(start + size, len(numbers))) for start in range(0, len(numbers), size)]

    def encode(span: tuple[int, int]) -> SpikeTrains:
        part = numbers[slice(*span)]
        places = part if callable(images) else torch.arange(*span)
        return presentation.encode(look_up(places), part, dt=network.dt, seed=seed, epoch=epoch)

    with ThreadPoolExecutor(1) as pool:
        ready = pool.submit(encode, spans[0]) if spans else None
        for place, span in enumerate(spans):
            trains = ready.result() if ready is not None else encode(span)
            alone = isinstance(chosen, Event) and chosen.threads == 1
            ready = pool.submit(encode, spans[place + 1]) if place + 1 < len(spans) and not alone else None
            if not presentation.repeat_below:
                yield Chunk(*span, run(network, trains, learn=learn, batch_size=batch_size, engine=chosen))
                continue
            again = partial(_encode_again, presentation, look_up, numbers, network.dt, seed, epoch, callable(images))
            yield Chunk(*span, _repeated(network, trains, presentation, partial(again, span[0]), learn, chosen))


def _check_rates(presentation: Presentation, dt: float) -> None:
    """Refuse at the beginning a rate that would be refused in the midst of learning."""
    encoder = presentation.encoder
    if presentation.repeat_below and isinstance(encoder, Poisson):
        highest = encoder.max_rate + MOST_REPEATS * presentation.rate_step
        if highest * dt > 1000.0:
            raise ParameterError(
                f"the last of {MOST_REPEATS} repetitions would need {highest:g} Hz, and one step of {dt:g} ms holds "
                f"one spike; use rate_step <= {(1000.0 / dt - encoder.max_rate) / MOST_REPEATS:g} Hz or a lower rate"
            )


def _rows(images: Tensor, places: Tensor) -> Tensor:
    return intensities(images[places])


def _encode_again(  # noqa: PLR0917
    presentation: Presentation,
    look_up: Callable[[Tensor], Tensor],
    numbers: Tensor,
    dt: float,
    seed: int,
    epoch: int,
    by_number: bool,
    start: int,
    places: Tensor,
    repeat: int,
) -> SpikeTrains:
    part = numbers[places + start]
    images = look_up(part if by_number else places + start)
    return presentation.encode(images, part, dt=dt, seed=seed, epoch=epoch, repeat=repeat)


def _repeated(  # noqa: PLR0917
    network: Network,
    trains: SpikeTrains,
    presentation: Presentation,
    again: Callable[[Tensor, int], SpikeTrains],
    learn: bool,
    engine: Event | Reference,
) -> Run:
    """Show every image until the population has fired often enough."""
    if learn:
        runs = [
            _until_enough(network, _one(trains, place), presentation, partial(again, torch.tensor([place])), engine)
            for place in range(trains.samples)
        ]
        return _joined(runs)
    shown = run(network, trains, engine=engine)
    for repeat in range(1, MOST_REPEATS + 1):
        quiet = (shown[presentation.population].counts.sum(1) < presentation.repeat_below).nonzero().flatten()
        if not len(quiet):
            break
        better = run(network, again(quiet, repeat), engine=engine)
        for name, responses in shown.responses.items():
            responses.counts[quiet] = better[name].counts
            first = better[name].first
            if responses.first is not None and first is not None:
                responses.first[quiet] = first
        shown = Run(shown.responses, shown.counts + better.counts)
    return shown


def _until_enough(
    network: Network,
    trains: SpikeTrains,
    presentation: Presentation,
    again: Callable[[int], SpikeTrains],
    engine: Event | Reference,
) -> Run:
    shown = run(network, trains, learn=True, engine=engine)
    for repeat in range(1, MOST_REPEATS + 1):
        if int(shown[presentation.population].counts.sum()) >= presentation.repeat_below:
            break
        better = run(network, again(repeat), learn=True, engine=engine)
        shown = Run(better.responses, shown.counts + better.counts)
    return shown


def _one(trains: SpikeTrains, place: int) -> SpikeTrains:
    return SpikeTrains(trains.pointers[place : place + 1], trains.indices, trains.size)


def _joined(runs: list[Run]) -> Run:
    counts = runs[0].counts
    for other in runs[1:]:
        counts = counts + other.counts
    return Run({name: join([r[name] for r in runs]) for name in runs[0].responses}, counts)
