//! Questions about elements, truth values of any type, and what is put where an answer is yes.

use super::{Operand, Tensor, fallible, sure};
use crate::ops::BinaryReal;
use crate::{Arg, Backend, Element, Error, Num, Real, Result};

impl<T: Num, B: Backend> Tensor<T, B> {
    /// Whether each element is NaN; an integer never is.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::new([1.0, f32::NAN]).isnan().to_vec(), [false, true]);
    /// ```
    #[track_caller]
    pub fn isnan(&self) -> Tensor<bool, B> {
        self.ne(self)
    }

    /// Whether each element is ∞ or −∞; an integer never is.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::new([1.0, f32::NEG_INFINITY]).isinf().to_vec(), [false, true]);
    /// ```
    #[track_caller]
    pub fn isinf(&self) -> Tensor<bool, B> {
        match T::default().real().and_then(|_| T::from(f64::INFINITY)) {
            Some(infinity) => self.abs().eq(infinity),
            None => self.ne(self),
        }
    }

    /// Whether each element is neither infinite nor NaN; an integer always is.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::new([1.0, f32::INFINITY]).isfinite().to_vec(), [true, false]);
    /// ```
    #[track_caller]
    pub fn isfinite(&self) -> Tensor<bool, B> {
        // NaN where an element is NaN or infinite.
        #[allow(clippy::eq_op)]
        let zero = self - self;
        zero.eq(&zero)
    }

    fallible! {
        /// Whether of each pair of elements, broadcast, |a − b| ≤ `atol` + `rtol` · |b|. Infinities are close to themselves;
        /// so is NaN if `equal_nan`. PyTorch's defaults are 10⁻⁵, 10⁻⁸ and false. A constant: it has no gradient.
        ///
        /// # Panics
        /// If the shapes do not broadcast, or a tolerance is negative or NaN.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let a = Tensor::<f64, Serial>::new([1.0, 1.0]);
        /// assert_eq!(a.isclose(&Tensor::new([1.0 + 1e-9, 1.1]), 1e-5, 1e-8, false).to_vec(), [true, false]);
        /// ```
        fn isclose | try_isclose (&self, rhs: impl Operand<T, B>, rtol: f64, atol: f64, equal_nan: bool) -> Tensor<bool, B> {
            for (name, tolerance) in [("rtol", rtol), ("atol", atol)] {
                if !(tolerance >= 0.0) {
                    return Err(Error::value("isclose", format!("`{name}` is {tolerance}; it must be 0 or more")));
                }
            }
            // Integers are compared as reals.
            if T::default().real().is_none() {
                return self.cast::<f64>().try_isclose(rhs.into_tensor().cast::<f64>(), rtol, atol, equal_nan);
            }
            let (a, b) = (self.detach(), rhs.into_tensor().detach());
            super::pairs::check_shapes("isclose", &[a.shape_owned(), b.shape_owned()])?;
            let tolerance = |x: f64| T::from(x).ok_or_else(|| Error::value("isclose", "a tolerance is out of range"));
            let (rtol, atol) = (tolerance(rtol)?, tolerance(atol)?);
            let distance = (&a - &b).abs();
            let near = distance.isfinite().and(distance.le((&b * rtol).abs() + atol)).or(a.eq(&b));
            Ok(if equal_nan { near.or(a.isnan().and(b.isnan())) } else { near })
        }

        /// Whether all pairs of elements are close: [`isclose`](Self::isclose).
        ///
        /// # Panics
        /// As there.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let a = Tensor::<f64, Serial>::new([0.1, 0.2]);
        /// assert!((&a + 0.2 - 0.2).allclose(&a, 1e-5, 1e-8, false));
        /// ```
        fn allclose | try_allclose (&self, rhs: impl Operand<T, B>, rtol: f64, atol: f64, equal_nan: bool) -> bool {
            Ok(!self.try_isclose(rhs, rtol, atol, equal_nan)?.to_vec().contains(&false))
        }
    }
}

impl<T: Real, B: Backend> Tensor<T, B> {
    /// Whether each element is negative, −0 included. The sign of NaN counts as positive. A constant.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::new([-0.0, 0.0]).signbit().to_vec(), [true, false]);
    /// ```
    #[track_caller]
    pub fn signbit(&self) -> Tensor<bool, B> {
        let signs = self.with(|x| B::binary_real(BinaryReal::Copysign, Arg::Scalar(T::one()), x));
        Tensor::<T, B>(sure(signs)).lt(T::zero())
    }

