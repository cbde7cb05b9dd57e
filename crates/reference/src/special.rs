//! The special functions that the standard library does not have, from their series, fractions and recurrences: right to a
//! few units in the last place, next to a zero in absolute terms. Equations are those of NIST's Digital Library of
//! Mathematical Functions.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, LN_2, PI};

/// B₂, B₄, …
const BERNOULLI: [f64; 10] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
    -174611.0 / 330.0,
];

/// From here on asymptotic series of so many terms are exact.
const FAR: f64 = 16.0;

/// 1/√2 is so much larger than [`FRAC_1_SQRT_2`].
const FRAC_1_SQRT_2_REST: f64 = -4.833646656726457e-17;

/// The inverse hyperbolic sine.
pub(crate) fn asinh(x: f64) -> f64 {
    let a = x.abs();
    let value = if a > 1e150 { a.ln() + LN_2 } else { (a + a * a / (1.0 + (1.0 + a * a).sqrt())).ln_1p() };
    value.copysign(x)
}

/// The inverse hyperbolic cosine.
pub(crate) fn acosh(x: f64) -> f64 {
    let beyond = x - 1.0;
    match x {
        x if x > 1e150 => x.ln() + LN_2,
        x if x >= 1.0 => (beyond + (beyond * (beyond + 2.0)).sqrt()).ln_1p(),
        _ => f64::NAN,
    }
}

/// The error function, 2/√π · ∫₀ˣ e^(−t²) dt.
pub(crate) fn erf(x: f64) -> f64 {
    let square = x * x;
    if x.abs() < 0.75 {
        // Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), the smallest first; 7.6.1.
        let powers = (1..25).scan(x, |power, n| Some(std::mem::replace(power, *power * -square / f64::from(n))));
        let terms: Vec<f64> = powers.zip((1..).step_by(2)).map(|(power, odd)| power / f64::from(odd)).collect();
        (FRAC_2_SQRT_PI * terms.iter().rfold(0.0, |sum, term| sum + term)).copysign(x)
    } else if x.abs() < 6.0 {
        (1.0 - erfc(x.abs())).copysign(x)
    } else {
        // 1 − |erf x| < 10⁻¹⁶; NaN stays NaN.
        x.signum()
    }
}

/// 1 − erf x.
pub(crate) fn erfc(x: f64) -> f64 {
    if x.abs() < 0.75 {
        1.0 - erf(x)
    } else if x < 0.0 {
        2.0 - erfc(-x)
    } else if x < 28.0 {
        // e^(−x²)/√π · 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …)))); 7.9.1.
        // The fraction needs more terms the smaller x is.
        let terms = 20 + (300.0 / (x * x)) as i32;
        let fraction = (1..terms).rev().fold(x, |below, n| x + f64::from(n) / 2.0 / below);
        FRAC_2_SQRT_PI / 2.0 * gauss(x) / fraction
    } else if x.is_nan() {
        x
    } else {
        // Less than any number.
        0.0
    }
}

/// e^(−x²), with the square to twice the digits: an error in it would be magnified x² times.
fn gauss(x: f64) -> f64 {
    let square = x * x;
    (-square).exp() * (1.0 - x.mul_add(x, -square))
}

/// The inverse of the error function.
pub(crate) fn erfinv(x: f64) -> f64 {
    let a = x.abs();
    if a == 1.0 {
        return f64::INFINITY.copysign(x);
    }
    if a > 1.0 || x.is_nan() {
        return f64::NAN;
    }
    // Newton's method, on 1 − erf y where that is the smaller; S. Winitzki's approximation to begin with.
    let logarithm = ((1.0 - a) * (1.0 + a)).ln();
    let t = 2.0 / (PI * 0.147) + logarithm / 2.0;
    let start = ((t * t - logarithm / 0.147).sqrt() - t).max(0.0).sqrt();
    let root = (0..6).fold(start, |y, _| {
        let error = if a < 0.5 { erf(y) - a } else { (1.0 - a) - erfc(y) };
        y - error / (FRAC_2_SQRT_PI * gauss(y))
    });
    root.copysign(x)
}

/// erfc(−x/√2)/2.
pub(crate) fn normal_cdf(x: f64) -> f64 {
    // The argument to twice the digits, for its error is magnified x² times.
    let y = -x * FRAC_1_SQRT_2;
    let rest = if y.is_finite() { (-x).mul_add(FRAC_1_SQRT_2, -y) - x * FRAC_1_SQRT_2_REST } else { 0.0 };
    let slope = if y.abs() < 28.0 { FRAC_2_SQRT_PI * gauss(y) } else { 0.0 };
    (erfc(y) - slope * rest) / 2.0
}

/// Whether Γ has a pole at x.
fn is_pole(x: f64) -> bool {
    x <= 0.0 && x == x.floor()
}

/// x, less the nearest whole number, times π: an angle with the same sine and tangent, but for signs.
fn turned(x: f64) -> f64 {
    PI * (x - x.round())
}

