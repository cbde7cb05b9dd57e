//! ln|Γ| and its derivatives.

use super::ROUNDER;
use super::coefficients::{
    BERNOULLI, COS_PI, DIGAMMA_TAIL, HALF_LN_TWO_PI, LN_GAMMA_AT_2, LN_PI, PI, SIN_PI, STIRLING, TRIGAMMA_TAIL,
};
use super::log;
use super::pair::{Pair, quick_two_sum, two_product, two_sum};
use super::power::pow;
use crate::math::polynomial::polynomial;

/// Beyond this every number is an integer.
const INTEGERS: f64 = 4_503_599_627_370_496.0;

/// sin(πr) for |r| ≤ ½.
#[inline(always)]
fn sin_pi(r: f64) -> Pair {
    let z = r * r;
    let linear = Pair::new(PI).times_single(r);
    let inner = quick_two_sum(linear.hi, (r * z).mul_add(polynomial(z, &SIN_PI), linear.lo));
    // Close to ±½ as a cosine.
    let d = 0.5 - r.abs();
    let z = d * d;
    let outer = quick_two_sum(1.0, z * polynomial(z, &COS_PI)).times_power(1.0f64.copysign(r));
    Pair::select(d < 1.0 / 6.0, outer, inner)
}

/// cos(πr) for |r| ≤ ½.
#[inline(always)]
fn cos_pi(r: f64) -> Pair {
    sin_pi(0.5 - r.abs())
}

/// a less the nearest integer.
#[inline(always)]
fn fraction(a: f64) -> f64 {
    if a < INTEGERS { a - ((a + ROUNDER) - ROUNDER) } else { 0.0 }
}

/// lnΓ(a) for 0 < a < ∞.
#[inline(always)]
fn ln_gamma_positive(a: f64) -> Pair {
    let large = a >= 2.5;
    // lnΓ(2 + t) less the logarithm of what leads there: a (a + 1), a, or 1.
    let below_half = a < 0.5;
    let below_one_and_half = a < 1.5;
    let t = a - if below_half {
        0.0
    } else if below_one_and_half {
        1.0
    } else {
        2.0
    };
    let product = two_product(a, a).plus_single(a);
    let product = Pair::select(below_half, product, Pair::from(a));
    let product = Pair::select(below_one_and_half | large, product, Pair::from(1.0));
    let log = log::of_pair(product);
    let mut tail = LN_GAMMA_AT_2;
    tail[0] = 0.0;
    let around_2 = quick_two_sum(LN_GAMMA_AT_2[0], polynomial(t, &tail)).times_single(t);
    let near = around_2.plus(log.negate());

    // Stirling: (a − ½) ln a − a + ln(2π)/2 + …
    let inverse = 1.0 / a;
    let series = inverse * polynomial(inverse * inverse, &STIRLING);
    let far = two_sum(a, -0.5).times(log).plus_single(-a).plus(Pair::new(HALF_LN_TWO_PI)).plus_single(series);
    Pair::select(large, far, near)
}

#[inline(always)]
pub(in crate::math) fn lgamma(x: f64) -> f64 {
    // The last number whose ln Γ is finite.
    const LAST: f64 = 2.556_348_163_871_690_6e305;
    let a = x.abs();
    let bounded = if a < LAST { a } else { LAST };
    let positive = ln_gamma_positive(bounded);
    // Γ(−a) Γ(a) = −π/(a sin πa)
    let r = fraction(bounded);
    let product = sin_pi(r.abs()).times_single(bounded);
    let reflected = Pair::new(LN_PI).plus(log::of_pair(product).negate()).plus(positive.negate());
    // Γ(x) ≈ 1/x near 0
    let tiny = a < 1e-20;
    let result = Pair::select((x > 0.0) | tiny, positive, reflected).value();
    let pole = (x <= 0.0) & (r == 0.0);
    let result = if pole | (a > LAST) { f64::INFINITY } else { result };
    if x.is_nan() { x } else { result }
}

#[inline(always)]
pub(in crate::math) fn digamma(x: f64) -> f64 {
    let a = x.abs();
    let bounded = if a < f64::MAX { a } else { f64::MAX };
    let near = bounded < 3.0;
    let bounded = if bounded > 1e-18 { bounded } else { 1e-18 };
    // ψ(a) = ψ(a + 3) − 1/a − 1/(a + 1) − 1/(a + 2)
    let b = Pair::select(near, two_sum(3.0, bounded), Pair::from(bounded));
    let inverse = 1.0 / b.hi;
    let z = inverse * inverse;
    let far = log::of_pair(b).plus(Pair::from(-0.5 * inverse)).plus_single(-z * polynomial(z, &DIGAMMA_TAIL));
    let c = if near { bounded } else { 1.0 };
    let square = two_product(c, c);
    let product = square.plus_single(c).times(two_sum(2.0, c));
    let sum = square.plus(two_product(2.0, c)).times_single(3.0).plus_single(2.0);
    let steps = sum.over(product);
    let positive = far.plus(Pair::select(near, steps.negate(), Pair::from(0.0)));
    // ψ(−a) = ψ(a) + 1/a + π/tan(πa)
    let r = fraction(bounded);
    let cotangent = cos_pi(r).over(sin_pi(r)).times(Pair::new(PI));
    let negative = positive.plus(Pair::from(1.0).over(Pair::from(bounded))).plus(cotangent);
    let result = Pair::select(x > 0.0, positive, negative).value();
    let result = if a < 1e-17 { -1.0 / x } else { result };
    let result = if x == f64::INFINITY { x } else { result };
    let pole = (x < 0.0) & ((r == 0.0) | (a == f64::INFINITY));
    if pole { f64::NAN } else { result }
}

