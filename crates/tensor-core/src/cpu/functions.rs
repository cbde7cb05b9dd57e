//! The functions of one and two elements that elementwise kernels apply.

use super::chunks::LONG;
use crate::math::{Math, Quick};
use crate::{Num, Real};
use std::mem::MaybeUninit;

/// A function of one element.
pub(crate) trait F1<T: Copy> {
    type Out: Copy;
    /// Whether the function is a few instructions.
    const SHORT: bool = true;
    fn call(x: T) -> Self::Out;

    /// Of each element. A loop and no closure: only what is marked so is sure to become part of the function around it,
    /// and so of its instruction set.
    #[inline(always)]
    fn of_each(x: [T; LONG]) -> [Self::Out; LONG] {
        let mut out = MaybeUninit::<[Self::Out; LONG]>::uninit();
        for (j, &x) in x.iter().enumerate() {
            // SAFETY: inside the array.
            unsafe { out.as_mut_ptr().cast::<Self::Out>().add(j).write(Self::call(x)) };
        }
        // SAFETY: the loop wrote all of them.
        unsafe { out.assume_init() }
    }
}

/// A function of two elements.
pub(crate) trait F2<T> {
    type Out: Copy;
    /// Whether the function is a few instructions.
    const SHORT: bool = true;
    fn call(a: T, b: T) -> Self::Out;

    /// Of each pair, as [`F1::of_each`].
    #[inline(always)]
    fn of_each(a: [T; LONG], b: [T; LONG]) -> [Self::Out; LONG]
    where
        T: Copy,
    {
        let mut out = MaybeUninit::<[Self::Out; LONG]>::uninit();
        for (j, (&a, &b)) in a.iter().zip(&b).enumerate() {
            // SAFETY: inside the array.
            unsafe { out.as_mut_ptr().cast::<Self::Out>().add(j).write(Self::call(a, b)) };
        }
        // SAFETY: the loop wrote all of them.
        unsafe { out.assume_init() }
    }
}

/// Arithmetic that means the same for all numbers: IEEE 754 for reals, wrapping for integers.
pub(crate) trait Arithmetic: Num {
    fn neg(self) -> Self;
    fn abs(self) -> Self;
    fn sign(self) -> Self;
    fn add(self, b: Self) -> Self;
    fn sub(self, b: Self) -> Self;
    fn mul(self, b: Self) -> Self;
    /// For integers the quotient cut towards 0, and 0 for a divisor of 0.
    fn div(self, b: Self) -> Self;
    fn floor_divide(self, b: Self) -> Self;
    fn trunc_divide(self, b: Self) -> Self;
    fn remainder(self, b: Self) -> Self;
    fn fmod(self, b: Self) -> Self;
    fn is_nan(self) -> bool;
    /// The least value, where a maximum begins; −∞ for reals.
    const LOWEST: Self;
    /// The greatest value, where a minimum begins; ∞ for reals.
    const HIGHEST: Self;

    /// The larger; NaN if either is NaN.
    #[inline(always)]
    fn maximum(self, b: Self) -> Self {
        let larger = if self > b { self } else { b };
        if self.is_nan() { self } else { larger }
    }

    /// The smaller; NaN if either is NaN.
    #[inline(always)]
    fn minimum(self, b: Self) -> Self {
        let smaller = if self < b { self } else { b };
        if self.is_nan() { self } else { smaller }
    }

    /// The larger, the first of equals; the other one if one is NaN.
    #[inline(always)]
    fn fmax(self, b: Self) -> Self {
        if self >= b || b.is_nan() { self } else { b }
    }

    /// The smaller, the first of equals; the other one if one is NaN.
    #[inline(always)]
    fn fmin(self, b: Self) -> Self {
        if self <= b || b.is_nan() { self } else { b }
    }
}

