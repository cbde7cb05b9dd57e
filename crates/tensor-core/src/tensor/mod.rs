//! The tensor: one API over every element type and every backend.
//!
//! * [`create`](self) — from numbers, filled, random: `create.rs`
//! * operators and what they accept: `arith.rs`, `operand.rs`
//! * functions of elements: `math.rs`; of pairs: `pairs.rs`; of neural networks: `activation.rs`; questions: `truth.rs`
//! * products: `product.rs`; linear algebra: `linalg/`
//! * along axes: `reduce.rs`, `moments.rs`, `norm.rs`, `count.rs`, `scan.rs`, `sort.rs`; finding: `search.rs`
//! * other looks at the same elements: `shape.rs`, `axes.rs`, `diagonal.rs`; repeated: `repeat.rs`
//! * taken apart: `split.rs`; side by side: `join.rs`; lists of sizes and axes: `sizes.rs`
//! * parts, rows and elements by index: `index.rs`; what `x[…]` can say, for reading and writing: `brackets.rs`; joined
//!   into places: `scatter.rs`; by masks: `mask.rs`
//! * writing in place: `inplace.rs`
//! * printing: `display.rs`
//! * arrays of the `ndarray` crate: `ndarray.rs`

mod activation;
mod arith;
mod axes;
mod brackets;
mod count;
mod create;
mod diagonal;
mod display;
mod index;
mod inplace;
mod join;
mod linalg;
mod mask;
mod math;
mod moments;
#[cfg(feature = "ndarray")]
mod ndarray;
mod nested;
mod norm;
mod operand;
mod pairs;
mod product;
mod reduce;
mod repeat;
mod scan;
mod scatter;
mod search;
mod shape;
mod sizes;
mod sort;
mod split;
mod truth;

pub use brackets::{IndexItem, IntoIndex};
pub use inplace::SliceMut;
pub use join::Indexing;
pub use linalg::{Contraction, Norm, einsum, try_einsum};
pub use nested::Nested;
pub use operand::{Operand, View};
pub use reduce::{IntoAxes, mse, try_mse};
pub use search::Unique;
pub use sizes::{IntoReshape, Ints};
pub use sort::QuantileMethod;

use crate::{Array, Backend, DType, Element, Error, Layout, Result, Serial, Shape};

/// A tensor of elements `T`, computed by backend `B`.
///
/// Tensors are values: cloning is cheap (the buffer is shared), and writing to one is never seen through another. A
/// buffer with one owner is written in place, a shared one is copied first.
///
/// ```
/// use tensor_core::{Serial, Tensor};
/// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
/// let mut y = x.clone();
/// y.add_(10.0);
/// assert_eq!(x.to_vec(), [1.0, 2.0, 3.0, 4.0]);
/// assert_eq!(y.to_vec(), [11.0, 12.0, 13.0, 14.0]);
/// ```
#[derive(Clone)]
#[must_use]
pub struct Tensor<T: Element = f32, B: Backend = Serial>(B::Prim<T>);

