"""The two sides of the comparison, put together from what runs delivered."""

from torch import Tensor

from picojoule.core.arguments import public
from picojoule.core.counts import Counts
from picojoule.energy.baseline import ReluBaseline, active_units, relu_accuracy
from picojoule.energy.compare import Contender
from picojoule.energy.dense import dense_inference, dense_training
from picojoule.energy.encoder import encoder_operations
from picojoule.energy.readout import readout_operations
from picojoule.energy.work import Workload, spiking_workload

DENSE, SKIPPING, EVENTS = "dense", "zeros skipped", "event by event"
REUSING = "weights reused"  # each weight is read once for a picture and step; otherwise as the method before


@public
def spiking_contender(
    accuracy: float,
    inference: Counts,
    training: Counts | None = None,
    *,
    encoded: str,
    output: str,
    n_classes: int,
    active_inputs: int | None = None,
    active_training_inputs: int | None = None,
    proportions: bool = False,
    name: str = "the spiking network",
) -> Contender:
    """The spiking side: Poisson input spikes, votes of labelled output neurons.

    Args:
        accuracy: fraction in [0, 1] on the test images.
        inference: counters of classifying the test images.
        training: counters of the whole training; add those of the pass that labels the neurons.
        encoded: name of the input population.
        output: name of the population whose spikes vote.
        n_classes: at least 1.
        active_inputs: non-zero pixels, summed over the presentations of `inference`; `None` takes all pixels.
        active_training_inputs: the same for `training`.
        proportions: whether the readout weights votes by proportions.
        name: as it shall stand in sentences.

    Returns:
        The side, for `compare`.

    Raises:
        UnknownNameError: if there is no population `encoded` or `output`.
        ParameterError: if a number lies outside its range.

    Example:
        >>> from picojoule.core.counts import PopulationCounts
        >>> run = Counts(1, 250, {"X": PopulationCounts(784, spikes=1500), "Ae": PopulationCounts(100, spikes=12)})
        >>> side = spiking_contender(0.83, run, encoded="X", output="Ae", n_classes=10)
        >>> [line.name for line in side.inference["event by event"].works]
        ['pixels', 'intervals', 'X spikes', 'Ae spikes', 'votes', 'decision']
    """

    def workload(counts: Counts, active: int | None) -> Workload:
        return spiking_workload(
            counts,
            encoder=encoder_operations(counts, encoded, active_inputs=active),
            readout=readout_operations(counts, output, n_classes=n_classes, proportions=proportions),
        )

    trained = {} if training is None else {EVENTS: workload(training, active_training_inputs)}
    return Contender(name, accuracy, {EVENTS: workload(inference, active_inputs)}, trained)


@public
def relu_contender(
    baseline: ReluBaseline, test_images: Tensor, test_labels: Tensor, *, name: str = "the ReLU network"
) -> Contender:
    """The conventional side: measured accuracy and zeros, dense and zero-skipping work.

    Args:
        baseline: from `train_relu_network`.
        test_images: `[samples, *N]`, floats in [0, 1] or bytes.
        test_labels: `[samples]`.
        name: as it shall stand in sentences.

    Returns:
        The side, for `compare`.

    Raises:
        ShapeError: if images and labels do not fit together.
    """
    layers, images, steps = baseline.layers, baseline.images, baseline.steps
    shown, active = len(test_images), active_units(baseline.network, test_images)
    return Contender(
        name,
        relu_accuracy(baseline.network, test_images, test_labels),
        inference={
            DENSE: dense_inference(layers, images=shown),
            SKIPPING: dense_inference(layers, images=shown, active=active),
        },
        training={
            DENSE: dense_training(layers, images=images, steps=steps),
            SKIPPING: dense_training(layers, images=images, steps=steps, active=baseline.active),
        },
    )
