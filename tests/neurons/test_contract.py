"""Methods of a neuron that return something else than they must are refused where the neuron enters."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from picojoule.core.errors import ParameterError
from picojoule.core.params import Potential, as_tensor
from picojoule.layers.learned import Learned
from picojoule.network.population import Population
from picojoule.neurons.base import Current, Neuron, at_rest
from picojoule.neurons.contract import check_methods
from picojoule.simulate.scan.scan import scan


class State(NamedTuple):
    v: Tensor
    u: Tensor


class Coefficients(NamedTuple):
    v_th: Tensor


@dataclass(frozen=True)
class Right(Neuron[Current, State, Coefficients]):
    v_th: Potential = 1.0

    def initial(self, like: Tensor) -> State:
        return State(at_rest(like, 0.0), at_rest(like, 0.0))

    def coefficients(self, dt: float) -> Coefficients:  # noqa: ARG002
        return Coefficients(as_tensor(self.v_th))

    def integrate(self, x: Current, state: State, c: Coefficients) -> tuple[Tensor, State]:
        v = state.v + x.current
        return v - c.v_th, State(v, state.u)

    def fire(self, spike: Tensor, state: State, c: Coefficients) -> State:  # noqa: ARG002
        return State(torch.where(spike > 0, 0.0, state.v), state.u)


def _state() -> State:
    return State(torch.zeros(1, 1), torch.zeros(1, 1))


STEP = (
    r"Wrong\.integrate must return \(excess, state\): excess is a tensor of floats, how far above threshold, such as "
    r"v - c\.v_th; got "
)
FAULTS: dict[str, tuple[str, Any, str]] = {
    "a mask for the excess": ("integrate", lambda *_: (torch.ones(1, 1) >= 1, _state()), STEP + "bool$"),
    "whole numbers for the excess": ("integrate", lambda *_: (torch.ones(1, 1).int(), _state()), STEP + "int32$"),
    "a number for the excess": ("integrate", lambda *_: (0.5, _state()), STEP + "float$"),
    "results swapped": ("integrate", lambda *_: (_state(), torch.zeros(1, 1)), STEP + "State first$"),
    "only the state": ("integrate", lambda *_: _state(), STEP + "State alone$"),
    "only the excess": ("integrate", lambda *_: torch.zeros(1, 1), STEP + "Tensor alone$"),
    "three results": ("integrate", lambda *_: (torch.zeros(1, 1), *_state()), STEP + "a tuple of 3$"),
    "nothing": ("integrate", lambda *_: None, STEP + "NoneType alone$"),
    "a tuple for the state": ("integrate", lambda *_: (torch.zeros(1, 1), (*_state(),)), STEP + "tuple for the state$"),
    "a tensor for the state": ("integrate", lambda *_: (torch.zeros(1, 1),) * 2, STEP + "Tensor for the state$"),
    "a tuple at rest": ("initial", lambda *_: (*_state(),), r"Wrong\.initial must return a NamedTuple .*, got tuple$"),
    "a tensor at rest": ("initial", lambda *_: torch.zeros(1, 1), r"Wrong\.initial must .*, got Tensor$"),
    "numbers": ("coefficients", lambda *_: Coefficients(1.0), r"Wrong\.coefficients must .*, got float for v_th$"),  # type: ignore[arg-type]
    "a tuple of tensors": ("coefficients", lambda *_: (torch.ones(()),), r"Wrong\.coefficients must .*, got tuple$"),
    "a tensor from fire": (
        "fire",
        lambda *_: torch.zeros(1, 1),
        r"Wrong\.fire must return the state, State\(…\), got Tensor$",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_result_of_another_kind_is_refused_wherever_the_neuron_enters(fault: str) -> None:
    method, returned, message = FAULTS[fault]
    wrong = type("Wrong", (Right,), {method: lambda self, *given: returned(*given)})()  # noqa: ARG005
    for enter in (
        lambda: Population(1, wrong),
        lambda: Learned(wrong),
        lambda: scan(wrong, torch.zeros(2, 1, 1)),
    ):
        with pytest.raises(ParameterError, match=message):
            enter()


def test_a_neuron_put_into_a_population_later_is_looked_at_too() -> None:
    wrong = type("Wrong", (Right,), {"fire": lambda self, spike, state, c: spike})()  # noqa: ARG005
    population = Population(1, Right())
    with pytest.raises(ParameterError, match=r"Wrong\.fire must return the state"):
        population.neuron = wrong


def test_methods_run_once_for_each_class() -> None:
    class Counts(Right):
        calls: list[float] = []  # noqa: RUF012

        def coefficients(self, dt: float) -> Coefficients:
            self.calls.append(dt)
            return super().coefficients(dt)

    for v_th in (1.0, 2.0):
        check_methods(Counts(v_th=v_th), 0.5)
    assert Counts.calls == [0.5]


def test_numbers_for_each_neuron_and_on_meta_pass() -> None:
    for v_th in (torch.ones(3, requires_grad=True), torch.ones(2, 3), torch.ones(3, device="meta")):
        check_methods(type("Fresh", (Right,), {})(v_th=v_th))


def test_an_error_of_a_method_keeps_its_own_message() -> None:
    class Raises(Right):
        def initial(self, like: Tensor) -> State:
            raise ParameterError(f"mine, of {like.dim()} axes")

    check_methods(Raises())
    with pytest.raises(ParameterError, match=r"^mine, of 2 axes$"):
        scan(Raises(), torch.zeros(2, 1, 1))