/// ln|Γ(x)|.
pub(crate) fn lgamma(x: f64) -> f64 {
    if is_pole(x) || x.is_infinite() {
        return f64::INFINITY;
    }
    if x < 0.0 {
        // 5.5.3
        return -(turned(x).sin().abs() / PI).ln() - lgamma(1.0 - x);
    }
    // Γ(x + 1) = x Γ(x), and Stirling's series, 5.11.1.
    let (mut z, mut product) = (x, 1.0);
    while z < FAR {
        product *= z;
        z += 1.0;
    }
    let series = (1..).zip(BERNOULLI).map(|(k, b)| b / f64::from(2 * k * (2 * k - 1)) * z.powi(1 - 2 * k));
    (z - 0.5) * (z.ln() - 1.0) + ((2.0 * PI).ln() - 1.0) / 2.0 + series.sum::<f64>() - f64::ln(product)
}

/// The derivative of [`lgamma`].
pub(crate) fn digamma(x: f64) -> f64 {
    if x == 0.0 {
        return -1.0 / x;
    }
    if is_pole(x) {
        return f64::NAN;
    }
    if x < 0.0 {
        // 5.5.4
        return digamma(1.0 - x) - PI / turned(x).tan();
    }
    // ψ(x + 1) = ψ(x) + 1/x; 5.11.2.
    let (mut z, mut sum) = (x, 0.0);
    while z < FAR {
        sum += 1.0 / z;
        z += 1.0;
    }
    let series = (1..).zip(BERNOULLI).map(|(k, b)| b / f64::from(2 * k) * z.powi(-2 * k));
    z.ln() - 0.5 / z - series.sum::<f64>() - sum
}

/// The derivative of order n, a whole number, of [`digamma`]: (−1)ⁿ⁺¹ n! Σ (x + k)⁻ⁿ⁻¹ over k = 0, 1, …; 5.15.1.
pub(crate) fn polygamma(n: f64, x: f64) -> f64 {
    if !(0.0..=170.0).contains(&n) {
        return f64::NAN;
    }
    if n == 0.0 {
        return digamma(x);
    }
    let sign = if n % 2.0 == 0.0 { -1.0 } else { 1.0 };
    if is_pole(x) {
        return if x.is_finite() { sign * f64::INFINITY } else { f64::NAN };
    }
    let order = n as i32 + 1;
    // Terms, and for the others the Euler–Maclaurin formula, 25.11.43.
    let (mut z, mut sum) = (x, 0.0);
    while z < 10.0 + f64::from(order) {
        sum += z.powi(-order);
        z += 1.0;
    }
    sum += z.powi(1 - order) / n + z.powi(-order) / 2.0;
    let mut factor = z.powi(-order - 1) * f64::from(order) / 2.0;
    for (k, b) in (1..).zip(BERNOULLI) {
        sum += b * factor;
        let i = f64::from(order + 2 * k - 1);
        factor *= i * (i + 1.0) / f64::from((2 * k + 1) * (2 * k + 2)) / z / z;
    }
    sign * (1..order).fold(1.0, |product, k| product * f64::from(k)) * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 16.0 * f64::EPSILON * b.abs()
    }

    #[test]
    fn functions_have_their_known_values() {
        for (x, y) in [(0.5, 0.5204998778130465), (1.0, 0.8427007929497149), (2.0, 0.9953222650189527)] {
            for sign in [1.0, -1.0] {
                assert!(near(erf(sign * x), sign * y));
                assert!((erfinv(sign * y) - sign * x).abs() < 1e-13);
            }
        }
        assert!(near(erfc(3.0), 2.209049699858544e-5) && near(erfc(20.0), 5.395865611607901e-176));
        assert!(near(normal_cdf(-30.0), 4.906713927148187e-198) && near(normal_cdf(1.0), 0.8413447460685429));
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-14 * (1.0 + b.abs());
        assert!(close(lgamma(0.5), PI.sqrt().ln()) && close(lgamma(-0.5), (2.0 * PI.sqrt()).ln()));
        assert!(close(lgamma(101.0), 363.73937555556347) && close(lgamma(2.0), 0.0));
        assert!(close(digamma(1.0), -0.5772156649015329) && close(digamma(-0.5), 0.03648997397857652));
        assert!(near(polygamma(1.0, 1.0), PI * PI / 6.0) && near(polygamma(3.0, 1.0), PI.powi(4) / 15.0));
        assert!(near(polygamma(2.0, -0.5), -0.8287966442343199));
        assert!(
            near(asinh(1e-9), 1e-9)
                && near(acosh(1.0 + 2f64.powi(-30)), 2f64.powi(-29).sqrt() * (1.0 - 2f64.powi(-30) / 12.0))
        );
    }

    #[test]
    fn functions_have_their_special_values() {
        assert_eq!(erf(-0.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!((erf(f64::INFINITY), erf(7.0), erfc(f64::INFINITY), erfc(-9.0)), (1.0, 1.0, 0.0, 2.0));
        assert_eq!((normal_cdf(f64::INFINITY), normal_cdf(f64::NEG_INFINITY)), (1.0, 0.0));
        assert_eq!((erfinv(1.0), erfinv(0.0), lgamma(-3.0)), (f64::INFINITY, 0.0, f64::INFINITY));
        assert_eq!((polygamma(1.0, -2.0), polygamma(2.0, 0.0)), (f64::INFINITY, f64::NEG_INFINITY));
        for f in [erf, erfc, erfinv, normal_cdf, lgamma, digamma, asinh, acosh] {
            assert!(f(f64::NAN).is_nan());
        }
        assert!(erfinv(1.5).is_nan() && digamma(-3.0).is_nan() && acosh(-5.0).is_nan());
    }
}
