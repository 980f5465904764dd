"""Two engines, one result: how parity is asked for, with compiled loops and with the same loops interpreted."""

import copy
from collections.abc import Callable, Mapping
from types import ModuleType

import pytest
import torch
from torch import Tensor

from picojoule.data.mnist_5k import mnist_5k
from picojoule.network.network import Network
from picojoule.simulate.event import cache
from picojoule.simulate.event.engine import Event
from picojoule.simulate.inputs import Spikes
from picojoule.simulate.reference import Reference
from picojoule.simulate.result import Run
from picojoule.simulate.run import run

COMPILED = "@compiled()\n"


@pytest.fixture(scope="session")
def digits() -> Tensor:
    """Twenty real digits, `[20, 784]`, two of each."""
    return mnist_5k().train.intensities(slice(0, 20)).flatten(1)


@pytest.fixture
def run_both() -> Callable[..., Run]:
    """Run copies of a network in both engines and ask for equal bits; the network itself stays as it was."""
    return both


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event engine runs its generated loop as plain Python: the same operations, without compiling them."""
    monkeypatch.setattr(cache, "load", lambda network, *, learn: module_of(source_of(network, learn=learn)))


@pytest.fixture
def generated() -> tuple[Callable[..., str], Callable[[str], ModuleType]]:
    """The source of a network's loop, and how to make a module of such a source without compiling it."""
    return source_of, module_of


def source_of(network: Network, *, learn: bool) -> str:
    return cache._module_source(network, learn=learn)


def module_of(source: str) -> ModuleType:
    assert COMPILED in source
    module = ModuleType("interpreted")
    exec(source.replace(COMPILED, ""), module.__dict__)
    return module


def both(
    network: Network,
    spikes: Spikes | Mapping[str, Spikes],
    *,
    learn: bool = True,
    batch_size: int = 1,
    quiet: bool = False,
) -> Run:
    """The run of the event engine, equal to that of the reference in every bit of every result."""
    results = []
    learn = learn and network.learns
    for engine in (Event(), Reference()):
        own = copy.deepcopy(network)
        record = list(network.populations)
        results.append((run(own, spikes, learn=learn, batch_size=batch_size, record=record, engine=engine), own))
    (event, learned), (reference, expected) = results
    for name in network.populations:
        compare_responses(event, reference, name)
        assert quiet or event[name].counts.sum() > 0, f"{name} is silent: parity would say nothing"
    assert event.counts == reference.counts
    for name, value in expected.state_dict().items():
        # 1e-5 is what the library promises; both engines do the same operations in the same order, so bits are equal
        assert torch.equal(learned.state_dict()[name], value), name
    return event


def compare_responses(event: Run, reference: Run, name: str) -> None:
    assert torch.equal(event[name].counts, reference[name].counts)
    assert event[name].first is not None
    assert reference[name].first is not None
    assert torch.equal(event[name].first, reference[name].first)  # type: ignore[arg-type]
    assert event[name].events is not None
    assert reference[name].events is not None
    for column, expected in zip(event[name].events, reference[name].events, strict=True):  # type: ignore[arg-type]
        assert torch.equal(column, expected)
