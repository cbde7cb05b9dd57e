//! The elementary functions: accuracy, special values, and the same bits on every path.

mod error;
mod paths;
mod reference;

use error::{in_ulp_single, is_mismatch, samples};
use paths::{available, binary_double, binary_single, unary_double, unary_single};
use tensor_core::math::Math;

const SAMPLES: &str = include_str!("../data/elementary.txt");

#[test]
fn single_precision_is_within_one_ulp() {
    let x: Vec<f32> = (0..1u32 << 16).map(|i| f32::from_bits(i.wrapping_mul(65_537).wrapping_mul(40_503))).collect();
    let y: Vec<f32> = x.iter().map(|&x| f32::from_bits(x.to_bits().rotate_left(13) ^ 0x3555_5555)).collect();
    let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    let wide_y: Vec<f64> = y.iter().map(|&y| f64::from(y)).collect();
    let (mut got, mut exact) = (vec![0.0f32; x.len()], vec![0.0f64; x.len()]);
    let mut check = |name: &str, got: &[f32]| {
        reference::function(name).evaluate(&wide, &wide_y, &mut exact);
        for i in 0..x.len() {
            let error = in_ulp_single(got[i], exact[i]);
            assert!(
                error <= 1.0 && !is_mismatch(got[i], exact[i]),
                "{name} of {:e} (and {:e}) is {:e}, not {:e}: {error} ulp",
                x[i],
                y[i],
                got[i],
                exact[i]
            );
        }
    };
    for paths in unary_single() {
        (available(&paths).last().unwrap().1)(&x, &mut got);
        check(paths.name, &got);
    }
    for paths in binary_single() {
        (available(&paths).last().unwrap().1)(&x, &y, &mut got);
        check(paths.name, &got);
    }
}

/// Near their zeros these are promised in absolute terms only.
fn has_zeros(name: &str) -> bool {
    ["lgamma", "digamma", "logaddexp"].contains(&name)
}

fn check_sample(name: &str, arguments: &[f64], known: error::Known, got: f64) {
    let (absolute, error) = known.error(got);
    let close = error <= 1.5 || has_zeros(name) && absolute <= 2e-16;
    assert!(close, "{name}({arguments:?}) = {got:e}, not {:e}: {error} ulp", known.exact);
}

#[test]
fn double_precision_is_within_one_and_a_half_ulp_of_samples() {
    for paths in unary_double() {
        let mut count = 0;
        for (arguments, known) in samples(SAMPLES, paths.name) {
            let mut out = [0.0];
            (paths.portable)(&arguments, &mut out);
            check_sample(paths.name, &arguments, known, out[0]);
            count += 1;
        }
        assert!(count >= 20, "{} has samples", paths.name);
    }
    for paths in binary_double() {
        for (arguments, known) in samples(SAMPLES, paths.name) {
            let mut out = [0.0];
            (paths.portable)(&arguments[..1], &arguments[1..], &mut out);
            check_sample(paths.name, &arguments, known, out[0]);
        }
    }
}

/// Numbers of every kind: special values, then bit patterns and moderate numbers by turns.
fn assorted<T>(n: usize, special: &[T], from_bits: impl Fn(u64) -> T, moderate: impl Fn(f64) -> T) -> Vec<T>
where
    T: Copy,
{
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state ^ (state >> 29)
    };
    (0..n)
        .map(|i| match i % 3 {
            0 => special[(next() >> 33) as usize % special.len()],
            1 => from_bits(next()),
            _ => moderate((next() >> 11) as f64 / 2f64.powi(53) * 40.0 - 20.0),
        })
        .collect()
}

macro_rules! same_bits {
    ($test:ident, $type:ty, $unary:ident, $binary:ident, $from_bits:expr) => {
        #[test]
        fn $test() {
            let special = [
                0.0,
                -0.0,
                1.0,
                -1.0,
                0.5,
                2.0,
                <$type>::INFINITY,
                <$type>::NEG_INFINITY,
                <$type>::NAN,
                <$type>::MIN_POSITIVE,
                <$type>::MAX,
            ];
            // Not a multiple of any register's width.
            let x = assorted(3 * 1009, &special, $from_bits, |v| v as $type);
            let y: Vec<$type> = x.iter().rev().copied().collect();
            let agree = |name: &str, path: &str, i: usize, a: $type, b: $type| {
                assert!(
                    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
                    "{name} of element {i} ({:e}, {:e}): {a:e} on {path}, {b:e} alone",
                    x[i],
                    y[i]
                );
            };
            let mut out = vec![0.0; x.len()];
            for paths in $unary() {
                let alone: Vec<$type> = x
                    .iter()
                    .map(|&v| {
                        let mut one = [0.0];
                        (paths.portable)(&[v], &mut one);
                        one[0]
                    })
                    .collect();
                for (path, f) in available(&paths) {
                    f(&x, &mut out);
                    (0..x.len()).for_each(|i| agree(paths.name, path, i, out[i], alone[i]));
                }
            }
            for paths in $binary() {
                let alone: Vec<$type> = (0..x.len())
                    .map(|i| {
                        let mut one = [0.0];
                        (paths.portable)(&[x[i]], &[y[i]], &mut one);
                        one[0]
                    })
                    .collect();
                for (path, f) in available(&paths) {
                    f(&x, &y, &mut out);
                    (0..x.len()).for_each(|i| agree(paths.name, path, i, out[i], alone[i]));
                }
            }
        }
    };
}

