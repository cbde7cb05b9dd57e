//! sin, cos, tan for every argument.

use super::ROUNDER;
use super::coefficients::{COS, FRAC_PI_2, SIN, TWO_OVER_PI};
use super::pair::{Pair, quick_two_sum, two_product, two_sum};
use crate::math::blocks::by_blocks;
use crate::math::polynomial::polynomial;

/// Up to here k π/2 from three parts of π/2 is precise enough; beyond, 2/π is needed to a thousand bits.
const MODERATE: f64 = 1_073_741_824.0;

/// x = k π/2 + r with |r| ≤ π/4, for |x| ≤ [`MODERATE`]: k with [`ROUNDER`] added, and r.
#[inline(always)]
fn reduce_moderate(x: f64) -> (f64, Pair) {
    let shifted = x.mul_add(std::f64::consts::FRAC_2_PI, ROUNDER);
    let k = shifted - ROUNDER;
    // Exact: both terms are multiples of the last place of π/2, and so is their small difference.
    let head = (-k).mul_add(FRAC_PI_2[0], x);
    let middle = two_product(k, FRAC_PI_2[1]);
    let r = two_sum(head, -middle.hi);
    (shifted, quick_two_sum(r.hi, k.mul_add(-FRAC_PI_2[2], r.lo - middle.lo)))
}

/// The same for any finite x, after M. Payne and R. Hanek, "Radian reduction for trigonometric functions", 1983: with
/// x = 2^(32j) y, multiples of 4 are left out of 2^(32j) · 2/π before it is multiplied by y.
#[inline(always)]
fn reduce_huge(x: f64) -> (f64, Pair) {
    let exponent = (x.to_bits() >> 52) & 0x7ff;
    let j = (exponent.saturating_sub(1023) >> 5) & 31;
    let y = x * f64::from_bits((1023 - 32 * j) << 52);
    let j = j as usize;
    let modulo_4 = |v: f64| (-4.0f64).mul_add((v * 0.25).trunc(), v);
    let first = two_product(y, TWO_OVER_PI[0][j]);
    let second = two_product(y, TWO_OVER_PI[1][j]);
    let third = two_product(y, TWO_OVER_PI[2][j]);
    let fourth = y * TWO_OVER_PI[3][j];
    let sum = two_sum(modulo_4(first.hi), modulo_4(first.lo));
    let turns = two_sum(sum.hi, modulo_4(second.hi));
    let shifted = turns.hi + ROUNDER;
    let head = turns.hi - (shifted - ROUNDER);
    let low = two_sum(sum.lo, turns.lo);
    let tail = two_sum(second.lo, third.hi);
    let rest = two_sum(low.hi, tail.hi);
    let fraction = two_sum(head, rest.hi);
    let fraction = quick_two_sum(fraction.hi, fraction.lo + (rest.lo + ((low.lo + tail.lo) + (third.lo + fourth))));
    (shifted, fraction.times(Pair::new([FRAC_PI_2[0], FRAC_PI_2[1]])))
}

#[inline(always)]
fn reduce(x: f64) -> (f64, Pair) {
    let (k, r) = reduce_moderate(x);
    let (huge_k, huge_r) = reduce_huge(x);
    let moderate = x.abs() <= MODERATE;
    (if moderate { k } else { huge_k }, Pair::select(moderate, r, huge_r))
}

/// sin r for |r| ≤ π/4.
#[inline(always)]
fn sin_near_zero(r: Pair) -> Pair {
    let z = r.hi * r.hi;
    let cubic = (r.hi * z) * polynomial(z, &SIN);
    quick_two_sum(r.hi, cubic + (-0.5 * z).mul_add(r.lo, r.lo))
}

/// cos r for |r| ≤ π/4.
#[inline(always)]
fn cos_near_zero(r: Pair) -> Pair {
    let z = r.hi * r.hi;
    let half = 0.5 * z;
    let half_error = (0.5 * r.hi).mul_add(r.hi, -half);
    let head = quick_two_sum(1.0, -half);
    let quartic = (z * z).mul_add(polynomial(z, &COS), (-r.hi).mul_add(r.lo, -half_error));
    quick_two_sum(head.hi, head.lo + quartic)
}

/// sin(x + quadrant · π/2) from the reduced argument.
#[inline(always)]
fn sin_in_quadrant((k, r): (f64, Pair), quadrant: u64) -> f64 {
    let k = k.to_bits().wrapping_add(quadrant);
    let sin = sin_near_zero(r).value();
    let cos = cos_near_zero(r).value();
    let value = if k & 1 == 0 { sin } else { cos };
    f64::from_bits(value.to_bits() ^ ((k & 2) << 62))
}

#[inline(always)]
fn sin_of_reduced(x: f64, reduced: (f64, Pair)) -> f64 {
    let result = sin_in_quadrant(reduced, 0);
    if x == 0.0 { x } else { result }
}

#[inline(always)]
fn cos_of_reduced(_: f64, reduced: (f64, Pair)) -> f64 {
    sin_in_quadrant(reduced, 1)
}

#[inline(always)]
fn tan_of_reduced(x: f64, (k, r): (f64, Pair)) -> f64 {
    let sin = sin_near_zero(r);
    let cos = cos_near_zero(r);
    let odd = k.to_bits() & 1 == 1;
    let result = Pair::select(odd, cos.negate(), sin).over(Pair::select(odd, sin, cos)).value();
    if x == 0.0 { x } else { result }
}

/// Whether the reduction for moderate arguments does.
#[inline(always)]
fn is_moderate(x: f64) -> bool {
    x.abs() <= MODERATE
}

/// A function of the reduced argument for every x, for moderate x, and for slices.
macro_rules! define {
    ($name:ident, $moderate:ident, $slice:ident: $of_reduced:expr) => {
        #[inline(always)]
        fn $moderate(x: f64) -> f64 {
            $of_reduced(x, reduce_moderate(x))
        }

        #[inline(always)]
        pub(in crate::math) fn $name(x: f64) -> f64 {
            $of_reduced(x, reduce(x))
        }

        #[inline(always)]
        pub(in crate::math) fn $slice(x: &[f64], out: &mut [f64]) {
            by_blocks(x, out, is_moderate, $moderate, $name);
        }
    };
}

define!(sin, sin_moderate, sin_slice: sin_of_reduced);
define!(cos, cos_moderate, cos_slice: cos_of_reduced);
define!(tan, tan_moderate, tan_slice: tan_of_reduced);
