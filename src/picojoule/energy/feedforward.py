"""Work of a ReLU network of dense and convolutional stages, stage by stage.

One image takes, in a stage with P products (those of inputs that are not zero, where zeros are skipped) and m units

    P multiply-accumulates, as many weight reads, the comparisons of its pooling, m biases and, but for the last stage,
    m ReLU comparisons

Skipping zeros costs one comparison per input.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.counts import Operations
from picojoule.core.errors import ParameterError
from picojoule.energy.stage import Stage
from picojoule.energy.work import SHARED_ASSUMPTIONS, Products, Traffic, Work, Workload

INFERENCE_ASSUMPTIONS = (
    *SHARED_ASSUMPTIONS,
    "The ReLU network sees one image at a time; in a dense layer it reads each weight that it uses once, in a "
    "convolution once for each product, unless weights are reused.",
)


@public
def feedforward_inference(
    stages: Sequence[Stage],
    *,
    images: int = 1,
    active: Sequence[Tensor] | None = None,
    reuse_weights: bool = False,
) -> Workload:
    """Work of classifying images with a ReLU network.

    Args:
        stages: from `dense_stage` and `convolution_stage`, input first.
        images: number of images, at least 1.
        active: for each stage `[*N]`, how often each of its inputs was not zero, summed over the images, if the
            hardware skips zeros; `None` counts every product.
        reuse_weights: whether the hardware reads a weight at most once for an image, however many positions of a
            kernel need it.

    Returns:
        The work, summed over the images.

    Raises:
        ParameterError: if there is no stage, `images < 1`, one stage's units are not the next one's inputs, or `active`
            does not hold one tensor for each stage.
        ShapeError: if a tensor of `active` does not fit its stage.

    Example:
        >>> from picojoule.energy.stage import convolution_stage, dense_stage
        >>> network = [convolution_stage((1, 28, 28), 12, kernel=5, pool=2), dense_stage(1728, 10)]
        >>> sum(line.operations.multiplications for line in feedforward_inference(network).works)
        190080
    """
    check_stages(stages)
    if active is not None and len(active) != len(stages):
        raise ParameterError(f"active must hold {len(stages)} tensors, one for each stage, got {len(active)}.")
    works: list[Work] = []
    for index, stage in enumerate(stages):
        products = images * stage.products if active is None else stage.used(active[index])
        reads = min(products, images * stage.weights) if reuse_weights else products
        works += forward_work(
            stage, products, images, hidden=index + 1 < len(stages), skipping=active is not None, weight_reads=reads
        )
    return Workload(images, (*works, decision_work(images, stages[-1].outputs)), assumptions=INFERENCE_ASSUMPTIONS)


def forward_work(
    stage: Stage, products: int, images: int, *, hidden: bool, skipping: bool, weight_reads: int, batch: int = 1
) -> list[Work]:
    """Work of one stage, forward, summed over images that come in batches.

    Args:
        stage: the stage.
        products: that are made, summed over the images.
        images: number of images.
        hidden: whether a ReLU follows.
        skipping: whether every input is compared with zero.
        weight_reads: summed over the images; a batch may share them.
        batch: images whose activations are kept.
    """
    units = stage.outputs
    elementwise = stage.comparisons + units * (2 if hidden else 1) + (stage.inputs if skipping else 0)
    activations = [
        Traffic(batch * stage.inputs, reads=images * stage.inputs),
        Traffic(stage.biases, reads=images * units),
    ]
    if hidden:
        activations.append(Traffic(batch * units, writes=images * units))
    weights = Traffic(stage.weights, reads=weight_reads)
    sums = Operations(additions=products, multiplications=products)
    counted = Products(dense=images * stage.products, macs=products, targets=units * stage.window)
    return [
        Work("synapses", stage.name, sums, (weights,), per_spike=False, products=counted),
        Work("neurons", stage.name, Operations(additions=images * elementwise), tuple(activations), per_spike=False),
    ]


def decision_work(images: int, classes: int) -> Work:
    """The comparisons that find the largest score.

    Args:
        images: number of images.
        classes: number of scores.
    """
    return Work("readout", "decision", Operations(additions=images * classes), per_spike=False)


def check_stages(stages: Sequence[Stage]) -> None:
    """Refuse stages that do not follow one another.

    Args:
        stages: input first.

    Raises:
        ParameterError: names the first two that do not fit.
    """
    if not stages:
        raise ParameterError("a network needs at least one stage, got none.")
    for before, after in pairwise(stages):
        if before.outputs != after.inputs:
            raise ParameterError(
                f"{before.name} has {before.outputs} outputs, but {after.name} takes {after.inputs} inputs. "
                "Give the stages in the order of the network."
            )