same_bits!(single_precision_has_the_same_bits_on_every_path, f32, unary_single, binary_single, |b| f32::from_bits(
    b as u32
));
same_bits!(double_precision_has_the_same_bits_on_every_path, f64, unary_double, binary_double, f64::from_bits);

#[test]
fn slices_of_sines_have_the_bits_of_single_sines_with_or_without_huge_angles() {
    let mut x: Vec<f64> = (0..300).map(|i| f64::from(i) * 0.37 - 50.0).collect();
    for huge in [None, Some(1e300), Some(f64::INFINITY)] {
        if let Some(huge) = huge {
            x[100] = huge;
        }
        let mut out = vec![0.0; x.len()];
        Math::sin_slice(&x, &mut out);
        assert!(x.iter().zip(&out).all(|(&x, v)| v.to_bits() == Math::sin(x).to_bits() || x.is_infinite()));
    }
}

/// Asserts `function(arguments) = result` with the sign of zero, in both precisions.
macro_rules! assert_values {
    ($($name:ident($($x:expr),+) = $value:expr;)+) => {{
        $(
            let (got, expected): (f64, f64) = (Math::$name($($x as f64),+), $value);
            assert!(
                got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan(),
                "{} of {:?} is {got:e}, not {expected:e}", stringify!($name), ($($x,)+)
            );
            let (got, expected): (f32, f32) = (Math::$name($($x as f32),+), $value as f32);
            assert!(
                got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan(),
                "{} of {:?} is {got:e}, not {expected:e} in single precision", stringify!($name), ($($x,)+)
            );
        )+
    }};
}

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn special_values_are_those_of_the_c_standard() {
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, PI};
    assert_values! {
        exp(0.0) = 1.0; exp(-0.0) = 1.0; exp(INF) = INF; exp(-INF) = 0.0; exp(NAN) = NAN; exp(1000.0) = INF; exp(-1000.0) = 0.0;
        exp2(INF) = INF; exp2(-INF) = 0.0; exp2(NAN) = NAN; exp2(10.0) = 1024.0; exp2(-3.0) = 0.125;
        expm1(0.0) = 0.0; expm1(-0.0) = -0.0; expm1(INF) = INF; expm1(-INF) = -1.0; expm1(NAN) = NAN;
        ln(1.0) = 0.0; ln(0.0) = -INF; ln(-0.0) = -INF; ln(-1.0) = NAN; ln(INF) = INF; ln(-INF) = NAN; ln(NAN) = NAN;
        log2(1.0) = 0.0; log2(0.0) = -INF; log2(-1.0) = NAN; log2(INF) = INF; log2(NAN) = NAN;
        log10(1.0) = 0.0; log10(0.0) = -INF; log10(-1.0) = NAN; log10(INF) = INF; log10(NAN) = NAN;
        log1p(0.0) = 0.0; log1p(-0.0) = -0.0; log1p(-1.0) = -INF; log1p(-2.0) = NAN; log1p(INF) = INF; log1p(NAN) = NAN;
        sin(0.0) = 0.0; sin(-0.0) = -0.0; sin(INF) = NAN; sin(NAN) = NAN;
        cos(0.0) = 1.0; cos(-0.0) = 1.0; cos(INF) = NAN; cos(NAN) = NAN;
        tan(0.0) = 0.0; tan(-0.0) = -0.0; tan(-INF) = NAN; tan(NAN) = NAN;
        asin(0.0) = 0.0; asin(-0.0) = -0.0; asin(1.0) = FRAC_PI_2; asin(1.5) = NAN; asin(NAN) = NAN;
        acos(1.0) = 0.0; acos(-1.0) = PI; acos(-1.5) = NAN; acos(NAN) = NAN;
        atan(0.0) = 0.0; atan(-0.0) = -0.0; atan(INF) = FRAC_PI_2; atan(-INF) = -FRAC_PI_2; atan(1.0) = FRAC_PI_4; atan(NAN) = NAN;
        sinh(0.0) = 0.0; sinh(-0.0) = -0.0; sinh(INF) = INF; sinh(-INF) = -INF; sinh(NAN) = NAN;
        cosh(0.0) = 1.0; cosh(INF) = INF; cosh(-INF) = INF; cosh(NAN) = NAN;
        tanh(0.0) = 0.0; tanh(-0.0) = -0.0; tanh(INF) = 1.0; tanh(-INF) = -1.0; tanh(NAN) = NAN;
        asinh(0.0) = 0.0; asinh(-0.0) = -0.0; asinh(INF) = INF; asinh(-INF) = -INF; asinh(NAN) = NAN;
        acosh(1.0) = 0.0; acosh(0.5) = NAN; acosh(INF) = INF; acosh(-INF) = NAN; acosh(NAN) = NAN;
        atanh(0.0) = 0.0; atanh(-0.0) = -0.0; atanh(1.0) = INF; atanh(-1.0) = -INF; atanh(2.0) = NAN; atanh(NAN) = NAN;
        cbrt(0.0) = 0.0; cbrt(-0.0) = -0.0; cbrt(INF) = INF; cbrt(-INF) = -INF; cbrt(27.0) = 3.0; cbrt(-0.125) = -0.5; cbrt(NAN) = NAN;
        erf(0.0) = 0.0; erf(-0.0) = -0.0; erf(INF) = 1.0; erf(-INF) = -1.0; erf(NAN) = NAN;
        erfc(0.0) = 1.0; erfc(INF) = 0.0; erfc(-INF) = 2.0; erfc(NAN) = NAN;
        erfinv(0.0) = 0.0; erfinv(-0.0) = -0.0; erfinv(1.0) = INF; erfinv(-1.0) = -INF; erfinv(1.1) = NAN; erfinv(NAN) = NAN;
        normal_cdf(0.0) = 0.5; normal_cdf(INF) = 1.0; normal_cdf(-INF) = 0.0; normal_cdf(NAN) = NAN;
        lgamma(1.0) = 0.0; lgamma(2.0) = 0.0; lgamma(0.0) = INF; lgamma(-3.0) = INF; lgamma(INF) = INF; lgamma(-INF) = INF; lgamma(NAN) = NAN;
        digamma(0.0) = -INF; digamma(-0.0) = INF; digamma(-2.0) = NAN; digamma(INF) = INF; digamma(-INF) = NAN; digamma(NAN) = NAN;
        trigamma(0.0) = INF; trigamma(-2.0) = INF; trigamma(INF) = 0.0; trigamma(NAN) = NAN;
        sigmoid(0.0) = 0.5; sigmoid(INF) = 1.0; sigmoid(-INF) = 0.0; sigmoid(NAN) = NAN;
        softplus(0.0) = LN_2; softplus(INF) = INF; softplus(-INF) = 0.0; softplus(NAN) = NAN;
        log_sigmoid(0.0) = -LN_2; log_sigmoid(INF) = -0.0; log_sigmoid(-INF) = -INF; log_sigmoid(NAN) = NAN;
        logaddexp(0.0, 0.0) = LN_2; logaddexp(INF, INF) = INF; logaddexp(-INF, -INF) = -INF; logaddexp(-INF, 3.0) = 3.0;
        logaddexp(INF, -INF) = INF; logaddexp(NAN, 1.0) = NAN; logaddexp(1.0, NAN) = NAN;
        hypot(3.0, 4.0) = 5.0; hypot(0.0, -0.0) = 0.0; hypot(INF, NAN) = INF; hypot(NAN, -INF) = INF; hypot(NAN, 1.0) = NAN; hypot(-2.0, 0.0) = 2.0;
        atan2(0.0, 0.0) = 0.0; atan2(-0.0, 0.0) = -0.0; atan2(0.0, -0.0) = PI; atan2(-0.0, -0.0) = -PI;
        atan2(0.0, 1.0) = 0.0; atan2(-0.0, -1.0) = -PI; atan2(1.0, 0.0) = FRAC_PI_2; atan2(-1.0, -0.0) = -FRAC_PI_2;
        atan2(1.0, INF) = 0.0; atan2(-1.0, INF) = -0.0; atan2(1.0, -INF) = PI; atan2(INF, 1.0) = FRAC_PI_2; atan2(-INF, INF) = -FRAC_PI_4;
        atan2(INF, -INF) = 3.0 * FRAC_PI_4; atan2(NAN, 1.0) = NAN; atan2(1.0, NAN) = NAN;
    }
}

