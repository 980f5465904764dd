"""Several seeds as one: their work together, and the means of what they answered."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from picojoule.core.errors import ParameterError
from picojoule.energy.study.trial import EarlyExit, Moment, Side
from picojoule.energy.work import Workload


def pooled_work(workloads: Iterable[Workload]) -> Workload:
    """The work of several runs as that of one run, so that what an image costs is the mean over all of them.

    Args:
        workloads: of the same network, or of networks that differ in their seeds.

    Returns:
        All lines, all images, all spikes; assumptions once.

    Raises:
        ParameterError: if there is none.

    Example:
        >>> from picojoule.energy.dense import dense_inference
        >>> two = pooled_work([dense_inference([4, 2]), dense_inference([4, 2])])
        >>> two.images, sum(work.products.dense for work in two.works) / two.images
        (2, 8.0)
    """
    runs = list(workloads)
    if not runs:
        raise ParameterError("there is no work to add up. Give at least one workload.")
    return Workload(
        images=sum(run.images for run in runs),
        works=tuple(work for run in runs for work in run.works),
        spikes=sum(run.spikes for run in runs),
        chances=sum(run.chances for run in runs),
        assumptions=tuple(dict.fromkeys(line for run in runs for line in run.assumptions)),
    )


def pooled_side(sides: Sequence[Side]) -> Side:
    """One network, trained with several seeds, as one side.

    Args:
        sides: one for each seed, of the same name, by the same methods.

    Returns:
        Mean accuracies and times, pooled work; moments that every seed has.

    Raises:
        ParameterError: if names, methods or numbers of parameters differ.
    """
    first = sides[0]
    for other in sides[1:]:
        for what in ("name", "parameters", "bits"):
            _same(what, getattr(first, what), getattr(other, what))
        _same("methods", sorted(first.inference), sorted(other.inference))
    exits = [side.early_exit for side in sides if side.early_exit is not None]
    return Side(
        name=first.name,
        accuracy=fmean(side.accuracy for side in sides),
        parameters=first.parameters,
        inference=_pooled_methods([side.inference for side in sides]),
        steps=max(side.steps for side in sides),
        milliseconds=fmean(side.milliseconds for side in sides),
        bits=first.bits,
        curve=_pooled_curve([side.curve for side in sides]),
        early_exit=_pooled_exit(exits) if len(exits) == len(sides) else None,
    )


def _same(what: str, one: object, other: object) -> None:
    if one != other:
        raise ParameterError(
            f"the {what} of a network must be the same for every seed, got {one!r} and {other!r}. "
            "Put only trials of the same recipe and the same options into one study."
        )


def _pooled_methods(found: Sequence[Mapping[str, Workload]]) -> dict[str, Workload]:
    return {method: pooled_work(by_method[method] for by_method in found) for method in found[0]}


def _pooled_curve(curves: Sequence[Sequence[Moment]]) -> tuple[Moment, ...]:
    by_steps = [{moment.steps: moment for moment in curve} for curve in curves]
    shared = sorted(set.intersection(*(set(moments) for moments in by_steps)))
    return tuple(
        Moment(
            steps=steps,
            milliseconds=fmean(moments[steps].milliseconds for moments in by_steps),
            accuracy=fmean(moments[steps].accuracy for moments in by_steps),
            inference=_pooled_methods([moments[steps].inference for moments in by_steps]),
        )
        for steps in shared
    )


def _pooled_exit(exits: Sequence[EarlyExit]) -> EarlyExit:
    return EarlyExit(
        rule=" or ".join(dict.fromkeys(found.rule for found in exits)),
        chosen_on=" or ".join(dict.fromkeys(found.chosen_on for found in exits)),
        validation_accuracy=fmean(found.validation_accuracy for found in exits),
        accuracy=fmean(found.accuracy for found in exits),
        mean_steps=fmean(found.mean_steps for found in exits),
        mean_milliseconds=fmean(found.mean_milliseconds for found in exits),
        inference=_pooled_methods([found.inference for found in exits]),
    )
