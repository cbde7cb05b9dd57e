#!/usr/bin/env python3
"""Writes arguments and correctly rounded results of the elementary functions, for tests and measurements.

    python3 scripts/reference_samples.py [COUNT] [SEED] [FUNCTION…] > crates/tensor-core/tests/data/elementary.txt

Each line: function, the argument's bits (two arguments are joined by a comma), the result's bits, and what the exact
result exceeds the rounded one by (as a decimal), so that errors of a fraction of an ulp can be told. COUNT is the number
of random arguments for each function; the hard cases come on top. Needs mpmath.
"""

import math
import random
import struct
import sys

import mpmath as m
from mpmath import mp, mpf

mp.prec = 300


def bits(x):
    return f"{struct.unpack('<Q', struct.pack('<d', x))[0]:016x}"


def from_bits(b):
    return struct.unpack("<d", struct.pack("<Q", b))[0]


def rounded(v):
    """The double nearest to v (also subnormal or infinite), and the rest."""
    if not m.isfinite(v):
        return float(v), 0.0
    if abs(v) >= mpf(2) ** 1024:
        return math.copysign(math.inf, v), 0.0
    quantum = max(int(m.floor(m.log(abs(v), 2))) - 52, -1074) if v else -1074
    scaled = m.ldexp(v, -quantum)
    whole = int(m.floor(scaled + mpf(1) / 2))
    if m.almosteq(scaled - m.floor(scaled), mpf(1) / 2, 0, mpf(2) ** -150) and whole % 2:
        whole -= 1
    hi = math.ldexp(whole, quantum) if abs(whole) < 2**53 else float(m.ldexp(whole, quantum))
    return hi, float(v - mpf(hi))


def uniform(a, b):
    return lambda r: r.uniform(a, b)


def magnitude(a, b, signed=True):
    """Numbers of which the exponent is uniform, from 2^a to 2^b."""

    def draw(r):
        x = math.ldexp(r.uniform(1, 2), r.randint(a, b - 1))
        return -x if signed and r.random() < 0.5 else x

    return draw


def near(*centres):
    """Numbers close to a centre, at all distances."""

    def draw(r):
        c = r.choice(centres)
        return c + math.ldexp(r.uniform(-1, 1), r.randint(-50, -2)) * max(abs(c), 1e-300)

    return draw


def huge_near_multiples(r):
    """Close to a multiple of π/2, of any size."""
    e = r.randint(1, 1020)
    with mp.workprec(1300):
        return float(m.floor(m.ldexp(r.random(), e) * 2 / m.pi) * m.pi / 2)


def lgamma(x):
    return m.re(m.loggamma(x))


def logaddexp(a, b):
    high, low = max(a, b), min(a, b)
    return high + m.log1p(m.exp(low - high))


anything = magnitude(-1074, 1023)
# The most difficult double for reduction modulo π/2 (J.-M. Muller, Elementary Functions), and other hard angles.
HARD_ANGLES = [6381956970095103.0 * 2.0**797, 1.5707963267948966, 3.141592653589793, 6.283185307179586, 1e22, 1.7976931348623157e308, 0.7853981633974483, 1073741824.0, 1073741825.5, 2.0**100]

