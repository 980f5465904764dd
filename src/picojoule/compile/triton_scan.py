"""The time loop of a neuron as Triton source: one kernel for the whole sequence.

Each program owns a block of neurons, whose state stays in registers from the first step to the last; every input is
read once and every output written once, and the inputs of the next steps are under way while one is computed. Gradients
of coefficients are summed over time in registers; the sum over programs is left to torch, in a fixed order.

Arrays are `[steps, rows, n]`, states `[rows, n]`. An input that does not change over time has a stride of 0.

The same kernels, called for one step at a time, serve recurrent layers whose matrix does not fit on the chip: the
spikes are then handed over in `z`, what they add to the current in `arriving`, and the products are left to torch.
"""

from picojoule.compile import triton_parts as parts
from picojoule.compile.loop_form import EACH, STEP_EACH, LoopPlan
from picojoule.compile.numba_parts import backward_arrays, forward_arrays
from picojoule.compile.writer import Writer


def triton_scan_source(plan: LoopPlan, what: str) -> str:
    """The module of a loop without its matrix.

    Args:
        plan: the step and the form of the loop.
        what: the neuron's name, for the module's docstring.

    Returns:
        Source with the kernels `forward` and, where the form asks for it, `backward`, and the dictionary `FACTS`.
    """
    writer = Writer()
    _forward(writer, plan)
    if plan.form.backward:
        writer.line("", "")
        _backward(writer, plan)
    return parts.module(plan, what, writer)


def _forward(w: Writer, plan: LoopPlan) -> None:
    ports = tuple(f"x_{port}" for port in plan.step.ports)
    state = [f"s_{field}" for field in plan.step.state]
    handed = ["z", "arriving"] if plan.form.recurrent else []
    with parts.kernel(w, "forward", [*handed, *forward_arrays(plan)], ports):
        _places(w, plan)
        parts.constants(w, plan, backward=False)
        parts.taken(w, ["z", *state] if handed else state)
        with w.block("for _ in tl.range(0, steps, num_stages=STAGES)"):
            w.line(*(f"{name}_ = tl.load({name} + place, mask=inside)" for name in ports))
            if handed:
                w.line(f"{plan.current}_ += tl.load(arriving + place, mask=inside)")
            parts.coefficients_of_step(w, plan)
            parts.forward_step(w, plan)
            if handed:
                w.line("tl.store(z + place, z_, mask=inside)")
            parts.moved(w, plan, ports, "+= ")
        parts.given(w, state)


def _backward(w: Writer, plan: LoopPlan) -> None:
    handed = ["z"] if plan.form.recurrent else []
    with parts.kernel(w, "backward", [*handed, *backward_arrays(plan)], plan.parts.inputs_read):
        _places(w, plan)
        parts.constants(w, plan, backward=True)
        parts.taken(w, [*handed, *parts.lasting(plan)])
        parts.to_last_step(w, plan)
        with w.block("for _ in tl.range(0, steps, num_stages=STAGES)"):
            parts.stored_values(w, plan)
            parts.coefficients_of_step(w, plan)
            parts.backward_step(w, plan, later="z_" if handed else "")
            parts.moved(w, plan, plan.parts.inputs_read, "-= ")
        parts.given(w, parts.lasting(plan))


def _places(w: Writer, plan: LoopPlan) -> None:
    w.line("place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)", "inside = place < total")
    if {EACH, STEP_EACH} & set(plan.form.kinds):
        w.line("neuron = place % n")
    if plan.form.masked:
        w.line("row = tl.minimum(place // n, rows - 1)")  # there is nothing to read beyond
