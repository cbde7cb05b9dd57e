//! Elementary functions over fused multiply-add: the same bits on every CPU that has it.
//!
//! The platform's own `exp`, `tanh`, … differ in their last bits from one C library to the next, and a loop over them
//! is not vectorised. These functions are straight lines of additions, multiplications, fused multiply-adds, divisions,
//! square roots, bit operations and selects, each of which IEEE 754 defines to the bit. A plain loop over them becomes
//! vector instructions inside a function with the target features for it, and gives the same bits there as one call at a
//! time anywhere. (The sign and payload of NaN are not part of this promise.)
//!
//! [`Math`] is the whole interface. `single` and `double` have a file for each family of functions; the coefficients of
//! their polynomials are written by `scripts/minimax.py`.

mod blocks;
mod double;
mod polynomial;
mod single;

/// The elementary functions of a real scalar, `f32` or `f64`.
///
/// * **Accuracy.** In single precision the error is at most 1 unit in the last place (ulp) for every argument; in double
///   precision at most 1.5 ulp on dense samples and hard cases, mostly below 0.8 (`docs/NUMERICS.md` has the tables). An
///   error of ½ ulp is that of the exact result, rounded. [`lgamma`](Math::lgamma), [`digamma`](Math::digamma) and
///   [`logaddexp`](Math::logaddexp) have zeros close to which the error is small in absolute terms only.
/// * **Special values** are those of IEEE 754 and the C standard's Annex F: infinities, signed zeros and subnormal numbers
///   in and out, and NaN for NaN unless said otherwise.
/// * **The same bits** on every path and CPU. They may differ from one version of this crate to the next.
///
/// The methods have the names of the standard library's where there is one, and on a concrete `f32` or `f64` the
/// standard library's method wins: write `Math::exp(x)`, not `x.exp()`, outside code generic over `T: Math`.
///
/// ```
/// use tensor_core::math::Math;
///
/// fn gelu<T: Math + std::ops::Mul<Output = T>>(x: T) -> T {
///     x * x.normal_cdf()
/// }
/// assert_eq!(gelu(0.0f32), 0.0);
/// ```
pub trait Math: Copy {
    /// eˣ. Overflows to ∞, underflows gradually to 0.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::exp(0.0), 1.0);
    /// assert_eq!(Math::exp(f64::NEG_INFINITY), 0.0);
    /// ```
    fn exp(self) -> Self;

    /// 2ˣ, exact for integers.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::exp2(10.0), 1024.0);
    /// ```
    fn exp2(self) -> Self;

    /// eˣ − 1, precise near 0; −1 at −∞, and ±0 at ±0.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::expm1(1e-20), 1e-20);
    /// ```
    fn expm1(self) -> Self;

    /// The natural logarithm: −∞ at ±0, NaN for negative numbers.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::ln(1.0), 0.0);
    /// assert_eq!(Math::ln(0.0), f64::NEG_INFINITY);
    /// ```
    fn ln(self) -> Self;

    /// The logarithm to base 2, exact for powers of two; as [`ln`](Math::ln) at 0 and below.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::log2(0.125), -3.0);
    /// ```
    fn log2(self) -> Self;

    /// The logarithm to base 10, exact for powers of ten; as [`ln`](Math::ln) at 0 and below.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::log10(1000.0), 3.0);
    /// ```
    fn log10(self) -> Self;

    /// ln(1 + x), precise near 0: −∞ at −1, NaN below, and ±0 at ±0.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::log1p(1e-20), 1e-20);
    /// ```
    fn log1p(self) -> Self;

