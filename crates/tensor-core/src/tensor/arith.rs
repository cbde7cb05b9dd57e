//! Arithmetic: the operators, for every pair of owned and borrowed operands and for numbers on either side.

use super::{Operand, Tensor, View, fallible};
use crate::ops::{Binary, BinaryReal};
use crate::{Backend, Num, Real, Result};
use std::ops::{Add, Div, Mul, Neg, Sub};

impl<T: Num, B: Backend> Tensor<T, B> {
    #[inline]
    pub(super) fn binary(&self, op: Binary, rhs: impl Operand<T, B>) -> Result<Self> {
        self.with(|a| rhs.with(|b| B::binary(op, a, b))).map(Tensor)
    }

    fallible! {
        /// Elementwise a + b, broadcast; the operator `+`.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
        /// let row = Tensor::new([10.0, 20.0]);
        /// assert_eq!((&x + &row).to_vec(), [11.0, 22.0, 13.0, 24.0]);
        /// ```
        fn add | try_add (&self, rhs: impl Operand<T, B>) -> Self { self.binary(Binary::Add, rhs) }

        /// Elementwise a − b, broadcast; the operator `-`.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
        /// assert_eq!((1.0 - &x).to_vec(), [0.0, -1.0]);
        /// ```
        fn sub | try_sub (&self, rhs: impl Operand<T, B>) -> Self { self.binary(Binary::Sub, rhs) }

        /// Elementwise a · b, broadcast; the operator `*`. The matrix product is [`matmul`](Self::matmul).
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
        /// assert_eq!((&x * &x).to_vec(), [1.0, 4.0]);
        /// ```
        fn mul | try_mul (&self, rhs: impl Operand<T, B>) -> Self { self.binary(Binary::Mul, rhs) }

        /// Elementwise the larger of two, broadcast; NaN if either is NaN. Where both are equal each gets half of the
        /// gradient.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([-1.0, 2.0]);
        /// assert_eq!(x.maximum(0.0).to_vec(), [0.0, 2.0]);
        /// ```
        fn maximum | try_maximum (&self, rhs: impl Operand<T, B>) -> Self { self.binary(Binary::Maximum, rhs) }

        /// Elementwise the smaller of two, broadcast; NaN if either is NaN. Where both are equal each gets half of the
        /// gradient.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([-1.0, 2.0]);
        /// assert_eq!(x.minimum(0.0).to_vec(), [-1.0, 0.0]);
        /// ```
        fn minimum | try_minimum (&self, rhs: impl Operand<T, B>) -> Self { self.binary(Binary::Minimum, rhs) }
    }
}

impl<T: Real, B: Backend> Tensor<T, B> {
    #[inline]
    pub(super) fn binary_real(&self, op: BinaryReal, rhs: impl Operand<T, B>) -> Result<Self> {
        self.with(|a| rhs.with(|b| B::binary_real(op, a, b))).map(Tensor)
    }

