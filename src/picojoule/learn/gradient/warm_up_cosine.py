"""A learning rate that rises in a line and falls in a cosine."""

import math
from typing import Annotated

from picojoule.core.arguments import public
from picojoule.core.params import Unit

Part = Annotated[float, Unit("(a part of the training)", at_least=0.0, at_most=1.0)]


@public
def warm_up_cosine(part: Part, *, warm_up: Part = 0.1) -> float:
    """The learning rate when `part` of the training is done, as a fraction of the largest.

    Args:
        part: of the training that is done, 0 … 1.
        warm_up: the part in which the rate rises, 0 … 1.

    Returns:
        A fraction, 0 at the start (unless `warm_up` is 0) and at the end.

    Raises:
        ParameterError: if a number lies outside its range.

    Example:
        >>> [round(warm_up_cosine(part), 3) for part in (0.0, 0.05, 0.1, 0.55, 1.0)]
        [0.0, 0.5, 1.0, 0.5, 0.0]

    Source:
        Loshchilov & Hutter, *SGDR: stochastic gradient descent with warm restarts* (2017), equation 5, one period;
        Goyal et al., *Accurate, large minibatch SGD* (2017), section 2.2, for the warm-up.
    """
    if part < warm_up:
        return part / warm_up
    return 0.5 + 0.5 * math.cos(math.pi * (part - warm_up) / (1.0 - warm_up)) if warm_up < 1.0 else 1.0
