"""Elementary functions for compiled loops, as plain arithmetic: without branches and calls, LLVM vectorises them.

Each works on float32 and float64 (whole numbers become float64), and gives the same bits whatever `fastmath` flags the
kernel has, as long as these do not rule out NaN and infinities. Overflow gives infinity, underflow is gradual, NaN
stays NaN, and a zero keeps its sign where the function is 0 there. The largest error seen, in units of the last place,
and the speed of one core (numbers per second, arrays in the L1 cache, Zen 4) are

| | `exp` | `expm1` | `log` | `log1p` | `tanh` | `sigmoid` |
|---|---|---|---|---|---|---|
| float32 | 1.04, 3.0 G/s | 1.57, 3.3 G/s | 0.84, 2.3 G/s | 1.38, 1.9 G/s | 1.72, 2.0 G/s | 1.48, 1.9 G/s |
| float64 | 0.97, 1.2 G/s | 1.79, 1.3 G/s | 0.80, 1.0 G/s | 1.30, 0.9 G/s | 1.85, 0.8 G/s | 1.42, 0.8 G/s |

Method: `exp`, `expm1`: x = k log(2) + r with |r| <= log(2) / 2, a minimax polynomial of r, and 2^k written into the
bits of the exponent. `log`, `log1p`: x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), and
log(1 + f) = 2 artanh(f / (2 + f)) with a minimax polynomial; log1p adds what the rounding of 1 + x lost. `tanh` and
`sigmoid` are quotients of these, corrected by their remainders. Without fused multiply-add in the processor, every
function is right but slow.

Generated source imports this module and calls `functions.exp(x)`. A square root needs nothing of the kind: LLVM
vectorises `math.sqrt`.
"""
# ruff: noqa: ANN401, ARG001  # numba and llvmlite have no types, and call these functions by position

from collections.abc import Callable
from typing import Any

from numba import types
from numba.extending import intrinsic

from picojoule.compile.float_ir import DOUBLE, SINGLE, Number


@intrinsic  # type: ignore[untyped-decorator]
def exp(typing: Any, x: Any) -> Any:
    """`e**x`."""
    return _elementwise(_exp, x)


@intrinsic  # type: ignore[untyped-decorator]
def expm1(typing: Any, x: Any) -> Any:
    """`e**x - 1`, exact near 0."""
    return _elementwise(_expm1, x)


@intrinsic  # type: ignore[untyped-decorator]
def log(typing: Any, x: Any) -> Any:
    """The natural logarithm; -inf at 0, NaN below."""
    return _elementwise(_log, x)


@intrinsic  # type: ignore[untyped-decorator]
def log1p(typing: Any, x: Any) -> Any:
    """`log(1 + x)`, exact near 0; -inf at -1, NaN below."""
    return _elementwise(_log1p, x)


@intrinsic  # type: ignore[untyped-decorator]
def tanh(typing: Any, x: Any) -> Any:
    """The hyperbolic tangent."""
    return _elementwise(_tanh, x)


@intrinsic  # type: ignore[untyped-decorator]
def sigmoid(typing: Any, x: Any) -> Any:
    """`1 / (1 + e**-x)`."""
    return _elementwise(_sigmoid, x)


def _elementwise(formula: Callable[[Number], Number], x: Any) -> Any:
    if not isinstance(x, (types.Float, types.Integer, types.Boolean)):
        return None  # numba then says that the call does not fit
    single = x == types.float32
    real = types.float32 if single else types.float64

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return formula(Number(builder, SINGLE if single else DOUBLE, args[0])).value

    return real(real), generate


def _exp(x: Number) -> Number:
    f = x.format
    low, high = f.exp_range
    x = x.where("<", low, low, x)
    k, r = _reduced(x.where(">", high, high, x))
    one_plus = (r * r).times_plus(r.polynomial(f.exp_terms), r) + 1.0
    first, half = _nearest(k, 0.5)  # 2^k itself may not be a normal number, but its two factors are
    return one_plus * _power(half) * _power(_nearest(k - first, 1.0)[1])


def _expm1(x: Number) -> Number:
    f = x.format
    bounded = x.where("<", f.expm1_low, f.expm1_low, x)
    k, r = _reduced(bounded.where(">", f.exp_range[1], f.exp_range[1], bounded))
    part = (r * r).times_plus(r.polynomial(f.exp_terms), r)
    half = _power(_nearest(k - 1.0, 1.0)[1])  # of 2^k, which may be infinite
    result = half.times_plus(part, half - 0.5) * 2.0
    return _magnitude(x).where("<", f.tiny, x, result)


def _log(x: Number) -> Number:
    f = x.format
    least, up = 2.0 ** (1 - f.bias), f.fraction + 2  # numbers below the least normal one are scaled up
    k, m = _split(x.where("<", least, x * 2.0**up, x))
    k -= x.where("<", least, float(up), 0.0)
    return _at_the_ends(x, 0.0, _log_of(k, m - 1.0))


