//! sin, cos, tan for every argument.

use super::coefficients::{TWO_OVER_PI, WIDE_COS, WIDE_SIN};
use crate::math::blocks::by_blocks;
use crate::math::double::ROUNDER;
use crate::math::polynomial::polynomial;

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// Up to here k π/2 from two parts of π/2 is precise enough.
const MODERATE: f32 = 16_777_216.0;

/// a + b and the rounding error of this sum.
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// x = k π/2 + r with |r| ≤ π/4, for |x| ≤ [`MODERATE`]: k with [`ROUNDER`] added, and r.
#[inline(always)]
fn reduce_moderate(x: f32) -> (f64, f64) {
    const REST: f64 = 6.123_233_995_736_766e-17;
    let x = f64::from(x);
    let shifted = x.mul_add(FRAC_2_PI, ROUNDER);
    let k = shifted - ROUNDER;
    (shifted, k.mul_add(-REST, k.mul_add(-FRAC_PI_2, x)))
}

/// The same for any finite x, after M. Payne and R. Hanek, "Radian reduction for trigonometric functions", 1983: with
/// x = 2^(32j) y, multiples of 4 are left out of 2^(32j) · 2/π before it is multiplied by y.
#[inline(always)]
fn reduce_huge(x: f32) -> (f64, f64) {
    /// 2³².
    const STEP: f64 = 4_294_967_296.0;
    let x = f64::from(x);
    // Four rows of a table, selected rather than loaded.
    let row = |j: usize, factor: f64| (factor, TWO_OVER_PI[0][j], TWO_OVER_PI[1][j], TWO_OVER_PI[2][j]);
    let chosen = if x.abs() < STEP { row(0, 1.0) } else { row(1, 1.0 / STEP) };
    let chosen = if x.abs() < STEP * STEP { chosen } else { row(2, 1.0 / (STEP * STEP)) };
    let chosen = if x.abs() < STEP * STEP * STEP { chosen } else { row(3, 1.0 / (STEP * STEP * STEP)) };
    let (factor, c_0, c_1, c_2) = chosen;
    let y = x * factor;
    // The first two products are exact, for their factors have 24 and 29 bits.
    let first = y * c_0;
    let second = y * c_1;
    let turns = first.trunc();
    let first = first - turns;
    let second_turns = (second + ROUNDER) - ROUNDER;
    let second = second - second_turns;
    let third = y * c_2;
    let third_error = y.mul_add(c_2, -third);
    let (sum, error) = two_sum(first, second);
    let (sum, second_error) = two_sum(sum, third);
    let shifted = sum + ROUNDER;
    let fraction = (sum - (shifted - ROUNDER)) + (error + (second_error + third_error));
    // Whole turns of a quarter, modulo 4.
    let quarters = |t: f64| (-4.0f64).mul_add((t * 0.25).trunc(), t);
    ((shifted + quarters(turns)) + quarters(second_turns), fraction * FRAC_PI_2)
}

#[inline(always)]
fn reduce(x: f32) -> (f64, f64) {
    let (k, r) = reduce_moderate(x);
    let (huge_k, huge_r) = reduce_huge(x);
    let moderate = x.abs() <= MODERATE;
    (if moderate { k } else { huge_k }, if moderate { r } else { huge_r })
}

/// sin r and cos r for |r| ≤ π/4.
#[inline(always)]
fn sin_cos_near_zero(r: f64) -> (f64, f64) {
    let z = r * r;
    let sin = (r * z).mul_add(polynomial(z, &WIDE_SIN), r);
    (sin, z.mul_add(polynomial(z, &WIDE_COS), 1.0))
}

/// sin(x + quadrant · π/2) from the reduced argument.
#[inline(always)]
fn sin_in_quadrant((k, r): (f64, f64), quadrant: u64) -> f32 {
    let k = k.to_bits().wrapping_add(quadrant);
    let (sin, cos) = sin_cos_near_zero(r);
    let value = if k & 1 == 0 { sin } else { cos };
    f64::from_bits(value.to_bits() ^ ((k & 2) << 62)) as f32
}

#[inline(always)]
fn sin_of_reduced(x: f32, reduced: (f64, f64)) -> f32 {
    let result = sin_in_quadrant(reduced, 0);
    if x == 0.0 { x } else { result }
}

#[inline(always)]
fn cos_of_reduced(_: f32, reduced: (f64, f64)) -> f32 {
    sin_in_quadrant(reduced, 1)
}

#[inline(always)]
fn tan_of_reduced(x: f32, (k, r): (f64, f64)) -> f32 {
    let (sin, cos) = sin_cos_near_zero(r);
    let odd = k.to_bits() & 1 == 1;
    let result = ((if odd { -cos } else { sin }) / (if odd { sin } else { cos })) as f32;
    if x == 0.0 { x } else { result }
}

/// Whether the reduction for moderate arguments does.
#[inline(always)]
fn is_moderate(x: f32) -> bool {
    x.abs() <= MODERATE
}

/// A function of the reduced argument for every x, for moderate x, and for slices.
macro_rules! define {
    ($name:ident, $moderate:ident, $slice:ident: $of_reduced:expr) => {
        #[inline(always)]
        fn $moderate(x: f32) -> f32 {
            $of_reduced(x, reduce_moderate(x))
        }

        #[inline(always)]
        pub(in crate::math) fn $name(x: f32) -> f32 {
            $of_reduced(x, reduce(x))
        }

        #[inline(always)]
        pub(in crate::math) fn $slice(x: &[f32], out: &mut [f32]) {
            by_blocks(x, out, is_moderate, $moderate, $name);
        }
    };
}

define!(sin, sin_moderate, sin_slice: sin_of_reduced);
define!(cos, cos_moderate, cos_slice: cos_of_reduced);
define!(tan, tan_moderate, tan_slice: tan_of_reduced);