    /// The tensor with `nan` in place of NaN, and `posinf` and `neginf` of ∞ and −∞: if they are not given, the largest and
    /// the least number of the type. What was replaced has the gradient 0.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY]);
    /// assert_eq!(x.nan_to_num(0.0, Some(9.0), None).to_vec(), [1.0, 0.0, 9.0, f32::MIN]);
    /// ```
    #[track_caller]
    pub fn nan_to_num(&self, nan: T, posinf: Option<T>, neginf: Option<T>) -> Self {
        let (posinf, neginf) = (posinf.unwrap_or(T::max_value()), neginf.unwrap_or(T::min_value()));
        let numbers = self.isnan().where_cond(nan, self);
        let above = self.eq(T::infinity()).where_cond(posinf, numbers);
        self.eq(T::neg_infinity()).where_cond(neginf, above)
    }
}

/// Each line: the method, its `try_` form, the one of truth values, what it tells, and an example.
macro_rules! logical {
    ($($name:ident $try:ident $logic:ident $what:literal $example:literal)*) => {
        impl<T: Element, B: Backend> Tensor<T, B> {
            fallible! { $(
                #[doc = concat!("Of each pair of elements, broadcast: whether ", $what, " from 0. The tensors may differ in type. A constant: it has no gradient.")]
                ///
                /// # Panics
                /// If the shapes do not broadcast.
                #[doc = concat!(
                    "\n```\n# use tensor_core::{Serial, Tensor};\nlet (x, y) = (Tensor::<f32, Serial>::new([0.0, 2.0, 3.0]), Tensor::<i64, Serial>::new([3, 0, 3]));\n",
                    "assert_eq!(x.", stringify!($name), "(&y).to_vec(), ", $example, ");\n```"
                )]
                fn $name | $try [U: Element] (&self, rhs: &Tensor<U, B>) -> Tensor<bool, B> {
                    self.cast::<bool>().$logic(rhs.cast::<bool>())
                }
            )* }
        }
    };
}
logical! {
    logical_and try_logical_and try_and "both differ" "[false, false, true]"
    logical_or try_logical_or try_or "at least one differs" "[true, true, true]"
    logical_xor try_logical_xor try_xor "just one differs" "[true, true, false]"
}

impl<T: Element, B: Backend> Tensor<T, B> {
    /// Whether each element is 0, or false.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::new([0.0, 2.0]).logical_not().to_vec(), [true, false]);
    /// ```
    #[track_caller]
    pub fn logical_not(&self) -> Tensor<bool, B> {
        self.cast::<bool>().not()
    }

    fallible! {
        /// The tensor with `value`, a single number, where `mask` is true; both broadcast. What was replaced has the gradient
        /// 0; that of the value is the sum over where it was put.
        ///
        /// # Panics
        /// If the shapes do not broadcast, or the value has an axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([-1.0, 2.0]);
        /// assert_eq!(x.masked_fill(&x.lt(0.0), 7.0).to_vec(), [7.0, 2.0]);
        /// ```
        fn masked_fill | try_masked_fill (&self, mask: &Tensor<bool, B>, value: impl Operand<T, B>) -> Self {
            super::pairs::check_shapes("masked_fill", &[self.shape_owned(), mask.shape_owned()])?;
            value.with(|value| {
                if let Some(value) = value.prim().map(B::as_array).filter(|value| !value.shape().is_empty()) {
                    let hint = "the value must be a single number; several are chosen by `where_cond`";
                    return Err(Error::shape("masked_fill", &[value.shape()], hint));
                }
                self.with(|x| B::select(&mask.0, value, x)).map(Tensor)
            })
        }
    }
}

/// Each line: the method, its `try_` form, what it tells, and how `and`, `or`, `xor` and `not` tell it.
macro_rules! orders {
    ($($name:ident $try:ident $formula:literal |$a:ident, $b:ident| $value:expr;)*) => {
        impl<B: Backend> Tensor<bool, B> {
            fallible! { $(
                #[doc = concat!("Of each pair of truth values, broadcast: whether ", $formula, ", false being less than true.")]
                ///
                /// # Panics
                /// If the shapes do not broadcast.
                fn $name | $try (&self, rhs: impl Operand<bool, B>) -> Self {
                    let $a = self;
                    let $b = rhs.into_tensor();
                    $value
                }
            )* }
        }
    };
}
orders! {
    eq try_eq "a = b" |a, b| a.try_xor(b.not());
    ne try_ne "a ≠ b" |a, b| a.try_xor(b);
    lt try_lt "a < b" |a, b| a.not().try_and(b);
    le try_le "a ≤ b" |a, b| a.not().try_or(b);
    gt try_gt "a > b" |a, b| a.try_and(b.not());
    ge try_ge "a ≥ b" |a, b| a.try_or(b.not());
}
