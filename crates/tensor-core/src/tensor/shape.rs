//! Other looks at the same elements: shapes, orders of axes, repetition, joining.

use super::{Tensor, View, fallible, sure};
use crate::layout::resolve_axis;
use crate::ops;
use crate::slice::{Int, SliceItem};
use crate::{Backend, Dims, Element, Error, Result, Shape};

/// A shape in which one size may be left open as -1: an array, slice or `Vec` of sizes, a [`Shape`], or one size.
pub trait IntoReshape {
    /// The shape for `numel` elements.
    ///
    /// # Errors
    /// If a size is negative but for one -1, or what is left over does not divide.
    fn into_shape(self, numel: usize) -> Result<Shape>;
}

impl<I: Int> IntoReshape for &[I] {
    fn into_shape(self, numel: usize) -> Result<Shape> {
        let mut shape: Shape = self.iter().map(|size| size.to_isize() as usize).collect();
        let open: Vec<usize> = (0..shape.len()).filter(|&axis| self[axis].to_isize() < 0).collect();
        let sizes = || self.iter().map(|size| size.to_isize()).collect::<Dims<isize>>();
        match open[..] {
            [] => Ok(shape),
            [axis] if self[axis].to_isize() == -1 => {
                let rest = shape.iter().enumerate().filter(|&(a, _)| a != axis).map(|(_, &size)| size);
                let rest = rest.fold(1usize, usize::saturating_mul);
                if rest == 0 || !numel.is_multiple_of(rest) {
                    let message = format!("{numel} elements cannot be divided into {}", sizes());
                    return Err(Error::value("reshape", message));
                }
                shape[axis] = numel / rest;
                Ok(shape)
            }
            _ => Err(Error::value("reshape", format!("{} must hold sizes, and -1 at most once", sizes()))),
        }
    }
}

impl<I: Int, const N: usize> IntoReshape for [I; N] {
    fn into_shape(self, numel: usize) -> Result<Shape> {
        self[..].into_shape(numel)
    }
}

impl<I: Int> IntoReshape for I {
    fn into_shape(self, numel: usize) -> Result<Shape> {
        [self].into_shape(numel)
    }
}

impl<I: Int> IntoReshape for Vec<I> {
    fn into_shape(self, numel: usize) -> Result<Shape> {
        self[..].into_shape(numel)
    }
}

impl IntoReshape for &Shape {
    fn into_shape(self, numel: usize) -> Result<Shape> {
        self[..].into_shape(numel)
    }
}

impl IntoReshape for Shape {
    fn into_shape(self, numel: usize) -> Result<Shape> {
        self[..].into_shape(numel)
    }
}

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
        fn permute | try_permute (&self, axes: impl AsRef<[isize]>) -> View<T, B> {
            let rank = self.rank();
            let axes = axes.as_ref().iter().map(|&axis| resolve_axis("permute", axis, rank)).collect::<Result<Dims>>()?;
            self.look(ops::View::Permute(axes))
        }

        /// Two axes exchanged.
        ///
        /// # Panics
        /// If one of them does not exist.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3, 4]).transpose(-1, 0).shape(), [4, 3, 2]);
        /// ```
        fn transpose | try_transpose (&self, first: impl Int, second: impl Int) -> View<T, B> {
            let mut axes: Dims = (0..self.rank()).collect();
            axes.swap(
                resolve_axis("transpose", first.to_isize(), self.rank())?,
                resolve_axis("transpose", second.to_isize(), self.rank())?,
            );
            self.look(ops::View::Permute(axes))
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

        /// Without `axis`, if its size is 1; otherwise unchanged.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([3, 1]).squeeze(-1).shape(), [3]);
        /// ```
        fn squeeze | try_squeeze (&self, axis: impl Int) -> View<T, B> {
            let axis = resolve_axis("squeeze", axis.to_isize(), self.rank())?;
            let mut shape = self.shape_owned().clone();
            if shape[axis] == 1 {
                shape.remove(axis);
            }
            self.look(ops::View::Reshape(shape))
        }

        /// Axes of size 1 repeated, and axes added in front, until the shape is `shape`. Copies nothing.
        ///
        /// # Panics
        /// If an axis is neither 1 nor already of the size wanted.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let row = Tensor::<f32, Serial>::new([1.0, 2.0]);
        /// assert_eq!(row.expand([2, 2]).to_vec(), [1.0, 2.0, 1.0, 2.0]);
        /// ```
        fn expand | try_expand (&self, shape: impl Into<Shape>) -> View<T, B> {
            self.look(ops::View::Expand(shape.into()))
        }

        /// The elements where the index along `second` minus the index along `first` is `offset`, as a last axis.
        ///
        /// # Panics
        /// If the axes do not exist or are the same.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::arange(0.0, 9.0, 1.0).reshape([3, 3]).into_tensor();
        /// assert_eq!(x.diagonal(0, 0, 1).to_vec(), [0.0, 4.0, 8.0]);
        /// assert_eq!(x.diagonal(1, 0, 1).to_vec(), [1.0, 5.0]);
        /// ```
        fn diagonal | try_diagonal (&self, offset: isize, first: impl Int, second: impl Int) -> View<T, B> {
            let first = resolve_axis("diagonal", first.to_isize(), self.rank())?;
            let second = resolve_axis("diagonal", second.to_isize(), self.rank())?;
            self.look(ops::View::Diagonal { offset, first, second })
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
            let axis = resolve_axis("unfold", axis.to_isize(), self.rank())?;
            self.look(ops::View::Unfold { axis, size, step })
        }

        /// Backwards along `axis`.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new([1.0, 2.0, 3.0]).flip(0).to_vec(), [3.0, 2.0, 1.0]);
        /// ```
        fn flip | try_flip (&self, axis: impl Int) -> View<T, B> {
            let axis = resolve_axis("flip", axis.to_isize(), self.rank())?;
            let mut items = vec![SliceItem::Range { start: None, end: None, step: 1 }; axis];
            items.push(SliceItem::Range { start: None, end: None, step: -1 });
            self.look(ops::View::Slice(items))
        }

        /// `before` and `after` copies of `value` around each axis, a pair an axis.
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

    /// The matrix transposed; a vector or a number unchanged; with more axes the last two exchanged.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3]).t().shape(), [3, 2]);
    /// ```
    #[track_caller]
    pub fn t(&self) -> View<T, B> {
        let mut axes: Dims = (0..self.rank()).collect();
        if let [.., a, b] = &mut axes[..] {
            std::mem::swap(a, b);
        }
        sure(self.look(ops::View::Permute(axes)))
    }

    /// One axis with all elements in row-major order.
    #[track_caller]
    pub fn flatten(&self) -> View<T, B> {
        self.reshape([self.numel()])
    }

    /// The same elements lying in row-major order in memory; the tensor itself if they do. No operation asks for it:
    /// it is for [`as_slice`](Self::as_slice).
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
        /// Tensors one behind the other along `axis`.
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
            let Some(first) = parts.first() else { return Err(Error::value("concat", "needs at least one tensor")) };
            let axis = first.layout().axis("concat", axis.to_isize())?;
            let parts: Vec<&B::Prim<T>> = parts.iter().map(|part| &part.0).collect();
            B::concat(&parts, axis).map(Tensor)
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
