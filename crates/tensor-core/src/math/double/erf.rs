//! The error function and the normal distribution.

use super::coefficients::{
    ERF, ERFC, ERFCINV_FAR, ERFCINV_FAR_HEAD, ERFCINV_MIDDLE, ERFCINV_MIDDLE_HEAD, ERFCINV_NEAR, ERFCINV_NEAR_HEAD,
    ERFINV, TWO_OVER_SQRT_PI,
};
use super::exp::parts;
use super::log;
use super::pair::{Pair, quick_two_sum, two_product, two_sum};
use super::{clamp, scale};
use crate::math::polynomial::polynomial;

/// From here to infinity erfc is computed, below erf.
const SMALL: f64 = 0.65;
/// erfc vanishes from here on.
const LARGE: f64 = 28.0;

/// erf u for 0 ≤ u ≤ [`SMALL`].
#[inline(always)]
fn erf_small(u: Pair) -> Pair {
    let z = u.hi * u.hi;
    let cubic = (u.hi * z) * polynomial(z, &ERF);
    let linear = Pair::new(TWO_OVER_SQRT_PI).times(u);
    quick_two_sum(linear.hi, linear.lo + cubic)
}

/// erfc u = 2ᵏ c for [`SMALL`] ≤ u ≤ [`LARGE`], given u²: k with [`ROUNDER`] added, and c.
///
/// (1 + 2u) e^(u²) erfc u is a smooth function of (u − 4)/(u + 4): M. M. Shepherd and J. G. Laframboise, "Chebyshev
/// approximation of (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞", 1981.
#[inline(always)]
fn erfc_large(u: Pair, square: Pair) -> (f64, Pair) {
    let (k, p) = parts(square.negate());
    let one_plus_p = quick_two_sum(1.0, p.hi);
    let exponential = Pair { hi: one_plus_p.hi, lo: one_plus_p.lo + p.lo };
    let t = (u.hi - 4.0) / (u.hi + 4.0);
    let smooth = quick_two_sum(ERFC[0], t * tail_of_erfc(t));
    let doubled = u.times_power(2.0);
    (k, exponential.times(smooth).over(two_sum(doubled.hi, 1.0).plus_single(doubled.lo)))
}

/// The polynomial [`ERFC`] without its constant term, divided by t.
#[inline(always)]
fn tail_of_erfc(t: f64) -> f64 {
    let mut tail = [0.0; ERFC.len() - 1];
    let mut j = 0;
    while j < tail.len() {
        tail[j] = ERFC[j + 1];
        j += 1;
    }
    polynomial(t, &tail)
}

#[inline(always)]
pub(in crate::math) fn erf(x: f64) -> f64 {
    let a = clamp(x.abs(), 0.0, 7.0);
    let small = erf_small(Pair::from(a)).value();
    let (k, c) = erfc_large(Pair::from(a), two_product(a, a));
    let power = scale(1.0, k);
    let large = two_sum(1.0, -c.hi * power);
    let large = large.hi + (large.lo - c.lo * power);
    let result = (if a < SMALL { small } else { large }).copysign(x);
    if x == 0.0 { x } else { result }
}

#[inline(always)]
pub(in crate::math) fn erfc(x: f64) -> f64 {
    let a = clamp(x.abs(), 0.0, LARGE);
    let square = two_product(a, a);
    upper_tail(x.is_sign_negative(), Pair::from(a), square, 1.0)
}

/// (share · erfc ±u), with − if `negative`; share is 1 or ½.
#[inline(always)]
fn upper_tail(negative: bool, u: Pair, square: Pair, share: f64) -> f64 {
    let small = erf_small(u).times_power(share);
    let inner = two_sum(share, if negative { small.hi } else { -small.hi });
    let inner = inner.hi + (inner.lo + if negative { small.lo } else { -small.lo });
    let (k, c) = erfc_large(u, square);
    let c = c.times_power(share);
    let power = scale(1.0, k);
    let beyond = two_sum(2.0 * share, -c.hi * power);
    let beyond = beyond.hi + (beyond.lo - c.lo * power);
    let outer = if negative { beyond } else { scale(c.value(), k) };
    if u.hi < SMALL { inner } else { outer }
}

#[inline(always)]
pub(in crate::math) fn normal_cdf(x: f64) -> f64 {
    const SQRT_HALF: Pair = Pair::new([std::f64::consts::FRAC_1_SQRT_2, -4.833_646_656_726_457e-17]);
    // Φ(x) = erfc(−x/√2)/2
    let a = clamp(x.abs(), 0.0, 39.5);
    let square = two_product(a, a).times_power(0.5);
    upper_tail(!x.is_sign_negative(), SQRT_HALF.times_single(a), square, 0.5)
}

#[inline(always)]
pub(in crate::math) fn erfinv(x: f64) -> f64 {
    let a = x.abs();
    let inner = x.mul_add(29.0 / 32.0, x * polynomial(x.mul_add(x, -0.25), &ERFINV));
    // A function of s = √(−ln(1 − |x|)) that is nearly straight, in three pieces.
    let s = log::of_positive(if a < 1.0 { 1.0 - a } else { 0.5 }).negate().sqrt();
    let near = s.hi < 1.95;
    let far = s.hi > 3.5;
    let choose = |near_value: f64, middle_value: f64, far_value: f64| {
        let value = if near { near_value } else { middle_value };
        if far { far_value } else { value }
    };
    let mut piece = [0.0; ERFCINV_NEAR.len()];
    let mut j = 0;
    while j < piece.len() {
        piece[j] = choose(ERFCINV_NEAR[j], ERFCINV_MIDDLE[j], ERFCINV_FAR[j]);
        j += 1;
    }
    let t = two_sum(s.hi, -choose(1.25, 2.75, 4.75));
    let outer =
        choose(ERFCINV_NEAR_HEAD, ERFCINV_MIDDLE_HEAD, ERFCINV_FAR_HEAD) + (polynomial(t.hi, &piece) + (t.lo + s.lo));
    let result = if a < 0.7 { inner } else { outer.copysign(x) };
    let result = if x == 0.0 { x } else { result };
    let result = if a == 1.0 { f64::INFINITY.copysign(x) } else { result };
    if a <= 1.0 { result } else { f64::NAN }
}
