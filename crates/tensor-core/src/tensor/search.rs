//! Finding and counting: places in a sorted line, distinct elements, elements by value and by range.
//!
//! What comes out depends on the data, in size too: all of it is computed from the elements in memory, and is a constant
//! but for the elements that [`unique`](Tensor::unique) selects and for weights that are added up.

use super::sort::nan_last;
use super::{Tensor, fallible};
use crate::slice::Int;
use crate::{Backend, Element, Error, Num, Real, Result};
use std::cmp::Ordering;

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
        /// Where each of `values` would have to stand in this sorted line for it to stay sorted: at the first such place, the
        /// number of elements less than the value; with `right` at the last, the number of elements not greater. NaN goes to the
        /// end.
        ///
        /// A tensor with more axes is one sorted line for each line of `values`: all axes but the last must agree.
        ///
        /// # Panics
        /// If the shapes do not fit, or this tensor is a single number.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let sorted = Tensor::<f32, Serial>::new([1.0, 3.0, 5.0]);
        /// let values = Tensor::new([3.0, 6.0, 0.0]);
        /// assert_eq!(sorted.searchsorted(&values, false).to_vec(), [1, 3, 0]);
        /// assert_eq!(sorted.searchsorted(&values, true).to_vec(), [2, 3, 0]);
        /// ```
        fn searchsorted | try_searchsorted (&self, values: &Self, right: bool) -> Tensor<i64, B> {
            let (lines, values) = (self.to_vec(), Searched::new(self, values)?);
            values.places(|line, value| {
                let line = &lines[line * values.n..][..values.n];
                place(values.n, |i| line[i], value, right)
            })
        }

        /// [`searchsorted`](Self::searchsorted) in lines that are not sorted themselves, but in the order that `sorter` gives,
        /// as [`argsort`](Self::argsort) makes it.
        ///
        /// # Panics
        /// If the shapes do not fit, this tensor is a single number, or an index of `sorter` is out of range.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let line = Tensor::<f32, Serial>::new([5.0, 1.0, 3.0]);
        /// let sorter = line.argsort(0, false);
        /// assert_eq!(line.searchsorted_by(&sorter, &Tensor::new([4.0]), false).to_vec(), [2]);
        /// ```
        fn searchsorted_by | try_searchsorted_by (
            &self, sorter: &Tensor<i64, B>, values: &Self, right: bool
        ) -> Tensor<i64, B> {
            if sorter.shape() != self.shape() {
                let hint = "the sorter must have an index for each element";
                return Err(Error::shape("searchsorted", &[self.shape_owned(), sorter.shape_owned()], hint));
            }
            let values = Searched::new(self, values)?;
            let order = sorter.to_vec();
            let outside = |&&i: &&i64| usize::try_from(i).map_or(true, |i| i >= values.n);
            if let Some(&index) = order.iter().find(outside) {
                return Err(Error::index("searchsorted", index, self.rank() - 1, values.n));
            }
            let lines = self.to_vec();
            values.places(|line, value| {
                let start = line * values.n;
                place(values.n, |i| lines[start + order[start + i] as usize], value, right)
            })
        }

        /// The number of the interval between sorted `boundaries`, a vector, that each element lies in: interval 0 lies before the
        /// first. An element at a boundary lies before it, with `right` behind it.
        ///
        /// # Panics
        /// If `boundaries` is not a vector.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let ages = Tensor::<f32, Serial>::new([5.0, 18.0, 70.0]);
        /// assert_eq!(ages.bucketize(&Tensor::new([18.0, 65.0]), true).to_vec(), [0, 1, 2]);
        /// ```
        fn bucketize | try_bucketize (&self, boundaries: &Self, right: bool) -> Tensor<i64, B> {
            if boundaries.rank() != 1 {
                return Err(Error::shape("bucketize", &[boundaries.shape_owned()], "the boundaries must be a vector"));
            }
            boundaries.try_searchsorted(self, right)
        }
    }
}

/// Values to be found in sorted lines of `n` elements.
struct Searched<'a, T: Element> {
    n: usize,
    values: Vec<T>,
    /// How many of them belong to one line.
    each: usize,
    shape: &'a [usize],
}

impl<'a, T: Num> Searched<'a, T> {
    fn new<B: Backend>(lines: &Tensor<T, B>, values: &'a Tensor<T, B>) -> Result<Self> {
        let (a, b) = (lines.shape(), values.shape());
        let fits = match a {
            [] => false,
            [_] => true,
            [batch @ .., _] => b.len() == a.len() && b[..b.len() - 1] == *batch,
        };
        if !fits {
            let hint = "the sorted lines must be a vector, or agree with the values in all axes but the last";
            return Err(Error::shape("searchsorted", &[lines.shape_owned(), values.shape_owned()], hint));
        }
        let each = if a.len() == 1 { values.numel() } else { b[b.len() - 1] };
        Ok(Searched { n: a[a.len() - 1], values: values.to_vec(), each, shape: b })
    }

