//! Numbers of any element type, widened so far that an operation on them is exact or rounded once.

use std::any::Any;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use tensor_core::{DType, Element};

/// A number out of a tensor: a real in double precision, or a whole number with room to spare.
///
/// Narrowing the sum, product or quotient of two `f32` from double precision gives the same bits as computing it in
/// single precision: twice the digits and two more make the second rounding harmless. Whole numbers wrap at 128 bits,
/// hence also at the 64, 32 or 8 bits they are narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) enum Wide {
    Real(f64),
    Whole(i128),
}
use Wide::{Real, Whole};

/// The element as a wide number, exactly; false is 0 and true is 1.
pub(crate) fn wide<T: Element>(x: T) -> Wide {
    match T::DTYPE {
        DType::F32 => Real(own::<T, f32>(x).into()),
        DType::F64 => Real(own(x)),
        DType::I64 => Whole(own::<T, i64>(x).into()),
        DType::I32 => Whole(own::<T, i32>(x).into()),
        DType::U8 => Whole(own::<T, u8>(x).into()),
        DType::Bool => Whole(own::<T, bool>(x).into()),
    }
}

/// The wide number as an element, as Rust's `as` converts: reals are rounded to nearest, or cut towards 0 and clipped
/// to the range of an integer type, whole numbers wrap. As a truth value: whether it differs from 0.
pub(crate) fn narrow<T: Element>(x: Wide) -> T {
    match T::DTYPE {
        DType::F32 => own(if let Real(x) = x { x as f32 } else { x.whole() as f32 }),
        DType::F64 => own(if let Real(x) = x { x } else { x.whole() as f64 }),
        DType::I64 => own(if let Real(x) = x { x as i64 } else { x.whole() as i64 }),
        DType::I32 => own(if let Real(x) = x { x as i32 } else { x.whole() as i32 }),
        DType::U8 => own(if let Real(x) = x { x as u8 } else { x.whole() as u8 }),
        DType::Bool => own(if let Real(x) = x { x != 0.0 } else { x.whole() != 0 }),
    }
}

/// The value under the other name that its type has where only `DTYPE` tells it.
pub(crate) fn own<A: Any, B: Any + Clone>(x: A) -> B {
    (&x as &dyn Any).downcast_ref::<B>().expect("the type that `DTYPE` names").clone()
}

impl Wide {
    fn whole(self) -> i128 {
        match self {
            Whole(x) => x,
            Real(_) => panic!("a real number where a whole one belongs"),
        }
    }

    pub(crate) fn abs(self) -> Wide {
        match self {
            Real(x) => Real(x.abs()),
            Whole(x) => Whole(x.abs()),
        }
    }

    /// −1, 0 or 1; NaN for NaN.
    pub(crate) fn sign(self) -> Wide {
        match self {
            Real(0.0) => Real(0.0),
            Real(x) => Real(x.signum()),
            Whole(x) => Whole(x.signum()),
        }
    }

    pub(crate) fn is_zero(self) -> bool {
        matches!(self, Real(0.0) | Whole(0))
    }

    pub(crate) fn is_negative(self) -> bool {
        match self {
            Real(x) => x < 0.0,
            Whole(x) => x < 0,
        }
    }

    /// The whole part.
    pub(crate) fn trunc(self) -> Wide {
        self.as_real(f64::trunc)
    }

    /// The nearest whole number.
    pub(crate) fn round(self) -> Wide {
        self.as_real(f64::round_ties_even)
    }

    /// The real number with the sign of another.
    pub(crate) fn with_sign_of(self, other: Wide) -> Wide {
        match other {
            Real(other) => self.as_real(|x| x.copysign(other)),
            Whole(_) => self,
        }
    }

    /// What `f` makes of a real number; a whole one as it is.
    fn as_real(self, f: impl Fn(f64) -> f64) -> Wide {
        match self {
            Real(x) => Real(f(x)),
            Whole(x) => Whole(x),
        }
    }
}

macro_rules! arithmetic {
    ($($trait:ident $method:ident: $real:expr, $whole:expr;)*) => { $(
        impl $trait for Wide {
            type Output = Wide;
            fn $method(self, other: Wide) -> Wide {
                let (real, whole): (fn(f64, f64) -> f64, fn(i128, i128) -> i128) = ($real, $whole);
                match (self, other) {
                    (Real(a), Real(b)) => Real(real(a, b)),
                    (a, b) => Whole(whole(a.whole(), b.whole())),
                }
            }
        }
    )* };
}
arithmetic! {
    Add add: |a, b| a + b, i128::wrapping_add;
    Sub sub: |a, b| a - b, i128::wrapping_sub;
    Mul mul: |a, b| a * b, i128::wrapping_mul;
    // Whole numbers: cut towards 0, and 0 for a divisor of 0.
    Div div: |a, b| a / b, |a, b| a.checked_div(b).unwrap_or(0);
    // With the sign of the dividend; whole numbers: 0 for a divisor of 0.
    Rem rem: |a, b| a % b, |a, b| a.checked_rem(b).unwrap_or(0);
}

impl Neg for Wide {
    type Output = Wide;
    fn neg(self) -> Wide {
        match self {
            Real(x) => Real(-x),
            Whole(x) => Whole(-x),
        }
    }
}
