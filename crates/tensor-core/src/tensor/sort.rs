//! Orders along an axis, and what stands at a place of it: sorted values, the largest few, medians, quantiles, modes.
//!
//! NaN counts as larger than every number. Places are constants; gradients go to the elements that were chosen.

use super::{Operand, Tensor, fallible};
use crate::ops::ArgReduce;
use crate::slice::Int;
use crate::{Backend, Error, Num, Real, Result};
use std::cmp::Ordering;

/// The order of numbers, with NaN, equal to itself, behind all of them.
pub(super) fn nan_last<T: Num>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

#[allow(clippy::eq_op)] // Only NaN differs from itself.
pub(super) fn is_nan<T: Num>(x: &T) -> bool {
    x != x
}

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
        /// The elements in order along `axis`, and where each came from. Equal elements keep their order; NaN counts as
        /// larger than every number. Gradients go back to where elements came from; the places are constants.
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
            let (x, axis) = self.lines("sort", axis)?;
            let (sorted, index) = x.order(axis, descending, x.shape()[axis])?;
            Ok((self.unlined(sorted)?, self.unlined(index)?))
        }

        /// Where the elements in order along `axis` come from: the second part of [`sort`](Self::sort), a constant.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([3.0, 1.0, 2.0]).argsort(0, true).to_vec(), [0, 2, 1]);
        /// ```
        fn argsort | try_argsort (&self, axis: impl Int, descending: bool) -> Tensor<i64, B> {
            Ok(self.detach().try_sort(axis, descending)?.1)
        }

        /// The elements in ascending order along the first axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[3.0, 0.0], [1.0, 4.0]]);
        /// assert_eq!(x.msort().to_vec(), [1.0, 0.0, 3.0, 4.0]);
        /// ```
        fn msort | try_msort (&self) -> Self { Ok(self.try_sort(0, false)?.0) }

        /// The `k` largest elements along `axis` from the largest on, or with `largest` false the smallest from the smallest
        /// on, and where each came from. Of equal elements the first come first. Those that are answered take the gradient,
        /// none of the others.
        ///
        /// # Panics
        /// If there is no such axis, or it has fewer than `k` elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (best, index) = Tensor::<f32, Serial>::new([0.1, 0.6, 0.3]).topk(2, -1, true);
        /// assert_eq!(best.to_vec(), [0.6, 0.3]);
        /// assert_eq!(index.to_vec(), [1, 2]);
        /// ```
        fn topk | try_topk (&self, k: usize, axis: impl Int, largest: bool) -> (Self, Tensor<i64, B>) {
            let (x, axis) = self.lines("topk", axis)?;
            let n = x.shape()[axis];
            if k > n {
                let message = format!("the {k} largest or smallest are asked for, but axis {axis} has {n} elements");
                return Err(Error::value("topk", message));
            }
            let (values, index) = x.order(axis, largest, k)?;
            Ok((self.unlined(values)?, self.unlined(index)?))
        }
    }

    /// The first `count` elements in order along `axis`, and where each came from.
    fn order(&self, axis: usize, descending: bool, count: usize) -> Result<(Self, Tensor<i64, B>)> {
        B::sort(&self.0, axis, descending, count).map(|(sorted, index)| (Tensor(sorted), Tensor(index)))
    }

    /// The element of each line along an axis that stands at the place `choose(lines, axis)` says, an index that keeps the
    /// axis at size 1, and that index.
    fn chosen(
        &self,
        op: &'static str,
        axis: impl Int,
        keepdim: bool,
        choose: impl FnOnce(&Self, usize) -> Result<Tensor<i64, B>>,
    ) -> Result<(Self, Tensor<i64, B>)> {
        let (x, axis) = self.lines(op, axis)?;
        if x.shape()[axis] == 0 {
            return Err(Error::shape(op, &[x.shape_owned()], format!("axis {axis} has no elements to choose from")));
        }
        let index = choose(&x.detach(), axis)?;
        let values = x.try_gather(axis, &index)?;
        if keepdim {
            return Ok((self.unlined(values)?, self.unlined(index)?));
        }
        Ok((values.try_squeeze(axis)?.into_tensor(), index.try_squeeze(axis)?.into_tensor()))
    }
}

