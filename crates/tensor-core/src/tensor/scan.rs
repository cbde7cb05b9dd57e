//! What runs along an axis: cumulative sums, products, extremes; recurrences, differences, the trapezoidal rule.

use super::{Tensor, fallible};
use crate::ops::{Fused, Scan};
use crate::slice::{Int, SliceItem};
use crate::{Backend, Element, Error, Num, Real, Result, Shape};

impl<T: Element, B: Backend> Tensor<T, B> {
    /// The elements from `start` up to `end` along `axis`, both inside it.
    pub(super) fn part(&self, axis: usize, start: usize, end: usize) -> Result<Self> {
        let mut items = vec![SliceItem::from(..); axis];
        items.push((start as isize..end as isize).into());
        Ok(self.try_slice(items)?.into_tensor())
    }
}

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
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

        /// The product of each element and all before it along `axis`. The gradient is exact also where factors are 0.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([1.0, 2.0, 3.0]).cumprod(0).to_vec(), [1.0, 2.0, 6.0]);
        /// ```
        fn cumprod | try_cumprod (&self, axis: impl Int) -> Self { self.scan(Scan::Prod, axis) }

        /// The largest of each element and all before it along `axis`. Of equal ones the last takes the gradient.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([1.0, 3.0, 2.0]).cummax(0).to_vec(), [1.0, 3.0, 3.0]);
        /// ```
        fn cummax | try_cummax (&self, axis: impl Int) -> Self { self.scan(Scan::Max, axis) }

        /// The smallest of each element and all before it along `axis`. Of equal ones the last takes the gradient.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([2.0, 1.0, 3.0]).cummin(0).to_vec(), [2.0, 1.0, 1.0]);
        /// ```
        fn cummin | try_cummin (&self, axis: impl Int) -> Self { self.scan(Scan::Min, axis) }

        /// [`cummax`](Self::cummax), and where along `axis` each value was found: of equal ones the last, of NaNs too.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (largest, index) = Tensor::<f32, Serial>::new([1.0, 3.0, 2.0, 3.0]).cummax_with_index(0);
        /// assert_eq!(largest.to_vec(), [1.0, 3.0, 3.0, 3.0]);
        /// assert_eq!(index.to_vec(), [0, 1, 1, 3]);
        /// ```
        fn cummax_with_index | try_cummax_with_index (&self, axis: impl Int) -> (Self, Tensor<i64, B>) {
            self.extremes_so_far(Scan::Max, axis)
        }

        /// [`cummin`](Self::cummin), and where along `axis` each value was found: of equal ones the last, of NaNs too.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (values, index) = Tensor::<f32, Serial>::new([2.0, 1.0, 3.0]).cummin_with_index(0);
        /// assert_eq!((values.to_vec(), index.to_vec()), (vec![2.0, 1.0, 1.0], vec![0, 1, 1]));
        /// ```
        fn cummin_with_index | try_cummin_with_index (&self, axis: impl Int) -> (Self, Tensor<i64, B>) {
            self.extremes_so_far(Scan::Min, axis)
        }

        /// The `n`-th differences along `axis`, each element from the one behind it, `n` times over; the axis becomes
        /// shorter by `n`, down to nothing. To have values in front or behind, [`concat`](Self::concat) them first.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::new([1, 4, 9, 16]);
        /// assert_eq!(x.diff(1, 0).to_vec(), [3, 5, 7]);
        /// assert_eq!(x.diff(2, 0).to_vec(), [2, 2]);
        /// ```
        fn diff | try_diff (&self, n: usize, axis: impl Int) -> Self {
            let axis = self.layout().axis("diff", axis.to_isize())?;
            let mut x = self.clone();
            for _ in 0..n {
                let size = x.shape()[axis];
                if size <= 1 {
                    return x.part(axis, 0, 0);
                }
                x = x.part(axis, 1, size)? - x.part(axis, 0, size - 1)?;
            }
            Ok(x)
        }
    }

    fn scan(&self, op: Scan, axis: impl Int) -> Result<Self> {
        let (x, axis) = self.lines(op.name(), axis)?;
        self.unlined(B::scan(op, &x.0, axis).map(Tensor)?)
    }

    fn extremes_so_far(&self, op: Scan, axis: impl Int) -> Result<(Self, Tensor<i64, B>)> {
        let (x, axis) = self.lines(op.name(), axis)?;
        let extremes = Tensor(B::scan(op, &x.0, axis)?);
        // Each came from the last place so far where the element equals it, or is NaN.
        let mut line = Shape::from(vec![1; x.rank()]);
        line[axis] = x.shape()[axis];
        let places = Tensor::<i64, B>::arange(0, line[axis] as i64, 1);
        let found = x.try_eq(&extremes)?.try_or(x.try_ne(&x)?)?;
        let index = found.try_where_cond(places.try_reshape(line)?, 0)?.try_cummax(axis)?;
        Ok((self.unlined(extremes)?, self.unlined(index)?))
    }
}

