"""The inner loops of recurrent layers in LLVM's own vectors, for float32 and float64.

Sums of matrix rows, and tiles of matrix products, stay in registers; compilers do not find that by themselves. Forward
sums keep their order and are not contracted.
"""
# ruff: noqa: ANN401, PLR0917  # llvmlite has no types

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

BYTES = 64  # of a vector
VECTORS = 8  # of a stretch of columns that is summed at a time
ROWS, ACROSS = 8, 2  # of a tile of a product: samples, vectors of columns
_WORD = ir.IntType(64)


def _float(kind: Any) -> tuple[Any, Any]:
    """LLVM's number and vector of an array's dtype."""
    number = ir.FloatType() if kind.dtype.bitwidth == 32 else ir.DoubleType()
    return number, ir.VectorType(number, BYTES * 8 // kind.dtype.bitwidth)


def _data(context: Any, builder: Any, sig: Any, args: Any, k: int) -> Any:
    return context.make_array(sig.args[k])(context, builder, args[k]).data


def _vector_at(builder: Any, base: Any, offset: Any, vector: Any) -> Any:
    return builder.bitcast(builder.gep(base, [offset]), vector.as_pointer())


def _loop(builder: Any, count: Any, carried: list[Any], body: Callable[[Any, list[Any]], list[Any]]) -> list[Any]:
    """A loop from 0 to `count` with carried values; `body` gives the next ones."""
    before = builder.block
    loop, after = builder.append_basic_block("loop"), builder.append_basic_block("after")
    builder.cbranch(builder.icmp_signed(">", count, ir.Constant(_WORD, 0)), loop, after)
    builder.position_at_end(loop)
    k = builder.phi(_WORD)
    phis = [builder.phi(value.type) for value in carried]
    later = body(k, phis)
    following = builder.add(k, ir.Constant(_WORD, 1))
    last = builder.block
    for phi, start, new in zip([k, *phis], [ir.Constant(_WORD, 0), *carried], [following, *later], strict=True):
        phi.add_incoming(start, before)
        phi.add_incoming(new, last)
    builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
    builder.position_at_end(after)
    results = [builder.phi(value.type) for value in carried]
    for result, start, new in zip(results, carried, later, strict=True):
        result.add_incoming(start, before)
        result.add_incoming(new, last)
    return results


def _place(builder: Any, places: Any, k: Any, columns: Any) -> Any:
    """Where the row numbered `places[k]` begins."""
    return builder.mul(builder.sext(builder.load(builder.gep(places, [k])), _WORD), columns)


@intrinsic  # type: ignore[untyped-decorator]
def sum_rows(typing: Any, matrix: Any, columns: Any, places: Any, count: Any, given: Any, begin: Any, out: Any) -> Any:  # noqa: ARG001
    """`out[begin:] = given[begin:] + the rows of matrix in places`, for `VECTORS` vectors of columns, row by row."""
    signature = types.void(matrix, types.intp, places, types.intp, given, types.intp, out)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        rows, numbers, source, target = (_data(context, builder, sig, args, k) for k in (0, 2, 4, 6))
        number, vector = _float(sig.args[0])
        offsets = [builder.add(args[5], ir.Constant(_WORD, v * vector.count)) for v in range(VECTORS)]
        size = (number.intrinsic_name == "f32" and 4) or 8
        start = [builder.load(_vector_at(builder, source, at, vector), align=size) for at in offsets]

        def body(k: Any, sums: list[Any]) -> list[Any]:
            row = builder.gep(rows, [_place(builder, numbers, k, args[1])])
            loaded = [builder.load(_vector_at(builder, row, at, vector), align=size) for at in offsets]
            return [builder.fadd(total, value) for total, value in zip(sums, loaded, strict=True)]

        for at, total in zip(offsets, _loop(builder, args[3], start, body), strict=True):
            builder.store(total, _vector_at(builder, target, at, vector), align=size)
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def add_to_rows(typing: Any, matrix: Any, columns: Any, places: Any, count: Any, given: Any, begin: Any) -> Any:  # noqa: ARG001
    """Add `given[begin:]` to the rows of matrix in places, for `VECTORS` vectors of columns."""
    signature = types.void(matrix, types.intp, places, types.intp, given, types.intp)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        rows, numbers, source = (_data(context, builder, sig, args, k) for k in (0, 2, 4))
        number, vector = _float(sig.args[0])
        offsets = [builder.add(args[5], ir.Constant(_WORD, v * vector.count)) for v in range(VECTORS)]
        size = (number.intrinsic_name == "f32" and 4) or 8
        added = [builder.load(_vector_at(builder, source, at, vector), align=size) for at in offsets]

        def body(k: Any, _sums: list[Any]) -> list[Any]:
            row = builder.gep(rows, [_place(builder, numbers, k, args[1])])
            for at, value in zip(offsets, added, strict=True):
                pointer = _vector_at(builder, row, at, vector)
                builder.store(builder.fadd(builder.load(pointer, align=size), value), pointer, align=size)
            return []

        _loop(builder, args[3], [], body)
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def product_tile(typing: Any, given: Any, row: Any, matrix: Any, n: Any, column: Any, out: Any, place: Any) -> Any:  # noqa: ARG001
    """`out[place + r n + column:] = given[row + r n:] @ matrix[:, column:]` for `ROWS` rows, `ACROSS` vectors wide."""
    index = types.intp
    signature = types.void(given, index, matrix, index, index, out, index)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        left, right, target = (_data(context, builder, sig, args, k) for k in (0, 2, 5))
        number, vector = _float(sig.args[0])
        size = (number.intrinsic_name == "f32" and 4) or 8
        n = args[3]
        begins = [builder.add(args[1], builder.mul(ir.Constant(_WORD, r), n)) for r in range(ROWS)]
        lanes = [ir.Constant(_WORD, v * vector.count) for v in range(ACROSS)]
        zero = ir.Constant(vector, [0.0] * vector.count)

        def body(j: Any, sums: list[Any]) -> list[Any]:
            base = builder.gep(right, [builder.add(builder.mul(j, n), args[4])])
            columns = [builder.load(_vector_at(builder, base, lane, vector), align=size) for lane in lanes]
            following = []
            for r in range(ROWS):
                single = builder.load(builder.gep(left, [builder.add(begins[r], j)]))
                spread = _spread(builder, single, vector)
                for v in range(ACROSS):
                    product = builder.fmul(spread, columns[v], flags=("contract",))
                    following.append(builder.fadd(sums[r * ACROSS + v], product, flags=("contract",)))
            return following

        sums = _loop(builder, n, [zero] * (ROWS * ACROSS), body)
        for r in range(ROWS):
            at = builder.add(builder.add(args[6], builder.mul(ir.Constant(_WORD, r), n)), args[4])
            base = builder.gep(target, [at])
            for v in range(ACROSS):
                builder.store(sums[r * ACROSS + v], _vector_at(builder, base, lanes[v], vector), align=size)
        return context.get_dummy_value()

    return signature, generate


def _spread(builder: Any, single: Any, vector: Any) -> Any:
    """A number in all lanes."""
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), single, ir.Constant(ir.IntType(32), 0))
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), lanes)


