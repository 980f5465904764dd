"""Mini-batches: samples learn side by side from the same weights and thresholds, then their changes are added up.

BindsNET adds up at every step, so that the samples of a batch feel each other while they run; here they do not, which
lets them run on different cores and in any order. Weights are clipped to the rule's bounds and normalised after the
batch.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from picojoule.core.errors import EngineError
from picojoule.network.network import Network
from picojoule.simulate.event.workspace import Array
from picojoule.simulate.finite import check_kept

if TYPE_CHECKING:
    from picojoule.simulate.event.engine import Job

Key = tuple[str, str]


class BatchLearning:
    """Room for what the samples of a batch change, and the merging of it."""

    def __init__(
        self, network: Network, shared: dict[str, Any], facts: dict[str, Any], plastic: list[Key], batch_size: int
    ) -> None:
        self.network, self.shared, self.plastic = network, shared, plastic
        self.normalised = dict.fromkeys(plastic, 0)
        self.private: dict[str, Array] = {}
        for key in plastic:
            if key not in facts["ahead"]:
                raise EngineError(
                    f"the event engine cannot learn {key[0]}->{key[1]} in mini-batches, because its rule changes "
                    f"weights of silent neurons, its source is not an input, or delayed spikes of others arrive at the "
                    f"same port; use batch_size=1 or engine=Reference()"
                )
            name = f"{key[0]}_{key[1]}"
            connection = network.connections[key]
            targets, sources = connection.n_target, connection.n_source
            # pages of this array are only used where neurons spike
            self.private[f"{name}_changed"] = np.empty((batch_size, targets, sources), np.float32)
            self.private[f"{name}_numbers"] = np.empty((batch_size, targets), np.int32)
            self.private[f"{name}_counts"] = np.zeros(batch_size, np.int64)
        self.thetas = {
            name: shared[f"{name}_theta"] for name in network.populations if f"{name}_theta_constants" in shared
        }
        self.scratch = {key: np.empty(self._shape(key), np.float32) for key in plastic}
        self.slots = {key: np.full(network.connections[key].n_target, -1, np.int32) for key in plastic}

    def _shape(self, key: Key) -> tuple[int, int]:
        connection = self.network.connections[key]
        return connection.n_target, connection.n_source

    def run(self, job: "Job", pool: ThreadPoolExecutor, workers: list[dict[str, Any]], start: int, stop: int) -> None:
        """Run samples start..stop and learn from them."""
        thetas = [{name: theta.copy() for name, theta in self.thetas.items()} for _ in range(start, stop)]

        def one(place: int, worker: dict[str, Any]) -> None:
            # the loop numbers samples from 0, so that each finds its own row in the private arrays
            own = {f"{name}_theta": theta for name, theta in thetas[place].items()}
            shifted = {name: array[start:] for name, array in job.outputs.items()}
            trains = {f"{name}_pointers": train.pointers[start:] for name, train in job.trains.items()}
            job.call(worker, place, place + 1, private=True, **self.private, **own, **shifted, **trains)
            for key in self.plastic:
                self._check(key, place)

        def share(number: int) -> None:
            for place in range(number, stop - start, len(workers)):
                one(place, workers[number])

        list(pool.map(share, range(len(workers))))
        for key in self.plastic:
            self._merge(key, stop - start)
        self._raise_thresholds(thetas, job.steps * self.network.dt)

    def _check(self, key: Key, place: int) -> None:
        """Refuse weights of one sample outside their bounds: merging would hide them."""
        name = f"{key[0]}_{key[1]}"
        changed = self.private[f"{name}_changed"][place, : self.private[f"{name}_counts"][place]]
        check_kept(f"weight of {'->'.join(key)} after learning", torch.from_numpy(changed), self.network.rules[key])

    def _merge(self, key: Key, samples: int) -> None:
        from picojoule.simulate.event import kernels

        name = f"{key[0]}_{key[1]}"
        changed = kernels.merge_samples(
            self.shared[f"{name}_by_target"],
            self.shared[f"{name}_weight"],
            self.private[f"{name}_changed"],
            self.private[f"{name}_numbers"],
            self.private[f"{name}_counts"][:samples],
            self.shared[f"{name}_low"],
            self.shared[f"{name}_high"],
            float(self.shared.get(f"{name}_total", 0.0)),
            self.scratch[key],
            self.slots[key],
        )
        if key in self.network.normalisations:
            self.normalised[key] += changed * self._shape(key)[1]

    def _raise_thresholds(self, thetas: list[dict[str, Array]], duration: float) -> None:
        for name, theta in self.thetas.items():
            rise = np.zeros_like(theta)
            for own in thetas:
                rise += own[name] - theta
            homeostasis = self.network.population(name).homeostasis
            if homeostasis is not None:
                c = homeostasis.coefficients(duration)
                single = type(c)(*(value.to(torch.float32) for value in c))
                theta[:] = homeostasis.after_sample(torch.from_numpy(theta + rise), single).numpy()
