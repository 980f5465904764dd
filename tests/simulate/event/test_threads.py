"""The same seed gives the same bits for any number of threads, and a process may be forked after threads have run."""

import copy
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import picojoule
from picojoule.encode.poisson import Poisson
from picojoule.models.diehl_cook import DiehlCook2015
from picojoule.network.network import Network
from picojoule.simulate.event import online
from picojoule.simulate.event.engine import Event, Job, available_threads
from picojoule.simulate.reference import Reference
from picojoule.simulate.result import Run
from picojoule.simulate.run import run

THREADS = (1, 2, 3)


def network(n: int) -> Network:
    return DiehlCook2015(n_input=49, n_neurons=n, norm=12.0, inh=120.0, seed=5)


def spikes(samples: int, steps: int = 40) -> Tensor:
    images = torch.linspace(0.0, 1.0, samples * 49).reshape(samples, 49) % 0.37 / 0.37
    return Poisson(max_rate=400.0)(images, steps=steps, seed=9)


def outcome(engine: Event | Reference, own: Network, given: Tensor, *, learn: bool, batch_size: int) -> list[Tensor]:
    result = run(own, given, learn=learn, batch_size=batch_size, record=own.populations, engine=engine)
    assert result["Ae"].counts.sum() > len(given[0])
    return [*state_of(own), *answers_of(result)]


def state_of(own: Network) -> list[Tensor]:
    return [value.clone() for value in own.state_dict().values()]


def answers_of(result: Run) -> list[Tensor]:
    answers = []
    for responses in result.responses.values():
        assert responses.first is not None
        assert responses.events is not None
        answers += [responses.counts, responses.first, *responses.events]
    totals = [[p.spikes for p in result.counts.populations.values()]]
    totals += [
        [c.events, c.updates_on_pre, c.updates_on_post, c.normalised] for c in result.counts.connections.values()
    ]
    return [*answers, *map(torch.tensor, totals)]


def equal(one: list[Tensor], other: list[Tensor]) -> bool:
    return len(one) == len(other) and all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("learn", "batch_size"), [(True, 1), (True, 3), (True, 64), (False, 1)], ids=["online", "batches", "all", "frozen"]
)
def test_threads_change_no_bit(learn: bool, batch_size: int) -> None:
    given = spikes(samples=7)
    outcomes = [
        outcome(Event(threads=threads), network(10), given, learn=learn, batch_size=batch_size) for threads in THREADS
    ]
    assert equal(outcomes[0], outcomes[1])
    assert equal(outcomes[0], outcomes[2])


def test_the_pipelined_way_of_large_networks_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two threads the next sample is prepared while weights change; what was prepared too early is made again."""
    given, pipelined, learn_pipelined = spikes(samples=4, steps=25), [], online.learn_pipelined

    def counted(job: Job, worker: dict[str, Any]) -> None:
        pipelined.append(job.threads)
        learn_pipelined(job, worker)

    monkeypatch.setattr(online, "learn_pipelined", counted)

    outcomes = [
        outcome(Event(threads=threads), network(online.LARGE), given, learn=True, batch_size=1) for threads in THREADS
    ]
    expected = outcome(Reference(), network(online.LARGE), given, learn=True, batch_size=1)

    assert pipelined == [2, 3]  # not with one thread
    assert all(equal(expected, found) for found in outcomes)


def test_preparing_late_changes_no_bit_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other extreme of timing: the next sample is prepared only after the present one has changed the weights."""
    given = spikes(samples=4, steps=25)
    monkeypatch.setattr(online, "LARGE", 1)
    expected = outcome(Event(threads=1), network(10), given, learn=True, batch_size=1)

    class Later:
        """A pool that does what it is given when it is asked for the result."""

        def __init__(self, *_: object) -> None: ...
        def __enter__(self) -> "Later":
            return self

        def __exit__(self, *_: object) -> None: ...
        def submit(self, function: Callable[[int], None], sample: int) -> "Later":
            self.work = partial(function, sample)
            return self

        def result(self) -> None:
            self.work()

    monkeypatch.setattr(online, "ThreadPoolExecutor", Later)
    assert equal(expected, outcome(Event(threads=2), network(10), given, learn=True, batch_size=1))


def test_one_core_at_least_is_used() -> None:
    assert 1 <= available_threads() <= (os.cpu_count() or 1)
    assert Event() == Event(threads=None)


def test_two_runs_after_another_are_one_run() -> None:
    given = spikes(samples=6)
    whole, halves = network(10), network(10)
    run(whole, given, learn=True)
    run(halves, given[:, :2], learn=True)
    run(halves, given[:, 2:], learn=True)
    assert equal(state_of(whole), state_of(halves))


def test_a_run_leaves_a_copy_of_the_network_alone() -> None:
    own = network(10)
    other = copy.deepcopy(own)
    before = state_of(other)
    run(own, spikes(samples=2), learn=True)
    assert equal(before, state_of(other))
    assert not equal(before, state_of(own))


FORK = """
import multiprocessing, sys
import torch
from picojoule.connect.dense import Dense
from picojoule.network.network import Network
from picojoule.simulate.event.engine import Event
from picojoule.neurons import LIF, HardReset

def work(queue=None):
    network = Network(dt=1.0)
    network.add_input("Image", 3)
    network.add_population("Hidden", 2, LIF(tau=5.0, gain=None, reset=HardReset()))
    network.connect("Image", "Hidden", Dense(torch.full((3, 2), 3.0)))
    spikes = (torch.arange(240).reshape(20, 4, 3) % 3 == 0).float()
    counts = Event(threads=3).run(network, spikes)["Hidden"].counts.tolist()
    return counts if queue is None else queue.put(counts)

if __name__ == "__main__":
    here = work()  # threads run, then the process forks as a DataLoader's workers do
    context = multiprocessing.get_context("fork")
    queues = [context.Queue() for _ in range(2)]
    workers = [context.Process(target=work, args=(queue,)) for queue in queues]
    for worker in workers:
        worker.start()
    there = [queue.get(timeout=60) for queue in queues]
    for worker in workers:
        worker.join(60)
    assert there == [here, here] and sum(map(sum, here)) > 0, (here, there)
    print("equal")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")
def test_a_forked_worker_runs_the_compiled_loop_after_threads_have(tmp_path: Path) -> None:
    script = tmp_path / "fork.py"
    script.write_text(FORK)
    environment = {**os.environ, "PYTHONPATH": str(Path(picojoule.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.stdout.strip() == "equal", done.stderr
