//! Errors in units of the last place.

/// 2¹²⁸: what infinity stands for beyond the largest finite number of single precision.
const BEYOND: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;

/// |got − exact| in units of the last place that single precision has around `exact`; 0 where either is NaN.
#[inline(always)]
pub(crate) fn in_ulp_single(got: f32, exact: f64) -> f64 {
    let bounded = |v: f64| if v.abs() > BEYOND { BEYOND.copysign(v) } else { v };
    let exact = bounded(exact);
    let exponent = (exact.to_bits() >> 52) & 0x7ff;
    let exponent = if exponent < 1023 - 126 { 1023 - 126 } else { exponent };
    let exponent = if exponent > 1023 + 127 { 1023 + 127 } else { exponent };
    // 1/ulp = 2^(23 − e)
    let error = (bounded(f64::from(got)) - exact).abs() * f64::from_bits((2046 + 23 - exponent) << 52);
    if error.is_nan() { 0.0 } else { error }
}

/// Whether one is NaN and the other is not, the signs differ, or an overflow is missed.
#[inline(always)]
pub(crate) fn is_mismatch(got: f32, exact: f64) -> bool {
    let nan = got.is_nan() | exact.is_nan();
    let nan_mismatch = got.is_nan() != exact.is_nan();
    let sign_mismatch = got.is_sign_negative() != exact.is_sign_negative();
    let overflow_mismatch = (exact.abs() >= BEYOND) & (got.abs() < f32::INFINITY);
    nan_mismatch | (!nan & (sign_mismatch | overflow_mismatch))
}

/// A result of double precision with what is known of it: `exact + rest` is right to some 100 bits.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    pub(crate) exact: f64,
    pub(crate) rest: f64,
}

impl Known {
    /// |got − exact| and the same in units of the last place of `exact`.
    pub(crate) fn error(self, got: f64) -> (f64, f64) {
        let exponent = ((self.exact.to_bits() >> 52) & 0x7ff).max(1) as i32 - 1023;
        let difference = (got - self.exact) - self.rest;
        // In two steps: the unit or its inverse may be out of range.
        let error = (difference * 2f64.powi(52 - exponent / 2) * 2f64.powi(exponent / 2 - exponent)).abs();
        (difference.abs(), if got.is_nan() { f64::INFINITY } else { error })
    }
}

/// The lines `name argument[,argument] result rest` that `scripts/reference_samples.py` writes, for one function.
pub(crate) fn samples<'a>(text: &'a str, name: &str) -> impl Iterator<Item = (Vec<f64>, Known)> + 'a {
    let number = |hex: &str| f64::from_bits(u64::from_str_radix(hex, 16).expect("sixteen hexadecimal digits"));
    let name = name.trim_end_matches("_slice").to_owned();
    text.lines().filter_map(move |line| {
        let fields: Vec<&str> = line.split(' ').collect();
        (fields[0] == name).then(|| {
            let known = Known { exact: number(fields[2]), rest: fields[3].parse().expect("a number") };
            (fields[1].split(',').map(number).collect(), known)
        })
    })
}