/// Each line makes two methods that choose one element of each line along an axis: with the axis gone, and kept.
macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident $try_name:ident $keep:ident $try_keep:ident ($($arg:ident: $ty:ty),*)
        |$x:ident, $axis:ident| $choose:expr;)*) => { fallible! { $(
        $(#[$doc])*
        fn $name | $try_name (&self $(, $arg: $ty)*, axis: impl Int) -> (Self, Tensor<i64, B>) {
            self.chosen(stringify!($name), axis, false, |$x, $axis| $choose)
        }

        #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), ") with `axis` kept at size 1.")]
        ///
        /// # Panics
        /// As there.
        fn $keep | $try_keep (&self $(, $arg: $ty)*, axis: impl Int) -> (Self, Tensor<i64, B>) {
            self.chosen(stringify!($name), axis, true, |$x, $axis| $choose)
        }
    )* } };
}

impl<T: Num, B: Backend> Tensor<T, B> {
    choices! {
        /// The largest element of each line along `axis`, and where it stands: the first of equal ones, or the first NaN. It
        /// alone takes the gradient; with [`max_axes`](Self::max_axes) equal ones share it.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (largest, index) = Tensor::<f32, Serial>::new([[0.1, 0.7], [0.5, 0.3]]).max_with_index(1);
        /// assert_eq!(largest.to_vec(), [0.7, 0.5]);
        /// assert_eq!(index.to_vec(), [1, 0]);
        /// ```
        max_with_index try_max_with_index max_with_index_keepdim try_max_with_index_keepdim () |x, axis| {
            B::arg_reduce(ArgReduce::Max, &x.0, axis, true).map(Tensor)
        };

        /// The smallest element of each line along `axis`, and where it stands: the first of equal ones, or the first NaN. It
        /// alone takes the gradient; with [`min_axes`](Self::min_axes) equal ones share it.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        min_with_index try_min_with_index min_with_index_keepdim try_min_with_index_keepdim () |x, axis| {
            B::arg_reduce(ArgReduce::Min, &x.0, axis, true).map(Tensor)
        };

        /// The `k`-th smallest element of each line along `axis`, counted from 1, and where it stands. It alone takes the
    /// gradient, of equal ones too.
        ///
        /// # Panics
        /// If there is no such axis, or `k` is 0 or more than it has elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (second, index) = Tensor::<f32, Serial>::new([3.0, 1.0, 2.0]).kthvalue(2, 0);
        /// assert_eq!((second.item(), index.item()), (2.0, 2));
        /// ```
        kthvalue try_kthvalue kthvalue_keepdim try_kthvalue_keepdim (k: usize) |x, axis| {
            let n = x.shape()[axis];
            if k == 0 || k > n {
                return Err(Error::value("kthvalue", format!("k is {k}, but axis {axis} has elements 1 to {n}")));
            }
            x.order(axis, false, k)?.1.part(axis, k - 1, k)
        };

        /// The median of each line along `axis`, of two in the middle the lower, and where it stands; NaN if any element is
        /// NaN. It alone takes the gradient; with [`median`](Self::median) equal ones share it.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (median, index) = Tensor::<f32, Serial>::new([4.0, 1.0, 3.0, 2.0]).median_with_index(0);
        /// assert_eq!((median.item(), index.item()), (2.0, 3));
        /// ```
        median_with_index try_median_with_index median_with_index_keepdim try_median_with_index_keepdim () |x, axis| {
            x.middle(axis, |n, numbers| if numbers < n { numbers } else { (n - 1) / 2 })
        };

        /// The median of the elements of each line along `axis` that are not NaN, of two in the middle the lower, and where it
        /// stands; NaN if all are NaN. It alone takes the gradient.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        nanmedian_with_index try_nanmedian_with_index nanmedian_with_index_keepdim try_nanmedian_with_index_keepdim
            () |x, axis| { x.middle(axis, |_, numbers| numbers.saturating_sub(1) / 2) };