FUNCTIONS = {
    "exp": (m.exp, [uniform(-745, 709.7), uniform(-1, 1), magnitude(-60, 3)], [1.0, -1.0, 709.782712893384, -745.13321910194, -708.4, 0.34657359027997264]),
    "exp2": (lambda x: mpf(2) ** x, [uniform(-1074, 1024), uniform(-1, 1), magnitude(-60, 3)], [0.5, -0.5, 1023.9999999999999, -1073.5, -1022.5, 10.0]),
    "expm1": (m.expm1, [uniform(-40, 709.7), uniform(-1, 1), magnitude(-1074, 3)], [1.0, -1.0, 709.782712893384, 1e-300, 0.34657359027997264]),
    "ln": (m.log, [magnitude(-1074, 1024, False), near(1.0), uniform(0.5, 2)], [5e-324, 1.7976931348623157e308, 2.0, 0.7071067811865476]),
    "log2": (lambda x: m.log(x) / m.ln2, [magnitude(-1074, 1024, False), near(1.0), uniform(0.5, 2)], [5e-324, 8.0, 0.125, 1.4142135623730951]),
    "log10": (m.log10, [magnitude(-1074, 1024, False), near(1.0), uniform(0.5, 2)], [10.0**k for k in range(-5, 23)]),
    "log1p": (m.log1p, [magnitude(-1074, 1024, False), uniform(-1, 1), magnitude(-60, 0), near(-1.0)], [1.1e-16, 2.3e-16, -0.2928932188134524, 0.41421356237309515]),
    "sin": (m.sin, [uniform(-10, 10), anything, huge_near_multiples, magnitude(-30, 35)], HARD_ANGLES),
    "cos": (m.cos, [uniform(-10, 10), anything, huge_near_multiples, magnitude(-30, 35)], HARD_ANGLES),
    "tan": (m.tan, [uniform(-10, 10), anything, huge_near_multiples, magnitude(-30, 35)], HARD_ANGLES),
    "asin": (m.asin, [uniform(-1, 1), magnitude(-1074, 0), near(1.0, -1.0, 0.5)], [1.0, -1.0, 0.5, 0.9999999999999999]),
    "acos": (m.acos, [uniform(-1, 1), magnitude(-60, 0), near(1.0, -1.0, 0.5)], [1.0, -1.0, 0.5, 0.9999999999999999, -0.9999999999999999]),
    "atan": (m.atan, [uniform(-5, 5), anything, near(1.0, 0.41421356)], [1.0, 1e300, 0.41421356237309503]),
    "sinh": (m.sinh, [uniform(-710, 710), uniform(-2, 2), magnitude(-1074, 5)], [0.34657359027997264, 710.4, 1.0]),
    "cosh": (m.cosh, [uniform(-710, 710), uniform(-2, 2), magnitude(-60, 5)], [0.34657359027997264, 710.4, 1.0]),
    "tanh": (m.tanh, [uniform(-20, 20), uniform(-1, 1), magnitude(-1074, 4)], [0.17328679513998632, 0.5, 18.0, 19.5]),
    "asinh": (m.asinh, [anything, uniform(-3, 3), magnitude(-40, 10)], [1.0, 2e-9, 1e15, 1.0000001e15]),
    "acosh": (m.acosh, [magnitude(0, 1024, False), uniform(1, 4), near(1.0)], [1.0, 1.0000000000000002, 1e15, 1.0000001e15]),
    "atanh": (m.atanh, [uniform(-1, 1), magnitude(-1074, 0), near(1.0, -1.0)], [0.5, 0.9999999999999999, 2e-9]),
    "cbrt": (lambda x: m.sign(x) * m.cbrt(abs(x)), [anything, uniform(-30, 30)], [27.0, 0.125, 1e-300, 343.0, 5e-324, 3.375]),
    "erf": (m.erf, [uniform(-6, 6), magnitude(-1074, 3), near(0.5, 1.0)], [0.5, 1.0, 5.9]),
    "erfc": (m.erfc, [uniform(-6, 27.2), uniform(-1, 1), near(0.5), magnitude(-50, 4)], [0.5, 26.5, 27.0, 27.2]),
    "normal_cdf": (lambda x: m.erfc(-x / m.sqrt(2)) / 2, [uniform(-38.4, 8), uniform(-1.5, 1.5), magnitude(-50, 4)], [-38.0, -37.5, 0.0]),
    "erfinv": (m.erfinv, [uniform(-1, 1), magnitude(-1074, 0), near(1.0, -1.0)], [0.5, 0.9999999999999999, -0.9999999999999999]),
    "lgamma": (lgamma, [magnitude(-60, 1013, False), uniform(0, 10), uniform(-10, 0), near(1.0, 2.0), magnitude(-100, 10)], [0.5, 2.5, 1.5, 100.0, 2.5e305]),
    "digamma": (m.digamma, [magnitude(-60, 1023, False), uniform(0, 10), uniform(-10, 0), magnitude(-100, 10)], [1.0, 2.0, 3.0, 0.5, 1.4616321449683623, -0.5]),
    "trigamma": (lambda x: m.polygamma(1, x), [magnitude(-60, 400, False), uniform(0, 10), uniform(-10, 0), magnitude(-100, 10)], [1.0, 2.0, 4.0, 0.5]),
    "sigmoid": (lambda x: 1 / (1 + m.exp(-x)), [uniform(-745, 40), uniform(-2, 2), magnitude(-60, 5)], [-709.0, -740.0, 36.0]),
    "softplus": (lambda x: m.log1p(m.exp(x)), [uniform(-745, 40), uniform(-2, 2), magnitude(-60, 1023)], [-709.0, -740.0, 36.0, 1e300]),
    "log_sigmoid": (lambda x: -m.log1p(m.exp(-x)), [uniform(-40, 745), uniform(-2, 2), magnitude(-60, 5)], [709.0, 740.0, -36.0]),
}