#[test]
fn powers_have_the_signs_and_zeros_of_the_c_standard() {
    assert_values! {
        pow(0.0, 3.0) = 0.0; pow(-0.0, 3.0) = -0.0; pow(-0.0, 2.0) = 0.0; pow(-0.0, 0.5) = 0.0;
        pow(0.0, -3.0) = INF; pow(-0.0, -3.0) = -INF; pow(-0.0, -2.0) = INF; pow(-0.0, -0.5) = INF; pow(0.0, -INF) = INF; pow(0.0, INF) = 0.0;
        pow(-1.0, INF) = 1.0; pow(-1.0, -INF) = 1.0; pow(1.0, NAN) = 1.0; pow(1.0, INF) = 1.0; pow(NAN, 0.0) = 1.0; pow(INF, -0.0) = 1.0;
        pow(-8.0, 0.5) = NAN; pow(-8.0, 3.0) = -512.0; pow(-8.0, 2.0) = 64.0; pow(-2.0, -3.0) = -0.125;
        pow(0.5, INF) = 0.0; pow(0.5, -INF) = INF; pow(2.0, INF) = INF; pow(2.0, -INF) = 0.0; pow(-2.0, INF) = INF; pow(-0.5, INF) = 0.0;
        pow(INF, 2.5) = INF; pow(INF, -2.5) = 0.0; pow(-INF, 3.0) = -INF; pow(-INF, 2.0) = INF; pow(-INF, 0.5) = INF;
        pow(-INF, -3.0) = -0.0; pow(-INF, -2.0) = 0.0; pow(-INF, INF) = INF; pow(-INF, -INF) = 0.0;
        pow(NAN, 1.0) = NAN; pow(2.0, NAN) = NAN; pow(10.0, 1000.0) = INF; pow(-10.0, 1001.0) = -INF; pow(10.0, -1000.0) = 0.0;
        pow(4.0, 0.5) = 2.0; pow(2.0, 0.5) = std::f64::consts::SQRT_2;
    }
}