macro_rules! reals {
    ($($t:ident),*) => { $( impl Arithmetic for $t {
        #[inline(always)] fn neg(self) -> Self { -self }
        #[inline(always)] fn abs(self) -> Self { $t::abs(self) }
        #[inline(always)] fn sign(self) -> Self {
            let one = (1.0 as $t).copysign(self);
            if self == 0.0 { 0.0 } else if self.is_nan() { self } else { one }
        }
        #[inline(always)] fn add(self, b: Self) -> Self { self + b }
        #[inline(always)] fn sub(self, b: Self) -> Self { self - b }
        #[inline(always)] fn mul(self, b: Self) -> Self { self * b }
        #[inline(always)] fn div(self, b: Self) -> Self { self / b }
        // ⌊a/b⌋ would be one too large where a/b is rounded up to a whole number. Without its remainder a/b is whole but for
        // rounding.
        #[inline(always)] fn floor_divide(self, b: Self) -> Self {
            let rest = self % b;
            let down = if rest != 0.0 && (rest < 0.0) != (b < 0.0) { 1.0 } else { 0.0 };
            let quotient = ((self - rest) / b - down).round_ties_even();
            if b == 0.0 {
                self / b
            } else if quotient == 0.0 {
                (0.0 as $t).copysign(self / b)
            } else {
                quotient
            }
        }
        #[inline(always)] fn trunc_divide(self, b: Self) -> Self { (self / b).trunc() }
        #[inline(always)] fn remainder(self, b: Self) -> Self {
            let rest = self % b;
            if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
        }
        // Exact, hence the same bits whoever computes it.
        #[inline(always)] fn fmod(self, b: Self) -> Self { self % b }
        #[inline(always)] fn is_nan(self) -> bool { self != self }
        const LOWEST: Self = $t::NEG_INFINITY;
        const HIGHEST: Self = $t::INFINITY;
    } )* };
}
reals!(f32, f64);

macro_rules! integers {
    ($($t:ident),*) => { $( impl Arithmetic for $t {
        #[inline(always)] fn neg(self) -> Self { self.wrapping_neg() }
        // Comparisons with 0 that an unsigned type never passes.
        #[allow(unused_comparisons)]
        #[inline(always)] fn abs(self) -> Self { if self < 0 { self.wrapping_neg() } else { self } }
        #[allow(unused_comparisons)]
        #[inline(always)] fn sign(self) -> Self {
            if self > 0 { 1 } else if self < 0 { (0 as $t).wrapping_sub(1) } else { 0 }
        }
        #[inline(always)] fn add(self, b: Self) -> Self { self.wrapping_add(b) }
        #[inline(always)] fn sub(self, b: Self) -> Self { self.wrapping_sub(b) }
        #[inline(always)] fn mul(self, b: Self) -> Self { self.wrapping_mul(b) }
        #[inline(always)] fn div(self, b: Self) -> Self { if b == 0 { 0 } else { self.wrapping_div(b) } }
        #[allow(unused_comparisons)]
        #[inline(always)] fn floor_divide(self, b: Self) -> Self {
            let rest = Arithmetic::fmod(self, b);
            Arithmetic::div(self, b).wrapping_sub((rest != 0 && (rest < 0) != (b < 0)) as $t)
        }
        #[inline(always)] fn trunc_divide(self, b: Self) -> Self { Arithmetic::div(self, b) }
        #[allow(unused_comparisons)]
        #[inline(always)] fn remainder(self, b: Self) -> Self {
            let rest = Arithmetic::fmod(self, b);
            if rest != 0 && (rest < 0) != (b < 0) { rest.wrapping_add(b) } else { rest }
        }
        #[inline(always)] fn fmod(self, b: Self) -> Self { if b == 0 { 0 } else { self.wrapping_rem(b) } }
        #[inline(always)] fn is_nan(self) -> bool { false }
        const LOWEST: Self = $t::MIN;
        const HIGHEST: Self = $t::MAX;
    } )* };
}
integers!(i64, i32, u8);

macro_rules! functions {
    ($length:ident $trait:ident<$bound:path> $out:ty: $($name:ident($($arg:ident),*) = $value:expr;)*) => { $(
        pub(crate) struct $name;
        impl<T: $bound> $trait<T> for $name {
            type Out = $out;
            const SHORT: bool = functions!(@$length);
            #[inline(always)]
            fn call($($arg: T),*) -> $out { $value }
        }
    )* };
    (@short) => { true };
    (@long) => { false };
}

/// The real numbers the kernels are compiled for.
pub(crate) trait RealScalar: Real + Arithmetic + Math + Quick {}
impl<T: Real + Arithmetic + Math + Quick> RealScalar for T {}

functions! { short F1<Arithmetic> T:
    Neg(x) = Arithmetic::neg(x);
    Abs(x) = Arithmetic::abs(x);
    Sign(x) = Arithmetic::sign(x);
    Square(x) = Arithmetic::mul(x, x);
}

functions! { short F1<RealScalar> T:
    Reciprocal(x) = T::one() / x;
    Sqrt(x) = num_traits::Float::sqrt(x);
    // The quotient with what is left of 1 − x y² made up for, but for 0 and ∞.
    Rsqrt(x) = {
        let y = T::one() / num_traits::Float::sqrt(x);
        let root = x * y;
        let rest = num_traits::Float::mul_add(-root, y, T::one()) - num_traits::Float::mul_add(x, y, -root) * y;
        let closer = num_traits::Float::mul_add(T::from_f64(0.5) * y, rest, y);
        if Arithmetic::is_nan(closer) { y } else { closer }
    };
    // A comparison that fails keeps x, so that NaN passes through.
    Relu(x) = if x <= T::zero() { T::zero() } else { x };
    Floor(x) = num_traits::Float::floor(x);
    Ceil(x) = num_traits::Float::ceil(x);
    Round(x) = Real::round_half_even(x);
    Trunc(x) = num_traits::Float::trunc(x);
}

