"""Elementary functions as Triton source, from the same formulas as those of the loops on the CPU (`functions`).

Triton's own `exp` of float32 is fast and inexact on a GPU, `expm1`, `log1p`, `tanh` and powers it has only through a
library that its interpreter lacks. The formulas give the same bits on the CPU, on a GPU and in the interpreter.
"""

from collections.abc import Callable

from picojoule.compile.float_ir import DOUBLE, SINGLE, Format, Number
from picojoule.compile.functions import FORMULAS
from picojoule.compile.writer import Writer

_REAL = {"float32": SINGLE, "float64": DOUBLE}

# Through float64, so that a power of float32 is exact; the special cases are those of IEEE 754.
_POWER = """
@triton.jit
def power(base, exponent):
    a, b = base.to(tl.float64), exponent.to(tl.float64)
    size = tl.abs(a)
    whole, half = tl.floor(b) == b, b * 0.5
    result = tl.where(size == 1.0, 1.0, exp_float64(b * log_float64(size)))
    negative = (a.to(tl.int64, bitcast=True) < 0) & whole & (tl.floor(half) != half)
    result = tl.where(negative, -result, result)
    result = tl.where((a < 0.0) & (size < float("inf")) & ~whole, float("nan"), result)
    return tl.where((b == 0.0) | (a == 1.0), 1.0, result).to({real})


"""


def definitions(ops: set[str], dtype: str) -> str:
    """Source of the functions that operations of a graph need.

    Args:
        ops: names of operations; those that need no function are passed over.
        dtype: `float32` or `float64`.

    Returns:
        Functions called like the operations (`power` for `pow`), for a module with `triton` and `tl` in scope.
    """
    found = [_definition(op, FORMULAS[op], _REAL[dtype]) for op in sorted(ops) if op in FORMULAS]
    if "pow" in ops:
        found += [_definition(f"{op}_float64", FORMULAS[op], DOUBLE) for op in ("exp", "log")]
        found.append(_POWER.format(real=f"tl.{dtype}").lstrip("\n"))
    return "".join(found)


def _definition(name: str, formula: Callable[[Number], Number], format: Format) -> str:
    w = Writer()
    w.line("@triton.jit")
    with w.block(f"def {name}(x)"):
        result = formula(_Text(_Lines(w), format, "x"))
        w.line(f"return {result.value}")
    w.line("", "")
    return w.text()


class _Lines:
    """Writes an assignment for each operation; takes the place of LLVM's builder for integers."""

    def __init__(self, writer: Writer) -> None:
        self._writer, self._count = writer, 0

    def named(self, expression: str) -> str:
        """Assign an expression to a new name."""
        self._count += 1
        self._writer.line(f"v{self._count} = {expression}")
        return f"v{self._count}"

    def add(self, a: str, b: str) -> str:
        return self.named(f"{a} + {b}")

    def sub(self, a: str, b: str) -> str:
        return self.named(f"{a} - {b}")

    def and_(self, a: str, b: str) -> str:
        return self.named(f"{a} & {b}")

    def or_(self, a: str, b: str) -> str:
        return self.named(f"{a} | {b}")

    def shl(self, a: str, b: str) -> str:
        return self.named(f"{a} << {b}")

    def lshr(self, a: str, b: str) -> str:
        return self.named(f"{a} >> {b}")


class _Text(Number):
    """A number of a formula as the name that it has in Triton source."""

    @property
    def _real(self) -> str:
        return f"tl.float{self.format.whole.width}"

    def _new(self, value: str) -> Number:
        return _Text(self.builder, self.format, value)

    def _named(self, expression: str) -> Number:
        return self._new(self.builder.named(expression))

    def like(self, number: Number | float) -> Number:
        if isinstance(number, Number):
            return number
        text = repr(number) if abs(number) < float("inf") else f'float("{number}")'
        return self._new(f"tl.full((), {text}, {self._real})")

    def __add__(self, other: Number | float) -> Number:
        return self._named(f"{self.value} + {self.like(other).value}")

    def __sub__(self, other: Number | float) -> Number:
        return self._named(f"{self.value} - {self.like(other).value}")

    def __mul__(self, other: Number | float) -> Number:
        return self._named(f"{self.value} * {self.like(other).value}")

    def __truediv__(self, other: Number | float) -> Number:
        return self._named(divided(self.value, self.like(other).value, self._real))

    def times_plus(self, factor: Number | float, addend: Number | float) -> Number:
        return self._named(f"tl.fma({self.value}, {self.like(factor).value}, {self.like(addend).value})")

    def where(self, relation: str, bound: float, then: Number | float, otherwise: Number | float) -> Number:
        holds = f"{self.value} {relation} {self.like(bound).value}"
        return self._named(f"tl.where({holds}, {self.like(then).value}, {self.like(otherwise).value})")

    def bits(self) -> str:
        bits: str = self.builder.named(f"{self.value}.to(tl.uint{self.format.whole.width}, bitcast=True)")
        return bits

    def from_bits(self, bits: str) -> Number:
        return self._named(f"{bits}.to({self._real}, bitcast=True)")

    def whole(self, number: int) -> str:
        return f"tl.full((), {number}, tl.uint{self.format.whole.width})"


def divided(a: str, b: str, real: str) -> str:
    """A quotient rounded to nearest; the plain one of float32 is not, on a GPU."""
    return f"tl.div_rn({a}, {b})" if real == "tl.float32" else f"{a} / {b}"
