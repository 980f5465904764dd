"""NaN, infinity and weights out of bounds in a network, before a run, in it, and after learning; errors say where."""

import torch
from torch import Tensor

from picojoule.core.errors import NumericalError
from picojoule.network.network import Network
from picojoule.network.plasticity import Rule

LARGEST = torch.finfo(torch.float32).max
_BOUNDS = ("low", "high")


def check_finite(what: str, value: Tensor, advice: str, *, bound: bool = False) -> None:
    """Refuse numbers that are NaN or infinite, naming the first one's place.

    Args:
        what: the numbers are, for the message.
        value: the numbers.
        advice: the way out.
        bound: the number is a bound, which may be infinite.

    Raises:
        NumericalError: if there is one.

    Example:
        >>> check_finite("weight of X->Y", torch.tensor([[0.5, float("nan")]]), "look where it was made")
        Traceback (most recent call last):
        picojoule.core.errors.NumericalError: weight of X->Y is nan at [0, 1]; look where it was made
    """
    if all(map(_is_single, _ends(value))):
        return
    value = value.detach().to(torch.float32)
    found = (value.isnan() if bound else ~value.isfinite()).nonzero()
    if len(found):
        place = found[0].tolist()
        raise NumericalError(f"{what} is {float(value[tuple(place)]):g}{f' at {place}' if place else ''}; {advice}")


def _ends(value: Tensor) -> list[float]:
    """The lowest and the highest number; NaN, if there is one."""
    if value.numel() == 1:
        return [value.item()]
    return [end.item() for end in value.detach().aminmax()] if value.numel() else []


def _is_single(number: float) -> bool:
    """Whether single precision, in which networks run, holds a number."""
    return abs(number) <= LARGEST  # false for NaN


def check_network(network: Network) -> None:
    """Refuse weights and thresholds that are NaN or infinite.

    Args:
        network: that is going to run.

    Raises:
        NumericalError: names connection or population, and the place.
    """
    for (source, target), connection in network.connections.items():
        check_finite(f"weight of {source}->{target}", connection.weight, "give it finite weights")
    for name in network.populations:
        if (theta := network.population(name).theta) is not None:
            check_finite(f"theta of population {name!r}", theta, "give it finite thresholds")


def check_rules(network: Network) -> None:
    """Refuse coefficients of learning rules that are NaN or infinite; only a bound of weights may be infinite.

    Args:
        network: that is going to learn.

    Raises:
        NumericalError: names the connection or population, and the coefficient.
    """
    parts = {f"rule of {'->'.join(key)}": rule.coefficients(network.dt) for key, rule in network.rules.items()}
    for name in network.populations:
        if (homeostasis := network.population(name).homeostasis) is not None:
            parts[f"homeostasis of {name}"] = homeostasis.coefficients(network.dt)
    for what, c in parts.items():
        for field, value in zip(c._fields, c, strict=True):
            check_finite(f"{field} in the {what}", value, "look at its parameters", bound=field in _BOUNDS)


def check_learned(network: Network) -> None:
    """Refuse what learning has made NaN or infinite, and weights outside their rule's bounds.

    Args:
        network: that has learned; it stays as it is.

    Raises:
        NumericalError: names connection or population, and the place.
    """
    for key, rule in network.rules.items():
        what = f"weight of {'->'.join(key)} after learning"
        weight = network.connections[key].weight
        check_finite(what, weight, f"{type(rule).__name__} made it so; look at its equations")
        check_kept(what, weight, rule)
    for name in network.populations:
        population = network.population(name)
        if population.theta is not None:
            advice = f"{type(population.homeostasis).__name__} made it so; look at its equations"
            check_finite(f"theta of population {name!r} after learning", population.theta, advice)


def check_kept(what: str, weight: Tensor, rule: Rule) -> None:  # type: ignore[type-arg]
    """Refuse weights that a rule has moved out of its bounds; NaN is none of its business.

    Args:
        what: the weights are, for the message.
        weight: after learning.
        rule: that changed them.

    Raises:
        NumericalError: names the weight and the bounds.
    """
    low, high = torch.tensor(rule.bounds, dtype=torch.float32).tolist()
    for end in _ends(weight):
        if end < low or end > high:
            raise NumericalError(
                f"{what} is {end:g}, outside the bounds [{low:g}, {high:g}] of {type(rule).__name__}; clamp what its "
                f"on_pre and on_post return, torch.clamp(…, c.low, c.high)"
            )


def broken_state(field: str, population: str, *, neuron: int, sample: int, step: int | None) -> NumericalError:
    """The error of a state that has become NaN or infinite.

    Args:
        field: of the state, or `excess`.
        population: whose state it is.
        neuron: its number.
        sample: the sample's number.
        step: in which it was seen; `None`: at the end of the sample.
    """
    when = "at the end" if step is None else f"in step {step}"
    return NumericalError(
        f"{field} of population {population!r} is NaN or infinite for neuron {neuron} {when} of sample {sample}; "
        f"weights or parameters are too large, or dt is too long"
    )
