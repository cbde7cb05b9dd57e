//! Functions of each element, comparisons, choices.

use super::{Operand, Tensor, fallible, sure};
use crate::ops::{BinaryReal, Compare, Logic, Unary, UnaryReal};
use crate::{Backend, Element, Error, Num, Real, Result};

/// Each line: the method, the operation, what it computes, and an example `input => output`.
macro_rules! unary {
    ($bound:ident $verb:ident $enum:ident: $($name:ident $op:ident $formula:literal $(, $note:literal)?; [$($x:expr),*] => [$($y:expr),*];)*) => {
        impl<T: $bound, B: Backend> Tensor<T, B> { $(
            #[doc = concat!("Of each element: ", $formula, ".")]
            $(#[doc = concat!("\n", $note)])?
            #[doc = concat!(
                "\n```\n# use tensor_core::{Serial, Tensor};\nlet x = Tensor::<f64, Serial>::new([", stringify!($($x),*), "]);\n",
                "let y: [f64; _] = [", stringify!($($y),*), "];\n",
                "assert!(x.", stringify!($name), "().to_vec().into_iter().zip(y).all(|(a, b)| a == b || (a - b).abs() < 1e-15 || a.is_nan() && b.is_nan()));\n```"
            )]
            #[track_caller]
            #[inline]
            pub fn $name(&self) -> Self {
                Tensor(sure(self.with(|x| B::$verb($enum::$op, x))))
            }
        )* }
    };
}

unary! { Num unary Unary:
    neg Neg "−x; the operator `-`"; [1.0, -2.0] => [-1.0, 2.0];
    abs Abs "|x|", "The gradient at 0 is 0."; [1.0, -2.0] => [1.0, 2.0];
    sign Sign "−1, 0 or 1; NaN for NaN", "Its gradient is 0."; [3.0, -2.0, 0.0] => [1.0, -1.0, 0.0];
    square Square "x²"; [3.0, -2.0] => [9.0, 4.0];
}

unary! { Real unary_real UnaryReal:
    reciprocal Reciprocal "1/x", "The gradient at 0 is −∞."; [2.0, -4.0] => [0.5, -0.25];
    sqrt Sqrt "√x; NaN for x < 0", "The gradient at 0 is +∞."; [4.0, 2.0] => [2.0, std::f64::consts::SQRT_2];
    rsqrt Rsqrt "1/√x", "The gradient at 0 is −∞."; [4.0] => [0.5];
    cbrt Cbrt "the cube root, of negative numbers too", "The gradient at 0 is +∞."; [8.0, -27.0] => [2.0, -3.0];
    exp Exp "eˣ"; [0.0, 1.0] => [1.0, std::f64::consts::E];
    expm1 Expm1 "eˣ − 1, exact where x is near 0"; [0.0, 1e-300] => [0.0, 1e-300];
    exp2 Exp2 "2ˣ"; [3.0, -1.0] => [8.0, 0.5];
    ln Ln "the natural logarithm; NaN for x < 0", "The gradient at 0 is +∞."; [1.0, std::f64::consts::E] => [0.0, 1.0];
    log2 Log2 "the binary logarithm, log₂ x; NaN for x < 0", "The gradient at 0 is +∞."; [8.0] => [3.0];
    log10 Log10 "the decimal logarithm, log₁₀ x; NaN for x < 0", "The gradient at 0 is +∞."; [1000.0] => [3.0];
    log1p Log1p "ln(1 + x), exact where x is near 0; NaN for x < −1", "The gradient at −1 is +∞."; [0.0, 1e-300] => [0.0, 1e-300];
    sin Sin "the sine of x radians"; [0.0] => [0.0];
    cos Cos "the cosine of x radians"; [0.0] => [1.0];
    tan Tan "the tangent of x radians"; [0.0] => [0.0];
    asin Asin "the arc sine, in radians; NaN beyond ±1", "The gradient at ±1 is +∞."; [1.0, 2.0] => [std::f64::consts::FRAC_PI_2, f64::NAN];
    acos Acos "the arc cosine, in radians; NaN beyond ±1", "The gradient at ±1 is −∞."; [1.0, 0.0] => [0.0, std::f64::consts::FRAC_PI_2];
    atan Atan "the arc tangent, in radians"; [1.0] => [std::f64::consts::FRAC_PI_4];
    sinh Sinh "the hyperbolic sine"; [0.0] => [0.0];
    cosh Cosh "the hyperbolic cosine"; [0.0] => [1.0];
    tanh Tanh "the hyperbolic tangent"; [0.0, 100.0] => [0.0, 1.0];
    asinh Asinh "the inverse hyperbolic sine"; [0.0] => [0.0];
    acosh Acosh "the inverse hyperbolic cosine; NaN below 1", "The gradient at 1 is +∞."; [1.0] => [0.0];
    atanh Atanh "the inverse hyperbolic tangent; NaN beyond ±1", "The gradient at ±1 is +∞."; [0.0, 1.0] => [0.0, f64::INFINITY];
    sigmoid Sigmoid "1/(1 + e⁻ˣ)"; [0.0, 100.0] => [0.5, 1.0];
    softplus Softplus "ln(1 + eˣ)", "[`softplus_with`](Self::softplus_with) has PyTorch's `beta` and `threshold`."; [0.0, 100.0] => [std::f64::consts::LN_2, 100.0];
    log_sigmoid LogSigmoid "ln(1/(1 + e⁻ˣ)), exact where that is large"; [0.0, -100.0] => [-std::f64::consts::LN_2, -100.0];
    relu Relu "max(x, 0); NaN for NaN", "The gradient at 0 is 0; NaN passes its own on."; [-1.0, 2.0] => [0.0, 2.0];
    erf Erf "the error function, 2/√π ∫₀ˣ e^(−t²) dt"; [0.0, 10.0] => [0.0, 1.0];
    erfc Erfc "1 − erf x, exact where that is near 0"; [0.0, 10.0] => [1.0, 0.0];
    erfinv Erfinv "the inverse of the error function: ±∞ at ±1, NaN beyond", "The gradient at ±1 is +∞."; [0.0, 1.0] => [0.0, f64::INFINITY];
    normal_cdf NormalCdf "(1 + erf(x/√2))/2, the distribution function of the standard normal distribution, exact in both tails";
        [0.0, 10.0] => [0.5, 1.0];
    lgamma Lgamma "ln|Γ(x)|", "Its gradient is [`digamma`](Self::digamma)."; [1.0, 2.0] => [0.0, 0.0];
    digamma Digamma "ψ(x), the derivative of ln Γ(x)", "Its gradient is [`polygamma(1)`](Self::polygamma)."; [1.0] => [-0.57721566490153286];
    floor Floor "the greatest whole number ≤ x", "Its gradient is 0."; [1.5, -1.5] => [1.0, -2.0];
    ceil Ceil "the least whole number ≥ x", "Its gradient is 0."; [1.5, -1.5] => [2.0, -1.0];
    round Round "the nearest whole number, halves to even", "Its gradient is 0."; [0.5, 1.5, -0.7] => [0.0, 2.0, -1.0];
    trunc Trunc "the whole part, towards 0", "Its gradient is 0."; [1.5, -1.5] => [1.0, -1.0];
}