#[inline(always)]
pub(in crate::math) fn trigamma(x: f64) -> f64 {
    let a = x.abs();
    let bounded = if a < 1e150 { a } else { 1e150 };
    let bounded = if bounded > 1e-150 { bounded } else { 1e-150 };
    let negative = x < 0.0;
    let near = bounded < 4.0;
    // ψ′(a) = 1/a² + 1/(a + 1)² + 1/(a + 2)² + 1/(a + 3)² + ψ′(a + 4); without the first term: ψ′(1 + a).
    let b = if near { bounded + 4.0 } else { bounded };
    let inverse = Pair::from(1.0).over(Pair::select(near, two_sum(4.0, bounded), Pair::from(bounded)));
    let z = inverse.hi * inverse.hi;
    let far = z.mul_add(0.5, (z / b) * polynomial(z, &TRIGAMMA_TAIL));
    let far = inverse.plus_single(far);
    let square_of_inverse = |v: f64| 1.0 / (v * v);
    let steps = square_of_inverse(bounded + 3.0) + square_of_inverse(bounded + 2.0);
    let steps = quick_two_sum(square_of_inverse(bounded + 1.0), steps);
    let above = Pair::select(near, far.plus(steps), far);
    let first = Pair::from(1.0).over(two_product(bounded, bounded));
    let first = Pair::select(near | negative, first, Pair::from(0.0));
    let positive = above.plus(Pair::select(near, first, Pair::from(0.0)));
    // ψ′(−a) = π²/sin²(πa) − ψ′(1 + a)
    let r = fraction(bounded);
    let ratio = Pair::new(PI).over(sin_pi(r));
    let beyond = Pair::select(near, above, above.plus(first.negate()));
    let reflected = ratio.times(ratio).plus(beyond.negate());
    let result = Pair::select(negative, reflected, positive).value();
    let result = if a < 1e-150 { (1.0 / a) * (1.0 / a) } else { result };
    let result = if a >= 1e150 { 1.0 / x } else { result };
    let pole = (x < 0.0) & (r == 0.0);
    let result = if pole { f64::INFINITY } else { result };
    if x.is_nan() { x } else { result }
}

/// ψ⁽ⁿ⁾(x): a loop, not for vector registers.
pub(in crate::math) fn polygamma(n: u32, x: f64) -> f64 {
    match n {
        0 => digamma(x),
        1 => trigamma(x),
        _ => {
            // (−1)ⁿ⁺¹ n! ζ(n + 1, x)
            let factorial = (2..=n).fold(1.0, |product, k| product * f64::from(k));
            let value = factorial * hurwitz_zeta(n + 1, x);
            if n.is_multiple_of(2) { -value } else { value }
        }
    }
}

/// ζ(s, x) = Σ (x + i)⁻ˢ over i = 0, 1, …, for s ≥ 3.
fn hurwitz_zeta(s: u32, x: f64) -> f64 {
    if x > 0.0 {
        return hurwitz_zeta_positive(s, x);
    }
    if x.is_nan() || x == f64::NEG_INFINITY {
        return f64::NAN;
    }
    if x == x.trunc() {
        return f64::INFINITY;
    }
    // The terms with x + i > 0, and the finitely many with x + i < 0.
    let above = x - x.floor();
    let below = x.ceil() - x;
    let negative = hurwitz_zeta_positive(s, below) - hurwitz_zeta_positive(s, 1.0 - x);
    hurwitz_zeta_positive(s, above) + if s.is_multiple_of(2) { negative } else { -negative }
}

/// The same for x > 0: some terms, then the Euler–Maclaurin formula.
fn hurwitz_zeta_positive(s: u32, x: f64) -> f64 {
    let order = f64::from(s);
    if x > 1e12 {
        // The first terms of the formula are all, and x⁻ˢ may be too small for a number where x¹⁻ˢ is not.
        let power = pow(x, 1.0 - order);
        return power / (order - 1.0) + 0.5 * power / x;
    }
    let mut y = x;
    let mut sum = Pair::from(0.0);
    while y < 10.0 + order {
        sum = sum.plus_single(pow(y, -order));
        y += 1.0;
    }
    let inverse = 1.0 / y;
    let last = pow(y, -order);
    sum = sum.plus_single(last * (y / (order - 1.0))).plus_single(0.5 * last);
    let mut factor = last * order * inverse;
    for (k, bernoulli) in BERNOULLI.iter().enumerate() {
        let term = bernoulli * factor;
        sum = sum.plus_single(term);
        if term.abs() <= 1e-18 * sum.hi {
            break;
        }
        let i = order + 2.0 * k as f64 + 1.0;
        factor *= i * (i + 1.0) * inverse * inverse;
    }
    sum.value()
}
