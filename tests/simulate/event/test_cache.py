"""Compiled loops on disk: found again without tracing or compiling, and told apart by all that they are made of."""

import inspect
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from picojoule.compile import on_disk
from picojoule.connect.dense import Dense
from picojoule.learn.stdp.bounds import SoftBounds
from picojoule.learn.stdp.homeostasis import AdaptiveThreshold
from picojoule.learn.stdp.pair import PairSTDP
from picojoule.network.network import Network
from picojoule.network.plasticity import Normalisation
from picojoule.neurons.base import Neuron
from picojoule.neurons.conductance_lif import ConductanceLIF
from picojoule.neurons.lif import LIF, LIFCoefficients, LIFState
from picojoule.neurons.selection import OnePerStep
from picojoule.simulate.event import cache
from picojoule.simulate.event.plan import plan
from picojoule.simulate.event.source import source_of
from tests.simulate.two_processes import printed_by_two_processes


@dataclass(frozen=True)
class SoftLIF(LIF):
    """A neuron that keeps, after a spike, what it had above threshold."""

    def fire(self, spike: Tensor, state: LIFState, c: LIFCoefficients) -> LIFState:
        return LIFState(state.v - spike * c.v_th)


def network(
    neuron: Neuron[Any, Any, Any] | None = None,
    rule: PairSTDP | None = None,
    *,
    n: int = 3,
    name: str = "Y",
    port: str = "current",
    selection: OnePerStep | None = None,
    homeostasis: AdaptiveThreshold | None = None,
    delay: Tensor | None = None,
    total: float | None = None,
    dt: float = 1.0,
) -> Network:
    made = Network(dt=dt)
    made.add_input("X", 3)
    made.add_population(name, n, neuron or LIF(), selection=selection, homeostasis=homeostasis)
    dense = Dense(torch.full((3, n), 0.5), delay=delay, port=port)
    normalise = None if total is None else Normalisation(total)
    made.connect("X", name, dense, rule=rule, normalise=normalise)
    return made


def key(made: Network, *, learn: bool = True) -> str:
    return cache.structure_key(made, learn=learn)


LATE = torch.full((3, 3), 2)
DIFFERENT: dict[str, Callable[[], Network]] = {
    "nothing": network,
    "the code of the neuron": lambda: network(SoftLIF()),
    "another neuron": lambda: network(ConductanceLIF(), port="exc"),
    "another port": lambda: network(ConductanceLIF(), port="inh"),
    "a coefficient for each neuron": lambda: network(LIF(tau=torch.tensor([1.0, 2.0, 3.0]))),
    "another coefficient for each neuron": lambda: network(LIF(v_th=torch.tensor([1.0, 2.0, 3.0]))),
    "a name": lambda: network(name="Z"),
    "a selection": lambda: network(selection=OnePerStep()),
    "its flag": lambda: network(selection=OnePerStep(losers_reset=False)),
    "homeostasis": lambda: network(homeostasis=AdaptiveThreshold()),
    "a delay": lambda: network(delay=LATE),
    "a longer delay": lambda: network(delay=2 * LATE),
    "a rule": lambda: network(rule=PairSTDP()),
    "a flag of its traces": lambda: network(rule=PairSTDP(all_pairs=True)),
    "the code of its bounds": lambda: network(rule=PairSTDP(weight_bounds=SoftBounds())),
    "normalisation": lambda: network(rule=PairSTDP(), total=2.0),
}


def test_the_key_changes_with_structure() -> None:
    keys = {what: key(make()) for what, make in DIFFERENT.items()}
    keys |= {f"{what}, frozen": key(make(), learn=False) for what, make in DIFFERENT.items()}
    same = [(one, other) for one in keys for other in keys if one < other and keys[one] == keys[other]]
    assert same == []


@pytest.mark.parametrize(
    "other",
    [
        lambda: network(LIF(tau=3.0, v_th=0.1)),
        lambda: network(n=5),
        lambda: network(dt=0.5),
        lambda: network(LIF(tau=torch.tensor(7.0), v_th=2)),
    ],
)
def test_the_key_does_not_change_with_numbers(other: Callable[[], Network]) -> None:
    assert key(other()) == key(network())


