"""Batch norm, layer norm, softmax."""

from picojoule.core.counts import Operations
from picojoule.energy.count.call import Call
from picojoule.energy.count.kind import Kind
from picojoule.energy.work import Traffic

FUNCTION = Operations(functions=1)
SOFTMAX = Operations(additions=3, divisions=1, functions=1)  # largest, difference, exponential, sum, quotient


def batch_norm(call: Call) -> Kind:
    """In evaluation, part of the weights before it, or one product and one sum for each value."""
    x, weight, bias = call.args[:3]
    training = bool(call.args[5]) if "training" not in call.kwargs else bool(call.kwargs["training"])
    size = x.numel()
    if training:
        call.elementwise(size, Operations(additions=4, multiplications=3))  # mean, variance, then as below
        return Kind.ANALOG
    had_bias = call.book.kinds.sum_of(x)
    stored = 0 if weight is None else weight.numel()
    if had_bias is not None and call.book.fold_batch_norm:
        call.book.folded = True
        if not had_bias:  # the weights take the factor in, the sums get a bias
            call.bias(size, max(stored, 0 if bias is None else bias.numel()))
        return Kind.ANALOG
    memory = [Traffic(stored, reads=2)] if stored > 1 else []
    call.elementwise(size, Operations(additions=1, multiplications=1), memory=memory)
    return Kind.ANALOG


def norm(call: Call) -> Kind:
    """Layer and group norm: mean, variance, root, scale and shift of every group."""
    x = call.args[0]
    groups = call.result[1].numel() if isinstance(call.result, tuple) else 1
    call.elementwise(x.numel(), Operations(additions=4, multiplications=3))
    call.elementwise(groups, Operations(divisions=1, functions=1, multiplications=2))
    return Kind.ANALOG


def softmax(call: Call) -> Kind:
    """Largest, difference, exponential, sum, quotient."""
    call.elementwise(call.out.numel(), SOFTMAX)
    return Kind.ANALOG


def log_softmax(call: Call) -> Kind:
    """Largest, difference, exponential, sum, difference; one logarithm for each row."""
    call.elementwise(call.out.numel(), Operations(additions=4, functions=1))
    rows = call.out.numel() // max(1, call.out.shape[call.args[1]])
    call.elementwise(rows, FUNCTION)
    return Kind.ANALOG
