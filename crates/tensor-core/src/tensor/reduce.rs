//! Sums, means, extremes and other reductions over axes.

use super::{Operand, Tensor, fallible, sure};
use crate::layout::resolve_axis;
use crate::ops::{ArgReduce, Fused, Reduce};
use crate::slice::Int;
use crate::{Backend, Dims, Element, Error, Num, Real, Result, Shape};

/// The axes of a reduction: one, or an array, slice or `Vec` of them; negative ones count from the end. A tensor of rank 0
/// counts as a line of one element: its axis 0 (or -1) can be reduced.
pub trait IntoAxes {
    /// The axes in ascending order, each once; none at rank 0.
    ///
    /// # Errors
    /// If one does not exist or stands twice.
    fn into_axes(self, op: &'static str, rank: usize) -> Result<Dims<usize>>;
}

impl<I: Int> IntoAxes for I {
    fn into_axes(self, op: &'static str, rank: usize) -> Result<Dims<usize>> {
        [self].into_axes(op, rank)
    }
}

impl<I: Int> IntoAxes for &[I] {
    fn into_axes(self, op: &'static str, rank: usize) -> Result<Dims<usize>> {
        let mut axes = self.iter().map(|axis| line_axis(op, axis.to_isize(), rank)).collect::<Result<Dims<usize>>>()?;
        axes.sort_unstable();
        if axes.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::value(op, "an axis is named twice"));
        }
        Ok(if rank == 0 { Dims::new() } else { axes })
    }
}

impl<I: Int, const N: usize> IntoAxes for [I; N] {
    fn into_axes(self, op: &'static str, rank: usize) -> Result<Dims<usize>> {
        self[..].into_axes(op, rank)
    }
}

impl<I: Int> IntoAxes for Vec<I> {
    fn into_axes(self, op: &'static str, rank: usize) -> Result<Dims<usize>> {
        self[..].into_axes(op, rank)
    }
}

/// An axis to run along, counted from the front. A tensor of rank 0 counts as a line of one element.
pub(super) fn line_axis(op: &'static str, axis: isize, rank: usize) -> Result<usize> {
    match rank {
        0 if axis == 0 || axis == -1 => Ok(0),
        rank => resolve_axis(op, axis, rank),
    }
}

impl<T: Element, B: Backend> Tensor<T, B> {
    /// The tensor for a function that runs along `axis`, and that axis counted from the front: a single number becomes a
    /// line of one element. [`Tensor::unlined`] is the way back.
    pub(super) fn lines(&self, op: &'static str, axis: impl Int) -> Result<(Self, usize)> {
        let axis = line_axis(op, axis.to_isize(), self.rank())?;
        Ok((if self.rank() == 0 { self.try_reshape([1])?.into_tensor() } else { self.clone() }, axis))
    }

    /// `x`, computed of the lines of this tensor, as a single number if this is one.
    pub(super) fn unlined<U: Element>(&self, x: Tensor<U, B>) -> Result<Tensor<U, B>> {
        if self.rank() == 0 { Ok(x.try_reshape([0usize; 0])?.into_tensor()) } else { Ok(x) }
    }

    /// How many elements stand behind each result of a reduction over `axes`.
    pub(super) fn count_along(&self, axes: &[usize]) -> usize {
        axes.iter().map(|&axis| self.shape()[axis]).product()
    }
}