    fallible! {
        /// Elementwise a / b, broadcast; the operator `/`.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
        /// assert_eq!((1.0 / &x).to_vec(), [1.0, 0.5]);
        /// ```
        fn div | try_div (&self, rhs: impl Operand<T, B>) -> Self { self.binary_real(BinaryReal::Div, rhs) }

        /// Elementwise aᵇ, broadcast, with all cases of sign and zero as C's `pow` has them.
        ///
        /// The gradient in a is b·aᵇ⁻¹, and 0 for b = 0; that in b is aᵇ·ln a, and 0 where a = 0 and b ≥ 0.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1.0, 2.0, 4.0]);
        /// assert_eq!(x.pow(0.5).to_vec(), [1.0, 2f32.sqrt(), 2.0]);
        /// ```
        fn pow | try_pow (&self, exponent: impl Operand<T, B>) -> Self { self.binary_real(BinaryReal::Pow, exponent) }

        /// Elementwise the angle of the point (`x`, `self`) in radians, in −π … π, broadcast. At the origin the gradient is
        /// 0.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let y = Tensor::<f64, Serial>::new([1.0]);
        /// assert!((y.atan2(1.0).item() - std::f64::consts::FRAC_PI_4).abs() < 1e-15);
        /// ```
        fn atan2 | try_atan2 (&self, x: impl Operand<T, B>) -> Self { self.binary_real(BinaryReal::Atan2, x) }
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $bound:ident $verb:ident $op:path;)*) => { $(
        operators!(@left Tensor<T, B>, $trait $method $bound $verb $op);
        operators!(@left &Tensor<T, B>, $trait $method $bound $verb $op);
        operators!(@left View<T, B>, $trait $method $bound $verb $op);
        operators!(@left &View<T, B>, $trait $method $bound $verb $op);
    )* };
    (@left $left:ty, $trait:ident $method:ident $bound:ident $verb:ident $op:path) => {
        impl<T: $bound, B: Backend, R: Operand<T, B>> $trait<R> for $left {
            type Output = Tensor<T, B>;

            #[track_caller]
            #[inline]
            fn $method(self, rhs: R) -> Tensor<T, B> {
                match self.with(|a| rhs.with(|b| B::$verb($op, a, b))) {
                    Ok(value) => Tensor(value),
                    Err(error) => error.panic(),
                }
            }
        }
    };
}
operators! {
    Add add Num binary Binary::Add;
    Sub sub Num binary Binary::Sub;
    Mul mul Num binary Binary::Mul;
    Div div Real binary_real BinaryReal::Div;
}

macro_rules! numbers_on_the_left {
    ($($t:ty: $($trait:ident $method:ident $verb:ident $op:path),*;)*) => { $( $(
        numbers_on_the_left!(@right $t, Tensor<$t, B>, $trait $method $verb $op);
        numbers_on_the_left!(@right $t, &Tensor<$t, B>, $trait $method $verb $op);
        numbers_on_the_left!(@right $t, View<$t, B>, $trait $method $verb $op);
        numbers_on_the_left!(@right $t, &View<$t, B>, $trait $method $verb $op);
    )* )* };
    (@right $t:ty, $right:ty, $trait:ident $method:ident $verb:ident $op:path) => {
        impl<B: Backend> $trait<$right> for $t {
            type Output = Tensor<$t, B>;

            #[track_caller]
            #[inline]
            fn $method(self, rhs: $right) -> Tensor<$t, B> {
                match rhs.with(|b| B::$verb($op, crate::Arg::Scalar(self), b)) {
                    Ok(value) => Tensor(value),
                    Err(error) => error.panic(),
                }
            }
        }
    };
}
numbers_on_the_left! {
    f32: Add add binary Binary::Add, Sub sub binary Binary::Sub, Mul mul binary Binary::Mul, Div div binary_real BinaryReal::Div;
    f64: Add add binary Binary::Add, Sub sub binary Binary::Sub, Mul mul binary Binary::Mul, Div div binary_real BinaryReal::Div;
    i64: Add add binary Binary::Add, Sub sub binary Binary::Sub, Mul mul binary Binary::Mul;
    i32: Add add binary Binary::Add, Sub sub binary Binary::Sub, Mul mul binary Binary::Mul;
    u8: Add add binary Binary::Add, Sub sub binary Binary::Sub, Mul mul binary Binary::Mul;
}

macro_rules! negation {
    ($($t:ty),*) => { $(
        impl<T: Num, B: Backend> Neg for $t {
            type Output = Tensor<T, B>;

            #[track_caller]
            #[inline]
            fn neg(self) -> Tensor<T, B> {
                match self.with(|x| B::unary(crate::ops::Unary::Neg, x)) {
                    Ok(value) => Tensor(value),
                    Err(error) => error.panic(),
                }
            }
        }
    )* };
}
negation!(Tensor<T, B>, &Tensor<T, B>, View<T, B>, &View<T, B>);
