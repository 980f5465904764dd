"""What it takes to turn output spikes into a class, declared.

label votes            each output spike reads its neuron's label and adds one vote to that class
proportion weighting   each output spike reads its neuron's row of proportions and adds it: `n_classes` additions,
no multiplication, because a spike is 0 or 1
each presentation      one multiplication per class (mean over the class's neurons) and one comparison per class
each look whether the answer is sure enough    the softmax over the classes, and a comparison of the largest
"""

from picojoule.core.arguments import public
from picojoule.core.counts import Counts, Operations
from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.energy.count.normalising import SOFTMAX
from picojoule.energy.work import Traffic, Work


@public
def readout_operations(
    counts: Counts, population: str, *, n_classes: int, proportions: bool = False
) -> tuple[Work, ...]:
    """Work of a readout by votes of labelled neurons, for the spikes that a run counted.

    Args:
        counts: counters of the run.
        population: the output population.
        n_classes: at least 1.
        proportions: whether each spike votes for every class, weighted by the neuron's proportions.

    Returns:
        Two lines: the spikes' and the decisions'.

    Raises:
        UnknownNameError: if there is no such population.
        ParameterError: if `n_classes < 1`.

    Example:
        >>> from picojoule.core.counts import PopulationCounts
        >>> run = Counts(samples=2, populations={"Ae": PopulationCounts(neurons=100, spikes=30)})
        >>> votes, decision = readout_operations(run, "Ae", n_classes=10)
        >>> votes.operations.additions, decision.operations.additions
        (30, 20)
    """
    if population not in counts.populations:
        raise UnknownNameError("population", population, counts.populations)
    if n_classes < 1:
        raise ParameterError(f"n_classes must be >= 1, got {n_classes}. Give the number of classes of the dataset.")
    output = counts.populations[population]
    width = n_classes if proportions else 1
    votes = output.spikes * width
    decisions = counts.samples * n_classes
    return (
        Work("readout", "votes", Operations(additions=votes), (Traffic(output.neurons * width, reads=votes),)),
        Work("readout", "decision", Operations(additions=decisions, multiplications=decisions), per_spike=False),
    )


@public
def sureness_operations(looks: int, *, n_classes: int) -> Work:
    """Work of looking whether an answer is sure enough to stop.

    Args:
        looks: how often, summed over the images.
        n_classes: at least 1.

    Raises:
        ParameterError: if a number is out of range.

    Example:
        >>> sureness_operations(2, n_classes=10).operations
        Operations(additions=62, multiplications=0, divisions=20, functions=20)
    """
    if looks < 0 or n_classes < 1:
        raise ParameterError(f"looks must be >= 0 and n_classes >= 1, got {looks} and {n_classes}.")
    one = SOFTMAX * n_classes + Operations(additions=1)
    return Work("readout", "sureness", one * looks, per_spike=False)
