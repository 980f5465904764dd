"""Loops written in LLVM's own vectors, where no loop in Python leads the compiler to them.

Sums of matrix rows stay in registers while the loop walks over rows; additions keep their order and are not contracted.
A search for threshold crossings looks at eight neurons at a time.
"""
# ruff: noqa: ANN001, ANN201, ANN401, PLR0917, SIM110  # numba infers types and compiles loops, llvmlite has no types

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

LANES, VECTORS = 8, 8
WIDTH = LANES * VECTORS  # columns that are summed at a time


@intrinsic  # type: ignore[untyped-decorator]
def _sum_rows(typing: Any, packed: Any, places: Any, begin: Any, end: Any, out: Any, start: Any) -> Any:  # noqa: ARG001
    """`out[start + j] = sum over k in begin..end of packed[places[k] * WIDTH + j]`, for all j below WIDTH."""
    signature = types.void(packed, places, types.intp, types.intp, out, types.intp)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        def data(k: int) -> Any:
            return context.make_array(sig.args[k])(context, builder, args[k]).data

        rows, numbers, target = data(0), data(1), data(4)
        word, vector = ir.IntType(64), ir.VectorType(ir.FloatType(), LANES)
        before = builder.block
        loop, after = builder.append_basic_block("rows"), builder.append_basic_block("stored")
        zero = ir.Constant(vector, [0.0] * LANES)
        builder.cbranch(builder.icmp_signed("<", args[2], args[3]), loop, after)

        builder.position_at_end(loop)
        k = builder.phi(word)
        sums = [builder.phi(vector) for _ in range(VECTORS)]
        place = builder.sext(builder.load(builder.gep(numbers, [k])), word)
        row = builder.gep(rows, [builder.mul(place, ir.Constant(word, WIDTH))])
        added = [builder.fadd(total, _load(builder, row, v, vector)) for v, total in enumerate(sums)]
        following = builder.add(k, ir.Constant(word, 1))
        for phi, first, later in zip([k, *sums], [args[2], *[zero] * VECTORS], [following, *added], strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(later, loop)
        builder.cbranch(builder.icmp_signed("<", following, args[3]), loop, after)

        builder.position_at_end(after)
        results = [builder.phi(vector) for _ in range(VECTORS)]
        for result, total in zip(results, added, strict=True):
            result.add_incoming(zero, before)
            result.add_incoming(total, loop)
        first_out = builder.gep(target, [args[5]])
        for v, result in enumerate(results):
            builder.store(result, _at(builder, first_out, v, vector), align=4)
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def _copy_row(typing: Any, source: Any, start: Any, out: Any, place: Any) -> Any:  # noqa: ARG001
    """`out[place + j] = source[start + j]`, for all j below WIDTH."""
    signature = types.void(source, types.intp, out, types.intp)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        given, taken = (context.make_array(sig.args[k])(context, builder, args[k]).data for k in (0, 2))
        vector = ir.VectorType(ir.FloatType(), LANES)
        row, target = builder.gep(given, [args[1]]), builder.gep(taken, [args[3]])
        for v in range(VECTORS):
            builder.store(_load(builder, row, v, vector), _at(builder, target, v, vector), align=4)
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def _any_crossed(typing: Any, excess: Any, blocks: Any) -> Any:  # noqa: ARG001
    """Whether any of the first `blocks * LANES` numbers is >= 0."""
    signature = types.boolean(excess, types.intp)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        given = context.make_array(sig.args[0])(context, builder, args[0]).data
        word, vector = ir.IntType(64), ir.VectorType(ir.FloatType(), LANES)
        mask = ir.VectorType(ir.IntType(1), LANES)
        none = ir.Constant(mask, [0] * LANES)
        before = builder.block
        loop, after = builder.append_basic_block("blocks"), builder.append_basic_block("seen")
        builder.cbranch(builder.icmp_signed(">", args[1], ir.Constant(word, 0)), loop, after)

        builder.position_at_end(loop)
        k, seen = builder.phi(word), builder.phi(mask)
        values = _load(builder, builder.gep(given, [builder.mul(k, ir.Constant(word, LANES))]), 0, vector)
        now = builder.or_(seen, builder.fcmp_ordered(">=", values, ir.Constant(vector, [0.0] * LANES)))
        following = builder.add(k, ir.Constant(word, 1))
        for phi, first, later in ((k, ir.Constant(word, 0), following), (seen, none, now)):
            phi.add_incoming(first, before)
            phi.add_incoming(later, loop)
        builder.cbranch(builder.icmp_signed("<", following, args[1]), loop, after)

        builder.position_at_end(after)
        result = builder.phi(mask)
        result.add_incoming(none, before)
        result.add_incoming(now, loop)
        return builder.icmp_unsigned(
            "!=", builder.bitcast(result, ir.IntType(LANES)), ir.Constant(ir.IntType(LANES), 0)
        )

    return signature, generate


def _at(builder: Any, base: Any, v: int, vector: Any) -> Any:
    moved = builder.gep(base, [ir.Constant(ir.IntType(64), v * LANES)])
    return builder.bitcast(moved, vector.as_pointer())


def _load(builder: Any, base: Any, v: int, vector: Any) -> Any:
    return builder.load(_at(builder, base, v, vector), align=4)


@njit(nogil=True, cache=True, error_model="numpy")
def sum_rows(packed, places, begin, end, out, start):  # type: ignore[no-untyped-def]
    """Add up rows `places[begin:end]` of `packed` (flat, `WIDTH` wide) into `out[start : start + WIDTH]`.

    Args:
        packed: `[rows * WIDTH]` float32.
        places: int32, the rows to add, in order.
        begin: first place.
        end: one after the last place.
        out: `[…]` float32, flat; overwritten.
        start: where in `out` the sums go.
    """
    _sum_rows(packed, places, begin, end, out, start)


@njit(nogil=True, cache=True, error_model="numpy")
def pack_rows(weight, rows, count, start, packed):  # type: ignore[no-untyped-def]
    """Copy `WIDTH` columns from `start` of the rows numbered `rows[:count]` into `packed` (flat, `WIDTH` wide)."""
    flat = weight.ravel()
    columns = weight.shape[1]
    if start + WIDTH <= columns:
        for r in range(count):
            _copy_row(flat, rows[r] * columns + start, packed, r * WIDTH)
    else:
        for r in range(count):
            for j in range(columns - start):
                packed[r * WIDTH + j] = flat[rows[r] * columns + start + j]


@njit(nogil=True, cache=True, error_model="numpy")
def any_crossed(excess):  # type: ignore[no-untyped-def]
    """Whether any neuron is at or above its threshold; `excess` is `[neurons]` float32."""
    blocks = excess.size // LANES
    if _any_crossed(excess, blocks):
        return True
    for j in range(blocks * LANES, excess.size):
        if excess[j] >= np.float32(0.0):
            return True
    return False