/// Each line makes three methods of `core(&self, axes, keepdim, …)`: over all elements, over axes, over axes keeping them.
macro_rules! over_axes {
    ($($(#[$doc:meta])* $all:ident $try_all:ident $axes:ident $try_axes:ident $keep:ident $try_keep:ident
        ($($arg:ident: $ty:ty),*) -> $out:ty = $core:ident($($pass:expr),*);)*) => { fallible! { $(
        $(#[$doc])*
        fn $all | $try_all (&self $(, $arg: $ty)*) -> $out {
            self.$core(&$crate::Dims::axes(self.rank()), false $(, $pass)*)
        }

        #[doc = concat!("[`", stringify!($all), "`](Self::", stringify!($all), ") along `axes`, which are gone from the result.")]
        ///
        /// # Panics
        /// If an axis does not exist or is named twice.
        fn $axes | $try_axes (&self, axes: impl IntoAxes $(, $arg: $ty)*) -> $out {
            self.$core(&axes.into_axes(stringify!($all), self.rank())?, false $(, $pass)*)
        }

        #[doc = concat!("[`", stringify!($all), "`](Self::", stringify!($all), ") along `axes`, which stay with size 1.")]
        ///
        /// # Panics
        /// If an axis does not exist or is named twice.
        fn $keep | $try_keep (&self, axes: impl IntoAxes $(, $arg: $ty)*) -> $out {
            self.$core(&axes.into_axes(stringify!($all), self.rank())?, true $(, $pass)*)
        }
    )* } };
}
pub(super) use over_axes;

/// Each line: over all elements, over axes, over axes keeping them; the operation; what it is.
macro_rules! reductions {
    ($($all:ident $try_all:ident $axes:ident $try_axes:ident $keep:ident $try_keep:ident $op:ident $what:literal $note:literal [$y:expr, $rows:expr];)*) => {
        impl<T: Num, B: Backend> Tensor<T, B> { $(
            fallible! {
                #[doc = concat!($what, " of all elements, a tensor of rank 0. ", $note)]
                #[doc = concat!(
                    "\n```\n# use tensor_core::{Serial, Tensor};\nlet x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);\n",
                    "assert_eq!(x.", stringify!($all), "().item(), ", stringify!($y), ");\n```"
                )]
                fn $all | $try_all (&self) -> Self {
                    B::reduce(Reduce::$op, &self.0, &Dims::axes(self.rank()), false).map(Tensor)
                }

                #[doc = concat!($what, " along `axes`, which are gone from the result. ", $note)]
                ///
                /// # Panics
                /// If an axis does not exist or is named twice.
                #[doc = concat!(
                    "\n```\n# use tensor_core::{Serial, Tensor};\nlet x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);\n",
                    "assert_eq!(x.", stringify!($axes), "(-1).to_vec(), ", stringify!($rows), ");\n```"
                )]
                fn $axes | $try_axes (&self, axes: impl IntoAxes) -> Self {
                    B::reduce(Reduce::$op, &self.0, &axes.into_axes(Reduce::$op.name(), self.rank())?, false).map(Tensor)
                }

                #[doc = concat!($what, " along `axes`, which stay with size 1, so that the result broadcasts against the tensor. ", $note)]
                ///
                /// # Panics
                /// If an axis does not exist or is named twice.
                fn $keep | $try_keep (&self, axes: impl IntoAxes) -> Self {
                    B::reduce(Reduce::$op, &self.0, &axes.into_axes(Reduce::$op.name(), self.rank())?, true).map(Tensor)
                }
            }
        )* }
    };
}
reductions! {
    sum try_sum sum_axes try_sum_axes sum_keepdim try_sum_keepdim Sum "The sum" "0 for no elements." [10.0, [3.0, 7.0]];
    mean try_mean mean_axes try_mean_axes mean_keepdim try_mean_keepdim Mean "The mean" "NaN for no elements." [2.5, [1.5, 3.5]];
    prod try_prod prod_axes try_prod_axes prod_keepdim try_prod_keepdim Prod "The product" "1 for no elements. The gradient is the product of all others, also where factors are 0." [24.0, [2.0, 12.0]];
    max try_max max_axes try_max_axes max_keepdim try_max_keepdim Max "The largest"
        "NaN if any is NaN; elements that share the maximum share its gradient evenly. Of no elements it is an error." [4.0, [2.0, 4.0]];
    min try_min min_axes try_min_axes min_keepdim try_min_keepdim Min "The smallest"
        "NaN if any is NaN; elements that share the minimum share its gradient evenly. Of no elements it is an error." [1.0, [1.0, 3.0]];
}

