"""NaN and infinity in layers, wherever they are: one error names the part and the place, for every neuron."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from picojoule.core.errors import NumericalError, ParameterError
from picojoule.core.params import units_of
from picojoule.layers.linear import Linear
from picojoule.layers.recurrent import Recurrent
from picojoule.layers.sequential import Sequential
from picojoule.layers.spiking import Spiking
from picojoule.neurons.base import Current
from picojoule.neurons.if_ import IF
from picojoule.neurons.leaky_integrator import LeakyIntegrator, LeakyIntegratorState
from picojoule.neurons.lif import LIF
from picojoule.simulate.scan.job import LoopState
from picojoule.simulate.scan.numba_loop import NumbaLoop
from picojoule.simulate.scan.reference import ReferenceLoop
from picojoule.simulate.scan.scan import scan
from tests.contract.benches import MODELS, bench, drive

every_neuron = pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS.keys())
every_bad = pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf], ids=str)
every_dtype = pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)


def ports_of(neuron: Any, dtype: torch.dtype = torch.float32, steps: int = 8) -> dict[str, Tensor]:
    inputs = drive(neuron, dtype)[:steps]
    return {name: torch.stack([getattr(x, name) for x in inputs]) for name in neuron.ports._fields}


def run(neuron: Any, ports: dict[str, Tensor], **options: Any) -> Any:
    return scan(neuron, tuple(ports.values()), dt=bench(neuron).dt, loop=ReferenceLoop(), **options)


@every_neuron
@every_bad
def test_a_bad_input_is_named_with_port_step_sample_and_neuron_whatever_hides_it(kind: type[Any], bad: float) -> None:
    for port in kind.ports._fields:
        ports = ports_of(kind())
        ports[port][2, 1, 3] = bad  # early: a reset or the refractory time may forget it
        with pytest.raises(NumericalError, match=rf"{port!r} is {bad:g} in step 2, sample 1, neuron \[3\]"):
            run(kind(), ports)


@every_neuron
@every_bad
def test_a_bad_initial_state_is_named(kind: type[Any], bad: float) -> None:
    ports = ports_of(kind())
    rest = kind().initial(next(iter(ports.values()))[0])
    for name in rest._fields:
        field = getattr(rest, name).clone()
        field[1, 2] = bad
        with pytest.raises(NumericalError, match=rf"the initial {name} of {kind.__name__} is {bad:g} at \[1, 2\]"):
            run(kind(), ports, state=LoopState(rest._replace(**{name: field})))


@every_neuron
@pytest.mark.parametrize("bad", [math.nan, math.inf], ids=str)
def test_a_bad_parameter_of_a_module_is_named(kind: Any, bad: float) -> None:
    """An optimiser, or a file, may have made it so after construction."""
    ports = ports_of(kind())
    for name in units_of(kind):
        for holder in (nn.Parameter, lambda value: value):
            value = holder(torch.full((4,), float(getattr(kind(), name))))
            neuron = replace(kind(), **{name: value})
            value.data[1] = bad
            with pytest.raises((NumericalError, ParameterError), match=rf"\b{name}\b.* (is|got) {bad:g}"):
                run(neuron, ports)


@every_neuron
def test_numbers_of_a_neuron_that_learns_are_looked_at(kind: Any) -> None:
    for name in units_of(kind):
        try:
            layer = Spiking(kind(), trainable=name, dt=bench(kind()).dt, loop=ReferenceLoop())
        except ParameterError:  # rounded to whole steps, or it starts on its bound
            continue
        with torch.no_grad():
            getattr(layer.learned, f"raw_{name}").fill_(math.nan)
        ports = tuple(ports_of(kind()).values())
        with pytest.raises((NumericalError, ParameterError), match=rf"\b{name}\b.* (is|got) nan"):
            layer(ports if len(ports) > 1 else ports[0])


@pytest.mark.parametrize("loop", [ReferenceLoop(), NumbaLoop()], ids=["reference", "numba"])
@every_dtype
@every_bad
def test_every_loop_and_precision_finds_a_bad_input_that_a_reset_hides(
    loop: Any, dtype: torch.dtype, bad: float
) -> None:
    x = torch.full((9, 2, 3), 0.2, dtype=dtype)
    x[4, 1, 2] = bad
    with pytest.raises(NumericalError, match=rf"'current' is {bad:g} in step 4, sample 1, neuron \[2\]"):
        scan(IF(), x, loop=loop)


@pytest.mark.parametrize("loop", [ReferenceLoop(), NumbaLoop()], ids=["reference", "numba"])
@every_bad
def test_a_bad_recurrent_weight_is_named_where_no_spike_meets_it_too(loop: Any, bad: float) -> None:
    layer = Recurrent(LIF(), 4, loop=loop)
    with torch.no_grad():
        layer.weight[2, 3] = bad
    with pytest.raises(NumericalError, match=rf"the recurrent weight of LIF is {bad:g} at \[2, 3\]"):
        layer(torch.zeros(5, 2, 4))


def test_bad_spikes_of_the_step_before_are_named() -> None:
    layer = Recurrent(LIF(), 4, loop=ReferenceLoop())
    _, state = layer.advance(torch.zeros(2, 1, 4))
    with pytest.raises(NumericalError, match=r"the last step's spikes of LIF is nan at \[0, 0\]"):
        layer.advance(torch.zeros(2, 1, 4), state._replace(spikes=torch.full((1, 4), math.nan)))


@every_bad
def test_a_bad_weight_between_layers_is_named_where_no_spike_meets_it_too(bad: float) -> None:
    stack = Sequential(Linear(3, 4), Spiking(LIF()), Linear(4, 2), Spiking(LIF()))
    with torch.no_grad():
        stack[2].weight[1, 3] = bad  # type: ignore[operator]
    with pytest.raises(NumericalError, match=rf"module 2 \(Linear\): the weight of Linear is {bad:g} at \[1, 3\]"):
        stack(torch.zeros(5, 2, 3))


def test_of_an_ordinary_module_the_next_layer_tells_and_the_parameter_is_named() -> None:
    stack = Sequential(nn.Conv2d(1, 2, 3), Spiking(LIF()), nn.Flatten(), nn.Linear(8, 2), Sequential(Spiking(IF())))
    with torch.no_grad():
        stack[0].bias[1] = math.nan  # type: ignore[operator]
    match = (
        r"module 1 \(Spiking\): the input of LIF at 'current' is nan in step 0, sample 0, .*; 0\.bias is nan at \[1\]"
    )
    with pytest.raises(NumericalError, match=match):
        stack(torch.rand(5, 2, 1, 4, 4))
    with torch.no_grad():
        stack[0].bias[1] = 0.0  # type: ignore[operator]
        stack[3].weight[1, 7] = math.inf  # type: ignore[operator]
    with pytest.raises(NumericalError, match=r"module 4 \(Sequential\): module 0 \(Spiking\): .*; 3\.weight is inf"):
        stack(torch.rand(5, 2, 1, 4, 4))


def test_the_step_is_counted_from_the_start_of_the_sequence() -> None:
    layer = Spiking(LIF(), loop=ReferenceLoop())
    _, state = layer.advance(torch.zeros(7, 1, 2))
    with pytest.raises(NumericalError, match="in step 9, sample 0"):
        layer.advance(torch.tensor([0.0, 0.0, math.nan]).reshape(3, 1, 1).expand(3, 1, 2), state)


def test_an_input_shown_by_expand_is_looked_at() -> None:
    with pytest.raises(NumericalError, match=r"is inf in step 0, sample 0, neuron \[1\]"):
        Spiking(IF())(torch.tensor([0.5, math.inf]).expand(6, 3, 2))


def test_what_lies_behind_the_end_of_a_sample_may_be_anything() -> None:
    x, mask = torch.rand(6, 2, 3), torch.ones(6, 2, dtype=torch.bool)
    mask[4:, 1] = False
    x[4:, 1] = math.nan
    clean = x.nan_to_num(0.0)
    layer = Spiking(LIF(v_th=0.1), loop=ReferenceLoop())
    assert torch.equal(layer(x, mask), layer(clean, mask))
    x[3, 1, 0] = math.nan
    with pytest.raises(NumericalError, match=r"in step 3, sample 1, neuron \[0\]"):
        layer(x, mask)


def test_a_step_that_is_too_long_is_said_so() -> None:
    class Grows(IF):
        def integrate(self, x: Current, state: Any, c: Any) -> Any:
            v = state.v * -1e6 + x.current
            return v - c.v_th, state._replace(v=v)

        def fire(self, spike: Tensor, state: Any, c: Any) -> Any:  # noqa: ARG002
            return state

    with pytest.raises(NumericalError, match=r"the state's v of Grows became (nan|-?inf) at \[0, 0\] though .* long"):
        scan(Grows(), torch.ones(20, 1, 1), loop=ReferenceLoop())


def test_large_finite_numbers_are_no_error() -> None:
    x = torch.full((4, 2, 3), 3e38)  # whose sum is not finite
    assert scan(LeakyIntegrator(tau=1e9, gain=None), x, loop=ReferenceLoop()).output.isfinite().all()


def test_an_output_beyond_half_precision_is_named() -> None:
    x = torch.full((40, 1, 1), 6e4, dtype=torch.float16)
    state = LoopState(LeakyIntegratorState(torch.full((1, 1), 2e5)))
    with pytest.raises(NumericalError, match=r"v of LeakyIntegrator is too large for torch\.float16: inf at \[0, 0"):
        scan(LeakyIntegrator(), x, state=state, loop=ReferenceLoop())
