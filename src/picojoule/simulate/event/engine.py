"""The event engine: a network as one compiled function, on all cores.

Samples are independent of each other where nothing is learned, so evaluation gives each core its share of them. In a
mini-batch, samples start from the same weights and thresholds; what they change is added up in the order of the
samples, clipped and normalised. Online learning (`batch_size=1`) goes from sample to sample. Results do not depend on
the number of threads, to the last bit.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import torch

from picojoule.core.arguments import public
from picojoule.core.counts import Operations
from picojoule.core.errors import EngineError
from picojoule.core.events import Events
from picojoule.core.params import Samples, Threads, validate
from picojoule.core.responses import Responses
from picojoule.core.trains import SpikeTrains
from picojoule.network.network import Network
from picojoule.simulate.event.workspace import Array, shared_arrays, worker_arrays
from picojoule.simulate.finite import broken_state, check_learned
from picojoule.simulate.inputs import Spikes, check_numbers, checked_inputs, checked_record
from picojoule.simulate.result import Run
from picojoule.simulate.tally import Arithmetic, WeightChanges, synaptic_events, tally

LONGEST_RECORD = 50_000_000  # spikes of one call that a recorder may need room for


def available_threads() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Event:
    """Run networks spike by spike in compiled code.

    Args:
        threads: how many cores to use; `None`: all that the process may use. It changes no result.

    Raises:
        ParameterError: if `threads` is below 1.

    Example:
        >>> Event(threads=0)
        Traceback (most recent call last):
        picojoule.core.errors.ParameterError: Event.threads must be >= 1 threads, got 0
    """

    threads: Threads | None = None

    def __post_init__(self) -> None:
        validate(self)

    @public
    def run(
        self,
        network: Network,
        spikes: Spikes | Mapping[str, Spikes],
        *,
        learn: bool = False,
        batch_size: Samples = 1,
        record: Iterable[str] = (),
    ) -> Run:
        """See `picojoule.simulate.run.run`."""
        from picojoule.simulate.event.cache import load

        trains = checked_inputs(network, spikes)
        names = checked_record(network, record)
        check_numbers(network, learn=learn)
        module = load(network, learn=learn)
        job = Job(network, module, trains, record=names, learn=learn, threads=self.threads or available_threads())
        if not learn:
            job.evaluate()
        elif batch_size == 1:
            job.learn_online()
        else:
            job.learn_in_batches(batch_size)
        if learn:
            check_learned(network)
        job.check_states()
        return job.result()


class Job:
    """One call of the engine: arrays bound to the names of the compiled function."""

    def __init__(
        self,
        network: Network,
        module: ModuleType,
        trains: dict[str, SpikeTrains],
        *,
        record: frozenset[str],
        learn: bool,
        threads: int,
    ) -> None:
        first = next(iter(trains.values()))
        self.network, self.module, self.trains, self.learn = network, module, trains, learn
        self.samples, self.steps, self.threads = first.samples, first.steps, threads
        self.facts: dict[str, Any] = module.FACTS
        self.plastic = [key for key in network.connections if learn and key in network.rules]
        self.shared = shared_arrays(network, self.steps * network.dt, learn=learn)
        self.outputs = self._outputs(record)
        self.counters = np.zeros(len(network.populations) + 3 * len(network.connections), np.int64)
        for key in self.plastic:
            self._mirror(key)

    def _outputs(self, record: frozenset[str]) -> dict[str, Array]:
        outputs: dict[str, Array] = {}
        for name in self.network.populations:
            population = self.network.population(name)
            n = population.n
            most = self.steps * (1 if population.selection is not None else n) if name in record else 0
            if most * self.samples > LONGEST_RECORD:
                raise EngineError(
                    f"recording {name!r} may need room for {most * self.samples:,} spikes, more than "
                    f"{LONGEST_RECORD:,}; record fewer samples in one call"
                )
            outputs[f"{name}_count"] = np.zeros((self.samples, n), np.int32)
            outputs[f"{name}_first"] = np.full((self.samples, n), self.steps, np.int32)
            outputs[f"{name}_record"] = np.zeros((self.samples, most, 2), np.int32)
            outputs[f"{name}_record_n"] = np.zeros(self.samples, np.int64)
            outputs[f"{name}_broken"] = np.full((self.samples, 3), -1, np.int32)  # neuron, field, step
        return outputs

    def _mirror(self, key: tuple[str, str]) -> None:
        """Weights by target neuron, beside those by source; and room for what a batch changes."""
        from picojoule.simulate.event import kernels

        name = f"{key[0]}_{key[1]}"
        weight = self.shared[f"{name}_weight"]
        if key in self.facts["ahead"]:
            mirror = np.empty(weight.shape[::-1], np.float32)
            kernels.transpose(weight, mirror)
            self.shared[f"{name}_by_target"] = mirror
            if f"{name}_delay" in self.shared:
                self.shared[f"{name}_delay_by_target"] = np.ascontiguousarray(self.shared[f"{name}_delay"].T)
        self.shared[f"{name}_changed"] = np.empty((1, 1, 1), np.float32)
        self.shared[f"{name}_numbers"] = np.empty((1, 1), np.int32)
        self.shared[f"{name}_counts"] = np.zeros(1, np.int64)

    def call(self, worker: dict[str, Any], first: int, last: int, **others: object) -> None:
        """Run samples first..last with one worker's buffers."""
        bound: dict[str, object] = {"first": first, "last": last, "steps": self.steps, "private": False}
        bound |= {"filled": False, "counters": worker["counters"]}
        for name, train in self.trains.items():
            bound |= {f"{name}_pointers": train.pointers, f"{name}_indices": train.indices}
        bound |= {**self.shared, **self.outputs, **worker, **others}
        self.module.run(*(bound[name] for name in self.module.ARGUMENTS))

    def worker(self) -> dict[str, Any]:
        """Buffers of one more worker."""
        buffers = worker_arrays(self.network, self.facts, self.steps, learn=self.learn)
        return {**buffers, "counters": np.zeros_like(self.counters)}

    def evaluate(self) -> None:
        """Samples in parallel, each core its share."""
        workers = min(self.threads, self.samples)
        cuts = [self.samples * w // workers for w in range(workers + 1)]
        self._parallel([partial(self.call, first=a, last=b) for a, b in pairwise(cuts)])

    def _parallel(self, calls: list[Callable[[dict[str, Any]], None]]) -> None:
        """Run calls side by side, each with buffers of its own, and add up their counters."""
        buffers = [self.worker() for _ in calls]
        if len(calls) == 1:
            calls[0](buffers[0])
        else:
            with ThreadPoolExecutor(len(calls)) as pool:
                list(pool.map(lambda call, worker: call(worker), calls, buffers))
        for worker in buffers:
            self.counters += worker["counters"]

    def learn_online(self) -> None:
        """One sample after the other; with a second core and a large population, the next one is prepared meanwhile."""
        from picojoule.simulate.event.online import learn_pipelined, worth_pipelining

        if self.threads > 1 and worth_pipelining(self):
            worker = self.worker()
            learn_pipelined(self, worker)
            self.counters += worker["counters"]
        else:
            self._parallel([partial(self.call, first=0, last=self.samples)])

    def check_states(self) -> None:
        """Refuse a run in which a state has become NaN or infinite."""
        for name in self.network.populations:
            found = self.outputs[f"{name}_broken"]
            if (found[:, 0] >= 0).any():
                sample = int((found[:, 0] >= 0).argmax())
                neuron, field, step = (int(number) for number in found[sample])
                fields = (*self.network.population(name).neuron.initial(torch.zeros(1, 1))._fields, "excess")
                when = step if step >= 0 else None
                raise broken_state(fields[field], name, neuron=neuron, sample=sample, step=when)

    def result(self) -> Run:
        """Responses and counts."""
        names = list(self.network.populations)
        spikes = {name: int(self.counters[k]) for k, name in enumerate(names)}
        spikes |= {name: train.spikes for name, train in self.trains.items()}
        changes = {}
        for place, key in enumerate(self.network.connections):
            counted = self.counters[len(names) + 3 * place :][:3]
            changes[key] = WeightChanges(*(int(number) for number in counted))
        counts = tally(
            self.network,
            samples=self.samples,
            steps=self.steps,
            arithmetic=arithmetic(self.facts),
            spikes=spikes,
            events={
                key: synaptic_events(connection, spikes[key[0]], partial(self._by_source, key[0]))
                for key, connection in self.network.connections.items()
            },
            changes=changes,
        )
        return Run({name: self._responses(name) for name in names}, counts)

    def _by_source(self, name: str) -> torch.Tensor:
        """Spikes of each neuron of an input or population, of all samples together."""
        found = self.trains[name].by_input() if name in self.trains else self.outputs[f"{name}_count"].sum(0)
        return torch.from_numpy(found)

    def _responses(self, name: str) -> Responses:
        count, first = (torch.from_numpy(self.outputs[f"{name}_{kind}"]) for kind in ("count", "first"))
        record = self.outputs[f"{name}_record"]
        events = None
        if record.shape[1]:
            parts = [(sample, record[sample, :n]) for sample, n in enumerate(self.outputs[f"{name}_record_n"])]
            b = np.concatenate([np.full(len(part), sample) for sample, part in parts]).astype(np.int64)
            t, i = np.concatenate([part for _, part in parts]).T.astype(np.int64)
            order = np.argsort(t, kind="stable")
            events = Events(*(torch.from_numpy(column[order]) for column in (t, b, i)))
        return Responses(count, steps=self.steps, first=first, events=events, dt=self.network.dt)

    def learn_in_batches(self, batch_size: int) -> None:
        """Mini-batches: samples in parallel from the same weights, then their changes added up."""
        from picojoule.simulate.event.batches import BatchLearning

        learning = BatchLearning(self.network, self.shared, self.facts, self.plastic, min(batch_size, self.samples))
        workers = [self.worker() for _ in range(min(self.threads, batch_size))]
        pool = ThreadPoolExecutor(len(workers))
        with pool:
            for start in range(0, self.samples, batch_size):
                stop = min(start + batch_size, self.samples)
                learning.run(self, pool, workers, start, stop)
        for worker in workers:
            self.counters += worker["counters"]
        for key, number in learning.normalised.items():
            place = list(self.network.connections).index(key)
            self.counters[len(self.network.populations) + 3 * place + 2] += number


def arithmetic(facts: Mapping[str, Any]) -> Arithmetic:
    """The arithmetic of single steps, from what is kept beside a compiled loop."""
    return Arithmetic(
        *({key: Operations(*numbers) for key, numbers in facts[kind].items()} for kind in ("step", "on_pre", "on_post"))
    )