        /// The most frequent element of each line along `axis`, of equally frequent ones the smallest, and where it last
        /// stands. That one takes the gradient.
        ///
        /// # Panics
        /// If there is no such axis, or it has no elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (mode, index) = Tensor::<f32, Serial>::new([2.0, 1.0, 2.0, 3.0]).mode(0);
        /// assert_eq!((mode.item(), index.item()), (2.0, 2));
        /// ```
        mode try_mode mode_keepdim try_mode_keepdim () |x, axis| {
            x.places(axis, |line| {
                let (mut end, mut longest, mut place) = (0, 0, 0);
                for run in line.chunk_by(|a, b| a == b) {
                    end += run.len();
                    if run.len() > longest {
                        (longest, place) = (run.len(), end - 1);
                    }
                }
                place
            })
        };
    }

    /// Where along `axis` the element comes from that stands in each sorted line where `place(line)` says.
    fn places(&self, axis: usize, place: impl Fn(&[T]) -> usize) -> Result<Tensor<i64, B>> {
        let (sorted, index) = self.try_sort(axis, false)?;
        let lines = sorted.try_transpose(axis, -1)?;
        let n = lines.shape()[lines.rank() - 1];
        let places: Vec<i64> = lines.to_vec().chunks(n.max(1)).map(|line| place(line) as i64).collect();
        let mut shape = lines.shape_owned().clone();
        let last = shape.len() - 1;
        shape[last] = 1;
        let places = Tensor::<i64, B>::try_from_slice(&places, shape)?;
        index.try_gather(axis, &places.try_transpose(axis, -1)?.into_tensor())
    }

    /// As [`Tensor::places`], for a place that depends on the length of a line and how many of its elements are not NaN.
    fn middle(&self, axis: usize, place: impl Fn(usize, usize) -> usize) -> Result<Tensor<i64, B>> {
        self.places(axis, |line| place(line.len(), line.partition_point(|x| !is_nan(x))))
    }

    fallible! {
        /// The median of all elements, of two in the middle the lower, a tensor of rank 0; NaN if any is NaN. Elements equal to
        /// it share the gradient evenly.
        ///
        /// # Panics
        /// Of no integers; of no reals it is NaN.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([[4.0, 1.0], [3.0, 2.0]]).median().item(), 2.0);
        /// ```
        fn median | try_median (&self) -> Self { self.median_of("median", self.to_vec()) }

        /// The median of all elements that are not NaN, of two in the middle the lower, a tensor of rank 0; NaN if there are
        /// none. Elements equal to it share the gradient evenly.
        ///
        /// # Panics
        /// Of no integers.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([f32::NAN, 1.0, 3.0]).nanmedian().item(), 1.0);
        /// ```
        fn nanmedian | try_nanmedian (&self) -> Self {
            let mut numbers = self.to_vec();
            if !numbers.iter().all(is_nan) {
                numbers.retain(|x| !is_nan(x));
            }
            self.median_of("nanmedian", numbers)
        }
    }

    /// The median of `values`, elements of this tensor, as a function of it.
    fn median_of(&self, op: &'static str, mut values: Vec<T>) -> Result<Self> {
        if values.is_empty() {
            let Some(nan) = T::from(f64::NAN) else { return Err(Error::value(op, "no integers have no median")) };
            return Self::try_full([], nan);
        }
        let middle = (values.len() - 1) / 2;
        let nan = values.iter().copied().find(is_nan);
        let median = nan.unwrap_or_else(|| *values.select_nth_unstable_by(middle, nan_last).1);
        let same = |x: &T| *x == median || is_nan(x) && is_nan(&median);
        let places: Vec<i64> = (0i64..).zip(self.to_vec()).filter(|(_, x)| same(x)).map(|(place, _)| place).collect();
        let equal = self.flatten().try_select(&Tensor::try_from_slice(&places, [places.len()])?)?;
        // All are equal: their largest, or the mean of NaNs, is the median, and each takes its share of the gradient.
        if is_nan(&median) { equal.try_mean() } else { equal.try_max() }
    }
}

/// What a quantile is, where it falls between two elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum QuantileMethod {
    /// On the line between both.
    #[default]
    Linear,
    /// The lower.
    Lower,
    /// The higher.
    Higher,
    /// Halfway between both.
    Midpoint,
    /// The nearer; halfway the one at the even place.
    Nearest,
}

