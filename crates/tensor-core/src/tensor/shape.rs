//! Other looks at the same elements: shapes, orders of axes, windows; joining.

use super::sizes::{IntoReshape, Ints};
use super::{IntoAxes, Tensor, View, fallible, sure};
use crate::layout::resolve_axis;
use crate::ops;
use crate::slice::{Int, SliceItem};
use crate::{Backend, Dims, Element, Error, Result, Shape};

impl<T: Element, B: Backend> Tensor<T, B> {
    #[inline]
    pub(super) fn look(&self, view: ops::View) -> Result<View<T, B>> {
        B::view(&self.0, &view).map(|prim| View::new(Tensor(prim)))
    }

    fallible! {
        /// The elements in row-major order under another shape; one size may be -1 for what is left over.
        ///
        /// Shares the buffer where the strides allow it, and copies otherwise.
        ///
        /// # Panics
        /// If the numbers of elements differ.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::arange(0.0, 6.0, 1.0);
        /// assert_eq!(x.reshape([2, 3]).slice((1, 0)).item(), 3.0);
        /// assert_eq!(x.reshape([-1, 2]).shape(), [3, 2]);
        /// ```
        fn reshape | try_reshape (&self, shape: impl IntoReshape) -> View<T, B> {
            self.look(ops::View::Reshape(shape.into_shape(self.numel())?))
        }

        /// The elements in row-major order under another shape, as [`reshape`](Self::reshape) shows them, but never copied.
        ///
        /// # Panics
        /// If the numbers of elements differ, or the elements do not lie in memory so that no copy is needed.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([4, 6]);
        /// assert_eq!(x.view([2, 2, -1]).shape(), [2, 2, 6]);
        /// assert!(x.t().try_view([24]).is_err());
        /// ```
        fn view | try_view (&self, shape: impl IntoReshape) -> View<T, B> {
            let shape = shape.into_shape(self.numel())?;
            if self.layout().reshape(&shape)?.is_none() {
                let hint = "the elements do not lie in memory so that this shape needs no copy; `reshape` makes one";
                return Err(Error::shape("view", &[self.shape_owned(), &shape], hint));
            }
            self.look(ops::View::Reshape(shape))
        }

        /// The axes from `start` to `end`, both included, as one; a single number becomes a vector of one element.
        ///
        /// # Panics
        /// If one of them does not exist, or `end` comes before `start`.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3, 4, 5]).flatten_axes(1, -2).shape(), [2, 12, 5]);
        /// ```
        fn flatten_axes | try_flatten_axes (&self, start: impl Int, end: impl Int) -> View<T, B> {
            let rank = self.rank().max(1);
            let start = resolve_axis("flatten", start.to_isize(), rank)?;
            let end = resolve_axis("flatten", end.to_isize(), rank)?;
            if end < start {
                return Err(Error::value("flatten", format!("axis {end} comes before axis {start}")));
            }
            let mut shape = Shape::new();
            let (before, rest) = self.shape().split_at(start);
            let (merged, behind) = rest.split_at(rest.len().min(end + 1 - start));
            before.iter().for_each(|&size| shape.push(size));
            shape.push(merged.iter().product());
            behind.iter().for_each(|&size| shape.push(size));
            self.look(ops::View::Reshape(shape))
        }

        /// `axis` taken apart into axes of these sizes, one of which may be -1 for what is left over.
        ///
        /// # Panics
        /// If there is no such axis, no size, or the sizes do not multiply to that of the axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([2, 12]).unflatten(1, [3, -1]).shape(), [2, 3, 4]);
        /// ```
        fn unflatten | try_unflatten (&self, axis: impl Int, sizes: impl Ints) -> View<T, B> {
            let axis = resolve_axis("unflatten", axis.to_isize(), self.rank())?;
            let (size, parts) = (self.shape()[axis], sizes.ints());
            let parts = if parts.is_empty() { None } else { Some((&parts[..]).into_shape(size)?) };
            let Some(parts) = parts.filter(|parts| parts.iter().try_fold(1, |n: usize, &p| n.checked_mul(p)) == Some(size))
            else {
                let message = format!("the sizes must multiply to {size}, the size of axis {axis}");
                return Err(Error::value("unflatten", message));
            };
            let (before, behind) = (&self.shape()[..axis], &self.shape()[axis + 1..]);
            self.look(ops::View::Reshape(before.iter().chain(parts.iter()).chain(behind).copied().collect()))
        }

        /// The axes in another order: axis `i` of the result is axis `axes[i]`.
        ///
        /// # Panics
        /// If `axes` does not name each axis once.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let image = Tensor::<u8, Serial>::zeros([28, 32, 3]);
        /// assert_eq!(image.permute([2, 0, 1]).shape(), [3, 28, 32]);
        /// ```
        fn permute | try_permute (&self, axes: impl Ints) -> View<T, B> {
            let rank = self.rank();
            let axes = axes.ints().iter().map(|&axis| resolve_axis("permute", axis, rank)).collect::<Result<Dims>>()?;
            self.look(ops::View::Permute(axes))
        }

        /// Two axes exchanged. A single number has axis 0 (or -1) to exchange with itself.
        ///
        /// # Panics
        /// If one of them does not exist.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3, 4]).transpose(-1, 0).shape(), [4, 3, 2]);
        /// ```
        fn transpose | try_transpose (&self, first: impl Int, second: impl Int) -> View<T, B> {
            let rank = self.rank().max(1);
            let first = resolve_axis("transpose", first.to_isize(), rank)?;
            let second = resolve_axis("transpose", second.to_isize(), rank)?;
            let mut axes = Dims::axes(self.rank());
            if first != second {
                axes.swap(first, second);
            }
            self.look(ops::View::Permute(axes))
        }

        /// The matrix transposed; a vector or a number unchanged. Of more axes [`mt`](Self::mt) exchanges the last two.
        ///
        /// # Panics
        /// If there are more than two axes.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3]).t().shape(), [3, 2]);
        /// ```
        fn t | try_t (&self) -> View<T, B> {
            if self.rank() > 2 {
                let hint = "more than a matrix: `mt` exchanges the last two axes, `permute` any";
                return Err(Error::shape("t", &[self.shape_owned()], hint));
            }
            self.look(ops::View::Permute((0..self.rank()).rev().collect()))
        }

        /// A new axis of size 1 at `axis` of the result; -1 is behind the last.
        ///
        /// # Panics
        /// If the result has no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([3]).unsqueeze(-1).shape(), [3, 1]);
        /// ```
        fn unsqueeze | try_unsqueeze (&self, axis: impl Int) -> View<T, B> {
            let axis = resolve_axis("unsqueeze", axis.to_isize(), self.rank() + 1)?;
            let mut shape = self.shape_owned().clone();
            shape.insert(axis, 1);
            self.look(ops::View::Reshape(shape))
        }

        /// Without those of `axes` whose size is 1; see [`squeeze_all`](Self::squeeze_all) for all such axes.
        ///
        /// # Panics
        /// If an axis does not exist or is named twice.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([3, 1]).squeeze(-1).shape(), [3]);
        /// ```
        fn squeeze | try_squeeze (&self, axes: impl IntoAxes) -> View<T, B> {
            let axes = axes.into_axes("squeeze", self.rank().max(1))?;
            let kept = self.shape().iter().enumerate().filter(|&(axis, &size)| size != 1 || !axes.contains(&axis));
            self.look(ops::View::Reshape(kept.map(|(_, &size)| size).collect()))
        }

        /// Axes of size 1 repeated, and axes added in front, until the shape is `shape`, where -1 stands for the size that
        /// the axis has. Copies nothing.
        ///
        /// # Panics
        /// If an axis is neither 1 nor already of the size wanted.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let row = Tensor::<f32, Serial>::new([1.0, 2.0]);
        /// assert_eq!(row.expand([2, 2]).to_vec(), [1.0, 2.0, 1.0, 2.0]);
        /// ```
        fn expand | try_expand (&self, shape: impl Ints) -> View<T, B> {
            let sizes = shape.ints();
            let added = sizes.len().saturating_sub(self.rank());
            let size = |(axis, &size): (usize, &isize)| match size {
                -1 if axis >= added => Ok(self.shape()[axis - added]),
                0.. => Ok(size as usize),
                _ => Err(Error::value("expand", format!("{sizes} must hold sizes, or -1 for an axis that is there"))),
            };
            let shape = sizes.iter().enumerate().map(size).collect::<Result<Shape>>()?;
            self.look(ops::View::Expand(shape))
        }

        /// [`expand`](Self::expand)ed to the shape of `other`.
        ///
        /// # Panics
        /// If an axis is neither 1 nor already of the size wanted.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([3, 1]);
        /// assert_eq!(x.expand_as(&Tensor::<f32, Serial>::ones([2, 3, 4])).shape(), [2, 3, 4]);
        /// ```
        fn expand_as | try_expand_as [E: Element] (&self, other: &Tensor<E, B>) -> View<T, B> {
            self.look(ops::View::Expand(other.shape_owned().clone()))
        }

        /// NumPy's name for [`expand`](Self::expand).
        ///
        /// # Panics
        /// If an axis is neither 1 nor already of the size wanted.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([1.0, 2.0]).broadcast_to([2, 2]).to_vec(), [1.0, 2.0, 1.0, 2.0]);
        /// ```
        fn broadcast_to | try_broadcast_to (&self, shape: impl Ints) -> View<T, B> {
            self.try_expand(shape)
        }

        /// Windows of `size` every `step` along `axis`, the window as a last axis.
        ///
        /// # Panics
        /// If there is no such axis, it is shorter than a window, or `step` is 0.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::arange(0.0, 4.0, 1.0);
        /// assert_eq!(x.unfold(0, 2, 1).to_vec(), [0.0, 1.0, 1.0, 2.0, 2.0, 3.0]);
        /// ```
        fn unfold | try_unfold (&self, axis: impl Int, size: usize, step: usize) -> View<T, B> {
            if self.rank() == 0 {
                return self.try_reshape([1])?.try_unfold(axis, size, step).map(|windows| windows.reshape([size]));
            }
            let axis = resolve_axis("unfold", axis.to_isize(), self.rank())?;
            self.look(ops::View::Unfold { axis, size, step })
        }

        /// Backwards along `axes`.
        ///
        /// # Panics
        /// If an axis does not exist or is named twice.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([1.0, 2.0, 3.0]).flip(0).to_vec(), [3.0, 2.0, 1.0]);
        /// ```
        fn flip | try_flip (&self, axes: impl IntoAxes) -> View<T, B> {
            let axes = axes.into_axes("flip", self.rank())?;
            let step = |axis: usize| if axes.contains(&axis) { -1 } else { 1 };
            let items = (0..self.rank()).map(|axis| SliceItem::Range { start: None, end: None, step: step(axis) });
            self.look(ops::View::Slice(items.collect()))
        }

        /// `before` and `after` copies of `value`, a constant, around each axis, a pair an axis.
        ///
        /// # Panics
        /// If there is not a pair for each axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([1]).pad(&[(1, 2)], 0.0).to_vec(), [0.0, 1.0, 0.0, 0.0]);
        /// ```
        fn pad | try_pad (&self, padding: &[(usize, usize)], value: T) -> Self {
            B::pad(&self.0, padding, value).map(Tensor)
        }
    }