    /// The sine, of arguments as large as they may be; NaN at ±∞. For many at once there is [`sin_slice`](Math::sin_slice).
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::sin(0.0), 0.0);
    /// ```
    fn sin(self) -> Self;

    /// The cosine, of arguments as large as they may be; NaN at ±∞. For many at once there is [`cos_slice`](Math::cos_slice).
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::cos(0.0), 1.0);
    /// ```
    fn cos(self) -> Self;

    /// The tangent, of arguments as large as they may be; NaN at ±∞. For many at once there is [`tan_slice`](Math::tan_slice).
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::tan(-0.0), 0.0);
    /// ```
    fn tan(self) -> Self;

    /// The sine of each element, the same bits as [`sin`](Math::sin)'s. Each block of 64 elements takes a way several times
    /// shorter if none of them is huge (beyond 2²⁴ in single, 2³⁰ in double precision), infinite or NaN.
    ///
    /// # Panics
    /// If the slices differ in length.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// let x = [0.0, 1.0, 1e300];
    /// let mut out = [0.0; 3];
    /// Math::sin_slice(&x, &mut out);
    /// assert_eq!(out, x.map(Math::sin));
    /// ```
    fn sin_slice(x: &[Self], out: &mut [Self]);

    /// The cosine of each element, the same bits as [`cos`](Math::cos)'s. Each block of 64 elements takes a way several times
    /// shorter if none of them is huge (beyond 2²⁴ in single, 2³⁰ in double precision), infinite or NaN.
    ///
    /// # Panics
    /// If the slices differ in length.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// let x = [0.0, 1.0, 1e300];
    /// let mut out = [0.0; 3];
    /// Math::cos_slice(&x, &mut out);
    /// assert_eq!(out, x.map(Math::cos));
    /// ```
    fn cos_slice(x: &[Self], out: &mut [Self]);

    /// The tangent of each element, the same bits as [`tan`](Math::tan)'s. Each block of 64 elements takes a way several times
    /// shorter if none of them is huge (beyond 2²⁴ in single, 2³⁰ in double precision), infinite or NaN.
    ///
    /// # Panics
    /// If the slices differ in length.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// let x = [0.0, 1.0, 1e300];
    /// let mut out = [0.0; 3];
    /// Math::tan_slice(&x, &mut out);
    /// assert_eq!(out, x.map(Math::tan));
    /// ```
    fn tan_slice(x: &[Self], out: &mut [Self]);

    /// The inverse sine, in [−π/2, π/2]; NaN beyond ±1.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::asin(1.0), std::f64::consts::FRAC_PI_2);
    /// ```
    fn asin(self) -> Self;

    /// The inverse cosine, in [0, π]; NaN beyond ±1.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::acos(1.0), 0.0);
    /// ```
    fn acos(self) -> Self;

    /// The inverse tangent, in [−π/2, π/2].
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::atan(1.0), std::f64::consts::FRAC_PI_4);
    /// ```
    fn atan(self) -> Self;

    /// The angle of the point (x, y), `self` being y, in [−π, π]: with the signs of zeros and infinities as in C.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::atan2(0.0, -1.0), std::f64::consts::PI);
    /// assert_eq!(Math::atan2(-0.0, 1.0), 0.0);
    /// ```
    fn atan2(self, x: Self) -> Self;

    /// The hyperbolic sine, (eˣ − e⁻ˣ)/2.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::sinh(0.0), 0.0);
    /// ```
    fn sinh(self) -> Self;

    /// The hyperbolic cosine, (eˣ + e⁻ˣ)/2.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::cosh(0.0), 1.0);
    /// ```
    fn cosh(self) -> Self;

    /// The hyperbolic tangent: odd to the bit, ±1 at ±∞.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::tanh(f64::INFINITY), 1.0);
    /// assert_eq!(Math::tanh(-0.3), -Math::tanh(0.3));
    /// ```
    fn tanh(self) -> Self;

    /// The inverse hyperbolic sine, ln(x + √(x² + 1)).
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::asinh(0.0), 0.0);
    /// ```
    fn asinh(self) -> Self;

    /// The inverse hyperbolic cosine, ln(x + √(x² − 1)); NaN below 1.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::acosh(1.0), 0.0);
    /// ```
    fn acosh(self) -> Self;

    /// The inverse hyperbolic tangent, ln((1 + x)/(1 − x))/2: ±∞ at ±1, NaN beyond.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::atanh(1.0), f64::INFINITY);
    /// ```
    fn atanh(self) -> Self;

    /// √(x² + y²) without overflow on the way; ∞ if either is infinite, even if the other is NaN.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::hypot(3.0, 4.0), 5.0);
    /// assert_eq!(Math::hypot(f64::INFINITY, f64::NAN), f64::INFINITY);
    /// ```
    fn hypot(self, y: Self) -> Self;

    /// The cube root, exact for cubes in double precision, of negative numbers, too.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::cbrt(-27.0), -3.0);
    /// ```
    fn cbrt(self) -> Self;

    /// xʸ: exact for y = 0, 1, and correctly rounded for y = 2.
    ///
    /// All cases as in C: x⁰ = 1ʸ = 1 even for NaN; NaN for negative finite x and y not an integer; for x = ±0 and ±∞ the
    /// sign is that of an odd power where y is an odd integer.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::pow(2.0, 10.0), 1024.0);
    /// assert_eq!(Math::pow(-0.0, -3.0), f64::NEG_INFINITY);
    /// assert_eq!(Math::pow(f64::NAN, 0.0), 1.0);
    /// ```
    fn pow(self, y: Self) -> Self;

    /// The error function, 2/√π ∫₀ˣ e^(−t²) dt: odd, ±1 at ±∞.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::erf(0.0), 0.0);
    /// assert_eq!(Math::erf(f64::INFINITY), 1.0);
    /// ```
    fn erf(self) -> Self;

    /// 1 − erf x, with small relative error where that is close to 0.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::erfc(0.0), 1.0);
    /// assert_eq!(Math::erfc(f64::INFINITY), 0.0);
    /// ```
    fn erfc(self) -> Self;

    /// The inverse of [`erf`](Math::erf): ±∞ at ±1, NaN beyond.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::erfinv(0.0), 0.0);
    /// assert_eq!(Math::erfinv(1.0), f64::INFINITY);
    /// ```
    fn erfinv(self) -> Self;

    /// Φ(x) = erfc(−x/√2)/2, the distribution function of the standard normal distribution, with small relative error in
    /// both tails.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::normal_cdf(0.0), 0.5);
    /// ```
    fn normal_cdf(self) -> Self;

    /// ln|Γ(x)|: +∞ at 0, at the negative integers and at ±∞. Close to its negative zeros only the absolute error is small.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::lgamma(1.0), 0.0);
    /// assert_eq!(Math::lgamma(-3.0), f64::INFINITY);
    /// ```
    fn lgamma(self) -> Self;

    /// ψ(x), the derivative of ln Γ: ∓∞ at ±0, NaN at the negative integers. Close to its zeros only the absolute error is
    /// small.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::digamma(0.0), f64::NEG_INFINITY);
    /// ```
    fn digamma(self) -> Self;

    /// ψ′(x), the derivative of [`digamma`](Math::digamma): +∞ at 0 and the negative integers.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::trigamma(0.0), f64::INFINITY);
    /// ```
    fn trigamma(self) -> Self;

    /// ψ⁽ⁿ⁾(x), the n-th derivative of [`digamma`](Math::digamma): (−1)ⁿ⁺¹ n! ζ(n + 1, x), by the Euler–Maclaurin formula. The
    /// derivative by x is ψ⁽ⁿ⁺¹⁾(x). At the poles it is +∞ for odd n, and −∞ for even n ≥ 2. For n ≥ 2 this is a loop over a
    /// few dozen powers that does not vectorise; beyond n = 170 the factorial overflows.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(f64::polygamma(1, 2.5), Math::trigamma(2.5));
    /// ```
    fn polygamma(n: u32, x: Self) -> Self;

    /// The logistic function, 1/(1 + e⁻ˣ), with small relative error however small it is.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::sigmoid(0.0), 0.5);
    /// ```
    fn sigmoid(self) -> Self;

    /// ln(1 + eˣ), with small relative error however small it is. The derivative is [`sigmoid`](Math::sigmoid).
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::softplus(0.0), std::f64::consts::LN_2);
    /// ```
    fn softplus(self) -> Self;

    /// ln(1/(1 + e⁻ˣ)) = −softplus(−x).
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::log_sigmoid(0.0), -std::f64::consts::LN_2);
    /// ```
    fn log_sigmoid(self) -> Self;

    /// ln(eˣ + eʸ) without overflow on the way. Close to its zeros only the absolute error is small.
    ///
    /// ```
    /// # use tensor_core::math::Math;
    /// assert_eq!(Math::logaddexp(1000.0, f64::NEG_INFINITY), 1000.0);
    /// ```
    fn logaddexp(self, y: Self) -> Self;
}

