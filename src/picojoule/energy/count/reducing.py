"""Sums, means and largest values over axes or windows."""

import math

from torch import Tensor

from picojoule.core.counts import Operations
from picojoule.energy.count.call import ACCUMULATE, COMPARISON, FUNCTION, MULTIPLY, Call, Rule
from picojoule.energy.count.kind import Kind
from picojoule.energy.work import Traffic


def total(call: Call) -> Kind:
    """A sum."""
    x, out = call.args[0], call.out
    _reduce(call, x, ACCUMULATE)
    return Kind.GRADED if call.kind(x) in (Kind.SPIKES, Kind.GRADED) and out.numel() else Kind.ANALOG


def mean(call: Call) -> Kind:
    """A sum, and one product for each result."""
    kind = total(call)
    call.elementwise(call.out.numel(), MULTIPLY)
    return kind


def largest(call: Call) -> Kind:
    """The largest or smallest, or where it is."""
    _reduce(call, call.args[0], COMPARISON)
    kind = call.kind(call.args[0])
    return kind if kind is Kind.SPIKES else Kind.ANALOG


def cumulative(call: Call) -> Kind:
    """Running sums."""
    call.elementwise(call.out.numel(), ACCUMULATE)
    return Kind.ANALOG


def variance(call: Call) -> Kind:
    """A mean, differences, their squares."""
    call.elementwise(call.args[0].numel(), Operations(additions=3, multiplications=1))
    return Kind.ANALOG


def _reduce(call: Call, x: Tensor, operations: Operations) -> None:
    """One operation for every element but the first of each result; running results lie in memory."""
    count = x.numel() - call.out.numel()
    if count > 0:
        memory = [Traffic(max(1, call.out.numel() // call.book.batch), reads=1, writes=1)]
        call.elementwise(count, operations, memory=memory)


def max_pool(call: Call) -> Kind:
    """Comparisons that find the largest of each window; what lies beyond the border is not there."""
    return _largest_of(call, _window_elements(call))


def mean_pool(call: Call) -> Kind:
    """Sums of windows, and one product for each."""
    return _mean_of(call, _window_elements(call))


def adaptive_max_pool(call: Call) -> Kind:
    """As `max_pool`, with windows that torch lays out."""
    return _largest_of(call, _adaptive_elements(call))


def adaptive_mean_pool(call: Call) -> Kind:
    """As `mean_pool`, with windows that torch lays out."""
    return _mean_of(call, _adaptive_elements(call))


def _largest_of(call: Call, elements: int) -> Kind:
    call.elementwise(elements - call.out.numel(), COMPARISON)
    kind = call.kind(call.args[0])
    return Kind.ANALOG if kind is Kind.INPUT else kind


def _mean_of(call: Call, elements: int) -> Kind:
    call.elementwise(elements - call.out.numel(), ACCUMULATE)
    call.elementwise(call.out.numel(), MULTIPLY)
    return _mixed(call)


def _mixed(call: Call) -> Kind:
    """Sums and means of spikes are graded, of anything else analog."""
    return Kind.GRADED if call.kind(call.args[0]) in (Kind.SPIKES, Kind.GRADED) else Kind.ANALOG


def _adaptive_elements(call: Call) -> int:
    """Elements in all windows together; window k of n goes from floor(k size / n) to ceil((k + 1) size / n)."""
    x, out, axes = call.args[0], call.out, len(call.args[1])
    each = [
        sum(-(-(k + 1) * size // windows) - k * size // windows for k in range(windows))
        for size, windows in zip(x.shape[-axes:], out.shape[-axes:], strict=True)
    ]
    pictures = int(out.numel()) // max(1, math.prod(out.shape[-axes:]))
    return int(math.prod(each)) * pictures


def length(call: Call) -> Kind:
    """A norm: the Euclidean one takes squares and roots; others are not known."""
    if call.argument(1, "ord", 2) != 2:
        return call.unknown()
    _reduce(call, call.args[0], ACCUMULATE)
    call.elementwise(call.args[0].numel(), MULTIPLY)
    call.elementwise(call.out.numel(), FUNCTION)
    return Kind.ANALOG


def interpolation(points: int) -> Rule:
    """A rule for values between others: a weighted mean of so many.

    Args:
        points: that each value lies between.
    """

    def rule(call: Call) -> Kind:
        call.elementwise(call.out.numel(), Operations(additions=points - 1, multiplications=points))
        return _mixed(call)

    return rule


def _window_elements(call: Call) -> int:
    """Elements in all windows together, those beyond the borders left out."""
    x, out = call.args[0], call.out
    kernel = tuple(call.args[1])
    axes = len(kernel)
    given = tuple(call.argument(2, "stride", ()) or ())
    stride = given or kernel
    padding = tuple(call.argument(3, "padding", (0,) * axes)) or (0,) * axes
    dilation = (1,) * axes
    if "max" in call.name:
        dilation = tuple(call.argument(4, "dilation", dilation)) or dilation
    each = []
    for axis in range(axes):
        size, windows = x.shape[axis - axes], out.shape[axis - axes]
        window = tuple(_of(values, axis) for values in (kernel, stride, padding, dilation))
        each.append(_covered(size, windows, window))
    return math.prod(each) * (out.numel() // max(1, math.prod(out.shape[-axes:])))


def _covered(size: int, windows: int, window: tuple[int, ...]) -> int:
    """Places of an axis in all its windows together; a window has a kernel, a stride, a padding and a dilation."""
    kernel, stride, padding, dilation = window
    starts = (k * stride - padding for k in range(windows))
    return sum(0 <= start + j * dilation < size for start in starts for j in range(kernel))


def _of(values: tuple[int, ...], place: int) -> int:
    return values[place] if len(values) > place else values[0]
