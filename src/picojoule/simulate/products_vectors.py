"""The inner loops of spike-driven products, written in LLVM's own vectors.

Sums of matrix rows stay in registers while the loop walks over the rows; each sum is taken in the order of the rows,
one after the other. A search for non-zeros looks at 64 numbers at a time.
"""
# ruff: noqa: ANN401, ARG001, PLR0917  # numba and llvmlite have no types, and arguments go by position

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

BYTES = 64  # of one vector
VECTORS = 4  # that a wide sum takes at a time
SEEN = 64  # numbers in one search

_WORD = ir.IntType(64)


def _summing(vectors: int, *, weighted: bool) -> Callable[..., Any]:
    """`out[o:] = start[s:] + sum of rows[base + places[k] * width:] for begin <= k < end`, `vectors` of them."""

    @intrinsic  # type: ignore[untyped-decorator]
    def sum_rows(
        typing: Any, rows: Any, base: Any, places: Any, values: Any, begin: Any, end: Any,
        start: Any, s: Any, out: Any, o: Any,
    ) -> Any:  # fmt: skip
        index = types.intp
        signature = types.void(rows, index, places, values, index, index, start, index, out, index)

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            number = context.get_value_type(sig.args[0].dtype)
            lanes = BYTES * 8 // sig.args[0].dtype.bitwidth
            data = [
                context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
                for kind, value in zip(sig.args, args, strict=True)
            ]
            walk = _Walk(builder, ir.VectorType(number, lanes), vectors, number)
            first = [walk.load(builder.gep(data[6], [data[7]]), v) for v in range(vectors)]
            scales = data[3] if weighted else None
            sums = walk.sum(builder.gep(data[0], [data[1]]), data[2], scales, data[4], data[5], first)
            for v, total in enumerate(sums):
                walk.store(total, builder.gep(data[8], [data[9]]), v)
            return context.get_dummy_value()

        return signature, generate

    return sum_rows  # type: ignore[no-any-return]


class _Walk:
    """A loop over matrix rows that adds them up in registers."""

    def __init__(self, builder: Any, vector: Any, vectors: int, number: Any) -> None:
        self.builder, self.vector, self.vectors, self.number = builder, vector, vectors, number
        self.align = 4 if isinstance(number, ir.FloatType) else 8

    def sum(self, rows: Any, places: Any, scales: Any, begin: Any, end: Any, first: list[Any]) -> list[Any]:
        builder = self.builder
        before = builder.block
        loop, after = builder.append_basic_block("rows"), builder.append_basic_block("summed")
        builder.cbranch(builder.icmp_signed("<", begin, end), loop, after)

        builder.position_at_end(loop)
        k = builder.phi(_WORD)
        sums = [builder.phi(self.vector) for _ in first]
        place = builder.sext(builder.load(builder.gep(places, [k])), _WORD)
        row = builder.gep(rows, [builder.mul(place, ir.Constant(_WORD, self.vectors * self.vector.count))])
        scale = None if scales is None else self._spread(builder.load(builder.gep(scales, [k])))
        added = [self._add(total, self.load(row, v), scale) for v, total in enumerate(sums)]
        following = builder.add(k, ir.Constant(_WORD, 1))
        for phi, given, later in zip([k, *sums], [begin, *first], [following, *added], strict=True):
            phi.add_incoming(given, before)
            phi.add_incoming(later, loop)
        builder.cbranch(builder.icmp_signed("<", following, end), loop, after)

        builder.position_at_end(after)
        results = [builder.phi(self.vector) for _ in first]
        for result, given, later in zip(results, first, added, strict=True):
            result.add_incoming(given, before)
            result.add_incoming(later, loop)
        return results

    def _add(self, total: Any, numbers: Any, scale: Any) -> Any:
        if scale is None:
            return self.builder.fadd(total, numbers)
        return self.builder.fadd(total, self.builder.fmul(scale, numbers))

    def _spread(self, number: Any) -> Any:
        lane = ir.IntType(32)
        single = self.builder.insert_element(ir.Constant(self.vector, ir.Undefined), number, ir.Constant(lane, 0))
        nowhere = ir.Constant(self.vector, ir.Undefined)
        return self.builder.shuffle_vector(
            single, nowhere, ir.Constant(ir.VectorType(lane, self.vector.count), [0] * self.vector.count)
        )

    def _at(self, base: Any, v: int) -> Any:
        moved = self.builder.gep(base, [ir.Constant(_WORD, v * self.vector.count)])
        return self.builder.bitcast(moved, self.vector.as_pointer())

    def load(self, base: Any, v: int) -> Any:
        return self.builder.load(self._at(base, v), align=self.align)

    def store(self, total: Any, base: Any, v: int) -> None:
        self.builder.store(total, self._at(base, v), align=self.align)


sum_wide = _summing(VECTORS, weighted=False)
sum_narrow = _summing(1, weighted=False)
sum_wide_weighted = _summing(VECTORS, weighted=True)
sum_narrow_weighted = _summing(1, weighted=True)


@intrinsic  # type: ignore[untyped-decorator]
def non_zeros(typing: Any, numbers: Any, place: Any) -> Any:
    """A word whose bit k says whether `numbers[place + k]` is not zero; NaN is not."""
    signature = types.uint64(numbers, types.intp)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        number = context.get_value_type(sig.args[0].dtype)
        vector = ir.VectorType(number, SEEN)
        base = builder.gep(context.make_array(sig.args[0])(context, builder, args[0]).data, [args[1]])
        align = sig.args[0].dtype.bitwidth // 8
        seen = builder.load(builder.bitcast(base, vector.as_pointer()), align=align)
        unequal = builder.fcmp_unordered("!=", seen, ir.Constant(vector, [0.0] * SEEN))
        return builder.bitcast(unequal, _WORD)

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def lowest_bit(typing: Any, word: Any) -> Any:
    """The number of the lowest bit that is set; the word is not 0."""
    signature = types.intp(types.uint64)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return signature, generate
