r"""How many bits a spike train can carry.

In T steps a neuron fires 0, 1, … or T times: its rate is one of T + 1 levels, for which

    bits = ⌈log2(T + 1)⌉

are enough. A conventional network with activations of so many bits tells apart at least as many levels as the rates of
a spiking network can, and is the fair one to compare it with.

Source: Yan, Bai & Wong, *Reconsidering the energy efficiency of spiking neural networks* (arXiv:2409.08290).
"""

from picojoule.core.arguments import public
from picojoule.core.params import Steps


@public
def bits_for_steps(steps: Steps) -> int:
    """The bits that the rate of a neuron can carry in so many steps.

    Args:
        steps: time steps of one sample, a whole number of at least 1.

    Returns:
        ⌈log2(steps + 1)⌉, from whole numbers alone, so that no rounding can move it.

    Raises:
        ParameterError: if `steps` is below 1, or no whole number.

    Example:
        >>> [bits_for_steps(steps) for steps in (1, 3, 4, 8, 25, 250)]
        [1, 2, 3, 4, 5, 8]
    """
    return steps.bit_length()
