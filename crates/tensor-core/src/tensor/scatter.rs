//! Values joined into places: element by element, slice by slice, into a view.

use super::{Operand, Tensor, View, fallible};
use crate::layout::resolve_axis;
use crate::ops::{self, Scatter};
use crate::slice::{Int, IntoSlice, SliceItem};
use crate::{Arg, Backend, BackendArg, Element, Error, Num, Real, Result, Shape};

impl<T: Element, B: Backend> Tensor<T, B> {
    fallible! {
        /// The tensor with each `src[i, j, …]` in place of `x[i, index[i, j, …], …]`; of several for one place the last
        /// wins, and takes the gradient. The source can be a number.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let index = Tensor::<i64, Serial>::new([[1], [0]]);
        /// assert_eq!(Tensor::<f32, Serial>::zeros([2, 2]).scatter(1, &index, 5.0).to_vec(), [0.0, 5.0, 5.0, 0.0]);
        /// ```
        fn scatter | try_scatter (&self, axis: impl Int, index: &Tensor<i64, B>, src: impl Operand<T, B>) -> Self {
            self.scatter_with(Scatter::Assign, axis.to_isize(), index, &source(index, src)?)
        }

        /// The tensor with each `src[i, j, …]` added to `x[i, index[i, j, …], …]`. The source can be a number.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let index = Tensor::<i64, Serial>::new([[1], [0]]);
        /// let one_hot = Tensor::<f32, Serial>::zeros([2, 2]).scatter_add(1, &index, &Tensor::ones([2, 1]));
        /// assert_eq!(one_hot.to_vec(), [0.0, 1.0, 1.0, 0.0]);
        /// ```
        fn scatter_add | try_scatter_add (&self, axis: impl Int, index: &Tensor<i64, B>, src: impl Operand<T, B>) -> Self {
            self.scatter_with(Scatter::Add, axis.to_isize(), index, &source(index, src)?)
        }

        /// The tensor with the slices of `src` in place of those along `axis` that `index` names; of several for one place
        /// the last wins.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::zeros([3]).index_copy(0, &Tensor::new([2, 0]), &Tensor::new([5, 6]));
        /// assert_eq!(x.to_vec(), [6, 0, 5]);
        /// ```
        fn index_copy | try_index_copy (&self, axis: impl Int, index: &Tensor<i64, B>, src: &Self) -> Self {
            let (index, src) = self.slices("index_copy", axis.to_isize(), index, |_| Ok(src.clone()))?;
            self.scatter_with(Scatter::Assign, axis.to_isize(), &index, &src)
        }

        /// The tensor with one value in all slices along `axis` that `index` names: a number, or a tensor of rank 0.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the value is not a single number.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::zeros([2, 2]);
        /// assert_eq!(x.index_fill(1, &Tensor::new([-1]), 3.0).to_vec(), [0.0, 3.0, 0.0, 3.0]);
        /// ```
        fn index_fill | try_index_fill (&self, axis: impl Int, index: &Tensor<i64, B>, value: impl Operand<T, B>) -> Self {
            let (index, src) = self.slices("index_fill", axis.to_isize(), index, filled(value))?;
            self.scatter_with(Scatter::Assign, axis.to_isize(), &index, &src)
        }

        /// The tensor with `src` in place of what [`slice`](Self::slice) of the same index shows.
        ///
        /// # Panics
        /// As [`slice`](Self::slice), and if `src` does not have the shape of the part.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::zeros([4]).slice_scatter(1..3, &Tensor::new([5, 6]));
        /// assert_eq!(x.to_vec(), [0, 5, 6, 0]);
        /// ```
        fn slice_scatter | try_slice_scatter (&self, index: impl IntoSlice, src: &Self) -> Self {
            self.replaced("slice_scatter", ops::View::Slice(index.into_items()), src)
        }

        /// The tensor with `src` in place of what stands at `index` of `axis`; see [`index_axis`](Self::index_axis).
        ///
        /// # Panics
        /// If there is no such axis or index, or `src` does not have the shape of the part.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i64, Serial>::zeros([2, 2]).select_scatter(&Tensor::new([5, 6]), 1, -1);
        /// assert_eq!(x.to_vec(), [0, 5, 0, 6]);
        /// ```
        fn select_scatter | try_select_scatter (&self, src: &Self, axis: impl Int, index: impl Int) -> Self {
            let axis = resolve_axis("select_scatter", axis.to_isize(), self.rank())?;
            let mut items = vec![SliceItem::from(..); axis];
            items.push(index.into());
            self.replaced("select_scatter", ops::View::Slice(items), src)
        }
    }