impl<T: Real, B: Backend> Tensor<T, B> {
    fallible! {
        /// ln Σ eˣ of each element and all before it along `axis`, without overflow on the way. The gradient of −∞ is 0.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::new([1000.0, 1000.0]);
        /// assert_eq!(x.logcumsumexp(0).to_vec(), [1000.0, 1000.0 + 2f64.ln()]);
        /// ```
        fn logcumsumexp | try_logcumsumexp (&self, axis: impl Int) -> Self {
            let (x, axis) = self.lines("logcumsumexp", axis)?;
            self.unlined(B::fused(&Fused::LogCumSumExp { axis }, &[&x.0]).map(Tensor)?)
        }

        /// The recurrence sᵢ = decayᵢ · sᵢ₋₁ + xᵢ along `axis`, beginning with s₀ = x₀: a discounted sum of each element and
        /// all before it. The first decay along the axis is not used.
        ///
        /// # Panics
        /// If there is no such axis, or the shapes differ.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([3]);
        /// assert_eq!(x.recurrence(&x.full_like(0.5), 0).to_vec(), [1.0, 1.5, 1.75]);
        /// ```
        fn recurrence | try_recurrence (&self, decay: &Self, axis: impl Int) -> Self {
            let (x, axis) = self.lines("recurrence", axis)?;
            let decay = if self.rank() == 0 { decay.try_reshape([1])?.into_tensor() } else { decay.clone() };
            self.unlined(B::fused(&Fused::Recurrence { axis }, &[&x.0, &decay.0]).map(Tensor)?)
        }

        /// The integral of equally spaced values `dx` apart along `axis`, which is gone from the result, by the trapezoidal rule:
        /// dx · Σ (yᵢ + yᵢ₊₁)/2.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([1.0, 2.0, 5.0]).trapezoid(2.0, 0).item(), 10.0);
        /// ```
        fn trapezoid | try_trapezoid (&self, dx: T, axis: impl Int) -> Self {
            let axis = self.layout().axis("trapezoid", axis.to_isize())?;
            Ok(self.neighbours(axis)?.try_sum_axes(axis)? * (dx * T::from_f64(0.5)))
        }

        /// The integral of values at the places `x` along `axis`, which is gone from the result, by the trapezoidal rule:
        /// Σ (xᵢ₊₁ − xᵢ)(yᵢ + yᵢ₊₁)/2. `x` is a vector of places along the axis, or broadcasts against the values.
        ///
        /// # Panics
        /// If there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let y = Tensor::<f32, Serial>::new([1.0, 2.0, 5.0]);
        /// assert_eq!(y.trapezoid_at(&Tensor::new([0.0, 1.0, 3.0]), 0).item(), 8.5);
        /// ```
        fn trapezoid_at | try_trapezoid_at (&self, x: &Self, axis: impl Int) -> Self {
            let axis = self.layout().axis("trapezoid", axis.to_isize())?;
            Ok(self.steps(x, axis)?.try_mul(self.neighbours(axis)?)?.try_sum_axes(axis)? * T::from_f64(0.5))
        }

        /// [`trapezoid`](Self::trapezoid) up to each place: the axis stays, shorter by one.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([0.0, 2.0, 4.0]).cumulative_trapezoid(1.0, 0).to_vec(), [1.0, 4.0]);
        /// ```
        fn cumulative_trapezoid | try_cumulative_trapezoid (&self, dx: T, axis: impl Int) -> Self {
            let axis = self.layout().axis("cumulative_trapezoid", axis.to_isize())?;
            Ok(self.neighbours(axis)?.try_cumsum(axis)? * (dx * T::from_f64(0.5)))
        }

        /// [`trapezoid_at`](Self::trapezoid_at) up to each place: the axis stays, shorter by one.
        ///
        /// # Panics
        /// If there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let (y, x) = (Tensor::<f32, Serial>::new([0.0, 2.0, 4.0]), Tensor::new([0.0, 1.0, 3.0]));
        /// assert_eq!(y.cumulative_trapezoid_at(&x, 0).to_vec(), [1.0, 7.0]);
        /// ```
        fn cumulative_trapezoid_at | try_cumulative_trapezoid_at (&self, x: &Self, axis: impl Int) -> Self {
            let axis = self.layout().axis("cumulative_trapezoid", axis.to_isize())?;
            Ok(self.steps(x, axis)?.try_mul(self.neighbours(axis)?)?.try_cumsum(axis)? * T::from_f64(0.5))
        }
    }

    /// The sums of neighbours along `axis`.
    fn neighbours(&self, axis: usize) -> Result<Self> {
        let size = self.shape()[axis];
        Ok(self.part(axis, size.min(1), size)? + self.part(axis, 0, size.saturating_sub(1))?)
    }

    /// The distances of the places `x`, a vector along `axis` of this tensor or one that broadcasts against it.
    fn steps(&self, x: &Self, axis: usize) -> Result<Self> {
        let behind = self.rank() - axis;
        let place = if x.rank() == 1 { Some(0) } else { x.rank().checked_sub(behind) };
        let Some(place) = place.filter(|&place| x.shape()[place] == self.shape()[axis]) else {
            let hint = format!("there must be a place for each value along axis {axis}");
            return Err(Error::shape("trapezoid", &[self.shape_owned(), x.shape_owned()], hint));
        };
        let steps = x.try_diff(1, place)?;
        if x.rank() != 1 {
            return Ok(steps);
        }
        let mut shape = Shape::from(vec![1; behind]);
        shape[0] = steps.numel();
        Ok(steps.try_reshape(shape)?.into_tensor())
    }
}
