"""The recurrent time loop as Triton source: a program takes one sample through all its steps, the matrix in registers.

The spikes of the last step are spread over the rows of the matrix, and its columns summed. A sample for each program
uses the whole chip for small batches too, and needs no block of samples wide enough for tensor cores, whose sums would
be rounded otherwise.
"""

from picojoule.compile import triton_parts as parts
from picojoule.compile.loop_form import LoopPlan
from picojoule.compile.numba_parts import backward_arrays, forward_arrays
from picojoule.compile.writer import Writer


def triton_recurrent_source(plan: LoopPlan, what: str) -> str:
    """The module of a recurrent loop whose matrix fits on the chip.

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
    with parts.kernel(w, "forward", ["weight", "z", *forward_arrays(plan)], ports):
        _places(w)
        parts.constants(w, plan, backward=False)
        parts.taken(w, state)
        with w.block("for _ in tl.range(0, steps, num_stages=STAGES)"):
            w.line(*(f"{name}_ = tl.load({name} + place, mask=inside)" for name in ports))
            w.line(f"{plan.current}_ += tl.sum(z_[:, None] * weight_, axis=0)")
            parts.coefficients_of_step(w, plan)
            parts.forward_step(w, plan)
            w.line("z_ = tl.where(inside, z_, 0.0)")
            parts.moved(w, plan, ports, "+= ")
        parts.given(w, [*state, "z"])


def _backward(w: Writer, plan: LoopPlan) -> None:
    with parts.kernel(w, "backward", ["weight", "z", *backward_arrays(plan)], plan.parts.inputs_read):
        _places(w)
        parts.constants(w, plan, backward=True)
        parts.taken(w, parts.lasting(plan))
        parts.to_last_step(w, plan)
        with w.block("for _ in tl.range(0, steps, num_stages=STAGES)"):
            parts.stored_values(w, plan)
            parts.coefficients_of_step(w, plan)
            parts.backward_step(w, plan, later="z_")
            # beyond the last neuron there may be anything, NaN too
            w.line(f"arrived = tl.where(inside, d_{plan.current}_, 0.0)")
            sent = "tl.sum(arrived[:, None] * weight_, axis=0)"
            w.line(f"z_ = {f'tl.where(awake, {sent}, z_)' if plan.form.masked else sent}")
            parts.moved(w, plan, plan.parts.inputs_read, "-= ")
        parts.given(w, [*parts.lasting(plan), "z"])


def _places(w: Writer) -> None:
    """The program's sample, its neurons, the last spikes (backward: their gradient) and the matrix (transposed)."""
    w.line("row = tl.program_id(0)", "neuron = tl.arange(0, BLOCK)", "inside = neuron < n", "place = row * n + neuron")
    w.line("z_ = tl.load(z + place, mask=inside, other=0.0)")
    w.line("among = inside[:, None] & inside[None, :]")
    w.line("weight_ = tl.load(weight + neuron[:, None] * n + neuron[None, :], mask=among, other=0.0)")