    /// The place of each value, found by `f` of its line and itself.
    fn places<B: Backend>(&self, f: impl Fn(usize, T) -> usize) -> Result<Tensor<i64, B>> {
        let places: Vec<i64> =
            self.values.iter().enumerate().map(|(i, &value)| f(i / self.each, value) as i64).collect();
        Tensor::try_from_slice(&places, self.shape)
    }
}

/// The first place among `n` sorted elements `at(i)` that is not less than `value`, or with `right` greater; NaN is behind
/// all.
fn place<T: Num>(n: usize, at: impl Fn(usize) -> T, value: T, right: bool) -> usize {
    let (mut start, mut end) = (0, n);
    while start < end {
        let middle = start + (end - start) / 2;
        let reached = if right { at(middle) > value } else { at(middle) >= value };
        if reached { end = middle } else { start = middle + 1 }
    }
    start
}

/// The distinct elements of a tensor, or slices along an axis of it.
#[derive(Clone)]
#[must_use]
pub struct Unique<T: Element, B: Backend> {
    /// Each of them once.
    pub values: Tensor<T, B>,
    /// For each element, or slice, of the tensor its place among `values`.
    pub inverse: Tensor<i64, B>,
    /// How often each of them stands in the tensor.
    pub counts: Tensor<i64, B>,
}

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
        /// The distinct elements in ascending order, a vector, where each element stands among them, and how often they occur.
        /// Each NaN is distinct. The values take a gradient, at the first of equal elements.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let unique = Tensor::<f32, Serial>::new([3.0, 1.0, 3.0]).unique();
        /// assert_eq!(unique.values.to_vec(), [1.0, 3.0]);
        /// assert_eq!(unique.inverse.to_vec(), [1, 0, 1]);
        /// assert_eq!(unique.counts.to_vec(), [1, 2]);
        /// ```
        fn unique | try_unique (&self) -> Unique<T, B> { self.distinct_elements(true) }

        /// The distinct slices along `axis` in ascending order of their elements, taken in row-major order, where each slice stands among them, and how
        /// often they occur.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let unique = Tensor::<i64, Serial>::new([[2, 1], [0, 5], [2, 1]]).unique_axis(0);
        /// assert_eq!(unique.values.to_vec(), [0, 5, 2, 1]);
        /// assert_eq!(unique.inverse.to_vec(), [1, 0, 1]);
        /// ```
        fn unique_axis | try_unique_axis (&self, axis: impl Int) -> Unique<T, B> { self.distinct_slices(axis, true) }

        /// The elements without those that equal the one before, a vector, where each element stands among them, and how
        /// long each run is.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let runs = Tensor::<i64, Serial>::new([1, 1, 2, 1]).unique_consecutive();
        /// assert_eq!(runs.values.to_vec(), [1, 2, 1]);
        /// assert_eq!(runs.counts.to_vec(), [2, 1, 1]);
        /// ```
        fn unique_consecutive | try_unique_consecutive (&self) -> Unique<T, B> { self.distinct_elements(false) }

        /// The slices along `axis` without those that equal the one before, where each slice stands among them, and how long
        /// each run is.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let runs = Tensor::<i64, Serial>::new([[1, 2], [1, 2], [0, 5]]).unique_consecutive_axis(0);
        /// assert_eq!(runs.values.to_vec(), [1, 2, 0, 5]);
        /// assert_eq!(runs.counts.to_vec(), [2, 1]);
        /// ```
        fn unique_consecutive_axis | try_unique_consecutive_axis (&self, axis: impl Int) -> Unique<T, B> {
            self.distinct_slices(axis, false)
        }
    }

    fn distinct_elements(&self, sorted: bool) -> Result<Unique<T, B>> {
        let mut unique = self.flatten().distinct_slices(0, sorted)?;
        unique.inverse = unique.inverse.try_reshape(self.shape_owned())?.into_tensor();
        Ok(unique)
    }

    /// The slices along `axis`, each once, in order or as they come; neighbours then count as equal or not.
    fn distinct_slices(&self, axis: impl Int, sorted: bool) -> Result<Unique<T, B>> {
        let (x, axis) = self.lines("unique", axis)?;
        let count = x.shape()[axis];
        let rows = x.try_movedim(axis, 0)?;
        let (width, rows) = (rows.numel() / count.max(1), rows.to_vec());
        let row = |i: usize| &rows[i * width..][..width];
        let mut order: Vec<usize> = (0..count).collect();
        if sorted {
            let compare = |&a: &usize, &b: &usize| {
                let differ = row(a).iter().zip(row(b)).map(|(a, b)| nan_last(a, b)).find(|order| order.is_ne());
                differ.unwrap_or(Ordering::Equal)
            };
            order.sort_by(compare);
        }
        let mut inverse = vec![0; count];
        let (mut first, mut counts): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
        for (place, &i) in order.iter().enumerate() {
            match counts.last_mut() {
                Some(run) if row(i) == row(order[place - 1]) => *run += 1,
                _ => {
                    first.push(i as i64);
                    counts.push(1);
                }
            }
            inverse[i] = first.len() as i64 - 1;
        }
        let vector = |x: &[i64]| Tensor::<i64, B>::try_from_slice(x, [x.len()]);
        Ok(Unique {
            values: x.try_index_select(axis, &vector(&first)?)?,
            inverse: vector(&inverse)?,
            counts: vector(&counts)?,
        })
    }
}