def pair(a, b):
    return lambda r: (a(r), b(r))


def power_in_range(r):
    """A base of any size and an exponent that keeps the result finite."""
    x = magnitude(-1022, 1023, False)(r) if r.random() < 0.5 else r.uniform(0.5, 2)
    return x, r.uniform(-1074, 1024) / math.log2(x) if x != 1 else 1.0


def nearly_equal(r):
    a = r.uniform(-50, 50)
    return a, a + r.uniform(-40, 40)


def same_binade(r):
    e = r.randint(-1060, 1020)
    return math.ldexp(r.uniform(-4, 4), e), math.ldexp(r.uniform(-4, 4), e + r.randint(-3, 3))


PAIRS = {
    "atan2": (m.atan2, [pair(uniform(-5, 5), uniform(-5, 5)), pair(anything, anything), same_binade], [(1.0, 1.0), (1.0, -1.0), (0.0, -1.0), (5e-324, 5e-324), (5e-324, 1e-310)]),
    "hypot": (lambda x, y: m.sqrt(x * x + y * y), [pair(uniform(-5, 5), uniform(-5, 5)), pair(anything, anything), same_binade], [(3.0, 4.0), (5e-324, 5e-324), (1e308, 1e308), (1e-310, 3e-310)]),
    "pow": (lambda x, y: m.power(x, y), [power_in_range, power_in_range, pair(uniform(0, 10), uniform(-10, 10))], [(2.0, 0.5), (3.0, 2.0), (10.0, 300.0), (10.0, -300.0), (-3.0, 3.0), (-2.0, -1073.0), (1.0000000000000002, 1e18), (0.9999999999999999, 1e18), (7.5, 1.0)]),
    "logaddexp": (logaddexp, [pair(uniform(-5, 5), uniform(-5, 5)), nearly_equal, pair(magnitude(-60, 1000), uniform(-100, 100))], [(0.0, 0.0), (1.0, 1.0), (-800.0, -801.0)]),
}


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    chosen = sys.argv[3:] or list(FUNCTIONS) + list(PAIRS)
    for name in chosen:
        f, draws, hard = (FUNCTIONS | PAIRS)[name]
        r = random.Random(f"{name} {seed}")
        arguments = hard + [draws[i % len(draws)](r) for i in range(count)]
        for a in arguments:
            a = a if isinstance(a, tuple) else (a,)
            if not all(math.isfinite(x) for x in a):
                continue
            try:
                # Huge angles need as many bits as their exponent.
                with mp.workprec(2600 if max(abs(x) for x in a) > 1e15 or name in ("acosh", "asinh") else 300):
                    v = f(*map(mpf, a))
                    if not m.isfinite(v) or isinstance(v, m.mpc):
                        continue
                    hi, lo = rounded(v)
            except (ValueError, ZeroDivisionError, OverflowError, m.libmp.NoConvergence):
                continue
            if math.isfinite(hi):
                print(name, ",".join(map(bits, a)), bits(hi), repr(lo))


main()