/// A number as an element.
pub(super) fn c<T: Real>(x: f64) -> T {
    T::from_f64(x)
}

impl<T: Real, B: Backend> Tensor<T, B> {
    /// Of each element: x − trunc x, the part behind the point, with the sign of x. The gradient is 1.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::new([1.75, -1.75]).frac().to_vec(), [0.75, -0.75]);
    /// ```
    #[track_caller]
    pub fn frac(&self) -> Self {
        self - self.trunc()
    }

    /// Each element rounded to so many decimals, halves to even; to tens or hundreds for −1 or −2. Its gradient is 0.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([12.346, -0.125]);
    /// assert_eq!(x.round_decimals(2).to_vec(), [12.35, -0.12]);
    /// assert_eq!(x.round_decimals(-1).to_vec(), [10.0, 0.0]);
    /// ```
    #[track_caller]
    pub fn round_decimals(&self, decimals: i32) -> Self {
        let unit = c::<T>(10.0).powi(decimals.saturating_abs());
        match decimals {
            0 => self.round(),
            1.. => (self * unit).round() / unit,
            _ => (self / unit).round() * unit,
        }
    }

    /// Degrees as radians, x · π/180.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f64, Serial>::new(180.0).deg2rad().item(), std::f64::consts::PI);
    /// ```
    #[track_caller]
    pub fn deg2rad(&self) -> Self {
        self * c::<T>(std::f64::consts::PI / 180.0)
    }

    /// Radians as degrees, x · 180/π.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f64, Serial>::new(std::f64::consts::PI).rad2deg().item(), 180.0);
    /// ```
    #[track_caller]
    pub fn rad2deg(&self) -> Self {
        self * c::<T>(180.0 / std::f64::consts::PI)
    }

    /// Of each element: sin(πx)/(πx), and 1 for 0. The gradients at 0 are 0.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let y = Tensor::<f64, Serial>::new([0.0, 0.5]).sinc();
    /// assert_eq!(y.to_vec(), [1.0, std::f64::consts::FRAC_2_PI]);
    /// ```
    #[track_caller]
    pub fn sinc(&self) -> Self {
        let zero = self.eq(T::zero());
        let angle = zero.where_cond(T::one(), self * c::<T>(std::f64::consts::PI));
        zero.where_cond(T::one(), angle.sin() / angle)
    }

    /// Of each element: ln(x/(1 − x)), the inverse of [`sigmoid`](Self::sigmoid): ±∞ at 0 and 1, NaN beyond. To stay away
    /// from there, write `x.clamp(eps, 1.0 - eps).logit()`.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f64, Serial>::new([0.5, 1.0]).logit().to_vec(), [0.0, f64::INFINITY]);
    /// ```
    #[track_caller]
    pub fn logit(&self) -> Self {
        self.ln() - (-self).log1p()
    }