/// Functions of many elements that have a shorter way where all of them allow it.
pub(crate) trait Quick: Sized {
    /// eˣ of each element, the same bits as [`Math::exp`]; there are as many places in `out`.
    fn exp_slice(x: &[Self], out: &mut [Self]);
}

impl Quick for f32 {
    #[inline(always)]
    fn exp_slice(x: &[f32], out: &mut [f32]) {
        if x.iter().fold(true, |all, &x| all & single::exp::is_moderate(x)) {
            for (out, &x) in out.iter_mut().zip(x) {
                *out = single::exp::exp_moderate(x);
            }
        } else {
            for (out, &x) in out.iter_mut().zip(x) {
                *out = single::exp::exp(x);
            }
        }
    }
}

impl Quick for f64 {
    #[inline(always)]
    fn exp_slice(x: &[f64], out: &mut [f64]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = Math::exp(x);
        }
    }
}

/// Implements [`Math`] for a type by the functions of a module, `file { name(further arguments) … }`.
macro_rules! implement {
    ($type:ty, $module:ident: $($file:ident { $($name:ident($($argument:ident)?))+ })+) => {
        impl Math for $type {
            $($(
                #[inline(always)]
                fn $name(self $(, $argument: Self)?) -> Self {
                    $module::$file::$name(self $(, $argument)?)
                }
            )+)+

            fn polygamma(n: u32, x: Self) -> Self {
                $module::gamma::polygamma(n, x)
            }

            #[inline(always)]
            fn sin_slice(x: &[Self], out: &mut [Self]) {
                $module::trig::sin_slice(x, out);
            }

            #[inline(always)]
            fn cos_slice(x: &[Self], out: &mut [Self]) {
                $module::trig::cos_slice(x, out);
            }

            #[inline(always)]
            fn tan_slice(x: &[Self], out: &mut [Self]) {
                $module::trig::tan_slice(x, out);
            }
        }
    };
}

implement!(f64, double:
    exp { exp() exp2() expm1() }
    log { ln() log2() log10() log1p() }
    trig { sin() cos() tan() }
    inverse_trig { asin() acos() atan() atan2(x) }
    hyperbolic { sinh() cosh() tanh() }
    inverse_hyperbolic { asinh() acosh() atanh() }
    power { hypot(y) cbrt() pow(y) }
    erf { erf() erfc() erfinv() normal_cdf() }
    gamma { lgamma() digamma() trigamma() }
    logistic { sigmoid() softplus() log_sigmoid() logaddexp(y) }
);

implement!(f32, single:
    exp { exp() exp2() expm1() }
    log { ln() log2() log10() log1p() }
    trig { sin() cos() tan() }
    inverse_trig { asin() acos() atan() atan2(x) }
    hyperbolic { sinh() cosh() tanh() }
    inverse_hyperbolic { asinh() acosh() atanh() }
    power { hypot(y) cbrt() pow(y) }
    erf { erf() erfc() erfinv() normal_cdf() }
    gamma { lgamma() digamma() trigamma() }
    logistic { sigmoid() softplus() log_sigmoid() logaddexp(y) }
);
