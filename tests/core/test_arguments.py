"""One mechanism for the arguments of public entries: what is taken, what is refused, and what it costs nobody."""

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from picojoule.core.arguments import public, validate
from picojoule.core.errors import ParameterError, PicojouleError
from picojoule.core.kinds import kind_of, take
from picojoule.core.unit import Unit
from picojoule.neurons import LIF, ATan, HardReset, SoftReset
from picojoule.neurons.reset import Reset
from picojoule.neurons.surrogate import Surrogate

Steps = Annotated[int, Unit("steps", at_least=1)]
Item = TypeVar("Item")


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (int, 3, 3),
        (int, np.int64(3), 3),
        (int, 3.0, 3),
        (int, torch.tensor(3), 3),
        (Steps, np.uint8(3), 3),
        (Steps, 3.0, 3),
        (float, np.float32(0.5), 0.5),
        (float, 2, 2),
        (float, torch.tensor(0.5), 0.5),
        (bool, np.bool_(True), True),
        (Path, "a/b", Path("a/b")),
        (Path | str, "a/b", "a/b"),
        (int | None, None, None),
        (str | int, 7, 7),
        (Literal["a", "b"], "b", "b"),
        (tuple[int, ...], [3, np.int64(4)], (3, 4)),
        (tuple[int, ...], torch.tensor([3, 4]), (3, 4)),
        (tuple[float, float], np.array([0.25, 0.5]), (0.25, 0.5)),
        (Sequence[int], range(3), range(3)),
        (Sequence[int], np.arange(3), (0, 1, 2)),
        (Iterable[str], "Ae", ("Ae",)),
        (Iterable[str], {"Ae": 1}.keys(), ("Ae",)),
        (frozenset[str], ["Ae"], frozenset({"Ae"})),
        (Item, "anything", "anything"),
    ],
)
def test_what_says_the_same_is_taken(hint: Any, value: Any, expected: Any) -> None:
    taken = take("it", kind_of(hint), value)
    assert taken == expected
    assert type(taken) is type(expected)


@pytest.mark.parametrize("hint", [Tensor, Tensor | None, Tensor | tuple[Tensor, ...]], ids=str)
@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([[0.5, 1.0]], torch.float32),
        ([[1, 2]], torch.int64),
        (np.array([0.5, 1.0]), torch.float32),
        (np.array([0.5], np.float16), torch.float32),
        (np.array([0.5], ">f8"), torch.float32),
        (np.array([1, 2], np.uint16), torch.int64),
        (np.array([1, 2], np.uint8), torch.uint8),
        (np.array([1, 2], ">i4"), torch.int32),
        (np.array([True, False]), torch.bool),
        (np.arange(4.0)[::-1], torch.float32),
        (np.broadcast_to(np.arange(2.0), (3, 2)), torch.float32),
    ],
    ids=str,
)
def test_arrays_and_lists_are_tensors(hint: Any, value: Any, dtype: torch.dtype) -> None:
    taken = take("it", kind_of(hint), value)
    assert taken.dtype == dtype
    assert taken.tolist() == np.asarray(value).tolist()
    assert taken.is_contiguous()


def test_an_array_that_was_taken_is_not_shared() -> None:
    array = np.zeros(2, np.float32)
    taken = take("it", kind_of(Tensor), array)
    array[:] = 1.0
    assert taken.tolist() == [0.0, 0.0]


def test_tensors_keep_their_identity_and_gradient() -> None:
    one = torch.ones(2, requires_grad=True)
    assert take("it", kind_of(Tensor | tuple[Tensor, ...]), one) is one
    pair = (one, one)
    assert take("it", kind_of(Tensor | tuple[Tensor, ...]), pair) is pair
    assert take("it", kind_of(Tensor), [one, one]).requires_grad