impl<B: Backend> Tensor<i64, B> {
    fallible! {
        /// How often each of the numbers 0, 1, … up to the largest stands in this vector, at least `min_length` of them. A constant.
        ///
        /// # Panics
        /// If the tensor is no vector, or a number is negative.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<i64, Serial>::new([0, 2, 2]).bincount(4).to_vec(), [1, 0, 2, 0]);
        /// ```
        fn bincount | try_bincount (&self, min_length: usize) -> Tensor<i64, B> {
            self.try_bincount_weighted(&self.ones_like(), min_length)
        }

        /// The sum of the `weights` of each of the numbers 0, 1, … up to the largest in this vector, at least `min_length` of
        /// them.
        ///
        /// # Panics
        /// If the tensor is no vector, a number is negative, or there is not one weight for each.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let weights = Tensor::<f32, Serial>::new([0.5, 1.0, 2.0]);
        /// assert_eq!(Tensor::<i64, Serial>::new([0, 1, 0]).bincount_weighted(&weights, 0).to_vec(), [2.5, 1.0]);
        /// ```
        fn bincount_weighted | try_bincount_weighted [T: Num] (&self, weights: &Tensor<T, B>, min_length: usize) -> Tensor<T, B> {
            if self.rank() != 1 || weights.shape() != self.shape() {
                let shapes = [self.shape_owned(), weights.shape_owned()];
                return Err(Error::shape("bincount", &shapes, "must be vectors of one length"));
            }
            let numbers = self.to_vec();
            if let Some(negative) = numbers.iter().find(|&&x| x < 0) {
                return Err(Error::value("bincount", format!("{negative} is negative; only numbers from 0 on are counted")));
            }
            let length = numbers.iter().max().map_or(0, |&largest| largest as usize + 1).max(min_length);
            Tensor::<T, B>::try_zeros([length])?.try_index_add(0, self, weights)
        }
    }
}

impl<T: Real, B: Backend> Tensor<T, B> {
    fallible! {
        /// How many elements lie in each of `bins` equal parts of `low` … `high`, the last with its end; those outside are not
        /// counted. If `low` and `high` are equal, they stand for the smallest and largest element. A constant.
        ///
        /// # Panics
        /// If `bins` is 0, or the range is not finite or ends before it begins.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([1.0, 2.0, 1.0]);
        /// assert_eq!(x.histc(4, 0.0, 3.0).to_vec(), [0.0, 2.0, 1.0, 0.0]);
        /// ```
        fn histc | try_histc (&self, bins: usize, low: T, high: T) -> Self {
            let values = self.to_vec();
            let (mut low, mut high) = (low, high);
            if low == high && !values.is_empty() {
                (low, high) = (self.detach().try_min()?.item(), self.detach().try_max()?.item());
            }
            if low == high {
                (low, high) = (low - T::one(), high + T::one());
            }
            if bins == 0 || !(low.is_finite() && high.is_finite() && low < high) {
                return Err(Error::value("histc", format!("no {bins} bins between {low} and {high}")));
            }
            let mut counts = vec![T::zero(); bins];
            for x in values.into_iter().filter(|&x| low <= x && x <= high) {
                let bin = ((x - low) * T::from_f64(bins as f64) / (high - low)).to_usize().unwrap_or(0);
                let bin = &mut counts[bin.min(bins - 1)];
                *bin = *bin + T::one();
            }
            Self::try_from_slice(&counts, [bins])
        }
    }
}

impl<T: Element, B: Backend> Tensor<T, B> {
    /// The indices of all elements that are true, or differ from 0, in row-major order: a row each, `[n, rank]`. A constant.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([[0.0, 7.0], [8.0, 0.0]]);
    /// assert_eq!(x.nonzero().to_vec(), [0, 1, 1, 0]);
    /// ```
    #[doc(alias = "argwhere")]
    pub fn nonzero(&self) -> Tensor<i64, B> {
        let shape = self.shape();
        let mut index = vec![0i64; shape.len()];
        let (mut found, mut count) = (Vec::new(), 0);
        for x in self.to_vec() {
            if x != T::default() {
                found.extend_from_slice(&index);
                count += 1;
            }
            for (i, &size) in index.iter_mut().zip(shape).rev() {
                *i += 1;
                if *i < size as i64 {
                    break;
                }
                *i = 0;
            }
        }
        Tensor::from_slice(&found, [count, shape.len()])
    }
}