    /// Joins elements of `src` into the places along `axis` that `index` names.
    pub(super) fn scatter_with(&self, op: Scatter, axis: isize, index: &Tensor<i64, B>, src: &Self) -> Result<Self> {
        scattered(op, Arg::Ref(&self.0), axis, index, src).map(Tensor)
    }

    /// The same in place.
    fn scatter_in(&mut self, op: Scatter, axis: isize, index: &Tensor<i64, B>, src: &Self) -> Result<()> {
        B::update(&mut self.0, |x| scattered(op, x, axis, index, src))
    }

    /// What [`scatter_with`](Self::scatter_with) takes to join slices: the index of each element, and the source in its
    /// shape. The source is told the shape of the slices.
    fn slices(
        &self,
        op: &'static str,
        axis: isize,
        index: &Tensor<i64, B>,
        src: impl FnOnce(&Shape) -> Result<Self>,
    ) -> Result<(View<i64, B>, View<T, B>)> {
        let axis = resolve_axis(op, axis, self.rank().max(1))?;
        let around = self.atleast_1d();
        let around = around.shape_owned();
        let with = |sizes: &[usize]| around[..axis].iter().chain(sizes).chain(&around[axis + 1..]).copied().collect();
        // A number is a vector of one element.
        let named: Shape = if self.rank() == 0 { Shape::new() } else { with(index.shape()) };
        let flat: Shape = with(&[index.numel()]);
        let src = src(&named)?;
        let fits = if self.rank() == 0 { index.numel() == 1 && src.numel() == 1 } else { *src.shape() == named[..] };
        if !fits {
            let hint =
                format!("the source must have the tensor's shape with axis {axis} replaced by the shape of the index");
            return Err(Error::shape(op, &[&named, src.shape_owned()], hint));
        }
        let mut line = Shape::filled(1, flat.len());
        line[axis] = index.numel();
        Ok((index.try_reshape(line)?.try_expand(&flat)?, src.try_reshape(flat)?))
    }
}

/// `x` with elements of `src` joined into the places along `axis` that `index` names. Numbers count as vectors of one
/// element.
fn scattered<T: Element, B: Backend>(
    op: Scatter,
    x: BackendArg<'_, T, B>,
    axis: isize,
    index: &Tensor<i64, B>,
    src: &Tensor<T, B>,
) -> Result<B::Prim<T>> {
    let base = x.prim().expect("a tensor is written to");
    let rank = B::as_array(base).layout().rank();
    let axis = resolve_axis(op.name(), axis, rank.max(1))?;
    if index.numel() == 0 && (index.rank() != rank || src.shape() != index.shape()) {
        // No place is named, so that the shapes need not fit.
        return Ok(base.clone());
    }
    let (index, src) = (index.atleast_1d(), src.atleast_1d());
    if rank > 0 {
        return B::scatter(op, x, axis, &index.0, &src.0);
    }
    let mut line = B::view(base, &ops::View::Reshape(Shape::from(1)))?;
    let out = B::scatter(op, Arg::Own(&mut line), axis, &index.0, &src.0)?;
    B::view(&out, &ops::View::Reshape(Shape::new()))
}

