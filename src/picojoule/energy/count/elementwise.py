"""Operations on every element of tensors: what one element takes."""

from collections.abc import Mapping

from torch import Tensor

from picojoule.core.counts import Operations
from picojoule.energy.count.call import ACCUMULATE, COMPARISON, FUNCTION, MULTIPLY, Call, Rule
from picojoule.energy.count.kind import Kind
from picojoule.energy.work import Traffic

DIVIDE = Operations(divisions=1)
SIGMOID = Operations(additions=1, divisions=1, functions=1)  # 1 / (1 + exp(-x))

_SUMS = """
add sub rsub
"""
_COMPARISONS = """
relu relu6 hardtanh clamp clamp_min clamp_max maximum minimum fmax fmin threshold ge gt le lt eq ne logical_and
logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_not round floor ceil trunc frac heaviside isnan
isfinite isinf hardshrink
"""
_FUNCTIONS = """
exp exp2 expm1 log log2 log10 log1p sqrt rsqrt sin cos tan asin acos atan sinh cosh tanh erf erfc atan2
"""
ELEMENTWISE: Mapping[str, Operations] = {
    **dict.fromkeys(_SUMS.split(), ACCUMULATE),
    **dict.fromkeys(
        _COMPARISONS.split(),
        COMPARISON,
    ),
    "mul": MULTIPLY,
    "square": MULTIPLY,
    "div": DIVIDE,
    "reciprocal": DIVIDE,
    **dict.fromkeys(
        _FUNCTIONS.split(),
        FUNCTION,
    ),
    "sigmoid": SIGMOID,
    "silu": SIGMOID + MULTIPLY,
    "mish": FUNCTION + FUNCTION + FUNCTION + MULTIPLY + ACCUMULATE,
    "gelu": Operations(additions=1, multiplications=3, functions=1),  # x (1 + erf(x / sqrt 2)) / 2
    "softplus": Operations(additions=2, functions=2),
    "log_sigmoid_forward": Operations(additions=2, functions=2),
    "elu": Operations(additions=2, multiplications=1, functions=1),
    "celu": Operations(additions=2, multiplications=1, functions=1),
    "leaky_relu": COMPARISON + MULTIPLY,
    "rrelu_with_noise": COMPARISON + MULTIPLY,
    "softshrink": COMPARISON + ACCUMULATE,
    "glu": SIGMOID + MULTIPLY,
    "native_dropout": MULTIPLY,
    "_prelu_kernel": COMPARISON + MULTIPLY,
    "hardswish": Operations(additions=3, multiplications=2),
    "hardsigmoid": Operations(additions=3, multiplications=1),
    "addcmul": Operations(additions=1, multiplications=1),
    "addcdiv": Operations(additions=1, divisions=1),
    "lerp": Operations(additions=2, multiplications=1),
}


def elementwise(operations: Operations) -> Rule:
    """A rule for operations on every element.

    Args:
        operations: of one element.
    """

    def rule(call: Call) -> Kind:
        tensors = [value for value in call.args if isinstance(value, Tensor)]
        moving = [value for value in tensors if call.kind(value) is not Kind.CONSTANT]
        stored = [value for value in tensors if call.kind(value) is Kind.CONSTANT and value.numel() > 1]
        count = call.out.numel()
        row = max(1, count // (call.site.lead or max(1, call.out.shape[0] if call.out.dim() else 1)))
        memory = [Traffic(value.numel(), reads=1) for value in stored]
        if len(moving) > 1:  # one of them had to wait in memory
            memory.append(Traffic(row, reads=1, writes=1))
        call.elementwise(count, operations, memory=memory)
        return Kind.ANALOG

    return rule


def plus(call: Call) -> Kind:
    """A sum: two spikes make no spike, but a number."""
    elementwise(ACCUMULATE)(call)
    kinds = {call.kind(value) for value in call.args[:2]}
    if kinds == {Kind.SPIKES, Kind.BLANK} and call.argument(2, "alpha", 1) == 1:
        return Kind.SPIKES  # the first of a sum
    if kinds <= {Kind.SPIKES, Kind.GRADED, Kind.BLANK} and kinds != {Kind.BLANK}:
        return Kind.GRADED  # 2 where both spike: no longer binary
    return Kind.ANALOG


def product(call: Call) -> Kind:
    """A product: of two spikes, a spike where both are; of spikes and a constant, zero where no spike is."""
    elementwise(MULTIPLY)(call)
    kinds = {call.kind(value) for value in call.args[:2]}
    if kinds == {Kind.SPIKES}:
        return Kind.SPIKES  # and
    return Kind.GRADED if kinds <= {Kind.SPIKES, Kind.GRADED, Kind.CONSTANT} else Kind.ANALOG


def quotient(call: Call) -> Kind:
    """A quotient; by a constant, a product with its reciprocal."""
    by_number = call.kind(call.args[1]) is Kind.CONSTANT
    elementwise(MULTIPLY if by_number else DIVIDE)(call)
    return Kind.GRADED if by_number and call.kind(call.args[0]) in (Kind.SPIKES, Kind.GRADED) else Kind.ANALOG


def power(call: Call) -> Kind:
    """Squares and cubes are products."""
    exponent = call.args[1]
    whole = isinstance(exponent, int | float) and exponent in (2, 3)
    return elementwise(MULTIPLY * int(exponent - 1) if whole else FUNCTION)(call)
