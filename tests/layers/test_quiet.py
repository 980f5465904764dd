"""The warning that a layer which trains is silent, or fires all the time."""

import copy
import warnings

import pytest
import torch
from torch import Tensor, nn

from picojoule.core.errors import ActivityWarning
from picojoule.layers import Linear, Sequential, Spiking
from picojoule.neurons import LIF, LeakyIntegrator


def stack(v_th: float, **options: int | None) -> Sequential:
    torch.manual_seed(0)
    return Sequential(Linear(20, 30), Spiking(LIF(v_th=v_th)), Linear(30, 3), Spiking(LeakyIntegrator()), **options)


def images(steps: int = 15, samples: int = 10) -> Tensor:
    return torch.rand(samples, 20, generator=torch.Generator().manual_seed(0)).expand(steps, samples, 20)


def said(model: nn.Module, x: Tensor, *, times: int = 4, mask: Tensor | None = None) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(times):
            model(x) if mask is None else model(x, mask)
    return [str(one.message) for one in caught if issubclass(one.category, ActivityWarning)]


@pytest.mark.parametrize("chunk", [None, 4])
@pytest.mark.parametrize(("v_th", "words"), [(1e3, "is silent in training"), (-1e3, "fires 1 spikes per step in tr")])
def test_a_layer_through_which_nothing_is_learned_is_named_once(v_th: float, words: str, chunk: int | None) -> None:
    model = stack(v_th, chunk=chunk)
    messages = said(model, images())
    assert len(messages) == 1
    assert words in messages[0]
    assert messages[0].startswith(f"module 1, Spiking(LIF(tau=20.0, v_th={v_th}")
    assert said(model, images()) == []


def test_one_that_dies_later_is_found() -> None:
    model = stack(0.2)
    assert said(model, images(), times=50) == []
    with torch.no_grad():
        model[0].weight.zero_()  # type: ignore[operator]
        model[0].bias.fill_(-1.0)  # type: ignore[operator]
    assert len(said(model, images(), times=110)) == 1


@pytest.mark.parametrize(
    "case", ["evaluation", "no gradient", "one step", "a small batch", "nothing arrives", "masked", "alive", "a copy"]
)
def test_no_false_alarms(case: str) -> None:
    model, x, mask = stack(0.2 if case == "alive" else 1e3), images(), None
    if case == "evaluation":
        model.eval()
    elif case == "no gradient":
        model.requires_grad_(False)
    elif case in ("one step", "a small batch"):
        x = images(steps=1) if case == "one step" else images(samples=1)
    elif case == "nothing arrives":
        x = 0.0 * x
        model = Sequential(Linear(20, 30, bias=False), Spiking(LIF(v_th=1e3)))
    elif case == "masked":
        mask = torch.ones(15, 10, dtype=torch.bool)
    elif case == "a copy":
        assert len(said(model, x, times=1)) == 0
        model = copy.deepcopy(model)
        assert said(model, x, times=1) == []
        return
    assert said(model, x, mask=mask) == []


def test_a_stream_whose_first_piece_is_silent_is_alive() -> None:
    layer = Spiking(LIF(v_th=5.0, tau=1e6))
    x = torch.full((60, 4, 30), 0.1, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            output, state = layer.advance(x)
            assert output.sum() == 0
            output, state = layer.advance(x, state)
            assert output.sum() > 0
