"""What it takes to turn an image into Poisson spike trains, declared.

The count is that of the cheapest exact method, drawing the intervals between spikes:

    each pixel             one comparison (is it zero?), one read
    each non-zero pixel    one division (mean interval = 1 / rate) and one interval
    each spike             one interval, the one that comes after it
    an interval            a random number (one multiplication, one addition: a linear congruential generator),
                           a logarithm, a multiplication, an addition to the time and a comparison with the end
"""

from picojoule.core.arguments import public
from picojoule.core.counts import Counts, Operations
from picojoule.core.errors import ParameterError, UnknownNameError
from picojoule.energy.work import Traffic, Work

INTERVAL = Operations(additions=3, multiplications=2, functions=1)


@public
def encoder_operations(counts: Counts, population: str, *, active_inputs: int | None = None) -> tuple[Work, ...]:
    """Work of a Poisson encoder that draws intervals, for the spikes that a run counted.

    The spikes' own traffic is not in here: `spiking_workload` counts it with the population.

    Args:
        counts: counters of the run.
        population: the input population.
        active_inputs: non-zero inputs, summed over the presentations; `None` takes all inputs, an upper bound.

    Returns:
        Two lines: the pixels' and the spikes'.

    Raises:
        UnknownNameError: if there is no such population.
        ParameterError: if `active_inputs` is negative or exceeds inputs x presentations.

    Example:
        >>> from picojoule.core.counts import PopulationCounts
        >>> run = Counts(samples=2, populations={"X": PopulationCounts(neurons=784, spikes=3000)})
        >>> pixels, spikes = encoder_operations(run, "X", active_inputs=300)
        >>> pixels.operations.divisions, spikes.operations.functions
        (300, 3000)
    """
    if population not in counts.populations:
        raise UnknownNameError("population", population, counts.populations)
    inputs, spikes = counts.populations[population].neurons, counts.populations[population].spikes
    pixels = inputs * counts.samples
    active = pixels if active_inputs is None else active_inputs
    if not 0 <= active <= pixels:
        raise ParameterError(
            f"active_inputs must lie in 0..{pixels} ({inputs} inputs x {counts.samples} presentations), got {active}. "
            "Sum the non-zero inputs over the presentations."
        )
    prepare = Operations(additions=pixels, divisions=active)
    return (
        Work("encoder", "pixels", prepare + INTERVAL * active, (Traffic(inputs, reads=pixels),), per_spike=False),
        Work("encoder", "intervals", INTERVAL * spikes),
    )