/// One value in the shape it is asked for.
fn filled<T: Element, B: Backend>(value: impl Operand<T, B>) -> impl FnOnce(&Shape) -> Result<Tensor<T, B>> {
    let value = value.into_tensor();
    move |shape| match value.rank() {
        0 => value.try_expand(shape).map(View::into_tensor),
        _ => Err(Error::shape("index_fill", &[value.shape_owned()], "fills with a single number, of rank 0")),
    }
}

/// What is joined into the places that `index` names: a number as often as there are places.
fn source<T: Element, B: Backend>(index: &Tensor<i64, B>, src: impl Operand<T, B>) -> Result<Tensor<T, B>> {
    src.with(|src| match src {
        Arg::Scalar(value) => B::fill(index.shape_owned(), value),
        Arg::Ref(src) => Ok(src.clone()),
        Arg::Own(src) => Ok(src.clone()),
    })
    .map(Tensor)
}

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
        /// The tensor with each `src[i, j, …]` joined into `x[i, index[i, j, …], …]` as [`Scatter`] says: added, multiplied,
        /// or the larger or smaller kept. Without `include_self` what stood at the places that `index` names does not
        /// count. The source can be a number.
        ///
        /// Of the largest (or smallest) all that are equal share the gradient evenly.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor, ops::Scatter};
        /// let x = Tensor::<f32, Serial>::new([5.0, 5.0, 5.0]);
        /// let (index, src) = (Tensor::new([0, 0, 2]), Tensor::new([1.0, 2.0, 9.0]));
        /// assert_eq!(x.scatter_reduce(0, &index, &src, Scatter::Max, true).to_vec(), [5.0, 5.0, 9.0]);
        /// assert_eq!(x.scatter_reduce(0, &index, &src, Scatter::Max, false).to_vec(), [2.0, 5.0, 9.0]);
        /// ```
        fn scatter_reduce | try_scatter_reduce (&self, axis: impl Int, index: &Tensor<i64, B>, src: impl Operand<T, B>, op: Scatter, include_self: bool) -> Self {
            let (axis, src) = (axis.to_isize(), source(index, src)?);
            match neutral(op, &src).filter(|_| !include_self) {
                Some(neutral) => self.try_scatter(axis, index, neutral)?.scatter_with(op, axis, index, &src),
                None => self.scatter_with(op, axis, index, &src),
            }
        }

        /// The tensor with the slices of `src` joined into those along `axis` that `index` names; see
        /// [`scatter_reduce`](Self::scatter_reduce).
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor, ops::Scatter};
        /// let x = Tensor::<i64, Serial>::new([[1, 2], [3, 4]]);
        /// let doubled = x.index_reduce(0, &Tensor::new([1, 1]), &Tensor::full([2, 2], 2), Scatter::Mul, true);
        /// assert_eq!(doubled.to_vec(), [1, 2, 12, 16]);
        /// ```
        fn index_reduce | try_index_reduce (&self, axis: impl Int, index: &Tensor<i64, B>, src: &Self, op: Scatter, include_self: bool) -> Self {
            let axis = axis.to_isize();
            let base = match neutral(op, src).filter(|_| !include_self) {
                Some(neutral) => self.try_index_fill(axis, index, neutral)?,
                None => self.clone(),
            };
            let (index, src) = base.slices("index_reduce", axis, index, |_| Ok(src.clone()))?;
            base.scatter_with(op, axis, &index, &src)
        }
    }
}

/// What joined with elements of `src` changes none of them: for the maximum −∞ or, of whole numbers, the least of them.
fn neutral<T: Num, B: Backend>(op: Scatter, src: &Tensor<T, B>) -> Option<T> {
    match op {
        Scatter::Assign => None,
        Scatter::Add => Some(T::zero()),
        Scatter::Mul => Some(T::one()),
        Scatter::Max => T::from(f64::NEG_INFINITY).or_else(|| Some(src.try_min().ok()?.item())),
        Scatter::Min => T::from(f64::INFINITY).or_else(|| Some(src.try_max().ok()?.item())),
    }
}

