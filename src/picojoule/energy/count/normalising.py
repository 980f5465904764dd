"""Batch norm, layer norm, softmax."""

from picojoule.core.counts import Operations
from picojoule.energy.count.call import FUNCTION, Call
from picojoule.energy.count.kind import Kind
from picojoule.energy.work import Traffic

_MOMENTS = Operations(additions=3, multiplications=1)  # the sum, differences from the mean, their squares and sum
_SCALE = Operations(multiplications=1)  # of the differences
_AFFINE = Operations(additions=1, multiplications=1)
_AT_REST = ("_native_batch_norm_legit_no_training", "_batch_norm_no_update")
SOFTMAX = Operations(additions=3, divisions=1, functions=1)  # largest, difference, exponential, sum, quotient


def batch_norm(call: Call) -> Kind:
    """In evaluation, part of the weights before it, or one product and one sum for each value."""
    x, weight, bias = call.args[:3]
    training = call.name not in _AT_REST and bool(call.argument(5, "training"))
    size = x.numel()
    stored = 0 if weight is None else weight.numel()
    memory = [Traffic(stored, reads=2)] if stored > 1 else []
    if training:
        call.elementwise(size, _MOMENTS + _SCALE + (_AFFINE if stored else Operations()), memory=memory)
        return Kind.ANALOG
    had_bias = call.book.kinds.sum_of(x)
    if had_bias is not None and call.book.fold_batch_norm:
        call.book.folded = True
        if not had_bias:  # the weights take the factor in, the sums get a bias
            call.bias(size, max(stored, 0 if bias is None else bias.numel()))
        return Kind.ANALOG
    call.elementwise(size, _AFFINE, memory=memory)
    return Kind.ANALOG


def norm(call: Call) -> Kind:
    """Layer and group norm: mean, variance, root, scale and shift of every group."""
    x = call.args[0]
    groups = call.result[1].numel() if isinstance(call.result, tuple) else 1
    weight, bias = call.args[2:4] if call.name == "native_layer_norm" else call.args[1:3]
    stored = [0 if values is None else values.numel() for values in (weight, bias)]
    scale = Operations(additions=int(stored[1] > 0), multiplications=int(stored[0] > 0))
    memory = [Traffic(sum(stored), reads=sum(size > 0 for size in stored))] if any(stored) else []
    call.elementwise(x.numel(), _MOMENTS + _SCALE + scale, memory=memory)
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
