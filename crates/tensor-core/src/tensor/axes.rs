//! Axes moved, and elements turned, mirrored and rolled along them.

use super::sizes::Ints;
use super::{Tensor, View, fallible};
use crate::layout::resolve_axis;
use crate::slice::{Int, SliceItem};
use crate::{Backend, Dims, Element, Error, Result, ops};

impl<T: Element, B: Backend> Tensor<T, B> {
    fallible! {
        /// The last two axes exchanged: each matrix of a batch transposed.
        ///
        /// # Panics
        /// If there are fewer than two axes.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([5, 2, 3]).mt().shape(), [5, 3, 2]);
        /// ```
        fn mt | try_mt (&self) -> View<T, B> {
            if self.rank() < 2 {
                return Err(Error::shape("mt", &[self.shape_owned()], "a matrix to transpose has two axes at least"));
            }
            self.try_transpose(-2, -1)
        }

        /// NumPy's name for [`transpose`](Self::transpose).
        ///
        /// # Panics
        /// If one of the axes does not exist.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3, 4]).swapaxes(0, -1).shape(), [4, 3, 2]);
        /// ```
        fn swapaxes | try_swapaxes (&self, first: impl Int, second: impl Int) -> View<T, B> {
            self.try_transpose(first, second)
        }

        /// Axis `source[i]` moved to where `destination[i]` says; the others keep their order.
        ///
        /// # Panics
        /// If an axis does not exist or is named twice, or there is not a destination for each source.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([2, 3, 4]);
        /// assert_eq!(x.movedim(0, -1).shape(), [3, 4, 2]);
        /// assert_eq!(x.movedim([0, 1], [1, 2]).shape(), [4, 2, 3]);
        /// ```
        fn movedim | try_movedim (&self, source: impl Ints, destination: impl Ints) -> View<T, B> {
            let op = "movedim";
            let (source, destination) = (source.ints(), destination.ints());
            if source.len() != destination.len() {
                return Err(Error::value(op, format!("{source} cannot move to {destination}: one place for each axis")));
            }
            let rank = self.rank().max(1);
            let source = distinct(op, &source, rank)?;
            let destination = distinct(op, &destination, rank)?;
            let mut others = (0..rank).filter(|axis| !source.contains(axis));
            let axes = (0..rank).map(|place| match destination.iter().position(|&d| d == place) {
                Some(moved) => Some(source[moved]),
                None => others.next(),
            });
            self.look(ops::View::Permute(axes.flatten().take(self.rank()).collect()))
        }

        /// Rolled along `axes[i]` by `shifts[i]` places: what falls off at the end comes in again at the beginning. To
        /// roll all elements in row-major order, [`flatten`](Self::flatten) first.
        ///
        /// # Panics
        /// If an axis does not exist, or there is not a shift for each axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::arange(0, 5, 1);
        /// assert_eq!(x.roll(2, 0).to_vec(), [3, 4, 0, 1, 2]);
        /// ```
        fn roll | try_roll (&self, shifts: impl Ints, axes: impl Ints) -> Self {
            let (shifts, axes) = (shifts.ints(), axes.ints());
            if shifts.len() != axes.len() {
                return Err(Error::value("roll", format!("shifts {shifts} for axes {axes}: needs a shift for each axis")));
            }
            let axes = axes.iter().map(|&axis| resolve_axis("roll", axis, self.rank())).collect::<Result<Dims>>()?;
            let mut rolled = self.clone();
            for (&shift, &axis) in shifts.iter().zip(axes.iter()) {
                let size = self.shape()[axis] as isize;
                let shift = if size == 0 { 0 } else { shift.rem_euclid(size) };
                if shift != 0 {
                    let part = |range: SliceItem| {
                        let mut items = vec![SliceItem::from(..); axis];
                        items.push(range);
                        rolled.look(ops::View::Slice(items))
                    };
                    let (end, beginning) = (part((size - shift..).into())?, part((..size - shift).into())?);
                    rolled = Self::try_concat(&[&end, &beginning], axis)?;
                }
            }
            Ok(rolled)
        }

        /// Turned by `turns` · 90° in the plane of two axes, from the first towards the second.
        ///
        /// # Panics
        /// If there are not two different axes.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::new([[1, 2], [3, 4]]);
        /// assert_eq!(x.rot90(1, [0, 1]).to_vec(), [2, 4, 1, 3]);
        /// ```
        fn rot90 | try_rot90 (&self, turns: isize, axes: impl Ints) -> View<T, B> {
            let axes = distinct("rot90", &axes.ints(), self.rank())?;
            let [first, second] = axes[..] else {
                return Err(Error::value("rot90", format!("turns in the plane of two axes, not {axes}")));
            };
            match turns.rem_euclid(4) {
                0 => self.look(ops::View::Slice(Vec::new())),
                1 => self.try_flip(second)?.try_transpose(first, second),
                2 => self.try_flip([first, second]),
                _ => self.try_flip(first)?.try_transpose(first, second),
            }
        }

        /// Each row mirrored: backwards along axis 1.
        ///
        /// # Panics
        /// If there are fewer than two axes.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]).fliplr().to_vec(), [2.0, 1.0, 4.0, 3.0]);
        /// ```
        fn fliplr | try_fliplr (&self) -> View<T, B> {
            self.try_flip(1)
        }

        /// The rows from the last to the first: backwards along axis 0.
        ///
        /// # Panics
        /// If there is no axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]).flipud().to_vec(), [3.0, 4.0, 1.0, 2.0]);
        /// ```
        fn flipud | try_flipud (&self) -> View<T, B> {
            if self.rank() == 0 {
                return Err(Error::shape("flipud", &[self.shape_owned()], "a single number has no rows"));
            }
            self.try_flip(0)
        }
    }
}

/// The axes counted from the front, in the order given.
fn distinct(op: &'static str, axes: &Dims<isize>, rank: usize) -> Result<Dims> {
    let resolved = axes.iter().map(|&axis| resolve_axis(op, axis, rank)).collect::<Result<Dims>>()?;
    if (1..resolved.len()).any(|i| resolved[..i].contains(&resolved[i])) {
        return Err(Error::value(op, format!("{axes} names an axis twice")));
    }
    Ok(resolved)
}
