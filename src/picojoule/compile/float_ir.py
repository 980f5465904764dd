"""Formulas of floating-point numbers written straight into a kernel's LLVM code.

Each operation is rounded by itself, whatever the kernel around it allows. Numba gives a kernel's `fastmath` flags to
additions, multiplications and divisions that carry no flag, so these carry one that means nothing for them. It gives
them to every call, too, so fused multiply-adds take none: "contract" splits them where the processor has none.
"""
# ruff: noqa: ANN401  # llvmlite has no types

from dataclasses import dataclass
from functools import reduce
from typing import Any

from llvmlite import ir


@dataclass(frozen=True)
class Format:
    """A binary floating-point format, and the constants of formulas that depend on its precision."""

    real: Any  # of LLVM
    whole: Any  # integers of the same width
    fraction: int  # bits of the significand that are stored
    bias: int  # of the exponent
    ln2_high: float  # so few bits that its product with an exponent is exact
    ln2_low: float
    exp_range: tuple[float, float]  # exp is 0 below it and infinite above
    expm1_low: float  # expm1 is -1 below
    tanh_high: float  # tanh is 1 above
    tiny: float  # below it, expm1(x) = x = log1p(x)
    exp_terms: tuple[float, ...]  # of (exp(r) - 1 - r) / r², in powers of r, for |r| <= log(2) / 2
    log_terms: tuple[float, ...]  # of (log((1 + s) / (1 - s)) / s - 2) / s², in powers of s²

    @property
    def one(self) -> int:
        """The bits of 1."""
        return self.bias << self.fraction


SINGLE = Format(
    real=ir.FloatType(), whole=ir.IntType(32), fraction=23, bias=127,
    ln2_high=0.693145751953125, ln2_low=1.428606765330187e-06,
    exp_range=(-104.0, 89.0), expm1_low=-18.0, tanh_high=10.0, tiny=2.0**-26,
    exp_terms=(0.5000000058665716, 0.16666545009018838, 0.04166628899359758, 0.008366407182291428,
               0.0013946108629505677),
    log_terms=(0.6666676020914328, 0.3997912223275614, 0.29835896609393525),
)  # fmt: skip

DOUBLE = Format(
    real=ir.DoubleType(), whole=ir.IntType(64), fraction=52, bias=1023,
    ln2_high=0.6931471805592082, ln2_low=7.371002565167799e-13,
    exp_range=(-746.0, 710.0), expm1_low=-38.0, tanh_high=20.0, tiny=2.0**-55,
    exp_terms=(0.5, 0.16666666666666677, 0.0416666666666667, 0.008333333333322104, 0.0013888888888867706,
               0.00019841269885087671, 2.4801587359234395e-05, 2.755724513154405e-06, 2.755724366711408e-07,
               2.5108750435835774e-08, 2.092421208243993e-09),
    log_terms=(0.6666666666666691, 0.399999999996648, 0.28571428692672046, 0.22222203232446533, 0.18183339958476585,
               0.15319424842010448, 0.147452113983215),
)  # fmt: skip


class _NoFlags(set[str]):
    """Flags of an instruction that stay none."""

    def add(self, flag: str) -> None:
        """Leave the flag out."""


class Number:
    """A number of a kernel: arithmetic on it adds instructions to the kernel."""

    def __init__(self, builder: Any, format: Format, value: Any) -> None:
        self.builder, self.format, self.value = builder, format, value

    def like(self, number: "Number | float") -> "Number":
        """The number itself, or a constant of the same format."""
        if isinstance(number, Number):
            return number
        return self._new(ir.Constant(self.format.real, number))

    def _new(self, value: Any) -> "Number":
        return Number(self.builder, self.format, value)

    def __add__(self, other: "Number | float") -> "Number":
        return self._new(self.builder.fadd(self.value, self.like(other).value, flags=("arcp",)))

    def __sub__(self, other: "Number | float") -> "Number":
        return self._new(self.builder.fsub(self.value, self.like(other).value, flags=("arcp",)))

    def __mul__(self, other: "Number | float") -> "Number":
        return self._new(self.builder.fmul(self.value, self.like(other).value, flags=("arcp",)))

    def __truediv__(self, other: "Number | float") -> "Number":
        return self._new(self.builder.fdiv(self.value, self.like(other).value, flags=("contract",)))

    def times_plus(self, factor: "Number | float", addend: "Number | float") -> "Number":
        """`self * factor + addend`, rounded once."""
        fused = self.builder.fma(self.value, self.like(factor).value, self.like(addend).value)
        fused.fastmath = _NoFlags()
        return self._new(fused)

    def polynomial(self, terms: tuple[float, ...]) -> "Number":
        """The sum of `terms[k] * self**k`."""
        return reduce(self.times_plus, reversed(terms[:-1]), self.like(terms[-1]))

    def where(self, relation: str, bound: float, then: "Number | float", otherwise: "Number | float") -> "Number":
        """`then` where `self relation bound` holds; it never does for NaN."""
        holds = self.builder.fcmp_ordered(relation, self.value, self.like(bound).value)
        return self._new(self.builder.select(holds, self.like(then).value, self.like(otherwise).value))

    def bits(self) -> Any:
        """The number as an integer of LLVM."""
        return self.builder.bitcast(self.value, self.format.whole)

    def from_bits(self, bits: Any) -> "Number":
        """The number that an integer of LLVM stands for."""
        return self._new(self.builder.bitcast(bits, self.format.real))

    def whole(self, number: int) -> Any:
        """A constant for arithmetic on bits."""
        return ir.Constant(self.format.whole, number)