functions! { long F1<RealScalar> T:
    Cbrt(x) = Math::cbrt(x);
    Expm1(x) = Math::expm1(x);
    Exp2(x) = Math::exp2(x);
    Ln(x) = Math::ln(x);
    Log2(x) = Math::log2(x);
    Log10(x) = Math::log10(x);
    Log1p(x) = Math::log1p(x);
    Asin(x) = Math::asin(x);
    Acos(x) = Math::acos(x);
    Atan(x) = Math::atan(x);
    Sinh(x) = Math::sinh(x);
    Cosh(x) = Math::cosh(x);
    Tanh(x) = Math::tanh(x);
    Asinh(x) = Math::asinh(x);
    Acosh(x) = Math::acosh(x);
    Atanh(x) = Math::atanh(x);
    Sigmoid(x) = Math::sigmoid(x);
    Softplus(x) = Math::softplus(x);
    LogSigmoid(x) = Math::log_sigmoid(x);
    Erf(x) = Math::erf(x);
    Erfc(x) = Math::erfc(x);
    Erfinv(x) = Math::erfinv(x);
    NormalCdf(x) = Math::normal_cdf(x);
    Lgamma(x) = Math::lgamma(x);
    Digamma(x) = Math::digamma(x);
}

macro_rules! functions_in_blocks {
    ($($name:ident = $one:ident, $each:path;)*) => { $(
        pub(crate) struct $name;
        impl<T: RealScalar> F1<T> for $name {
            type Out = T;
            const SHORT: bool = false;
            #[inline(always)]
            fn call(x: T) -> T { Math::$one(x) }
            #[inline(always)]
            fn of_each(x: [T; LONG]) -> [T; LONG] {
                let mut out = [T::zero(); LONG];
                $each(&x, &mut out);
                out
            }
        }
    )* };
}
// A block of ordinary arguments takes a shorter way.
functions_in_blocks! {
    Exp = exp, Quick::exp_slice;
    Sin = sin, Math::sin_slice;
    Cos = cos, Math::cos_slice;
    Tan = tan, Math::tan_slice;
}

functions! { short F2<Arithmetic> T:
    Add(a, b) = Arithmetic::add(a, b);
    Sub(a, b) = Arithmetic::sub(a, b);
    Mul(a, b) = Arithmetic::mul(a, b);
    Maximum(a, b) = a.maximum(b);
    Minimum(a, b) = a.minimum(b);
    Fmax(a, b) = a.fmax(b);
    Fmin(a, b) = a.fmin(b);
}

functions! { short F2<RealScalar> T:
    Div(a, b) = a / b;
    Gate(a, b) = if b <= T::zero() { T::zero() } else { a };
}

functions! { long F2<Arithmetic> T:
    FloorDivide(a, b) = a.floor_divide(b);
    TruncDivide(a, b) = a.trunc_divide(b);
    Remainder(a, b) = a.remainder(b);
    Fmod(a, b) = a.fmod(b);
}

functions! { long F2<RealScalar> T:
    Pow(a, b) = Math::pow(a, b);
    Atan2(a, b) = Math::atan2(a, b);
    Hypot(a, b) = Math::hypot(a, b);
    Logaddexp(a, b) = Math::logaddexp(a, b);
    Xlogy(a, b) = {
        let product = if a == T::zero() { T::zero() } else { a * Math::ln(b) };
        if Arithmetic::is_nan(b) { b } else { product }
    };
    Copysign(a, b) = {
        let positive = Arithmetic::is_nan(b);
        num_traits::Float::copysign(a, if positive { T::one() } else { b })
    };
    Polygamma(order, x) = {
        let order = Real::round_half_even(order).as_f64();
        if (0.0..=170.0).contains(&order) { T::polygamma(order as u32, x) } else { T::nan() }
    };
}

functions! { short F2<Arithmetic> bool:
    Eq(a, b) = a == b;
    Ne(a, b) = a != b;
    Lt(a, b) = a < b;
    Le(a, b) = a <= b;
}

macro_rules! logic {
    ($($name:ident = $op:tt),*) => { $(
        pub(crate) struct $name;
        impl F2<bool> for $name {
            type Out = bool;
            #[inline(always)]
            fn call(a: bool, b: bool) -> bool { a $op b }
        }
    )* };
}
logic!(And = &, Or = |, Xor = ^);
