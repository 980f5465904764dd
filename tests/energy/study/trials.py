"""Made-up trials: a spiking network of 784-1000-10 neurons, and the ReLU network of the same layers."""

from dataclasses import replace

from picojoule.core.counts import Operations
from picojoule.energy.study.trial import EarlyExit, Moment, Side, Trial
from picojoule.energy.work import Products, Traffic, Work, Workload

SPIKING, MATCHED, RELU = "the spiking network", "the matched ReLU network", "the ReLU network"
EVENTS, DENSE, SKIPPING = "event by event", "dense", "zeros skipped"
IMAGES, INPUTS, HIDDEN, CLASSES, STEPS = 1000, 784, 1000, 10, 25


def spiking_work(rate: float, *, steps: int = STEPS, images: int = IMAGES) -> Workload:
    """The work of the spiking network whose hidden neurons spike at a rate, in spikes per neuron and step."""
    chances = HIDDEN * steps * images
    spikes = round(rate * chances)
    first, second = INPUTS * HIDDEN, HIDDEN * CLASSES
    updates = Traffic(HIDDEN, reads=chances, writes=chances)
    return Workload(
        images=images,
        works=(
            Work(
                "synapses",
                "784 -> 1000",
                Operations(additions=150 * HIDDEN * images, multiplications=150 * HIDDEN * images),
                (Traffic(first, reads=150 * HIDDEN * images),),
                per_spike=False,
                products=Products(dense=first * steps * images, macs=150 * HIDDEN * images, targets=HIDDEN),
            ),
            Work("neurons", "hidden", Operations(3, 2) * chances, (updates,), per_spike=False, updates=chances),
            Work("neurons", "hidden spikes", traffic=(Traffic(HIDDEN, reads=spikes, writes=spikes),)),
            Work(
                "synapses",
                "1000 -> 10",
                Operations(additions=spikes * CLASSES),
                (Traffic(second, reads=spikes * CLASSES),),
                products=Products(dense=second * steps * images, accumulates=spikes * CLASSES, targets=CLASSES),
            ),
            Work("readout", "decision", Operations(additions=CLASSES * steps * images), per_spike=False),
        ),
        spikes=spikes,
        chances=chances,
    )


def relu_work(active: tuple[int, int] = (INPUTS, HIDDEN), *, images: int = IMAGES) -> Workload:
    """The work of the conventional network with so many inputs of each weight layer that are not zero."""
    works = []
    for count, inputs, outputs in zip(active, (INPUTS, HIDDEN), (HIDDEN, CLASSES), strict=True):
        macs = count * outputs * images
        products = Products(dense=inputs * outputs * images, macs=macs, targets=outputs)
        traffic = (Traffic(inputs * outputs, reads=macs),)
        works.append(
            Work(
                "synapses",
                f"{inputs} -> {outputs}",
                Operations(macs, macs),
                traffic,
                per_spike=False,
                products=products,
            )
        )
    return Workload(images, tuple(works))


def trial(
    seed: int = 0,
    *,
    rate: float = 0.05,
    accuracy: float = 0.962,
    rival: float = 0.968,
    warnings: tuple[str, ...] = (),
    uncounted: tuple[str, ...] = (),
) -> Trial:
    """One seed with a curve, an early exit and two rivals."""
    moments = [
        Moment(steps, float(steps), accuracy * (1.0 - 0.85 * 0.6**steps), {EVENTS: spiking_work(rate, steps=steps)})
        for steps in (1, 2, 3, 5, 8, 12, 18, STEPS)
    ]
    spiking = Side(
        SPIKING,
        accuracy,
        795_010,
        {EVENTS: spiking_work(rate)},
        steps=STEPS,
        milliseconds=float(STEPS),
        curve=tuple(moments),
        early_exit=EarlyExit(
            rule="the best class is ahead by 0.4",
            chosen_on="500 validation images",
            validation_accuracy=accuracy,
            accuracy=accuracy - 0.002,
            mean_steps=6.4,
            mean_milliseconds=6.4,
            inference={EVENTS: spiking_work(rate, steps=6)},
        ),
    )
    work = {DENSE: relu_work(), SKIPPING: relu_work((150, 300))}
    matched = Side(MATCHED, rival, 794_010, work, bits=5)
    relu = Side(RELU, rival + 0.004, 794_010, work)
    return Trial(seed, IMAGES, spiking, (matched, relu), warnings, uncounted, {"training": 12.0 + seed, "testing": 1.0})


def without_time(found: Trial) -> Trial:
    """The same trial of a network that cannot be stopped earlier."""
    return replace(found, spiking=replace(found.spiking, curve=(), early_exit=None))
