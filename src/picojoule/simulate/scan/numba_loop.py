"""The compiled loop for CPUs: fused over time, vectorised over neurons, on all cores."""

from dataclasses import dataclass
from functools import partial

from picojoule.core.errors import EngineError
from picojoule.core.params import Threads, validate
from picojoule.simulate.scan.gradients import run_with_gradients
from picojoule.simulate.scan.job import Job, Loop, Outcome
from picojoule.simulate.scan.memory import Memory, StoreAll
from picojoule.simulate.scan.numba_run import NumbaRun
from picojoule.simulate.scan.stretches import StretchKernels


@dataclass(frozen=True)
class NumbaLoop(Loop):
    """A time loop compiled for the CPU.

    Args:
        threads: how many threads work; `None`: as many as torch uses.
        memory: what is kept for the backward pass: `StoreAll()`, or `Checkpoints()` to store less and compute twice.

    Raises:
        ParameterError: if `threads` is below 1.

    Example:
        >>> import torch
        >>> from picojoule.neurons.lif import LIF
        >>> from picojoule.simulate.scan.scan import scan
        >>> scan(LIF(), torch.full((3, 1, 1), 30.0), loop=NumbaLoop()).output.flatten()
        tensor([1., 1., 1.])
    """

    threads: Threads | None = None
    memory: Memory = StoreAll()

    def __post_init__(self) -> None:
        validate(self)

    def run(self, job: Job) -> Outcome:
        """Compile the neuron's step once, then run it over all steps at once.

        Raises:
            EngineError: if the tensors are not on the CPU.
        """
        if job.inputs[0].device.type != "cpu":
            raise EngineError(f"NumbaLoop runs on the CPU, got {job.inputs[0].device}; leave the loop out, or x.cpu()")
        return run_with_gradients(StretchKernels(partial(NumbaRun, threads=self.threads), self.memory), job)
