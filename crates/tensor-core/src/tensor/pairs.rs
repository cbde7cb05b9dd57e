//! Functions of two and three tensors, elementwise and broadcast: bounds, remainders, mixtures.

use super::math::c;
use super::{Operand, Tensor, fallible};
use crate::ops::{Binary, BinaryReal};
use crate::{Arg, Backend, BackendArg, Error, Num, Real, Result, Shape, broadcast_shapes};

/// Each line: the method, its `try_` form, the operation, how it is called, what it computes, a note, and an example of
/// numbers a and b.
macro_rules! pairs {
    ($bound:ident $enum:ident: $($name:ident $try:ident $op:ident $call:ident $formula:literal $note:literal $(, $panic:literal)?; $a:literal $b:literal => $y:literal;)*) => {
        impl<T: $bound, B: Backend> Tensor<T, B> {
            fallible! { $(
                #[doc = concat!("Of each pair of elements a and b, broadcast: ", $formula, ".\n\n", $note)]
                ///
                /// # Panics
                /// If the shapes do not broadcast.
                $(#[doc = $panic])?
                #[doc = concat!(
                    "\n```\n# use tensor_core::{Serial, Tensor};\nlet a = Tensor::<f64, Serial>::new([", $a, "]);\n",
                    "let b = Tensor::new([", $b, "]);\nassert_eq!(a.", stringify!($name), "(&b).to_vec(), [", $y, "]);\n```"
                )]
                fn $name | $try (&self, rhs: impl Operand<T, B>) -> Self { self.$call($enum::$op, rhs) }
            )* }
        }
    };
}

pairs! { Num Binary:
    fmax try_fmax Fmax binary "the larger; if one is NaN the other"
        "Equal numbers share the gradient, of two NaN a takes it."; "1.0, f64::NAN" "2.0, 3.0" => "2.0, 3.0";
    fmin try_fmin Fmin binary "the smaller; if one is NaN the other"
        "Equal numbers share the gradient, of two NaN a takes it."; "1.0, f64::NAN" "2.0, 3.0" => "1.0, 3.0";
    clamp_min try_clamp_min ClampMin bounded "a, but at least b; NaN if either is NaN"
        "Where both are equal the gradient is 0 if b is a number; a tensor takes half of it."; "1.0, 4.0" "2.0, 3.0" => "2.0, 4.0";
    clamp_max try_clamp_max ClampMax bounded "a, but at most b; NaN if either is NaN"
        "Where both are equal the gradient is 0 if b is a number; a tensor takes half of it."; "1.0, 4.0" "2.0, 3.0" => "1.0, 3.0";
    floor_divide try_floor_divide FloorDivide divide "⌊a/b⌋"
        "Its gradient is 0.", "If an integer is divided by 0."; "7.0, -7.0" "2.0, 2.0" => "3.0, -4.0";
    trunc_divide try_trunc_divide TruncDivide divide "a/b, cut towards 0"
        "Its gradient is 0.", "If an integer is divided by 0."; "7.0, -7.0" "2.0, 2.0" => "3.0, -3.0";
    remainder try_remainder Remainder divide "a − b⌊a/b⌋, with the sign of b; NaN for b = 0"
        "Python's `a % b`. The gradient is 1 in a and −⌊a/b⌋ in b.", "If an integer is divided by 0.";
        "7.0, -7.0" "3.0, 3.0" => "1.0, 2.0";
    fmod try_fmod Fmod divide "a − b·trunc(a/b), with the sign of a; NaN for b = 0"
        "Rust's `a % b`. The gradient is 1 in a and −trunc(a/b) in b.", "If an integer is divided by 0.";
        "7.0, -7.0" "3.0, 3.0" => "1.0, -1.0";
}

pairs! { Real BinaryReal:
    hypot try_hypot Hypot binary_real "√(a² + b²), without overflow on the way"
        "The gradient at (0, 0) is NaN."; "3.0" "4.0" => "5.0";
    logaddexp try_logaddexp Logaddexp binary_real "ln(eᵃ + eᵇ), without overflow on the way"
        "The sum of numbers that are given by their logarithms."; "1000.0" "f64::NEG_INFINITY" => "1000.0";
    xlogy try_xlogy Xlogy binary_real "a · ln b, and 0 for a = 0 unless b is NaN"
        "The gradient in a is ln b, and 0 where a = 0 and b ≤ 0."; "0.0, 2.0" "0.0, 1.0" => "0.0, 0.0";
    copysign try_copysign Copysign binary_real "|a| with the sign of b"
        "The sign of NaN counts as positive. The gradient in a is ±1, and 0 at 0; in b it is 0."; "1.0, -2.0" "-0.0, 3.0" => "-1.0, 2.0";
}

/// Refuses tensors that do not broadcast, in the name of the whole function.
pub(super) fn check_shapes(op: &'static str, shapes: &[&Shape]) -> Result<()> {
    shapes.iter().try_fold(Shape::new(), |all, shape| broadcast_shapes(op, &all, shape)).map(|_| ())
}