impl<T: Real, B: Backend> Tensor<T, B> {
    fallible! {
        /// The tensor with each place that `index` names replaced by the mean of the `src[i, j, …]` that name it and, with
        /// `include_self`, of what stood there.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([6.0, 6.0]);
        /// let (index, src) = (Tensor::new([0, 0]), Tensor::new([1.0, 2.0]));
        /// assert_eq!(x.scatter_mean(0, &index, &src, true).to_vec(), [3.0, 6.0]);
        /// assert_eq!(x.scatter_mean(0, &index, &src, false).to_vec(), [1.5, 6.0]);
        /// ```
        fn scatter_mean | try_scatter_mean (&self, axis: impl Int, index: &Tensor<i64, B>, src: impl Operand<T, B>, include_self: bool) -> Self {
            let axis = axis.to_isize();
            let sum = self.try_scatter_reduce(axis, index, src, Scatter::Add, include_self)?;
            sum.try_div(self.ones_like().try_scatter_reduce(axis, index, T::one(), Scatter::Add, include_self)?)
        }

        /// The mean as [`scatter_mean`](Self::scatter_mean) takes it, of slices along `axis`.
        ///
        /// # Panics
        /// If an index is out of range, there is no such axis, or the shapes do not fit.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::new([[1.0], [5.0]]);
        /// let src = Tensor::new([[2.0], [4.0]]);
        /// assert_eq!(x.index_mean(0, &Tensor::new([0, 0]), &src, false).to_vec(), [3.0, 5.0]);
        /// ```
        fn index_mean | try_index_mean (&self, axis: impl Int, index: &Tensor<i64, B>, src: &Self, include_self: bool) -> Self {
            let axis = axis.to_isize();
            let sum = self.try_index_reduce(axis, index, src, Scatter::Add, include_self)?;
            sum.try_div(self.ones_like().try_index_reduce(axis, index, &src.ones_like(), Scatter::Add, include_self)?)
        }
    }
}

