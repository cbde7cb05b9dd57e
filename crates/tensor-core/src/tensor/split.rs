//! Tensors taken apart along an axis.

use super::sizes::{Ints, counts};
use super::{Tensor, View, fallible};
use crate::layout::resolve_axis;
use crate::slice::{Int, SliceItem};
use crate::{Backend, Element, Error, Result, ops};

impl<T: Element, B: Backend> Tensor<T, B> {
    /// What `item` takes of `axis`.
    pub(super) fn of_axis(&self, axis: usize, item: impl Into<SliceItem>) -> Result<View<T, B>> {
        let mut items = vec![SliceItem::from(..); axis];
        items.push(item.into());
        self.look(ops::View::Slice(items))
    }

    /// Parts of these sizes, one behind the other.
    fn parts(&self, axis: usize, sizes: impl Iterator<Item = usize>) -> Result<Vec<View<T, B>>> {
        let mut start = 0;
        sizes
            .map(|size| {
                start += size;
                self.of_axis(axis, start - size..start)
            })
            .collect()
    }

    fallible! {
        /// `length` places along `axis` from `start` on, which may count from the end.
        ///
        /// # Panics
        /// If there is no such axis, or it ends before.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::arange(0, 6, 1);
        /// assert_eq!(x.narrow(0, 2, 3).to_vec(), [2, 3, 4]);
        /// assert_eq!(x.narrow(0, -2, 2).to_vec(), [4, 5]);
        /// ```
        fn narrow | try_narrow (&self, axis: impl Int, start: impl Int, length: usize) -> View<T, B> {
            let axis = resolve_axis("narrow", axis.to_isize(), self.rank())?;
            let (size, start) = (self.shape()[axis], start.to_isize());
            let from = if start < 0 { start.checked_add_unsigned(size) } else { Some(start) };
            let from = from.and_then(|from| usize::try_from(from).ok());
            match from.and_then(|from| Some((from, from.checked_add(length)?))) {
                Some((from, end)) if end <= size => self.of_axis(axis, from..end),
                _ => {
                    let message = format!("{length} places from {start} on do not fit axis {axis} of size {size}");
                    Err(Error::value("narrow", message))
                }
            }
        }

        /// What stands at `index` of `axis`, which goes away; negative indices count from the end. With the axis known
        /// when the program is written, `x.slice((.., index))` says the same.
        ///
        /// # Panics
        /// If there is no such axis or index.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::new([[1, 2], [3, 4]]);
        /// assert_eq!(x.index_axis(1, -1).to_vec(), [2, 4]);
        /// ```
        fn index_axis | try_index_axis (&self, axis: impl Int, index: impl Int) -> View<T, B> {
            self.of_axis(resolve_axis("index_axis", axis.to_isize(), self.rank())?, index)
        }

        /// What stands at each index of `axis`, which goes away.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let rows = Tensor::<i64, Serial>::new([[1, 2], [3, 4]]).unbind(0);
        /// assert_eq!(rows[1].to_vec(), [3, 4]);
        /// ```
        fn unbind | try_unbind (&self, axis: impl Int) -> Vec<View<T, B>> {
            let axis = resolve_axis("unbind", axis.to_isize(), self.rank())?;
            (0..self.shape()[axis]).map(|index| self.of_axis(axis, index)).collect()
        }

        /// Parts of `size` along `axis`; the last may be smaller.
        ///
        /// # Panics
        /// If there is no such axis, or `size` is 0 and that of the axis is not.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let parts = Tensor::<i64, Serial>::arange(0, 5, 1).split(2, 0);
        /// assert_eq!(parts.iter().map(|part| part.numel()).collect::<Vec<_>>(), [2, 2, 1]);
        /// ```
        fn split | try_split (&self, size: usize, axis: impl Int) -> Vec<View<T, B>> {
            let axis = resolve_axis("split", axis.to_isize(), self.rank())?;
            let total = self.shape()[axis];
            if size == 0 && total > 0 {
                return Err(Error::value("split", "parts of size 0 never come to an end"));
            }
            let count = total.div_ceil(size.max(1)).max(1);
            self.parts(axis, (0..count).map(|i| size.min(total - i * size)))
        }

        /// Parts of these sizes along `axis`.
        ///
        /// # Panics
        /// If there is no such axis, or the sizes do not add up to its own.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let parts = Tensor::<i64, Serial>::arange(0, 5, 1).split_with_sizes([1, 4], 0);
        /// assert_eq!(parts[1].to_vec(), [1, 2, 3, 4]);
        /// ```
        fn split_with_sizes | try_split_with_sizes (&self, sizes: impl Ints, axis: impl Int) -> Vec<View<T, B>> {
            let op = "split_with_sizes";
            let axis = resolve_axis(op, axis.to_isize(), self.rank())?;
            let (sizes, total) = (counts(op, sizes)?, self.shape()[axis]);
            if sizes.iter().try_fold(0, |sum: usize, &size| sum.checked_add(size)) != Some(total) {
                return Err(Error::value(op, format!("{sizes} does not add up to {total}, the size of axis {axis}")));
            }
            self.parts(axis, sizes.iter().copied())
        }

        /// At most `count` parts of one size along `axis`; the last may be smaller.
        ///
        /// # Panics
        /// If there is no such axis, or `count` is 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let parts = Tensor::<i64, Serial>::arange(0, 5, 1).chunk(3, 0);
        /// assert_eq!(parts.iter().map(|part| part.numel()).collect::<Vec<_>>(), [2, 2, 1]);
        /// ```
        fn chunk | try_chunk (&self, count: usize, axis: impl Int) -> Vec<View<T, B>> {
            let axis = resolve_axis("chunk", axis.to_isize(), self.rank())?;
            if count == 0 {
                return Err(Error::value("chunk", "needs at least one part"));
            }
            match self.shape()[axis] {
                0 => self.parts(axis, std::iter::repeat_n(0, count)),
                total => self.try_split(total.div_ceil(count), axis),
            }
        }

        /// `count` parts along `axis`, none more than one place longer than another, the longer ones first.
        ///
        /// # Panics
        /// If there is no such axis, or `count` is 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let parts = Tensor::<i64, Serial>::arange(0, 5, 1).tensor_split(3, 0);
        /// assert_eq!(parts.iter().map(|part| part.numel()).collect::<Vec<_>>(), [2, 2, 1]);
        /// ```
        fn tensor_split | try_tensor_split (&self, count: usize, axis: impl Int) -> Vec<View<T, B>> {
            let axis = resolve_axis("tensor_split", axis.to_isize(), self.rank())?;
            if count == 0 {
                return Err(Error::value("tensor_split", "needs at least one part"));
            }
            let (size, longer) = (self.shape()[axis] / count, self.shape()[axis] % count);
            self.parts(axis, (0..count).map(|i| size + usize::from(i < longer)))
        }

        /// `axis` cut in front of each of `places`: the parts `..places[0]`, `places[0]..places[1]`, … Places may count
        /// from the end; what lies beyond the axis is cut off as in a range.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let parts = Tensor::<i64, Serial>::arange(0, 5, 1).tensor_split_at([1, 3], 0);
        /// assert_eq!(parts.iter().map(|part| part.numel()).collect::<Vec<_>>(), [1, 2, 2]);
        /// ```
        fn tensor_split_at | try_tensor_split_at (&self, places: impl Ints, axis: impl Int) -> Vec<View<T, B>> {
            let axis = resolve_axis("tensor_split", axis.to_isize(), self.rank())?;
            let places = places.ints();
            let starts = std::iter::once(None).chain(places.iter().copied().map(Some));
            let ends = places.iter().copied().map(Some).chain([None]);
            starts.zip(ends).map(|(start, end)| self.of_axis(axis, SliceItem::Range { start, end, step: 1 })).collect()
        }
    }
}