    fallible! {
        /// Of each element: ψ⁽ⁿ⁾(x), the derivative of order n of [`digamma`](Self::digamma).
        ///
        /// # Panics
        /// If n is larger than 170: beyond, the result does not fit a number.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let pi = std::f64::consts::PI;
        /// let x = Tensor::<f64, Serial>::new(1.0);
        /// assert!((x.polygamma(1).item() - pi * pi / 6.0).abs() < 1e-15);
        /// ```
        fn polygamma | try_polygamma (&self, n: usize) -> Self {
            if n > 170 {
                return Err(Error::value("polygamma", format!("the order is {n}; beyond 170 results overflow")));
            }
            let order = crate::Arg::Scalar(c::<T>(n as f64));
            self.with(|x| B::binary_real(BinaryReal::Polygamma, order, x)).map(Tensor)
        }
    }

    /// Each element to a whole power, xⁿ; the gradient n·xⁿ⁻¹ for n = 0 is 0 everywhere.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([1.0, -2.0]);
    /// assert_eq!(x.powi(3).to_vec(), [1.0, -8.0]);
    /// ```
    #[track_caller]
    pub fn powi(&self, exponent: i32) -> Self {
        match exponent {
            1 => self.clone(),
            2 => self.square(),
            -1 => self.reciprocal(),
            n => self.pow(T::from_f64(f64::from(n))),
        }
    }
}

macro_rules! compare {
    ($($name:ident $try:ident $op:ident $formula:literal)*) => {
        impl<T: Num, B: Backend> Tensor<T, B> {
            fallible! { $(
                #[doc = concat!("Of each pair of elements, broadcast: whether ", $formula, ". A constant: it has no gradient.")]
                ///
                /// # Panics
                /// If the shapes do not broadcast.
                #[doc = concat!(
                    "\n```\n# use tensor_core::{Serial, Tensor};\nlet x = Tensor::<f32, Serial>::new([1.0, 2.0]);\n",
                    "assert_eq!(x.", stringify!($name), "(2.0).numel(), 2);\n```"
                )]
                fn $name | $try (&self, rhs: impl Operand<T, B>) -> Tensor<bool, B> {
                    self.with(|a| rhs.with(|b| B::compare(Compare::$op, a, b))).map(Tensor)
                }
            )* }
        }
    };
}
compare! {
    eq try_eq Eq "a = b"
    ne try_ne Ne "a ≠ b"
    lt try_lt Lt "a < b"
    le try_le Le "a ≤ b"
    gt try_gt Gt "a > b"
    ge try_ge Ge "a ≥ b"
}

impl<B: Backend> Tensor<bool, B> {
    fallible! {
        /// Whether both are true, broadcast.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<bool, Serial>::new([true, true]);
        /// assert_eq!(x.and(Tensor::new([true, false])).to_vec(), [true, false]);
        /// ```
        fn and | try_and (&self, rhs: impl Operand<bool, B>) -> Self {
            self.with(|a| rhs.with(|b| B::logic(Logic::And, a, b))).map(Tensor)
        }

        /// Whether at least one is true, broadcast.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<bool, Serial>::new([false, false]);
        /// assert_eq!(x.or(Tensor::new([true, false])).to_vec(), [true, false]);
        /// ```
        fn or | try_or (&self, rhs: impl Operand<bool, B>) -> Self {
            self.with(|a| rhs.with(|b| B::logic(Logic::Or, a, b))).map(Tensor)
        }

        /// Whether just one is true, broadcast.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<bool, Serial>::new([true, false]);
        /// assert_eq!(x.xor(true).to_vec(), x.not().to_vec());
        /// ```
        fn xor | try_xor (&self, rhs: impl Operand<bool, B>) -> Self {
            self.with(|a| rhs.with(|b| B::logic(Logic::Xor, a, b))).map(Tensor)
        }
    }

    /// Whether each is false.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<bool, Serial>::new([true, false]).not().to_vec(), [false, true]);
    /// ```
    #[track_caller]
    pub fn not(&self) -> Self {
        self.xor(true)
    }

    /// How many are true.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<bool, Serial>::new([true, false, true]).count(), 2);
    /// ```
    pub fn count(&self) -> usize {
        self.cast::<i64>().sum().item() as usize
    }

    fallible! {
        /// `a` where this mask is true, `b` elsewhere; all three broadcast. The gradient goes to the one that was taken.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([-1.0, 2.0]);
        /// assert_eq!(x.gt(0.0).where_cond(&x, 0.0).to_vec(), [0.0, 2.0]);
        /// ```
        fn where_cond | try_where_cond [T: Element] (&self, a: impl Operand<T, B>, b: impl Operand<T, B>) -> Tensor<T, B> {
            a.with(|a| b.with(|b| B::select(&self.0, a, b))).map(Tensor)
        }
    }
}
