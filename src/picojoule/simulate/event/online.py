"""Online learning on two cores: while one sample runs, what the next one brings is computed ahead.

The next sample's input is summed with the weights that the present sample is still changing. Only neurons that spike
change their weights, so their sums, and only theirs, are made again when the present sample has ended. The result is
that of one core, to the last bit: a sum that was read half-changed is never used.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from picojoule.simulate.event import kernels

if TYPE_CHECKING:
    from picojoule.simulate.event.engine import Job

LARGE = 1000  # target neurons from which handing over between cores costs less than it saves


def worth_pipelining(job: "Job") -> bool:
    """Whether there is one connection that can be prepared, and it is large enough."""
    ahead = job.facts["ahead"]
    if len(ahead) != 1 or ahead[0] not in job.plastic:
        return False
    connection = job.network.connections[ahead[0]]
    return connection.longest_delay == 1 and connection.n_target >= LARGE and job.samples > 1


def learn_pipelined(job: "Job", worker: dict[str, Any]) -> None:
    """Learn sample by sample, with the next one prepared on another core."""
    key = job.facts["ahead"][0]
    name, train = f"{key[0]}_{key[1]}", job.trains[key[0]]
    port = f"{key[1]}_in_{job.network.connections[key].port}"
    buffers = [worker[port], worker[port].copy()]
    weight, by_target = job.shared[f"{name}_weight"], job.shared[f"{name}_by_target"]

    def prepare(sample: int) -> None:
        arrivals = buffers[sample % 2]
        kernels.ahead(weight, train.pointers[sample], train.indices, job.steps, arrivals)

    def correct(sample: int) -> None:
        """Neurons that spiked in the sample before have other weights now."""
        fired = job.outputs[f"{key[1]}_count"][sample - 1].nonzero()[0]
        kernels.ahead_again(by_target, fired, train.pointers[sample], train.indices, job.steps, buffers[sample % 2])

    prepare(0)
    with ThreadPoolExecutor(1) as pool:
        for sample in range(job.samples):
            later = pool.submit(prepare, sample + 1) if sample + 1 < job.samples else None
            job.call(worker, sample, sample + 1, filled=True, **{port: buffers[sample % 2]})
            if later is not None:
                later.result()
                correct(sample + 1)