/// Each line becomes `name`, which panics with the error, and `try_name`, which returns it.
macro_rules! in_place {
    ($bound:ident: $($(#[$doc:meta])* fn $name:ident | $try:ident ($axis:ident, $index:ident, $src:ident: $ty:ty) = |$this:ident| $body:expr;)*) => {
        impl<T: $bound, B: Backend> Tensor<T, B> { $(
            $(#[$doc])*
            ///
            /// # Panics
            /// As that, if the tensor is a leaf that requires a gradient and `no_grad` is not in force, or if it was
            /// computed from one and `no_grad` is.
            #[track_caller]
            pub fn $name(&mut self, $axis: impl Int, $index: &Tensor<i64, B>, $src: $ty) -> &mut Self {
                match self.$try($axis, $index, $src) {
                    Ok(this) => this,
                    Err(error) => error.panic(),
                }
            }

            #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), "), with the error returned instead of a panic; nothing is changed then.")]
            pub fn $try(&mut self, $axis: impl Int, $index: &Tensor<i64, B>, $src: $ty) -> Result<&mut Self> {
                let ($this, $axis) = (&mut *self, $axis.to_isize());
                $body?;
                Ok(self)
            }
        )* }
    };
}

in_place! { Element:
    /// [`scatter`](Self::scatter) in place.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut one_hot = Tensor::<f32, Serial>::zeros([2, 2]);
    /// one_hot.scatter_(1, &Tensor::new([[1], [0]]), 1.0);
    /// assert_eq!(one_hot.to_vec(), [0.0, 1.0, 1.0, 0.0]);
    /// ```
    fn scatter_ | try_scatter_ (axis, index, src: impl Operand<T, B>)
        = |this| this.scatter_in(Scatter::Assign, axis, index, &source(index, src)?);

    /// [`scatter_add`](Self::scatter_add) in place.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut counts = Tensor::<f32, Serial>::zeros([3]);
    /// counts.scatter_add_(0, &Tensor::new([0, 2, 2]), &Tensor::ones([3]));
    /// assert_eq!(counts.to_vec(), [1.0, 0.0, 2.0]);
    /// ```
    fn scatter_add_ | try_scatter_add_ (axis, index, src: impl Operand<T, B>)
        = |this| this.scatter_in(Scatter::Add, axis, index, &source(index, src)?);

    /// [`index_copy`](Self::index_copy) in place.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::zeros([2, 2]);
    /// x.index_copy_(0, &Tensor::new([1]), &Tensor::new([[7.0, 8.0]]));
    /// assert_eq!(x.to_vec(), [0.0, 0.0, 7.0, 8.0]);
    /// ```
    fn index_copy_ | try_index_copy_ (axis, index, src: &Self) = |this| {
        let (index, src) = this.slices("index_copy_", axis, index, |_| Ok(src.clone()))?;
        this.scatter_in(Scatter::Assign, axis, &index, &src)
    };

    /// [`index_fill`](Self::index_fill) in place.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::zeros([2, 2]);
    /// x.index_fill_(1, &Tensor::new([0]), 7.0);
    /// assert_eq!(x.to_vec(), [7.0, 0.0, 7.0, 0.0]);
    /// ```
    fn index_fill_ | try_index_fill_ (axis, index, value: impl Operand<T, B>) = |this| {
        let (index, src) = this.slices("index_fill_", axis, index, filled(value))?;
        this.scatter_in(Scatter::Assign, axis, &index, &src)
    };
}

in_place! { Num:
    /// [`index_add`](Self::index_add) in place.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut counts = Tensor::<f32, Serial>::zeros([3]);
    /// counts.index_add_(0, &Tensor::new([0, 2, 2]), &Tensor::ones([3]));
    /// assert_eq!(counts.to_vec(), [1.0, 0.0, 2.0]);
    /// ```
    fn index_add_ | try_index_add_ (axis, index, src: &Self) = |this| match this.rank() {
        0 => {
            let (index, src) = this.slices("index_add_", axis, index, |_| Ok(src.clone()))?;
            this.scatter_in(Scatter::Add, axis, &index, &src)
        }
        rank => {
            let axis = resolve_axis("index_add_", axis, rank)?;
            B::update(&mut this.0, |x| B::index_add(x, axis, &index.0, &src.0))
        }
    };
}

impl<B: Backend> Tensor<i64, B> {
    fallible! {
        /// A last axis of size `classes` that is 1 where the class stands and 0 elsewhere; as many classes as the largest
        /// needs if `None`.
        ///
        /// # Panics
        /// If a class is negative or not below `classes`, or there is no element to tell how many there are.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let labels = Tensor::<i64, Serial>::new([1, 0]);
        /// assert_eq!(labels.one_hot(3).to_vec(), [0, 1, 0, 1, 0, 0]);
        /// assert_eq!(labels.one_hot(None).shape(), [2, 2]);
        /// ```
        fn one_hot | try_one_hot (&self, classes: impl Into<Option<usize>>) -> Self {
            let (op, labels) = ("one_hot", self.to_vec());
            let largest = labels.iter().copied().max();
            let classes = match (classes.into(), largest) {
                (Some(classes), _) => classes,
                (None, Some(largest)) => usize::try_from(largest).map_or(0, |largest| largest.saturating_add(1)),
                (None, None) => return Err(Error::value(op, "without elements the number of classes must be given")),
            };
            if let Some(wrong) = labels.iter().find(|&&label| !(0..classes as i64).contains(&label)) {
                return Err(Error::value(op, format!("there is no class {wrong} among {classes}, numbered from 0")));
            }
            let mut shape = self.shape_owned().clone();
            shape.push(classes);
            let places = self.try_unsqueeze(-1)?;
            Self::try_zeros(shape)?.try_scatter(-1, &places, 1)
        }
    }
}