@pytest.mark.parametrize(
    ("hint", "value", "message"),
    [
        (int, 2.5, "it must be a whole number, got 2.5"),
        (int, True, "it must be a whole number, got True"),
        (int, None, "it must be a whole number, got None"),
        (int, math.inf, "it must be a whole number, got inf"),
        (int, "3", "it must be a whole number, got '3'"),
        (Steps, 2.5, "it must be a whole number in steps, got 2.5"),
        (Steps, 0, "it must be >= 1 steps, got 0"),
        (Steps | None, [1], "it must be a whole number in steps or None, got [1]"),
        (float, math.nan, "it must be a finite number, got nan"),
        (float, 10**400, "it must be a finite number, got an object of int"),
        (float, torch.ones(2), "it must be a finite number, got a tensor float32 [2]"),
        (float, torch.ones((), requires_grad=True), "it must be a finite number, got a tensor float32 []"),
        (bool, 1, "it must be True or False, got 1"),
        (Tensor, "text", "it must be a tensor, got 'text'"),
        (Tensor, [[1.0], [1.0, 2.0]], "it must be a tensor, got [[1.0], [1.0, 2.0]]"),
        (Tensor, 3.0, "it must be a tensor, got 3.0"),
        (Tensor, np.array(["a"]), "it must be a tensor, got an array <U1 [1]"),
        (Tensor, torch.ones(1, 1).to_sparse(), "it must be a tensor of real numbers in memory, got one that is sparse"),
        (Tensor, torch.ones(1).to("meta"), "got one that is on the meta device, without values"),
        (Tensor, torch.ones(1) * 1j, "got one that is complex; use .real or .abs()"),
        (Tensor, (torch.ones(2),), "it must be a tensor, got (tensor([1., 1.]),)"),
        (tuple[int, ...], 3, "it must be several values, each a whole number, got 3"),
        (tuple[int, ...], (3, 2.5), "it[1] must be a whole number, got 2.5"),
        (tuple[Steps, ...], (3, -3), "it[1] must be >= 1 steps, got -3"),
        (tuple[float, float], 0.01, "it must be 2 values: a finite number, a finite number, got 0.01"),
        (Iterable[str], [1], "it[0] must be a text, got 1"),
        (Sequence[int], "12", "it must be several values, each a whole number, got '12'"),
        (Literal["mean", "sum"], "men", "unknown it 'men'; did you mean 'mean'? Known: mean, sum"),
        (Surrogate, "atan", "it must be a Surrogate such as ATan(), got 'atan'; write ATan()"),
        (Reset, "soft", "it must be a Reset such as HardReset(), got 'soft'; write SoftReset()"),
        (Reset, SoftReset, "got the class SoftReset; write SoftReset()"),
        (LIF | None, "lfi", "it must be LIF() or None, got 'lfi'; write LIF()"),
        (nn.Module, nn.Linear, "it must be a torch Module, got the class Linear; write Linear(…)"),
        (Callable[[int], int], 3, "it must be a function, got 3"),
        (Path, 3, "it must be a path, got 3"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_one_line(hint: Any, value: Any, message: str) -> None:
    with pytest.raises(PicojouleError) as caught:
        take("it", kind_of(hint), value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


class Layer(nn.Module):
    @public
    def __init__(self, size: Steps, *shape: Steps, surrogate: Surrogate | None = None) -> None:
        super().__init__()
        self.size, self.shape, self.surrogate = size, shape, surrogate
        self.inner = nn.Linear(3, 2)

    @public
    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        out: Tensor = self.inner(x)
        return out if mask is None else out * mask

    @public
    def advance(self, x: Tensor, **options: int) -> int:
        return len(x) * sum(options.values())


def test_messages_say_where_as_the_user_writes_it() -> None:
    for call, where in {
        lambda: Layer(0): r"Layer\.size must be >= 1 steps, got 0",
        lambda: Layer(1, 2, 2.5): r"Layer\.shape\[1\] must be a whole number in steps, got 2\.5",  # type: ignore[arg-type]
        lambda: Layer(1, surrogate="atan"): r"Layer\.surrogate must be .* or None, got 'atan'",  # type: ignore[arg-type]
        lambda: Layer(1)("text"): r"^Layer: x must be a tensor, got 'text'",
        lambda: Layer(1).advance(x=None): r"^Layer: x must be a tensor, got None",  # type: ignore[arg-type]
    }.items():
        with pytest.raises(ParameterError, match=where):
            call()  # type: ignore[no-untyped-call]


def test_python_says_which_arguments_are_missing_or_unknown() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'size'"):
        Layer()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'sizes'"):
        Layer(1, sizes=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional argument"):
        Layer(1)(torch.ones(3), None, 3)


def test_all_ways_to_hand_over_an_argument_are_checked_and_converted() -> None:
    layer = Layer(np.int64(1), np.int64(2), surrogate=ATan())  # type: ignore[arg-type]
    assert (layer.size, layer.shape) == (1, (2,))
    assert layer(np.ones((1, 3)), mask=[1, 0]).shape == (1, 2)
    assert layer.advance(torch.ones(1), a=np.int8(1), b=2.0) == 3  # type: ignore[arg-type]


def test_signature_and_docstring_are_those_of_the_function() -> None:
    assert list(inspect.signature(Layer).parameters) == ["size", "shape", "surrogate"]
    assert inspect.signature(Layer.forward).parameters["x"].annotation is Tensor
    assert (public(take).__doc__, public(take).__name__) == (take.__doc__, "take")


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_compiled_call_runs_through_whole(backend: str) -> None:
    layer, x = Layer(1), torch.rand(2, 3)
    compiled = torch.compile(layer, backend=backend, fullgraph=True)
    torch.testing.assert_close(compiled(x, torch.ones(2)), layer(x, torch.ones(2)))
    torch.testing.assert_close(torch.func.vmap(layer)(x), layer(x))


@dataclass(frozen=True)
class Settings:
    steps: Steps = 5
    reset: Reset = HardReset()
    rates: tuple[float, float] = (0.5, 0.5)
    name: str = "free"

    def __post_init__(self) -> None:
        validate(self)


def test_all_fields_of_a_dataclass_are_checked_and_converted() -> None:
    settings = Settings(steps=np.int64(3), rates=[1, np.float32(2.0)])  # type: ignore[arg-type]
    assert settings == Settings(3, HardReset(), (1, 2.0))
    assert hash(settings) == hash(Settings(3, HardReset(), (1, 2.0)))
    for call, message in {
        lambda: Settings(steps=2.5): r"Settings\.steps must be a whole number in steps, got 2\.5",  # type: ignore[arg-type]
        lambda: Settings(reset="hard"): r"Settings\.reset must be .*; write HardReset\(\)",  # type: ignore[arg-type]
        lambda: Settings(rates=0.01): r"Settings\.rates must be 2 values",  # type: ignore[arg-type]
        lambda: Settings(name=3): r"Settings\.name must be a text, got 3",  # type: ignore[arg-type]
    }.items():
        with pytest.raises(ParameterError, match=message):
            call()  # type: ignore[no-untyped-call]


def test_an_annotation_that_its_module_does_not_know_is_named() -> None:
    @dataclass(frozen=True)
    class Own:
        tau: "Tau" = 1.0  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(ParameterError, match=r"Own annotates 'Tau', which its module does not know; import it"):
        validate(Own())
