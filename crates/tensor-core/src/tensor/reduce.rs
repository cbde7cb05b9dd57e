//! Sums, means, extremes and other reductions over axes, and what runs along an axis.

use super::{Operand, Tensor, fallible, sure};
use crate::layout::resolve_axis;
use crate::ops::{ArgReduce, Fused, Reduce, Scan};
use crate::slice::Int;
use crate::{Backend, Dims, Error, Num, Real, Result, Shape};

/// The axes of a reduction: one, or an array, slice or `Vec` of them; negative ones count from the end.
pub trait IntoAxes {
    /// The axes in ascending order, each once.
    ///
    /// # Errors
    /// If one does not exist or stands twice.
    fn into_axes(self, op: &'static str, rank: usize) -> Result<Dims<usize>>;
}

impl<I: Int> IntoAxes for I {
    fn into_axes(self, op: &'static str, rank: usize) -> Result<Dims<usize>> {
        Ok(Dims::from([resolve_axis(op, self.to_isize(), rank)?]))
    }
}

impl<I: Int> IntoAxes for &[I] {
    fn into_axes(self, op: &'static str, rank: usize) -> Result<Dims<usize>> {
        let mut axes =
            self.iter().map(|axis| resolve_axis(op, axis.to_isize(), rank)).collect::<Result<Vec<usize>>>()?;
        axes.sort_unstable();
        if axes.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::value(op, "an axis is named twice"));
        }
        Ok(axes.into())
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
                    let axes: Dims<usize> = (0..self.rank()).collect();
                    B::reduce(Reduce::$op, &self.0, &axes, false).map(Tensor)
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
    prod try_prod prod_axes try_prod_axes prod_keepdim try_prod_keepdim Prod "The product" "1 for no elements." [24.0, [2.0, 12.0]];
    max try_max max_axes try_max_axes max_keepdim try_max_keepdim Max "The largest"
        "NaN if any is NaN; elements that share the maximum share its gradient evenly. Of no elements it is an error." [4.0, [2.0, 4.0]];
    min try_min min_axes try_min_axes min_keepdim try_min_keepdim Min "The smallest"
        "NaN if any is NaN; elements that share the minimum share its gradient evenly. Of no elements it is an error." [1.0, [1.0, 3.0]];
}

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
        /// Where along `axis` the largest element stands: the first, or the first NaN. A constant.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let scores = Tensor::<f32, Serial>::new([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]]);
        /// assert_eq!(scores.argmax(-1).to_vec(), [1, 0]);
        /// ```
        fn argmax | try_argmax (&self, axis: impl Int) -> Tensor<i64, B> {
            B::arg_reduce(ArgReduce::Max, &self.0, self.layout().axis("argmax", axis.to_isize())?, false).map(Tensor)
        }

        /// Where along `axis` the smallest element stands: the first, or the first NaN. A constant.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        fn argmin | try_argmin (&self, axis: impl Int) -> Tensor<i64, B> {
            B::arg_reduce(ArgReduce::Min, &self.0, self.layout().axis("argmin", axis.to_isize())?, false).map(Tensor)
        }

        /// The sum of each element and all before it along `axis`.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([1.0, 2.0, 3.0]).cumsum(0).to_vec(), [1.0, 3.0, 6.0]);
        /// ```
        fn cumsum | try_cumsum (&self, axis: impl Int) -> Self { self.scan(Scan::Sum, axis) }

        /// The product of each element and all before it along `axis`.
        ///
        /// # Panics
        /// If there is no such axis.
        fn cumprod | try_cumprod (&self, axis: impl Int) -> Self { self.scan(Scan::Prod, axis) }

        /// The largest of each element and all before it along `axis`. Of equal ones the last takes the gradient.
        ///
        /// # Panics
        /// If there is no such axis.
        fn cummax | try_cummax (&self, axis: impl Int) -> Self { self.scan(Scan::Max, axis) }

        /// The smallest of each element and all before it along `axis`. Of equal ones the last takes the gradient.
        ///
        /// # Panics
        /// If there is no such axis.
        fn cummin | try_cummin (&self, axis: impl Int) -> Self { self.scan(Scan::Min, axis) }

        /// The elements in order along `axis`, and where each came from. Equal elements keep their order; NaN counts as
        /// larger than every number.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (sorted, index) = Tensor::<f32, Serial>::new([3.0, 1.0, 2.0]).sort(0, false);
        /// assert_eq!(sorted.to_vec(), [1.0, 2.0, 3.0]);
        /// assert_eq!(index.to_vec(), [1, 2, 0]);
        /// ```
        fn sort | try_sort (&self, axis: impl Int, descending: bool) -> (Self, Tensor<i64, B>) {
            let (sorted, index) = B::sort(&self.0, self.layout().axis("sort", axis.to_isize())?, descending)?;
            Ok((Tensor(sorted), Tensor(index)))
        }
    }

    fn scan(&self, op: Scan, axis: impl Int) -> Result<Self> {
        B::scan(op, &self.0, self.layout().axis(op.name(), axis.to_isize())?).map(Tensor)
    }
}

impl<T: Real, B: Backend> Tensor<T, B> {
    /// The variance of all elements: Σ (x − mean)² / (n − correction). A correction of 1 makes it unbiased for a sample,
    /// 0 takes the elements for the whole population.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(x.var(0).item(), 1.25);
    /// ```
    #[track_caller]
    pub fn var(&self, correction: usize) -> Self {
        self.var_axes((0..self.rank()).collect::<Vec<_>>(), correction)
    }

    /// The standard deviation of all elements: the root of [`var`](Self::var).
    #[track_caller]
    pub fn std(&self, correction: usize) -> Self {
        self.var(correction).sqrt()
    }

    fallible! {
        /// The variance along `axes`, which are gone from the result; see [`var`](Self::var).
        ///
        /// # Panics
        /// If an axis does not exist or is named twice.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([[1.0, 3.0], [2.0, 2.0]]);
        /// assert_eq!(x.var_axes(1, 0).to_vec(), [1.0, 0.0]);
        /// ```
        fn var_axes | try_var_axes (&self, axes: impl IntoAxes, correction: usize) -> Self {
            let axes = axes.into_axes("var", self.rank())?;
            let n: usize = axes.iter().map(|&a| self.shape()[a]).product();
            let squares = (self - self.try_mean_keepdim(&axes[..])?).square().try_sum_axes(&axes[..])?;
            Ok(squares / T::from_f64(n.saturating_sub(correction) as f64))
        }

        /// The standard deviation along `axes`, which are gone from the result; see [`var`](Self::var).
        ///
        /// # Panics
        /// If an axis does not exist or is named twice.
        fn std_axes | try_std_axes (&self, axes: impl IntoAxes, correction: usize) -> Self {
            Ok(self.try_var_axes(axes, correction)?.sqrt())
        }

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