impl<T: Real, B: Backend> Tensor<T, B> {
    fallible! {
        /// The `q`-quantiles of each line along `axis`: what stands at place q · (n − 1) of the sorted line, 0 ≤ q ≤ 1; NaN if
        /// any element is NaN. For a number `q` the axis is gone from the result; for a vector a first axis has one place
        /// for each. Of all elements: `x.flatten().quantile(q, 0, method)`.
        ///
        /// The gradient goes to the elements chosen, and to `q` where the method is linear.
        ///
        /// # Panics
        /// If there is no such axis, it has no elements, or `q` is no number or vector of numbers in 0 … 1.
        ///
        /// ```
        /// # use tensor_core::{QuantileMethod, Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([4.0, 1.0, 3.0, 2.0]);
        /// assert_eq!(x.quantile(0.5, 0, QuantileMethod::Linear).item(), 2.5);
        /// assert_eq!(x.quantile(&Tensor::new([0.0, 1.0]), 0, QuantileMethod::Lower).to_vec(), [1.0, 4.0]);
        /// ```
        fn quantile | try_quantile (&self, q: impl Operand<T, B>, axis: impl Int, method: QuantileMethod) -> Self {
            self.quantiles("quantile", q.into_tensor(), axis, method, false)
        }

        /// [`quantile`](Self::quantile) of the elements that are not NaN; NaN if there are none.
        ///
        /// # Panics
        /// As there.
        ///
        /// ```
        /// # use tensor_core::{QuantileMethod, Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([f64::NAN, 1.0, 3.0]);
        /// assert_eq!(x.nanquantile(0.5, 0, QuantileMethod::Linear).item(), 2.0);
        /// ```
        fn nanquantile | try_nanquantile (&self, q: impl Operand<T, B>, axis: impl Int, method: QuantileMethod) -> Self {
            self.quantiles("nanquantile", q.into_tensor(), axis, method, true)
        }
    }

    fn quantiles(
        &self,
        op: &'static str,
        q: Self,
        axis: impl Int,
        method: QuantileMethod,
        skip_nan: bool,
    ) -> Result<Self> {
        let (x, axis) = self.lines(op, axis)?;
        let n = x.shape()[axis];
        if n == 0 {
            return Err(Error::shape(op, &[x.shape_owned()], format!("axis {axis} has no elements")));
        }
        if q.rank() > 1 {
            return Err(Error::shape(op, &[q.shape_owned()], "q must be a number or a vector"));
        }
        if !q.ge(T::zero()).and(q.le(T::one())).all() {
            return Err(Error::value(op, "q must lie in 0 … 1"));
        }
        let sorted = x.try_transpose(axis, -1)?.try_sort(-1, false)?.0;
        let number = |x: usize| T::from_f64(x as f64);
        // The place of each quantile in its line; all of a line with a NaN lie at that.
        let numbers = sorted.try_eq(&sorted)?.cast::<T>().try_sum_keepdim(-1)?;
        let one = q.rank() == 0;
        let q = q.try_reshape([q.numel()])?.into_tensor();
        let place = if skip_nan {
            q * (numbers - T::one()).maximum(T::zero())
        } else {
            let whole = numbers.try_eq(number(n))?;
            whole.try_where_cond(q * number(n - 1), number(n - 1))?
        };
        let at = |place: &Self| sorted.try_gather(-1, &place.detach().cast::<i64>());
        let (floor, ceil) = (place.detach().floor(), place.detach().ceil());
        let values = match method {
            QuantileMethod::Lower => at(&floor)?,
            QuantileMethod::Higher => at(&ceil)?,
            QuantileMethod::Nearest => at(&place.round())?,
            QuantileMethod::Midpoint => {
                let below = at(&floor)?;
                (at(&ceil)? - &below) * T::from_f64(0.5) + below
            }
            QuantileMethod::Linear => {
                let below = at(&floor)?;
                (at(&ceil)? - &below) * (place - floor) + below
            }
        };
        let values = values.try_transpose(axis, -1)?;
        if one {
            return Ok(values.try_squeeze(axis)?.into_tensor());
        }
        let order: Vec<isize> = (0..values.rank()).filter(|&a| a != axis).map(|a| a as isize).collect();
        Ok(values.try_permute([&[axis as isize], &order[..]].concat())?.into_tensor())
    }
}