@intrinsic  # type: ignore[untyped-decorator]
def nonzero_mask(typing: Any, array: Any, begin: Any) -> Any:  # noqa: ARG001
    """Which of the numbers in the 64 bytes from `begin` are not 0, as bits."""
    signature = types.uint64(array, types.intp)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = _data(context, builder, sig, args, 0)
        if sig.args[0].dtype == types.uint8:
            vector = ir.VectorType(ir.IntType(8), BYTES)
            loaded = builder.load(_vector_at(builder, data, args[1], vector), align=1)
            mask = builder.icmp_unsigned("!=", loaded, ir.Constant(vector, [0] * BYTES))
        else:
            number, vector = _float(sig.args[0])
            size = (number.intrinsic_name == "f32" and 4) or 8
            loaded = builder.load(_vector_at(builder, data, args[1], vector), align=size)
            mask = builder.fcmp_unordered("!=", loaded, ir.Constant(vector, [0.0] * vector.count))
        bits = builder.bitcast(mask, ir.IntType(vector.count))
        return bits if vector.count == 64 else builder.zext(bits, _WORD)

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def lowest_bit(typing: Any, bits: Any) -> Any:  # noqa: ARG001
    """The number of the lowest bit that is set."""
    signature = types.intp(types.uint64)

    def generate(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return signature, generate
