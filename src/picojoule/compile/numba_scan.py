"""The time loop of a neuron as numba source: fused over time, vectorised over neurons.

A kernel works on blocks of neighbouring neurons of one row, whose state stays in the first-level cache from the first
step to the last; every input is read once and every output written once. Forward, no operation is reassociated or
contracted, so that spikes equal the reference's bit for bit. Backward goes through the steps in reverse.

Arrays are `[steps, rows, n]`, states `[rows, n]`. An input that does not change over time has one step only.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from picojoule.compile import numba_parts as parts
from picojoule.compile.loop_form import LoopPlan
from picojoule.compile.writer import Writer

_NEURONS = "lo:hi"


def scan_source(plan: LoopPlan, what: str) -> str:
    """The module of a feed-forward loop.

    Args:
        plan: the step and the form of the loop.
        what: the neuron's name, for the module's docstring.

    Returns:
        Source with the functions `forward` and, where the form asks for it, `backward`, and the dictionary `FACTS`.
    """
    writer = Writer()
    _forward(writer, plan)
    if plan.form.backward:
        writer.line("", "")
        _backward(writer, plan)
    writer.line("", "", f"FACTS = {plan.facts()!r}")
    return parts.header(plan, what) + writer.text()


def _forward(w: Writer, plan: LoopPlan) -> None:
    w.line(parts.FORWARD)
    with (
        w.block(f"def forward(begin, end, width, steps, {', '.join(parts.forward_arrays(plan))})"),
        _blocks(w, f"s_{plan.step.state[0]}"),
    ):
        parts.constants(w, plan, _NEURONS, backward=False)
        w.line(*(f"s_{field}__ = s_{field}[r, {_NEURONS}]" for field in plan.step.state))
        with w.block("for t in range(steps)"):
            parts.step_rows(w, plan, "r", _NEURONS, tuple(f"x_{port}" for port in plan.step.ports))
            w.line(*(f"o_{k}__ = o_{k}[t, r, {_NEURONS}]" for k in range(len(plan.form.keep))))
            if plan.form.masked:
                with w.block("if not mask[t, r]"):
                    parts.asleep(w, plan)
            with w.block("for j in range(hi - lo)"):
                parts.forward_neuron(w, plan)


def _backward(w: Writer, plan: LoopPlan) -> None:
    w.line(parts.BACKWARD)
    with (
        w.block(f"def backward(begin, end, width, steps, {', '.join(parts.backward_arrays(plan))})"),
        _blocks(w, f"d_s_{plan.step.state[0]}"),
    ):
        parts.constants(w, plan, _NEURONS, backward=True)
        parts.lasting_rows(w, plan, "r", _NEURONS)
        with w.block("for t in range(steps - 1, -1, -1)"):
            parts.step_rows(w, plan, "r", _NEURONS, plan.parts.inputs_read)
            parts.gradient_rows(w, plan, "r", _NEURONS)
            if plan.form.masked:
                with w.block("if not mask[t, r]"):
                    parts.asleep_backward(w, plan)
            with w.block("for j in range(hi - lo)"):
                parts.backward_neuron(w, plan)


@contextmanager
def _blocks(w: Writer, state: str) -> Iterator[None]:
    """The loop over blocks: `width` neighbouring neurons, `lo` to `hi`, of row `r`."""
    w.line(f"n = {state}.shape[1]", "blocks = (n + width - 1) // width")
    with w.block("for block in range(begin, end)"):
        w.line("r = block // blocks", "lo = (block % blocks) * width", "hi = min(lo + width, n)")
        yield
