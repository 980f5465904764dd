"""The recurrent time loop as numba source: the spikes of each step come back through a matrix one step later.

A group of samples goes through the steps together. Forward, only the rows of neurons that spiked are added, onto the
input and in the order of the neurons. Backward, one product with the transposed matrix serves the whole group.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from picojoule.compile import numba_parts as parts
from picojoule.compile.loop_form import LoopPlan
from picojoule.compile.writer import Writer

_ROW = "0:n"


def recurrent_source(plan: LoopPlan, what: str) -> str:
    """The module of a recurrent loop.

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
    imports = "from picojoule.compile.recurrent_kernels import add_rows, fired, times_transposed\n\n\n"
    head, _, tail = parts.header(plan, what).partition("real = ")
    return head.rstrip() + "\n\n" + imports.rstrip() + "\n\nreal = " + tail + writer.text()


def _forward(w: Writer, plan: LoopPlan) -> None:
    first = f"x_{plan.step.ports[0]}"
    w.line(parts.FORWARD)
    with w.block(
        f"def forward(begin, end, group, steps, weight, z, currents, numbers, {', '.join(parts.forward_arrays(plan))})"
    ):
        w.line("rows, n = z.shape")
        parts.constants(w, plan, _ROW, backward=False)
        with _groups(w, "for t in range(steps)"):
            w.line(*(f"s_{field}__ = s_{field}[r]" for field in plan.step.state))
            parts.step_rows(w, plan, "r", _ROW, tuple(f"x_{port}" for port in plan.step.ports))
            w.line(*(f"o_{k}__ = o_{k}[t, r]" for k in range(len(plan.form.keep))))
            if plan.form.masked:
                with w.block("if not mask[t, r]"):
                    parts.asleep(w, plan)
            w.line("current, places = currents[part], numbers[part]", "count = fired(z__, places)")
            w.line(f"add_rows({first}__, weight, z__, places, count, current)", f"{first}__ = current")
            with w.block("for j in range(n)"):
                parts.forward_neuron(w, plan)


@contextmanager
def _groups(w: Writer, time: str) -> Iterator[None]:
    """The loops over groups of samples, over time, and over the samples of a group: row `r`, spikes `z__`."""
    with w.block("for part in range(begin, end)"):
        w.line("lo = part * group", "hi = min(lo + group, rows)")
        with w.block(time), w.block("for r in range(lo, hi)"):
            w.line("z__ = z[r]")
            yield


def _backward(w: Writer, plan: LoopPlan) -> None:
    current = plan.current
    w.line(parts.BACKWARD)
    with w.block(f"def backward(begin, end, group, steps, transposed, z, {', '.join(parts.backward_arrays(plan))})"):
        w.line("rows, n = z.shape")
        parts.constants(w, plan, _ROW, backward=True)
        with w.block("for part in range(begin, end)"):
            w.line("lo = part * group", "hi = min(lo + group, rows)")
            with w.block("for t in range(steps - 1, -1, -1)"):
                with w.block("for r in range(lo, hi)"):
                    w.line("z__ = z[r]")
                    parts.lasting_rows(w, plan, "r", _ROW)
                    parts.step_rows(w, plan, "r", _ROW, plan.parts.inputs_read)
                    parts.gradient_rows(w, plan, "r", _ROW)
                    if plan.form.masked:
                        with w.block("if not mask[t, r]"):
                            parts.asleep_backward(w, plan)
                    with w.block("for j in range(n)"):
                        parts.backward_neuron(w, plan)
                _sent_back(w, f"d_{current}[t], transposed, z, n", masked=plan.form.masked)


def _sent_back(w: Writer, product: str, *, masked: bool) -> None:
    """The gradient of the spikes before the step; that of samples that stand still waits where it is."""
    if not masked:
        w.line(f"times_transposed({product}, lo, hi)")
        return
    w.line("first = lo")
    with w.block("for r in range(lo, hi + 1)"), w.block("if r == hi or not mask[t, r]"):
        w.line(f"times_transposed({product}, first, r)", "first = r + 1")