def _log1p(x: Number) -> Number:
    f = x.format
    u = x + 1.0
    above = u - 1.0
    lost = (x - above) - ((u - above) - 1.0)  # u + lost = 1 + x, exactly
    k, m = _split(u)
    shift = u.builder.sub(m.bits(), u.bits())
    down = x.from_bits(x.builder.add(shift, x.whole(f.one)))  # 2^-k
    lost = x.where("<", 2.0 ** (2 * f.fraction), lost * down, 0.0)
    result = _at_the_ends(x, -1.0, _log_of(k, (m - 1.0) + lost))
    return _magnitude(x).where("<", f.tiny, x, result)


def _tanh(x: Number) -> Number:
    magnitude = _magnitude(x)
    part = _expm1(magnitude.where(">", x.format.tanh_high, x.format.tanh_high, magnitude) * 2.0)
    quotient = _quotient(part, part, 2.0)
    sign = x.builder.and_(x.bits(), x.whole(1 << (x.format.whole.width - 1)))
    return x.from_bits(x.builder.or_(quotient.bits(), sign))


def _sigmoid(x: Number) -> Number:
    part = _exp(_magnitude(x) * -1.0)
    return _quotient(x.where("<", 0.0, part, 1.0), part, 1.0)


def _reduced(x: Number) -> tuple[Number, Number]:
    """Numbers k and r with x = k log(2) + r."""
    f = x.format
    k, _ = _nearest(x, 1.4426950408889634)
    r = k.times_plus(-f.ln2_high, x)
    return k, k.times_plus(-f.ln2_low, r)


def _nearest(x: Number, factor: float) -> tuple[Number, Number]:
    """The whole number nearest to `x * factor`, and a number whose last bits are that whole number."""
    large = 1.5 * 2.0**x.format.fraction  # here, neighbouring numbers differ by 1
    shifted = x.times_plus(factor, large)
    return shifted - large, shifted


def _power(shifted: Number) -> Number:
    """2 to the power of the whole number in the last bits."""
    f, builder = shifted.format, shifted.builder
    exponent = builder.add(shifted.bits(), shifted.whole(f.bias))
    return shifted.from_bits(builder.shl(exponent, shifted.whole(f.fraction)))


def _split(x: Number) -> tuple[Number, Number]:
    """Numbers k and m with x = 2^k m, m between sqrt(1/2) and sqrt(2); x is a positive normal number."""
    f, builder = x.format, x.builder
    least = 0x3F3504F3 if f.fraction == 23 else 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)
    bits = builder.add(x.bits(), x.whole(f.one - least))
    exponent = builder.lshr(bits, x.whole(f.fraction))
    large = (f.bias + f.fraction) << f.fraction  # the bits of a power of two whose neighbour is larger by 1
    k = x.from_bits(builder.or_(exponent, x.whole(large))) - (2.0**f.fraction + f.bias)
    fraction = builder.and_(bits, x.whole((1 << f.fraction) - 1))
    return k, x.from_bits(builder.add(fraction, x.whole(least)))


def _log_of(k: Number, f: Number) -> Number:
    """log(2^k (1 + f)) = k log(2) + f - (f²/2 - s (f²/2 + R)), s = f / (2 + f), R = log((1 + s) / (1 - s)) / s - 2."""
    s = f / (f + 2.0)
    z = s * s
    square = f * f * 0.5
    low = s * z.times_plus(z.polynomial(k.format.log_terms), square)
    return k.times_plus(k.format.ln2_high, f - (square - k.times_plus(k.format.ln2_low, low)))


def _at_the_ends(x: Number, low: float, result: Number) -> Number:
    """A logarithm where its formula does not hold: -inf at `low`, NaN below it and for NaN, inf at inf."""
    infinity = float("inf")
    outside = x.where("==", low, -infinity, float("nan"))
    return x.where(">", low, x.where("==", infinity, x, result), outside)


def _quotient(numerator: Number, part: Number, constant: float) -> Number:
    """`numerator / (part + constant)` rounded about once: the remainder corrects it. `part` is not negative."""
    divisor = part + constant
    lost = part - (divisor - constant)
    inverse = divisor.like(1.0) / divisor
    quotient = numerator * inverse
    negative = quotient * -1.0
    remainder = negative.times_plus(lost, negative.times_plus(divisor, numerator))
    return remainder.times_plus(inverse, quotient)


def _magnitude(x: Number) -> Number:
    return x.from_bits(x.builder.and_(x.bits(), x.whole((1 << (x.format.whole.width - 1)) - 1)))


# for targets other than numba, which give numbers of their own kind to the same formulas
FORMULAS = {"exp": _exp, "expm1": _expm1, "log": _log, "log1p": _log1p, "tanh": _tanh, "sigmoid": _sigmoid}