impl<T: Num, B: Backend> Tensor<T, B> {
    /// A division, which integers can do by anything but 0.
    fn divide(&self, op: Binary, rhs: impl Operand<T, B>) -> Result<Self> {
        let is_zero = |b: &BackendArg<'_, T, B>| match b {
            Arg::Scalar(b) => b.is_zero(),
            Arg::Ref(b) => B::as_array(b).to_vec().contains(&T::zero()),
            Arg::Own(b) => B::as_array(b).to_vec().contains(&T::zero()),
        };
        rhs.with(|b| {
            if T::default().real().is_none() && self.numel() > 0 && is_zero(&b) {
                return Err(Error::value(op.name(), "an integer is divided by 0"));
            }
            self.with(|a| B::binary(op, a, b)).map(Tensor)
        })
    }

    /// A bound that is a tensor is an operand of equal rights, as those of `maximum` and `minimum` are.
    fn bounded(&self, op: Binary, rhs: impl Operand<T, B>) -> Result<Self> {
        let equals = if op == Binary::ClampMin { Binary::Maximum } else { Binary::Minimum };
        rhs.with(|b| match b.prim().map(|b| B::as_array(b).shape().clone()) {
            None => self.with(|a| B::binary(op, a, b)).map(Tensor),
            Some(shape) => {
                check_shapes(op.name(), &[self.shape_owned(), &shape])?;
                self.with(|a| B::binary(equals, a, b)).map(Tensor)
            }
        })
    }

    fallible! {
        /// Of each element: what is nearest to it in `min ..= max`, both broadcast; NaN stays NaN. Where `min > max` it is
        /// `max`. The gradient is 1 inside and goes to the bound outside; on a bound it is 0 if that is a number, and half for
        /// each if it is a tensor. With one bound: [`clamp_min`](Self::clamp_min), [`clamp_max`](Self::clamp_max).
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([-2.0, 0.5, 2.0]);
        /// assert_eq!(x.clamp(-1.0, 1.0).to_vec(), [-1.0, 0.5, 1.0]);
        /// ```
        fn clamp | try_clamp (&self, min: impl Operand<T, B>, max: impl Operand<T, B>) -> Self {
            self.bounded(Binary::ClampMin, min)?.bounded(Binary::ClampMax, max)
        }

        /// Of each element: 0 for x < 0, 1 for x > 0, and `at_zero`, broadcast, for 0. For NaN it is 0. Only `at_zero` has a
        /// gradient.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([-2.0, 0.0, 3.0]).heaviside(0.5).to_vec(), [0.0, 0.5, 1.0]);
        /// ```
        fn heaviside | try_heaviside (&self, at_zero: impl Operand<T, B>) -> Self {
            let at_zero = at_zero.into_tensor();
            check_shapes("heaviside", &[self.shape_owned(), at_zero.shape_owned()])?;
            self.eq(T::zero()).try_where_cond(at_zero, self.gt(T::zero()).cast::<T>())
        }
    }
}

impl<T: Real, B: Backend> Tensor<T, B> {
    fallible! {
        /// Elementwise log₂(2ᵃ + 2ᵇ), broadcast, without overflow on the way.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert!((Tensor::<f64, Serial>::new(1000.0).logaddexp2(1000.0).item() - 1001.0).abs() < 1e-12);
        /// ```
        fn logaddexp2 | try_logaddexp2 (&self, rhs: impl Operand<T, B>) -> Self {
            let (ln_2, rhs) = (c::<T>(std::f64::consts::LN_2), rhs.into_tensor());
            check_shapes("logaddexp2", &[self.shape_owned(), rhs.shape_owned()])?;
            Ok((self * ln_2).try_logaddexp(rhs * ln_2)? / ln_2)
        }

        /// The tensor + `weight` · (`end` − the tensor), broadcast: the tensor at weight 0, `end` at weight 1, exactly.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let a = Tensor::<f32, Serial>::new([1.0, 2.0]);
        /// assert_eq!(a.lerp(&Tensor::new([3.0, 6.0]), 0.25).to_vec(), [1.5, 3.0]);
        /// ```
        fn lerp | try_lerp (&self, end: impl Operand<T, B>, weight: impl Operand<T, B>) -> Self {
            let (end, weight) = (end.into_tensor(), weight.into_tensor());
            check_shapes("lerp", &[self.shape_owned(), end.shape_owned(), weight.shape_owned()])?;
            // From the nearer end, so that either is met exactly.
            let near = weight.lt(c::<T>(0.5));
            let step = near.where_cond(&weight, &weight - T::one()) * (&end - self);
            Ok(near.where_cond(self, end) + step)
        }

        /// The tensor + `value` · `a` · `b`, broadcast.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
        /// assert_eq!(x.addcmul(&x, &x, 10.0).to_vec(), [11.0, 42.0]);
        /// ```
        fn addcmul | try_addcmul (&self, a: impl Operand<T, B>, b: impl Operand<T, B>, value: T) -> Self {
            let (a, b) = (a.into_tensor(), b.into_tensor());
            check_shapes("addcmul", &[self.shape_owned(), a.shape_owned(), b.shape_owned()])?;
            Ok(self + a * value * b)
        }

        /// The tensor + `value` · `a` / `b`, broadcast.
        ///
        /// # Panics
        /// If the shapes do not broadcast.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1.0, 2.0]);
        /// assert_eq!(x.addcdiv(&x, &x, 10.0).to_vec(), [11.0, 12.0]);
        /// ```
        fn addcdiv | try_addcdiv (&self, a: impl Operand<T, B>, b: impl Operand<T, B>, value: T) -> Self {
            let (a, b) = (a.into_tensor(), b.into_tensor());
            check_shapes("addcdiv", &[self.shape_owned(), a.shape_owned(), b.shape_owned()])?;
            Ok(self + a * value / b)
        }
    }
}