/// Makes the two forms of a call whose success depends on its arguments: `name` panics at the caller's line with the
/// error's message, `try_name` returns it. The body is that of `try_name`.
macro_rules! fallible {
    ($($(#[$doc:meta])* fn $name:ident | $try:ident $([$g:ident: $bound:path])? (&$self:ident $(, $arg:ident: $ty:ty)*) -> $out:ty $body:block)*) => { $(
        $(#[$doc])*
        #[track_caller]
        #[inline]
        pub fn $name $(<$g: $bound>)? (&$self $(, $arg: $ty)*) -> $out {
            match $self.$try($($arg),*) {
                Ok(value) => value,
                Err(error) => error.panic(),
            }
        }

        #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), "), with the error returned instead of a panic.")]
        #[inline]
        pub fn $try $(<$g: $bound>)? (&$self $(, $arg: $ty)*) -> Result<$out> $body
    )* };
    ($($(#[$doc:meta])* fn $name:ident | $try:ident ($($arg:ident: $ty:ty),*) -> $out:ty $body:block)*) => { $(
        $(#[$doc])*
        #[track_caller]
        #[inline]
        pub fn $name($($arg: $ty),*) -> $out {
            match Self::$try($($arg),*) {
                Ok(value) => value,
                Err(error) => error.panic(),
            }
        }

        #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), "), with the error returned instead of a panic.")]
        #[inline]
        pub fn $try($($arg: $ty),*) -> Result<$out> $body
    )* };
}
use fallible;

/// The value of an operation that its arguments cannot make fail.
#[track_caller]
#[inline]
fn sure<V>(result: Result<V>) -> V {
    match result {
        Ok(value) => value,
        Err(error) => error.panic(),
    }
}

impl<T: Element, B: Backend> Tensor<T, B> {
    /// A tensor around a backend's value.
    #[inline]
    pub fn from_prim(prim: B::Prim<T>) -> Self {
        Tensor(prim)
    }

    /// The backend's value.
    #[inline]
    pub fn prim(&self) -> &B::Prim<T> {
        &self.0
    }

    /// The backend's value, for a decorator that changes what it has added to it. Elements are changed through the
    /// methods whose names end in an underscore.
    #[inline]
    pub fn prim_mut(&mut self) -> &mut B::Prim<T> {
        &mut self.0
    }

    /// The backend's value, taken out.
    #[inline]
    pub fn into_prim(self) -> B::Prim<T> {
        self.0
    }

    /// The elements in memory.
    #[inline]
    pub fn array(&self) -> &Array<T> {
        B::as_array(&self.0)
    }

    /// Shape, strides and offset.
    #[inline]
    pub fn layout(&self) -> &Layout {
        self.array().layout()
    }

    /// The size of each axis; `[]` for a single number.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3]).shape(), [2, 3]);
    /// ```
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.layout().shape()
    }

    /// The number of axes: 0 for a number, 1 for a vector, 2 for a matrix, 3 for an image.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3]).rank(), 2);
    /// ```
    #[inline]
    pub fn rank(&self) -> usize {
        self.layout().rank()
    }

    /// The number of elements.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3]).numel(), 6);
    /// ```
    #[inline]
    pub fn numel(&self) -> usize {
        self.layout().numel()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        T::DTYPE
    }

    fallible! {
        /// The size of one axis; negative axes count from the end.
        ///
        /// # Panics
        /// If there is no such axis.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::ones([2, 3]).size(-1), 3);
        /// ```
        fn size | try_size (&self, axis: impl crate::Int) -> usize {
            Ok(self.shape()[self.layout().axis("size", axis.to_isize())?])
        }

        /// The one element of a tensor that has just one.
        ///
        /// # Panics
        /// If there are more or none.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let loss = Tensor::<f32, Serial>::new([1.0, 3.0]).mean();
        /// assert_eq!(loss.item(), 2.0);
        /// ```
        fn item | try_item (&self) -> T {
            if self.numel() != 1 {
                let hint = "has not one element; reduce it first, or take one by `slice`";
                return Err(Error::shape("item", &[self.layout().shape()], hint));
            }
            Ok(match self.array().as_slice() {
                Some(one) => one[0],
                None => self.array().to_vec()[0],
            })
        }
    }

    /// The elements, copied in row-major order.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.t().to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    pub fn to_vec(&self) -> Vec<T> {
        self.array().to_vec()
    }

    /// The elements in row-major order, if they lie so in memory; see [`contiguous`](Self::contiguous).
    pub fn as_slice(&self) -> Option<&[T]> {
        self.array().as_slice()
    }

    /// The same value cut off from the graph that computed it: a constant. On a backend without gradients the tensor
    /// itself.
    pub fn detach(&self) -> Self {
        Tensor(B::detach(&self.0))
    }

    /// The elements in another type, as Rust's `as` converts them; to `bool`, whether they differ from 0.
    ///
    /// Between real types this is recorded for the gradient; otherwise the result is a constant.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let labels = Tensor::<i64, Serial>::new([0, 2, 1]);
    /// assert_eq!(labels.cast::<f32>().mean().item(), 1.0);
    /// ```
    #[track_caller]
    pub fn cast<U: Element>(&self) -> Tensor<U, B> {
        Tensor(sure(B::cast(&self.0)))
    }

    /// The same elements as a constant of another backend.
    pub fn to_backend<C: Backend>(&self) -> Tensor<T, C> {
        Tensor(C::from_array(self.array().clone()))
    }

    pub(crate) fn shape_owned(&self) -> &Shape {
        self.layout().shape()
    }
}

impl<T: Element, B: Backend> From<Array<T>> for Tensor<T, B> {
    fn from(array: Array<T>) -> Self {
        Tensor(B::from_array(array))
    }
}
