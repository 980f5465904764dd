"""`pj neurons show NAME`: how a neuron answers, as a picture and a few figures."""

from typing import TYPE_CHECKING, Any

import torch

from picojoule.cli.neuron_labels import input_label, state_labels
from picojoule.cli.neuron_models import model, with_parameters
from picojoule.cli.neuron_options import Options
from picojoule.cli.neuron_traces import traces
from picojoule.cli.picture import picture_path
from picojoule.cli.stimulus import Stimulus, stimulus
from picojoule.core.errors import ParameterError
from picojoule.core.params import Unit, check
from picojoule.neurons.base import Neuron
from picojoule.simulate.rate_curve import RateCurve, rate_curve
from picojoule.simulate.step_response import StepResponse, step_response

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 41  # of the f-I curve
CURVE = 1000.0  # ms for each of them


def show(name: str, options: Options) -> int:
    """Draw a neuron's answer, and print its rheobase, rate and adaptation.

    Args:
        name: of the model.
        options: see `Options`.

    Returns:
        Exit status.

    Raises:
        PicojouleError: if a name is unknown, a number is out of range, or the picture cannot be written.
    """
    from picojoule.cli.console import console
    from picojoule.cli.neuron_coded import coded
    from picojoule.plot.save import save_figure

    for option in ("duration", "dt"):
        if (value := getattr(options, option)) is not None:
            check(f"--{option}", value, Unit("ms", above=0.0))
    if options.current is not None:
        check("--current", options.current, Unit("the unit of the input"))
    kind = model(name)
    neuron = with_parameters(kind, options.settings, regime=options.regime)
    if neuron.per_step and (options.duration is not None or options.dt is not None):
        raise ParameterError(f"{kind.__name__} has steps of its own; leave --duration and --dt out")
    path = picture_path(options.out, kind.__name__)
    title = ", ".join([kind.__name__, *([options.regime] if options.regime else []), *options.settings])
    figure, findings = coded(neuron, options.current, title) if neuron.per_step else _step(neuron, options, title)
    save_figure(figure, path)
    console().print(_table([*findings, ("picture", str(path))]))
    return 0


def _table(rows: list[tuple[str, str]]) -> object:
    from rich.markup import escape
    from rich.table import Table

    table = Table("what", "found")
    for what, value in rows:
        table.add_row(what, escape(value))
    return table


def _step(neuron: Neuron[Any, Any, Any], options: Options, title: str) -> tuple["Figure", list[tuple[str, str]]]:
    from picojoule.plot.neuron import neuron as draw

    chosen = stimulus(neuron, current=options.current, duration=options.duration, dt=options.dt)
    before, after = (chosen.dt * round(share * chosen.duration / chosen.dt) for share in (0.1, 0.15))
    answer = step_response(neuron, [chosen.current], duration=chosen.duration, dt=chosen.dt, before=before, after=after)
    moving, still = traces(neuron, answer)
    labels, label = state_labels(neuron), input_label(neuron)
    spiking = neuron.output == "spike"
    curve = None
    if chosen.rheobase is not None:
        highest = 2.0 * max(abs(chosen.current), chosen.lasting or chosen.rheobase)
        curve = rate_curve(neuron, torch.linspace(0.0, highest, POINTS), duration=CURVE, dt=chosen.dt)
    figure = draw(
        answer.t,
        answer.x[:, 0],
        answer.spikes[:, 0] if spiking else None,
        {labels[name]: values for name, values in moving.items()},
        rates=_rates(curve, chosen.dt),
        input_label=label,
        title=title,
    )
    findings = [
        ("input", _input_text(label, chosen, before)),
        *(_firing(answer, chosen, label, before) if spiking else []),
    ]
    if not spiking:
        end = answer.states[neuron.output][answer.t <= before + chosen.duration + chosen.dt / 2, 0][-1]
        findings.append((f"{labels[neuron.output]} at its end", f"{float(end):.4g}"))
    if still:
        findings.append(("at rest throughout", ", ".join(still)))
    return figure, findings


def _rates(curve: RateCurve | None, dt: float) -> dict[str, tuple[torch.Tensor, torch.Tensor]] | None:
    """The settled rate, and that of the first interval if it is another one."""
    if curve is None:
        return None
    rates = {"settled": (curve.currents, curve.settled)}
    both = (curve.first > 0) & (curve.settled > 0)
    first, settled = 1000 / curve.first[both], 1000 / curve.settled[both]  # intervals, in ms
    if bool(((first - settled).abs() > torch.clamp(0.05 * settled, min=1.5 * dt)).any()):
        rates["first interval"] = (curve.currents, curve.first)
    return rates


def _input_text(label: str, chosen: Stimulus, before: float) -> str:
    unit = label.partition(" (")[2].removesuffix(")")
    held = f"{chosen.current:.4g} {unit}".strip()
    return f"{held} for {chosen.duration:g} ms, after {before:g} ms of silence; steps of {chosen.dt:g} ms"


def _firing(answer: StepResponse, chosen: Stimulus, label: str, before: float) -> list[tuple[str, str]]:
    unit = label.partition(" (")[2].removesuffix(")")
    least = "none found" if chosen.rheobase is None else f"{chosen.rheobase:.4g} {unit}".strip()
    times = answer.t[answer.spikes[:, 0] > 0]
    held = times[times <= before + chosen.duration + chosen.dt / 2]
    intervals = held.diff()
    rebound = f", and {len(times) - len(held)} after it" if len(times) > len(held) else ""
    found = [
        ("rheobase", f"{least}, for one spike in {chosen.duration:g} ms"),
        ("spikes", f"{len(held)} while the input is held{rebound}"),
    ]
    if len(intervals):
        found.append(("rate", f"{1000 / float(intervals.mean()):.1f} Hz, from the mean interval"))
        ratio = float(intervals[-1] / intervals[0])
        found.append(("adaptation", f"last interval {float(intervals[-1]):.4g} ms = {ratio:.2f} × the first"))
    return found
