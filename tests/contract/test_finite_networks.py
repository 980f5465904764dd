"""NaN and infinity in a network are never silent, wherever they are: one error names the part and the place."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import pytest
import torch
from torch import Generator, Tensor

from picojoule.connect.dense import Dense
from picojoule.connect.one_to_one import OneToOne
from picojoule.core.errors import NumericalError, ParameterError, PicojouleError, ShapeError
from picojoule.learn.stdp.bounds import HardBounds
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.network.network import Network
from picojoule.network.plasticity import Normalisation, Rule, Trace
from picojoule.neurons.base import Current, Neuron
from picojoule.neurons.delta_lif import DeltaLIF
from picojoule.neurons.lif import LIF
from picojoule.simulate.event import cache
from picojoule.simulate.event.engine import Event
from picojoule.simulate.reference import Reference
from tests.contract.benches import MODELS, bench
from tests.contract.test_every_connection import every_connection
from tests.parity.conftest import module_of, source_of

ENGINES = pytest.mark.parametrize("engine", [Event(threads=1), Reference()], ids=["event", "reference"])
BROKEN = pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
INTERPRETED = pytest.mark.usefixtures("interpreted")
LEARN = pytest.mark.parametrize("learn", [False, True], ids=["frozen", "learning"])
IN_A_NETWORK = sorted(name for name, kind in MODELS.items() if not kind().per_step)


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated loops run as plain Python; what is refused before a run needs no compiled one."""
    monkeypatch.setattr(cache, "load", lambda network, *, learn: module_of(source_of(network, learn=learn)))


def spikes(n: int, *, share: float = 0.5) -> Tensor:
    return (torch.rand(12, 3, n, generator=Generator().manual_seed(1)) < share).float()


def small(rule: Any = None, *, neuron: Any = None, **options: Any) -> Network:
    made = Network(dt=1.0)
    made.add_input("X", 4)
    made.add_population("Y", 3, neuron or LIF(tau=3.0), homeostasis=AdaptiveThreshold(step=0.01))
    made.connect("X", "Y", Dense(torch.full((4, 3), 0.9)), rule=rule or PairSTDP(), **options)
    return made


def refused(pattern: str, network: Network, given: Tensor, engine: Any, **options: Any) -> None:
    with pytest.raises(NumericalError, match=pattern) as caught:
        engine.run(network, given, **options)
    assert "\n" not in str(caught.value)


@INTERPRETED
@ENGINES
@BROKEN
@every_connection
def test_the_weight_of_every_connection(build: Callable[[int], Any], number: float, engine: Any) -> None:
    network = Network(dt=1.0)
    network.add_input("X", build(0).n_source)
    network.add_population("Y", build(0).n_target, LIF())
    network.connect("X", "Y", build(0))
    weight = network.connections["X", "Y"].weight
    place = (1, 2)[: weight.dim()]
    weight[place] = number
    where = re.escape(f" at {list(place)}") if place else ""
    refused(rf"weight of X->Y is {number:g}{where}; give it finite weights", network, spikes(6), engine)


@INTERPRETED
@ENGINES
@BROKEN
@LEARN
def test_a_threshold(number: float, learn: bool, engine: Any) -> None:
    network = small()
    theta = network.population("Y").theta
    assert theta is not None
    theta[2] = number
    refused(rf"theta of population 'Y' is {number:g} at \[2\]", network, spikes(4), engine, learn=learn)


@ENGINES
@INTERPRETED
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of NaN
@pytest.mark.parametrize("name", IN_A_NETWORK)
def test_a_parameter_of_every_neuron(name: str, engine: Any) -> None:
    """A parameter may become NaN after the model has checked it, for instance by an optimiser."""
    neuron, n = MODELS[name](), 3
    fields = [field for field, value in vars(neuron).items() if isinstance(value, float)]
    if name == "HodgkinHuxley" and isinstance(engine, Event):
        fields.remove("v_rest")  # the start of a run only; its exponentials cannot be interpreted
    told = []
    for field in fields:
        object.__setattr__(neuron, field, torch.tensor([getattr(neuron, field), math.nan, getattr(neuron, field)]))
        network = Network(dt=bench(neuron).dt)
        network.add_input("X", 2)
        network.add_population("Y", n, neuron)
        # a model whose ranges depend on the step looks at them itself
        pattern = rf"'Y'( \({name}\) is nan at \[1\]| is NaN)|{name}\.{field} must be a finite number.*got nan"
        with pytest.raises((NumericalError, ParameterError), match=pattern) as caught:
            engine.run(network, spikes(2))
        told.append(str(caught.value))
        neuron = MODELS[name]()
    assert len(told) == len(fields) > 0


@INTERPRETED
@ENGINES
@pytest.mark.parametrize("field", ["nu_pre", "nu_post"])
def test_a_coefficient_of_a_rule(field: str, engine: Any) -> None:
    rule = PairSTDP()
    object.__setattr__(rule, "nu", (math.nan, 0.1) if field == "nu_pre" else (0.1, math.nan))
    refused(rf"{field} in the rule of X->Y is nan", small(rule), spikes(4), engine, learn=True)
    engine.run(small(rule), spikes(4))  # no rule is asked