impl<T: Num, B: Backend> Tensor<T, B> {
    /// The reduction `op` over `axes`, ascending.
    pub(super) fn reduce(&self, op: Reduce, axes: &[usize], keepdim: bool) -> Result<Self> {
        B::reduce(op, &self.0, axes, keepdim).map(Tensor)
    }

    fallible! {
        /// Where along `axis` the largest element stands: the first, or the first NaN. A constant. Of all elements:
        /// `x.flatten().argmax(0)`.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let scores = Tensor::<f32, Serial>::new([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]]);
        /// assert_eq!(scores.argmax(-1).to_vec(), [1, 0]);
        /// ```
        fn argmax | try_argmax (&self, axis: impl Int) -> Tensor<i64, B> { self.arg_reduce(ArgReduce::Max, axis, false) }

        /// [`argmax`](Self::argmax) with `axis` kept at size 1.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let scores = Tensor::<f32, Serial>::new([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]]);
        /// assert_eq!(scores.argmax_keepdim(-1).shape(), [2, 1]);
        /// ```
        fn argmax_keepdim | try_argmax_keepdim (&self, axis: impl Int) -> Tensor<i64, B> {
            self.arg_reduce(ArgReduce::Max, axis, true)
        }

        /// Where along `axis` the smallest element stands: the first, or the first NaN. A constant. Of all elements:
        /// `x.flatten().argmin(0)`.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]]);
        /// assert_eq!(x.argmin(-1).to_vec(), [0, 2]);
        /// ```
        fn argmin | try_argmin (&self, axis: impl Int) -> Tensor<i64, B> { self.arg_reduce(ArgReduce::Min, axis, false) }

        /// [`argmin`](Self::argmin) with `axis` kept at size 1.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]]);
        /// assert_eq!(x.argmin_keepdim(-1).shape(), [2, 1]);
        /// ```
        fn argmin_keepdim | try_argmin_keepdim (&self, axis: impl Int) -> Tensor<i64, B> {
            self.arg_reduce(ArgReduce::Min, axis, true)
        }
    }

    fn arg_reduce(&self, op: ArgReduce, axis: impl Int, keepdim: bool) -> Result<Tensor<i64, B>> {
        let (x, axis) = self.lines(op.name(), axis)?;
        let index = B::arg_reduce(op, &x.0, axis, keepdim).map(Tensor)?;
        if keepdim { self.unlined(index) } else { Ok(index) }
    }
}

impl<T: Real, B: Backend> Tensor<T, B> {
    over_axes! {
        /// The sum of all elements that are not NaN, a tensor of rank 0; 0 if there are none. NaN gets a gradient of 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([1.0, f64::NAN, 3.0]);
        /// assert_eq!(x.nansum().item(), 4.0);
        /// ```
        nansum try_nansum nansum_axes try_nansum_axes nansum_keepdim try_nansum_keepdim () -> Self = sum_of_numbers();

        /// The mean of all elements that are not NaN, a tensor of rank 0; NaN if there are none. NaN gets a gradient of 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([1.0, f64::NAN, 3.0]);
        /// assert_eq!(x.nanmean().item(), 2.0);
        /// ```
        nanmean try_nanmean nanmean_axes try_nanmean_axes nanmean_keepdim try_nanmean_keepdim () -> Self = mean_of_numbers();

        /// ln Σ eˣ of all elements, a tensor of rank 0, without overflow on the way; −∞ for no elements. The gradient is
        /// [`softmax`](Self::softmax), 0 for −∞.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([1000.0, 1000.0]);
        /// assert_eq!(x.logsumexp().item(), 1000.0 + 2f64.ln());
        /// ```
        logsumexp try_logsumexp logsumexp_axes try_logsumexp_axes logsumexp_keepdim try_logsumexp_keepdim () -> Self
            = log_of_sum();
    }

    fn sum_of_numbers(&self, axes: &[usize], keepdim: bool) -> Result<Self> {
        self.try_ne(self)?.try_where_cond(T::zero(), self)?.reduce(Reduce::Sum, axes, keepdim)
    }

