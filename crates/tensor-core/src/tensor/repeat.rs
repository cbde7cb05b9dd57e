//! Elements repeated.

use super::sizes::{Ints, counts};
use super::{Operand, Tensor, fallible};
use crate::layout::resolve_axis;
use crate::slice::Int;
use crate::{Array, Backend, Element, Error, Result, Shape, ops};

impl<T: Element, B: Backend> Tensor<T, B> {
    fallible! {
        /// The whole tensor `times[axis]` times along each axis; where there are more numbers than axes, along new axes in
        /// front.
        ///
        /// # Panics
        /// If a number is negative, or there are fewer than axes ([`tile`](Self::tile) takes fewer).
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::new([1, 2]);
        /// assert_eq!(x.repeat(2).to_vec(), [1, 2, 1, 2]);
        /// assert_eq!(x.repeat([3, 1]).shape(), [3, 2]);
        /// ```
        fn repeat | try_repeat (&self, times: impl Ints) -> Self {
            let times = counts("repeat", times)?;
            let Some(added) = times.len().checked_sub(self.rank()) else {
                let hint = "needs a number for each axis; `tile` takes fewer";
                return Err(Error::shape("repeat", &[self.shape_owned(), &times], hint));
            };
            let (mut paired, mut wide, mut shape) = (Shape::new(), Shape::new(), Shape::new());
            for (axis, &times) in times.iter().enumerate() {
                let size = if axis < added { 1 } else { self.shape()[axis - added] };
                paired.push(1);
                paired.push(size);
                wide.push(times);
                wide.push(size);
                shape.push(times.saturating_mul(size));
            }
            let repeated = self.look(ops::View::Reshape(paired))?.look(ops::View::Expand(wide))?;
            Ok(repeated.look(ops::View::Reshape(shape))?.into_tensor())
        }

        /// [`repeat`](Self::repeat), with numbers for the last axes alone where there are fewer than axes.
        ///
        /// # Panics
        /// If a number is negative.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<i64, Serial>::new([[1, 2], [3, 4]]).tile(2).shape(), [2, 4]);
        /// ```
        fn tile | try_tile (&self, times: impl Ints) -> Self {
            let mut times = times.ints();
            while times.len() < self.rank() {
                times.insert(0, 1);
            }
            self.try_repeat(&times[..])
        }

        /// What stands at each place along `axis` as many times in a row as `repeats` says: one number for all, or a vector
        /// of one for each place. Of all elements in row-major order, [`flatten`](Self::flatten) first.
        ///
        /// # Panics
        /// If there is no such axis, a number is negative, or there is not one for each place.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::new([1, 2]);
        /// assert_eq!(x.repeat_interleave(2, 0).to_vec(), [1, 1, 2, 2]);
        /// assert_eq!(x.repeat_interleave(&Tensor::new([0, 3]), 0).to_vec(), [2, 2, 2]);
        /// ```
        fn repeat_interleave | try_repeat_interleave (&self, repeats: impl Operand<i64, B>, axis: impl Int) -> Self {
            let op = "repeat_interleave";
            let axis = resolve_axis(op, axis.to_isize(), self.rank())?;
            let (repeats, size) = (repeats.into_tensor(), self.shape()[axis]);
            let numbers = repeats.to_vec();
            let each = |place: usize| if numbers.len() == 1 { numbers[0] } else { numbers[place] };
            if repeats.rank() > 1 || numbers.len() != 1 && numbers.len() != size {
                let message = format!("{} numbers for axis {axis} of size {size}: needs one for each place", numbers.len());
                return Err(Error::value(op, message));
            }
            if let Some(negative) = numbers.iter().find(|&&n| n < 0) {
                return Err(Error::value(op, format!("nothing stands {negative} times in a row")));
            }
            // Refused before the places are listed, where there are too many.
            let total = (0..size).try_fold(0usize, |sum, place| sum.checked_add(each(place) as usize));
            let mut shape = self.shape_owned().clone();
            shape[axis] = total.unwrap_or(usize::MAX);
            crate::Layout::contiguous(shape)?;
            let places = (0..size).flat_map(|place| std::iter::repeat_n(place as i64, each(place) as usize));
            let places = places.collect::<Vec<i64>>();
            let index = B::from_array(Array::from_slice(&places, places.len())?);
            B::index_select(&self.0, axis, &index).map(Tensor)
        }
    }
}