#[test]
fn what_is_exact_is_exact() {
    for k in -1074..1024 {
        let power: f64 = Math::exp2(f64::from(k));
        assert_eq!(power, 2f64.powi(k / 2) * 2f64.powi(k - k / 2));
        assert_eq!(Math::log2(power), f64::from(k));
    }
    for k in -149..128i32 {
        let power: f32 = Math::exp2(k as f32);
        assert_eq!(f64::from(power), 2f64.powi(k));
        assert_eq!(Math::log2(power), k as f32);
    }
    for (k, power) in std::iter::successors(Some(1.0f64), |p| Some(p * 10.0)).take(23).enumerate() {
        assert_eq!(Math::log10(power), k as f64);
    }
    for i in -200..200 {
        let x = f64::from(i) * 1.37;
        assert_eq!(Math::cbrt(f64::from(i).powi(3)), f64::from(i));
        assert_eq!(Math::pow(x, 1.0), x);
        assert_eq!(Math::pow(x, 2.0), x * x);
        assert_eq!(Math::pow(x as f32, 2.0), x as f32 * x as f32);
        assert_eq!(Math::tanh(-x as f32), -Math::tanh(x as f32));
    }
}

#[test]
fn polygamma_continues_digamma_and_trigamma() {
    for i in 1..60 {
        let x = f64::from(i) * 0.31 - 6.0;
        assert_eq!(f64::polygamma(0, x), Math::digamma(x));
        assert_eq!(f64::polygamma(1, x), Math::trigamma(x));
        for n in 2..8u32 {
            // ψ⁽ⁿ⁾(x + 1) = ψ⁽ⁿ⁾(x) + (−1)ⁿ n!/xⁿ⁺¹
            let step = (1..=n).map(|k| -f64::from(k) / x).product::<f64>() / x;
            let (low, high) = (f64::polygamma(n, x), f64::polygamma(n, x + 1.0));
            let scale = low.abs().max(high.abs()).max(step.abs());
            assert!((high - low - step).abs() < 4e-15 * scale, "n = {n}, x = {x}: {low} + {step} is not {high}");
        }
    }
    // −2 ζ(3) and π⁴/15
    assert!((f64::polygamma(2, 1.0) + 2.404_113_806_319_188_5).abs() < 1e-15);
    assert!((f64::polygamma(3, 1.0) - 6.493_939_402_266_829).abs() < 2e-15);
    assert_eq!(f64::polygamma(3, -2.0), INF);
    assert!(f64::polygamma(2, NAN).is_nan());
    assert_eq!(f32::polygamma(2, 1.0), -2.404_113_8);
}