def test_the_key_does_not_change_with_the_numbers_of_rules_and_thresholds() -> None:
    one = network(rule=PairSTDP(), homeostasis=AdaptiveThreshold(), total=2.0)
    other = network(
        rule=PairSTDP(nu=(0.1, 0.2), tau_pre=3.0),
        homeostasis=AdaptiveThreshold(step=2.0, initial=1.0),
        total=5.0,
    )
    with torch.no_grad():
        other.connections["X", "Y"].weight.mul_(0.3)
    assert key(one) == key(other)


@pytest.mark.parametrize("what", ["another coefficient for each neuron", "a longer delay", "a flag of its traces"])
def test_what_changes_the_key_changes_the_loop_or_could(what: str) -> None:
    assert source_of(plan(DIFFERENT[what](), learn=True)) != source_of(plan(network(), learn=True))


def test_a_loop_is_loaded_once_by_however_many_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICOJOULE_KERNELS", str(tmp_path))
    made = network(name="Fresh")
    with ThreadPoolExecutor(4) as pool:
        modules = list(pool.map(lambda _: cache.load(made, learn=False), range(8)))
    assert len({id(module) for module in modules}) == 1
    assert all("Fresh_constants" in module.ARGUMENTS for module in modules)
    assert len(list(tmp_path.glob("*.py"))) == 1


@pytest.mark.parametrize("left", [0, 40, -1])
def test_a_damaged_loop_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    monkeypatch.setenv("PICOJOULE_KERNELS", str(tmp_path))
    made = network(name="Damaged")
    path = tmp_path / f"picojoule_kernel_{key(made, learn=False)}.py"
    modules = [loaded_anew(made, monkeypatch)]
    whole = path.read_bytes()
    path.write_bytes(whole[:left])
    modules.append(loaded_anew(made, monkeypatch))
    assert path.read_bytes() == whole
    assert [module.FACTS["ahead"] for module in modules] == [[("X", "Damaged")]] * 2


def test_a_loop_that_cannot_be_imported_is_not_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICOJOULE_KERNELS", str(tmp_path))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            on_disk.load("fails", lambda: "1 / 0")
    assert on_disk.load("works", lambda: "half = 1 / 2").half == 0.5


def test_without_a_folder_loops_live_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PICOJOULE_KERNELS", str(tmp_path / "file" / "kernels"))
    module = cache.load(network(name="Unwritten"), learn=False)
    assert "Unwritten_count" in module.ARGUMENTS
    assert "Unwritten_constants" in inspect.getsource(module.run.py_func)  # for tracebacks, and compilers that read it


def loaded_anew(made: Network, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.delitem(sys.modules, f"picojoule_kernel_{key(made, learn=False)}", raising=False)
    return cache.load(made, learn=False)


AGAIN = """
import sys, torch
from picojoule.compile import on_disk
from picojoule.connect.dense import Dense
from picojoule.network.network import Network
from picojoule.neurons.lif import LIF
from picojoule.simulate.event import cache, plan
from picojoule.simulate.run import run

if sys.argv[1] == "again":
    def trace(*_):
        raise AssertionError("traced again")
    plan.trace = trace

network = Network(dt=1.0)
network.add_input("X", 3)
network.add_population("Y", 2, LIF(tau=5.0))
network.connect("X", "Y", Dense(torch.full((3, 2), 3.0)))
counts = run(network, torch.ones(20, 2, 3))["Y"].counts.tolist()
stats = cache.load(network, learn=False).run.stats
print(counts, sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def test_a_second_process_neither_traces_nor_compiles(tmp_path: Path) -> None:
    printed = [text.split("]] ") for text in printed_by_two_processes(AGAIN, tmp_path)]
    assert printed[0][0] == printed[1][0]
    assert [line[1].strip() for line in printed] == ["0 1", "1 0"]  # compiled, then found
    assert len(list((tmp_path / "kernels").glob("*.py"))) == 1
