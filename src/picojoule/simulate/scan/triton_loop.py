"""The compiled loop for NVIDIA GPUs: one kernel for the whole sequence."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from picojoule.core.arguments import validate
from picojoule.core.errors import EngineError
from picojoule.simulate.scan.gradients import run_with_gradients
from picojoule.simulate.scan.job import Job, Loop, Outcome
from picojoule.simulate.scan.memory import Memory, StoreAll

_WAYS_OUT = "leave the loop out for the fastest one of that device, or move the tensors with x.cuda()"


@dataclass(frozen=True)
class TritonLoop(Loop):
    """A time loop compiled for an NVIDIA GPU.

    Triton's interpreter runs the same kernels, slowly, on CPU tensors: set `TRITON_INTERPRET=1` in the environment
    before Python starts.

    Args:
        memory: what is kept for the backward pass: `StoreAll()`, or `Checkpoints()` to store less and compute twice.

    Example:
        >>> TritonLoop()
        TritonLoop(memory=StoreAll())
    """

    memory: Memory = StoreAll()

    def __post_init__(self) -> None:
        validate(self)

    def run(self, job: Job) -> Outcome:
        """Compile the neuron's step once, then run it over all steps at once.

        Raises:
            EngineError: if Triton is not installed, or the tensors are not on a GPU and the interpreter is off.
        """
        if not _installed():
            raise EngineError(
                "TritonLoop needs Triton, which is not installed: pip install 'picojoule[gpu]' (Linux), "
                "or pass loop=ReferenceLoop()"
            )
        from picojoule.simulate.scan.stretches import StretchKernels
        from picojoule.simulate.scan.triton_launch import interpreting
        from picojoule.simulate.scan.triton_run import TritonRun

        device = job.inputs[0].device
        if device.type != "cuda" and not (device.type == "cpu" and interpreting()):
            raise EngineError(
                f"TritonLoop runs on an NVIDIA GPU, got tensors on {device}; {_WAYS_OUT}. To try it out slowly on a "
                f"CPU, set TRITON_INTERPRET=1 in the environment before Python starts"
            )
        return run_with_gradients(StretchKernels(TritonRun, self.memory), job)


@cache
def _installed() -> bool:
    return find_spec("triton") is not None