@INTERPRETED
@ENGINES
def test_a_coefficient_of_a_homeostasis(engine: Any) -> None:
    network = small()
    object.__setattr__(network.population("Y").homeostasis, "step", math.inf)
    refused(r"step in the homeostasis of Y is inf", network, spikes(4), engine, learn=True)


@INTERPRETED
@ENGINES
@LEARN
def test_a_bound_may_be_infinite(learn: bool, engine: Any) -> None:
    rule = PairSTDP(nu=(0.0, 0.1), weight_bounds=HardBounds(0.0, math.inf))
    assert engine.run(small(rule), spikes(4), learn=learn)["Y"].counts.sum() > 0


@INTERPRETED
@ENGINES
@BROKEN
def test_an_input(number: float, engine: Any) -> None:
    given = spikes(4)
    given[3, 1, 2] = number
    with pytest.raises(ShapeError, match=rf"input 'X'.*{number:g} in step 3 of sample 1, number 2"):
        engine.run(small(), given)


class NoTrace(NamedTuple):
    pre: Tensor


class Numbers(NamedTuple):
    scale: Tensor
    low: Tensor
    high: Tensor


@dataclass(frozen=True)
class Breaking(Rule[NoTrace, Numbers]):
    """Makes weights NaN (or infinite) as soon as they grow beyond a limit."""

    traces: ClassVar[type[tuple[Tensor, ...]]] = NoTrace
    scale: float = 1.0

    @property
    def pre_traces(self) -> dict[str, Trace]:
        return {"pre": Trace(5.0)}

    @property
    def post_traces(self) -> dict[str, Trace]:
        return {}

    @property
    def bounds(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def coefficients(self, dt: float) -> Numbers:  # noqa: ARG002
        return Numbers(*map(torch.tensor, (self.scale, -math.inf, math.inf)))

    def on_pre(self, w: Tensor, traces: NoTrace, c: Numbers) -> Tensor:  # noqa: ARG002
        return w

    def on_post(self, w: Tensor, traces: NoTrace, c: Numbers) -> Tensor:
        return torch.clamp(torch.sqrt(0.92 - w) * c.scale + w + 0.1 * traces.pre, c.low, c.high)


@ENGINES
@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("scale", [1.0, 3e38])
def test_a_rule_that_breaks_weights(scale: float, batch_size: int, engine: Any) -> None:
    if isinstance(engine, Event) and batch_size > 1:
        return  # it refuses to learn with such a rule in batches
    network, given = small(Breaking(scale)), spikes(4)
    refused(r"weight of X->Y .* is (nan|inf) at \[\d, \d\]", network, given, engine, learn=True, batch_size=batch_size)


def test_a_rule_that_breaks_weights_in_batches_of_the_event_engine() -> None:
    class InBatches(Breaking):  # as before, but all changes need a trace of each side
        def on_post(self, w: Tensor, traces: NoTrace, c: Numbers) -> Tensor:
            return torch.clamp(w + torch.sqrt(-traces.pre) * c.scale, 0.0, 1.0)

        @property
        def bounds(self) -> tuple[float, float]:
            return 0.0, 1.0

    network = small(InBatches(), normalise=Normalisation(3.6))
    pattern = r"weight of X->Y after learning is nan at \[\d, \d\]; InBatches made it so"
    refused(pattern, network, spikes(4), Event(threads=1), learn=True, batch_size=2)


@ENGINES
def test_sums_that_overflow(engine: Any) -> None:
    """Single precision ends at 3.4e38; a reset hides an infinite potential, so that is looked at when it crosses."""
    network = small(neuron=DeltaLIF(refractory=0.0))
    network.connections["X", "Y"].weight.fill_(3.0e38)
    pattern = r"(v|excess) of population 'Y' is NaN or infinite for neuron 0 in step \d+ of sample 0"
    refused(pattern, network, spikes(4), engine)


class State(NamedTuple):
    v: Tensor
    x: Tensor


class Slope(NamedTuple):
    slope: Tensor


@dataclass(frozen=True)
class Bursting(Neuron[Current, State, Slope]):
    """A neuron of one's own, whose second variable breaks once the first is far below zero; it never fires again."""

    def initial(self, like: Tensor) -> State:
        return State(torch.zeros_like(like), torch.zeros_like(like))

    def coefficients(self, dt: float) -> Slope:
        return Slope(torch.tensor(dt))

    def integrate(self, x: Current, state: State, c: Slope) -> tuple[Tensor, State]:
        v = state.v + c.slope * x.current
        return v - 1.0, State(v, torch.sqrt(v + 2.0))

    def fire(self, spike: Tensor, state: State, c: Slope) -> State:  # noqa: ARG002
        return State(torch.where(spike > 0, 0.0, state.v), state.x)


@ENGINES
def test_a_state_that_breaks_in_silence(engine: Any) -> None:
    """The neuron of the second sample; in the first one nothing arrives at it."""
    network = Network(dt=1.0)
    network.add_input("X", 3)
    network.add_population("Y", 3, Bursting())
    network.connect("X", "Y", OneToOne(3, strength=-1.0))
    given = torch.zeros(8, 3, 3)
    given[:3, 1, 2] = 1.0
    pattern = r"x of population 'Y' is NaN or infinite for neuron 2 (in step \d|at the end) of sample 1"
    refused(pattern, network, given, engine)
    assert issubclass(NumericalError, PicojouleError)
    engine.run(network, given[:, :1])  # the way out
