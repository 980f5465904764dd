"""What both networks do for an answer, counted on the images that were reported on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from torch import Tensor, nn

from picojoule.energy.compare import Comparison, Contender, compare
from picojoule.energy.contenders import DENSE, EVENTS, REUSING, SKIPPING
from picojoule.energy.feedforward import feedforward_inference
from picojoule.energy.layered import SpikingStage, layered_inference
from picojoule.energy.work import Workload
from picojoule.layers import Spiking
from picojoule.recipes.surrogate_mnist.networks import Plan
from picojoule.recipes.surrogate_mnist.options import DT, Settings

ASSUMPTION = (
    "Training is not counted. Both networks were trained by the same loop, with the same images, shifts, epochs, "
    "batches and learning rates."
)
WITHIN_BUDGET = (
    "Held-out training images chose the epoch of the spiking network; where there was an energy budget, its loss had a "
    "penalty, too. The ReLU network is that of the last epoch, and was not pressed to be sparse."
)


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network answered, and what it did.

    Args:
        classes: `[images]`, those that it found.
        active: how often each input and each unit of every layer was not zero, or spiked, summed over the images.
        pixels: `[height, width]`, how often each pixel was not zero.
    """

    classes: Tensor
    active: tuple[Tensor, ...]
    pixels: Tensor


def comparison(
    settings: Settings,
    made: Plan,
    network: nn.Module,
    *,
    spiking: tuple[float, Answers],
    relu: tuple[float, Answers],
) -> Comparison:
    """Price the spiking network against the ReLU network.

    Args:
        settings: of the run.
        made: what both networks are made of.
        network: the spiking one, trained.
        spiking: its accuracy, and what it did.
        relu: the same of the ReLU network.
    """
    (accuracy, did), (rival, computed) = spiking, relu
    works = {EVENTS: spiking_work(settings, made, network, did)}
    if has_convolutions(made):
        works[REUSING] = spiking_work(settings, made, network, did, reuse_weights=True)
    more = (ASSUMPTION, *(() if settings.budget is None else (WITHIN_BUDGET,)))
    works = {name: replace(work, assumptions=(*work.assumptions, *more)) for name, work in works.items()}
    return compare(
        Contender("the spiking network", accuracy, works),
        Contender("the ReLU network", rival, relu_works(made, computed)),
    )


def has_convolutions(made: Plan) -> bool:
    """Whether several products of a picture share a weight, so that it can be reused."""
    return any(stage.products > stage.weights for stage in made.stages)


def spiking_work(
    settings: Settings, made: Plan, network: nn.Module, did: Answers, *, reuse_weights: bool = False
) -> Workload:
    """What the spiking network did.

    Args:
        settings: of the run.
        made: what the network is made of.
        network: the spiking one.
        did: what it answered, and how often its neurons spiked.
        reuse_weights: whether a weight is read at most once for an image and step.
    """
    return layered_inference(
        list(spiking_stages(made, network, did.active)),
        images=len(did.classes),
        steps=settings.steps,
        pixels=as_inputs(made, did.pixels),
        input_spikes=None if settings.options.encoding == "current" else as_inputs(made, did.active[0]),
        dt=DT,
        reuse_weights=reuse_weights,
    )


def relu_works(made: Plan, did: Answers) -> dict[str, Workload]:
    """What the ReLU network did, by method.

    Args:
        made: what the network is made of.
        did: what it answered, and how often its units were not zero.
    """
    images = len(did.classes)
    active = [count.reshape(stage.fan_out.shape) for stage, count in zip(made.stages, did.active, strict=True)]
    reused = feedforward_inference(made.stages, images=images, active=active, reuse_weights=True)
    return {
        DENSE: feedforward_inference(made.stages, images=images),
        SKIPPING: feedforward_inference(made.stages, images=images, active=active),
        **({REUSING: reused} if has_convolutions(made) else {}),
    }


def spiking_stages(made: Plan, network: nn.Module, active: Sequence[Tensor]) -> Iterator[SpikingStage]:
    """The spiking network as the account wants it: each stage with its neurons and their spikes."""
    layers = [module for module in network.modules() if isinstance(module, Spiking)]
    for name, stage, layer, count in zip(made.names, made.stages, layers, active[1:], strict=True):
        yield SpikingStage(name, stage, layer.neuron, count.reshape(stage.units))


def as_inputs(made: Plan, pixels: Tensor) -> Tensor:
    """Counts of pixels in the shape that the first stage takes."""
    return pixels.reshape(made.stages[0].fan_out.shape)
