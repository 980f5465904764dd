"""Loops written in LLVM's own vectors, where no loop in Python leads the compiler to them.

Sums of matrix rows stay in registers while the loop walks over rows; additions keep their order and are not contracted.
A search for threshold crossings looks at eight neurons at a time.
"""
# ruff: noqa: ANN001, ANN201, ANN401, ARG001, PLR0917, SIM110  # numba infers types, llvmlite has none

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from picojoule.core.compiled import compiled

LANES, VECTORS = 8, 4
WIDTH = LANES * VECTORS  # columns that are summed at a time: the packed rows of an image then fit the L1 cache
Stream = tuple[Any, list[Any]]  # the places of rows to add, and the sums so far


@intrinsic  # type: ignore[untyped-decorator]
def _sum_two(
    typing: Any, packed: Any, places: Any, begin: Any, middle: Any, end: Any, out: Any, start: Any, gap: Any
) -> Any:
    """Sum rows `places[begin:middle]` into `out[start:]`, and `places[middle:end]` into `out[start + gap:]`.

    The two sums go side by side, so that neither waits for its own last addition.
    """
    index = types.intp
    signature = types.void(packed, places, index, index, index, out, index, index)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        def data(k: int) -> Any:
            return context.make_array(sig.args[k])(context, builder, args[k]).data

        rows, numbers, target = data(0), data(1), data(5)
        word, vector = ir.IntType(64), ir.VectorType(ir.FloatType(), LANES)
        zeros = [ir.Constant(vector, [0.0] * LANES)] * VECTORS
        first, second = builder.sub(args[3], args[2]), builder.sub(args[4], args[3])
        one, two = builder.gep(numbers, [args[2]]), builder.gep(numbers, [args[3]])
        both = builder.select(builder.icmp_signed("<", first, second), first, second)
        none = ir.Constant(word, 0)
        sums = _accumulate(builder, rows, none, both, [(one, zeros), (two, zeros)])
        (left,) = _accumulate(builder, rows, both, first, [(one, sums[0])])
        (right,) = _accumulate(builder, rows, both, second, [(two, sums[1])])
        place = builder.gep(target, [args[6]])
        for base, totals in ((place, left), (builder.gep(place, [args[7]]), right)):
            for v, total in enumerate(totals):
                builder.store(total, _at(builder, base, v, vector), align=4)
        return context.get_dummy_value()

    return signature, generate


def _accumulate(builder: Any, rows: Any, begin: Any, end: Any, streams: list[Stream]) -> list[list[Any]]:
    """A loop that adds row `places[k]` to the sums of every stream, for k in begin..end; returns the sums."""
    word, vector = ir.IntType(64), ir.VectorType(ir.FloatType(), LANES)
    before = builder.block
    loop, after = builder.append_basic_block("rows"), builder.append_basic_block("summed")
    builder.cbranch(builder.icmp_signed("<", begin, end), loop, after)

    builder.position_at_end(loop)
    k = builder.phi(word)
    sums = [[builder.phi(vector) for _ in range(VECTORS)] for _ in streams]
    added = []
    for (places, _), totals in zip(streams, sums, strict=True):
        place = builder.sext(builder.load(builder.gep(places, [k])), word)
        row = builder.gep(rows, [builder.mul(place, ir.Constant(word, WIDTH))])
        added.append([builder.fadd(total, _load(builder, row, v, vector)) for v, total in enumerate(totals)])
    following = builder.add(k, ir.Constant(word, 1))
    k.add_incoming(begin, before)
    k.add_incoming(following, loop)
    for (_, given), totals, later in zip(streams, sums, added, strict=True):
        for total, start, new in zip(totals, given, later, strict=True):
            total.add_incoming(start, before)
            total.add_incoming(new, loop)
    builder.cbranch(builder.icmp_signed("<", following, end), loop, after)

    builder.position_at_end(after)
    results = [[builder.phi(vector) for _ in range(VECTORS)] for _ in streams]
    for (_, given), outs, later in zip(streams, results, added, strict=True):
        for out, start, new in zip(outs, given, later, strict=True):
            out.add_incoming(start, before)
            out.add_incoming(new, loop)
    return results


@intrinsic  # type: ignore[untyped-decorator]
def _copy_row(typing: Any, source: Any, start: Any, out: Any, place: Any) -> Any:
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
def _any_crossed(typing: Any, excess: Any, blocks: Any) -> Any:
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


@compiled()
def sum_steps(packed, places, pointers, steps, out, start, gap):  # type: ignore[no-untyped-def]
    """Add up the packed rows of every step.

    Args:
        packed: `[rows * WIDTH]` float32, flat.
        places: int32, the rows of all steps, one step after the other.
        pointers: `[steps + 1]`, where each step's rows begin; the first one is taken as 0.
        steps: number of steps.
        out: float32, flat; sums of step t go to `out[start + t * gap:]`, `WIDTH` of them.
        start: where the sums of the first step go.
        gap: numbers between the sums of one step and those of the next.
    """
    first = pointers[0]
    for t in range(0, steps - 1, 2):
        begin, middle, end = pointers[t] - first, pointers[t + 1] - first, pointers[t + 2] - first
        _sum_two(packed, places, begin, middle, end, out, start + t * gap, gap)
    if steps % 2:
        begin, end = pointers[steps - 1] - first, pointers[steps] - first
        _sum_two(packed, places, begin, begin, end, out, start + (steps - 1) * gap, 0)


@compiled()
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


@compiled()
def any_crossed(excess):  # type: ignore[no-untyped-def]
    """Whether any neuron is at or above its threshold; `excess` is `[neurons]` float32."""
    blocks = excess.size // LANES
    if _any_crossed(excess, blocks):
        return True
    for j in range(blocks * LANES, excess.size):
        if excess[j] >= np.float32(0.0):
            return True
    return False