    fn mean_of_numbers(&self, axes: &[usize], keepdim: bool) -> Result<Self> {
        let count = self.try_eq(self)?.cast::<T>().reduce(Reduce::Sum, axes, keepdim)?;
        Ok(self.sum_of_numbers(axes, keepdim)? / count)
    }

    fn log_of_sum(&self, axes: &[usize], keepdim: bool) -> Result<Self> {
        if self.numel() == 0 {
            return Ok(self.reduce(Reduce::Sum, axes, keepdim)? + T::neg_infinity());
        }
        // Whatever is subtracted and added again has no gradient. An infinite maximum would make NaN of equal infinities.
        let largest = self.detach().reduce(Reduce::Max, axes, true)?;
        let largest = largest.abs().try_eq(T::infinity())?.try_where_cond(T::zero(), largest)?;
        let log = (self - &largest).exp().reduce(Reduce::Sum, axes, true)?.ln() + largest;
        if keepdim { Ok(log) } else { log.without(axes) }
    }

    /// The tensor without `axes` of size 1.
    pub(super) fn without(&self, axes: &[usize]) -> Result<Self> {
        let kept = |axis: &usize| !axes.contains(axis);
        let shape: Shape = (0..self.rank()).filter(kept).map(|axis| self.shape()[axis]).collect();
        Ok(self.try_reshape(shape)?.into_tensor())
    }

    fallible! {
        /// eˣ / Σ eˣ along `axis`: positive numbers that add up to 1.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let p = Tensor::<f32, Serial>::new([0.0, 0.0]).softmax(0);
        /// assert_eq!(p.to_vec(), [0.5, 0.5]);
        /// ```
        fn softmax | try_softmax (&self, axis: impl Int) -> Self {
            self.exponentials("softmax", axis.to_isize(), |axis| Fused::Softmax { axis })
        }

        /// x − ln Σ eˣ along `axis`: the logarithm of [`softmax`](Self::softmax), exact where that is tiny.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1000.0, 0.0]);
        /// assert_eq!(x.log_softmax(0).to_vec(), [0.0, -1000.0]);
        /// ```
        fn log_softmax | try_log_softmax (&self, axis: impl Int) -> Self {
            self.exponentials("log_softmax", axis.to_isize(), |axis| Fused::LogSoftmax { axis })
        }
    }

    /// `fused` along `axis`; a single number counts as a line of its own.
    pub(super) fn exponentials(&self, op: &'static str, axis: isize, fused: impl Fn(usize) -> Fused) -> Result<Self> {
        if self.rank() == 0 {
            return Ok(self.reshape([1]).exponentials(op, axis, fused)?.reshape(Shape::new()).into_tensor());
        }
        B::fused(&fused(self.layout().axis(op, axis)?), &[&self.0]).map(Tensor)
    }
}

/// The mean squared error: the mean of (x − y)², a number.
///
/// The shapes must be equal. Broadcasting a column `[n, 1]` against a vector `[n]` would average n² wrong pairs, the
/// classic trap of this lesson; it is refused, here and by every loss.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// # use tensor_core::{Serial, Tensor, mse, try_mse};
/// let y_hat = Tensor::<f32, Serial>::new([1.0, 2.0]);
/// let y = Tensor::new([1.0, 4.0]);
/// assert_eq!(mse(&y_hat, &y).item(), 2.0);
/// assert!(try_mse(&y_hat, &y.reshape([2, 1])).is_err());
/// ```
#[track_caller]
#[inline]
pub fn mse<T: Real, B: Backend>(x: &Tensor<T, B>, y: impl Operand<T, B>) -> Tensor<T, B> {
    sure(try_mse(x, y))
}

/// [`mse`], with the error returned instead of a panic.
#[inline]
pub fn try_mse<T: Real, B: Backend>(x: &Tensor<T, B>, y: impl Operand<T, B>) -> Result<Tensor<T, B>> {
    y.with(|y| match y.prim() {
        Some(y) => B::fused(&Fused::Mse, &[&x.0, y]).map(Tensor),
        None => {
            Err(Error::shape("mse", &[x.shape_owned(), &Shape::new()], "a single number is no target; use `full_like`"))
        }
    })
}
