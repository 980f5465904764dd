"""Work of a feed-forward spiking network that was run for a number of steps on each image.

a spike                 one addition for each synapse that it reaches, exactly counted at the borders of convolutions
every step              every neuron is updated, gets its bias, and reads its own coefficients, where each has some
pooling                 the comparisons that find the largest current of each window, in every step
constant currents       the first stage is analog: its products are multiply-accumulates, made once per image, zeros
                        skipped at one comparison per pixel; its currents are kept and read in every step
the readout             its output is added up over the steps, and the largest sum is found
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from picojoule.core.arguments import public, validate
from picojoule.core.counts import ConnectionCounts, Counts, Operations, PopulationCounts
from picojoule.core.errors import ParameterError, ShapeError
from picojoule.energy.encoder import encoder_operations
from picojoule.energy.feedforward import check_stages, decision_work
from picojoule.energy.stage import Stage
from picojoule.energy.step_operations import step_operations
from picojoule.energy.work import Products, Traffic, Work, Workload, spiking_workload
from picojoule.neurons.base import Neuron

INPUT = "input"
ANALOG = (
    "Pixels enter the spiking network as constant currents. Its first layer is analog: it multiplies and accumulates, "
    "once per image and with zeros skipped, just as the ReLU network's first layer does; none of that is an addition "
    "per spike."
)


@dataclass(frozen=True, eq=False)
class SpikingStage:
    """Weights, the neurons behind them, and what they did.

    Args:
        name: of the neurons, for the lines of an account.
        stage: from `dense_stage` or `convolution_stage`.
        neuron: the model.
        spikes: `[*N]`, spikes of each neuron, summed over images and steps; zeros for a readout that never spikes.

    Raises:
        ShapeError: if `spikes` is not one number for each unit of the stage.
    """

    name: str
    stage: Stage
    neuron: Neuron[Any, Any, Any]
    spikes: Tensor

    def __post_init__(self) -> None:
        validate(self)
        if self.spikes.shape != self.stage.units:
            raise ShapeError(
                f"{self.name} has neurons {list(self.stage.units)}, got spikes {list(self.spikes.shape)}; "
                f"sum them over images and steps"
            )


@public
def layered_inference(
    layers: Sequence[SpikingStage],
    *,
    images: int,
    steps: int,
    pixels: Tensor,
    input_spikes: Tensor | None = None,
    dt: float = 1.0,
    reuse_weights: bool = False,
) -> Workload:
    """Work of classifying images with a spiking network, from the spikes that it emitted.

    Args:
        layers: input first, the readout last.
        images: number of images, at least 1.
        steps: steps for each image, at least 1.
        pixels: `[*N]`, how often each pixel was not zero, summed over the images.
        input_spikes: `[*N]`, how often each pixel spiked, if a Poisson encoder made spikes of them; `None`: pixels are
            constant currents, and the first stage is analog.
        dt: length of a step, in ms.
        reuse_weights: whether the hardware reads a weight at most once for an image and step, however many spikes need
            it. Where some steps need fewer than others, this counts too many reads.

    Returns:
        The work, summed over the images.

    Raises:
        ParameterError: if a number is below 1, or the stages do not follow one another.
        ShapeError: if `pixels` or `input_spikes` does not fit the first stage.

    Example:
        >>> from picojoule.energy.stage import dense_stage
        >>> from picojoule.neurons import LIF
        >>> one = SpikingStage("hidden", dense_stage(4, 3), LIF(), torch.tensor([2, 0, 1]))
        >>> two = SpikingStage("output", dense_stage(3, 10), LIF(), torch.zeros(10))
        >>> work = layered_inference([one, two], images=1, steps=5, pixels=torch.tensor([1, 1, 0, 0]))
        >>> {line.name: line.operations.additions for line in work.works if line.part == "synapses"}
        {'hidden -> output': 30}
    """
    check_stages([layer.stage for layer in layers])
    if steps < 1:
        raise ParameterError(f"steps must be >= 1, got {steps}. Count a run with at least one step.")
    analog = input_spikes is None
    counts = Counts(samples=images, steps=images * steps)
    if input_spikes is not None:
        counts.populations[INPUT] = PopulationCounts(pixels.numel(), spikes=int(input_spikes.sum()))
        counts.connections[INPUT, layers[0].name] = _connection(layers[0].stage, input_spikes)
    for before, layer in zip((None, *layers), layers, strict=False):
        counts.populations[layer.name] = _population(layer, images * steps)
        if before is not None:
            counts.connections[before.name, layer.name] = _connection(layer.stage, before.spikes)
    encoder = [_analog(layers[0], images, steps, pixels, reuse_weights=reuse_weights)] if analog else []
    if input_spikes is not None:
        encoder += encoder_operations(counts, INPUT, active_inputs=int(pixels.sum()))
    every_step = [work for layer in (layers[1:] if analog else layers) for work in _currents(layer, images * steps)]
    own = [work for layer in layers for work in _coefficients(layer, images * steps, dt)]
    classes = layers[-1].stage.outputs
    sums = images * steps * classes
    added_up = Work("readout", "sum over time", Operations(additions=sums), (Traffic(classes, sums, sums),), False)
    readout = (*every_step, *own, added_up, decision_work(images, classes))
    made = spiking_workload(counts, encoder=encoder, readout=readout)
    works = tuple(_reusing(work, images * steps) for work in made.works) if reuse_weights else made.works
    assumptions = (*made.assumptions, ANALOG) if analog else made.assumptions
    return replace(made, works=works, assumptions=assumptions)


def _reusing(work: Work, times: int) -> Work:
    """The weights of synapses are read at most so many times."""
    if work.part != "synapses":
        return work
    return replace(work, traffic=tuple(Traffic(t.words, min(t.reads, times * t.words)) for t in work.traffic))


def _connection(stage: Stage, spikes: Tensor) -> ConnectionCounts:
    # an image's neurons reach a dense stage as one row
    arriving = spikes.reshape(stage.fan_out.shape)
    return ConnectionCounts(stage.products, events=stage.used(arriving), stored_weights=stage.weights)


def _population(layer: SpikingStage, steps: int) -> PopulationCounts:
    return PopulationCounts(
        layer.stage.outputs,
        spikes=int(layer.spikes.sum()),
        updates=layer.stage.outputs * steps,
        state_words=len(layer.neuron.initial(torch.zeros(1, 1))),
        step=step_operations(layer.neuron),
    )


def _analog(layer: SpikingStage, images: int, steps: int, pixels: Tensor, *, reuse_weights: bool) -> Work:
    """The first stage, where pixels are constant currents."""
    stage, units = layer.stage, layer.stage.outputs
    products = stage.used(pixels)
    once = stage.inputs + stage.comparisons + units  # is the pixel zero? pooling, bias
    operations = Operations(additions=products + images * once, multiplications=products)
    traffic = (
        Traffic(stage.inputs, reads=images * stage.inputs),
        Traffic(stage.weights, reads=min(products, images * stage.weights) if reuse_weights else products),
        Traffic(stage.biases, reads=images * units),
        Traffic(units, reads=images * steps * units, writes=images * units),
    )
    counted = Products(dense=images * stage.products, macs=products, targets=units * stage.window)
    name = f"analog currents of {layer.name}"
    return Work("encoder", name, operations, traffic, per_spike=False, products=counted)


def _currents(layer: SpikingStage, steps: int) -> Iterator[Work]:
    """What is done with the currents of a stage in every step, however many spikes arrive."""
    stage, units = layer.stage, layer.stage.outputs
    if stage.comparisons:
        compared = Operations(additions=steps * stage.comparisons)
        yield Work("neurons", f"{layer.name} pooling", compared, per_spike=False)
    added = Operations(additions=steps * units)
    yield Work("neurons", f"{layer.name} bias", added, (Traffic(stage.biases, reads=steps * units),), per_spike=False)


def _coefficients(layer: SpikingStage, steps: int, dt: float) -> Iterator[Work]:
    """Coefficients that are not the same for all neurons are read in every step; those shared stay in registers."""
    own = [value for value in layer.neuron.coefficients(dt) if value.numel() > 1]
    if own:
        reads = steps * layer.stage.outputs * len(own)
        traffic = Traffic(sum(value.numel() for value in own), reads=reads)
        yield Work("neurons", f"{layer.name} coefficients", traffic=(traffic,), per_spike=False)