    /// One axis with all elements in row-major order.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3]).flatten().shape(), [6]);
    /// ```
    #[track_caller]
    pub fn flatten(&self) -> View<T, B> {
        self.reshape([self.numel()])
    }

    /// NumPy's name for [`flatten`](Self::flatten).
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3]).ravel().shape(), [6]);
    /// ```
    #[track_caller]
    pub fn ravel(&self) -> View<T, B> {
        self.flatten()
    }

    /// Without any axis of size 1.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::ones([1, 3, 1]).squeeze_all().shape(), [3]);
    /// ```
    #[track_caller]
    pub fn squeeze_all(&self) -> View<T, B> {
        sure(self.look(ops::View::Reshape(self.shape().iter().copied().filter(|&size| size != 1).collect())))
    }

    /// With axes of size 1 until there is at least one.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::new(1.0).atleast_1d().shape(), [1]);
    /// ```
    #[track_caller]
    pub fn atleast_1d(&self) -> View<T, B> {
        self.at_least(1)
    }

    /// With axes of size 1 until there are at least two: a vector becomes a row.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::new([1.0, 2.0]).atleast_2d().shape(), [1, 2]);
    /// ```
    #[track_caller]
    pub fn atleast_2d(&self) -> View<T, B> {
        self.at_least(2)
    }

    /// With axes of size 1 until there are at least three: a vector `[n]` becomes `[1, n, 1]`, a matrix `[m, n]` becomes
    /// `[m, n, 1]`.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::ones([4]).atleast_3d().shape(), [1, 4, 1]);
    /// ```
    #[track_caller]
    pub fn atleast_3d(&self) -> View<T, B> {
        self.at_least(3)
    }

    fn at_least(&self, rank: usize) -> View<T, B> {
        let mut shape = self.shape_owned().clone();
        // A third axis comes behind rows and columns, all others come in front.
        if rank == 3 && matches!(shape.len(), 1 | 2) {
            shape.push(1);
        }
        while shape.len() < rank {
            shape.insert(0, 1);
        }
        sure(self.look(ops::View::Reshape(shape)))
    }

    /// The same elements lying in row-major order in memory; the tensor itself if they do. No operation asks for it:
    /// it is for [`as_slice`](Self::as_slice).
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.t().as_slice(), None);
    /// assert_eq!(x.t().contiguous().as_slice(), Some(&[1.0, 3.0, 2.0, 4.0][..]));
    /// ```
    #[track_caller]
    pub fn contiguous(&self) -> Self {
        if self.layout().is_contiguous() {
            return self.clone();
        }
        // Written into a new tensor, so that the gradient finds its way back.
        let whole = ops::View::Slice(Vec::new());
        let zeros = sure(B::fill(self.shape_owned(), T::default()));
        Tensor(sure(B::view_assign(crate::Arg::Own(&mut { zeros }), &whole, crate::Arg::Ref(&self.0))))
    }

    fallible! {
        /// Tensors one behind the other along `axis`; a vector without elements fits behind tensors of any shape.
        ///
        /// # Panics
        /// If there is none, or their shapes differ in another axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([2, 1]);
        /// assert_eq!(Tensor::concat(&[&x, &x, &x], 1).shape(), [2, 3]);
        /// ```
        fn concat | try_concat (parts: &[&Self], axis: impl Int) -> Self {
            let Some(first) = parts.iter().find(|part| part.shape() != [0]).or(parts.first()) else {
                return Err(Error::value("concat", "needs at least one tensor"));
            };
            let axis = first.layout().axis("concat", axis.to_isize())?;
            let mut empty = first.shape_owned().clone();
            empty[axis] = 0;
            let fitting = parts.iter().map(|part| match part.shape() {
                [0] if first.rank() != 1 => Ok(part.look(ops::View::Reshape(empty.clone()))?.into_tensor()),
                _ => Ok(Tensor::clone(part)),
            });
            let parts = fitting.collect::<Result<Vec<Self>>>()?;
            B::concat(&parts.iter().map(|part| &part.0).collect::<Vec<_>>(), axis).map(Tensor)
        }

        /// Tensors of one shape along a new axis.
        ///
        /// # Panics
        /// If there is none, or their shapes differ.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([2]);
        /// assert_eq!(Tensor::stack(&[&x, &x, &x], 0).shape(), [3, 2]);
        /// ```
        fn stack | try_stack (parts: &[&Self], axis: impl Int) -> Self {
            let axis = axis.to_isize();
            if let Some(other) = parts.iter().find(|part| part.shape() != parts[0].shape()) {
                let shapes = [parts[0].shape_owned(), other.shape_owned()];
                return Err(Error::shape("stack", &shapes, "all shapes must be equal"));
            }
            let raised = parts.iter().map(|part| part.try_unsqueeze(axis)).collect::<Result<Vec<_>>>()?;
            let parts: Vec<&Self> = raised.iter().map(|part| &**part).collect();
            Self::try_concat(&parts, axis)
        }
    }
}
