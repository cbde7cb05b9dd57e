//! Writing in place: methods whose names end in an underscore, on tensors and on parts of them, and `+=` and its kind.

use super::brackets::{IndexItem, Plan};
use super::{Operand, Tensor};
use crate::layout::broadcast_shapes;
use crate::ops::{self, Binary, BinaryReal, Distribution, Scatter};
use crate::random::{reserve, words};
use crate::{Arg, Backend, BackendArg, Element, Error, Generator, Key, Num, Real, Result, Shape};
use std::ops::{AddAssign, DivAssign, MulAssign, SubAssign};

/// A part of a tensor, borrowed for writing: what [`Tensor::slice_mut`] and [`Tensor::index_mut`] return. It has the
/// methods of [`Tensor`] that write in place.
///
/// ```
/// # use tensor_core::{Serial, Tensor};
/// let mut x = Tensor::<f32, Serial>::ones([2, 2]);
/// let mut column = x.slice_mut((.., 1));
/// column += 1.0;
/// column.mul_(10.0).sub_(5.0);
/// assert_eq!(x.to_vec(), [1.0, 15.0, 1.0, 15.0]);
/// ```
#[must_use]
pub struct SliceMut<'a, T: Element, B: Backend> {
    base: &'a mut Tensor<T, B>,
    place: Place,
}

/// Which elements of a tensor are written.
enum Place {
    Whole,
    View(ops::View),
    Index(Vec<IndexItem>),
}

impl<'a, T: Element, B: Backend> SliceMut<'a, T, B> {
    pub(super) fn new(base: &'a mut Tensor<T, B>, view: ops::View) -> Self {
        SliceMut { base, place: Place::View(view) }
    }

    pub(super) fn by_index(base: &'a mut Tensor<T, B>, items: Vec<IndexItem>) -> Self {
        SliceMut { base, place: Place::Index(items) }
    }

    fn whole(base: &'a mut Tensor<T, B>) -> Self {
        SliceMut { base, place: Place::Whole }
    }

    fn shape(&self) -> Result<Shape> {
        match &self.place {
            Place::Whole => Ok(self.base.shape_owned().clone()),
            Place::View(view) => Ok(self.base.layout().view(view)?.expect("a slice needs no copy").shape().clone()),
            Place::Index(items) => Ok(Plan::new(self.base.layout(), items)?.shape()),
        }
    }

    /// What is written must broadcast to its place, and not the place to it.
    fn check(&self, op: &'static str, src: &BackendArg<'_, T, B>) -> Result<()> {
        let src = src.prim().map(|src| B::as_array(src).shape());
        if let Place::Whole = self.place
            && src.is_none_or(|shape| shape == self.base.shape_owned())
        {
            return Ok(());
        }
        let place = self.shape()?;
        let Some(shape) = src else { return Ok(()) };
        if place == *shape || broadcast_shapes(op, &place, shape)? == place {
            return Ok(());
        }
        let hint = "what is written must have the shape of its place, or broadcast to it";
        Err(Error::shape(op, &[&place, shape], hint))
    }

    fn assign(&mut self, op: &'static str, src: impl Operand<T, B>) -> Result<()> {
        src.with(|src| {
            self.check(op, &src)?;
            let whole = ops::View::Slice(Vec::new());
            let view = match &self.place {
                Place::Whole => &whole,
                Place::View(view) => view,
                Place::Index(items) => {
                    let plan = Plan::new(self.base.layout(), items)?;
                    return plan.update(Scatter::Assign, self.base, src);
                }
            };
            B::update(&mut self.base.0, |x| B::view_assign(x, view, src))
        })
    }

    /// Puts what `verb` makes of the place and `src` into the place.
    fn join(
        &mut self,
        op: &'static str,
        src: impl Operand<T, B>,
        verb: impl FnOnce(BackendArg<'_, T, B>, BackendArg<'_, T, B>) -> Result<B::Prim<T>>,
    ) -> Result<()> {
        src.with(|src| {
            self.check(op, &src)?;
            let view = match &self.place {
                Place::Whole => return B::update(&mut self.base.0, |x| verb(x, src)),
                Place::View(view) => view,
                Place::Index(items) => {
                    let plan = Plan::new(self.base.layout(), items)?;
                    let mut new = verb(Arg::Own(&mut plan.read::<T, B>(&self.base.0)?), src)?;
                    return plan.update(Scatter::Assign, self.base, Arg::Own(&mut new));
                }
            };
            B::update(&mut self.base.0, |x| {
                // The part, which shares the buffer, is gone again before the write, so that this happens in place.
                let mut new = {
                    let mut part = B::view(x.prim().expect("a tensor is updated"), view)?;
                    verb(Arg::Own(&mut part), src)?
                };
                B::view_assign(x, view, Arg::Own(&mut new))
            })
        })
    }

    fn add(&mut self, src: impl Operand<T, B>) -> Result<()>
    where
        T: Num,
    {
        if !matches!(self.place, Place::View(_)) {
            return self.join("add_", src, |x, src| B::binary(Binary::Add, x, src));
        }
        // Added at once: the gradient of this costs as much as the part, not as the whole tensor.
        src.with(|src| {
            self.check("add_", &src)?;
            let Place::View(view) = &self.place else { unreachable!("found a view") };
            B::update(&mut self.base.0, |x| B::view_add(x, view, src))
        })
    }

    fn draw(&mut self, reserve: impl FnOnce(u64) -> Key, distribution: Distribution<T>) -> Result<()> {
        let shape = self.shape()?;
        let key = reserve(words::<T>(shape.numel()));
        self.assign("random", Tensor(B::random(&shape, distribution, key)?))
    }
}

/// Each line becomes `name`, which panics with the error, and `try_name`, which returns it, on `Tensor` and `SliceMut`.
macro_rules! in_place {
    ($bound:ident: $($(#[$doc:meta])* fn $name:ident | $try:ident ($($arg:ident: $ty:ty),*) = |$place:ident| $body:expr;)*) => {
        impl<T: $bound, B: Backend> Tensor<T, B> { $(
            $(#[$doc])*
            ///
            /// # Panics
            /// If the operand does not broadcast to the place it is written to, if the tensor is a leaf that requires a
            /// gradient and `no_grad` is not in force, or if it was computed from one and `no_grad` is.
            #[track_caller]
            #[inline]
            pub fn $name(&mut self $(, $arg: $ty)*) -> &mut Self {
                match self.$try($($arg),*) {
                    Ok(this) => this,
                    Err(error) => error.panic(),
                }
            }

            #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), "), with the error returned instead of a panic; nothing is changed then.")]
            #[inline]
            pub fn $try(&mut self $(, $arg: $ty)*) -> Result<&mut Self> {
                let $place = &mut SliceMut::whole(self);
                $body?;
                Ok(self)
            }
        )* }

        impl<T: $bound, B: Backend> SliceMut<'_, T, B> { $(
            #[doc = concat!("[`Tensor::", stringify!($name), "`] on this part.")]
            ///
            /// # Panics
            /// As there, and if the index of the part is out of range.
            #[track_caller]
            #[inline]
            pub fn $name(&mut self $(, $arg: $ty)*) -> &mut Self {
                match self.$try($($arg),*) {
                    Ok(this) => this,
                    Err(error) => error.panic(),
                }
            }

            #[doc = concat!("[`Tensor::", stringify!($try), "`] on this part.")]
            #[inline]
            pub fn $try(&mut self $(, $arg: $ty)*) -> Result<&mut Self> {
                let $place = &mut *self;
                $body?;
                Ok(self)
            }
        )* }
    };
}

in_place! { Element:
    /// Sets every element to `value`.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::ones([2]);
    /// x.fill_(3.0);
    /// assert_eq!(x.to_vec(), [3.0, 3.0]);
    /// ```
    fn fill_ | try_fill_ (value: T) = |place| place.assign("fill_", value);

    /// Copies the elements of `src`, broadcast, into this tensor.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::ones([2, 2]);
    /// x.copy_(&Tensor::new([1.0, 2.0]));
    /// assert_eq!(x.to_vec(), [1.0, 2.0, 1.0, 2.0]);
    /// ```
    fn copy_ | try_copy_ (src: impl Operand<T, B>) = |place| place.assign("copy_", src);
}

in_place! { Num:
    /// Sets every element to 0.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::ones([2]);
    /// x.zero_();
    /// assert_eq!(x.to_vec(), [0.0, 0.0]);
    /// ```
    fn zero_ | try_zero_ () = |place| place.assign("zero_", T::zero());

    /// Adds `src`, broadcast; the operator `+=`.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::ones([2]);
    /// x += 1.0;
    /// assert_eq!(x.add_(&Tensor::new([0.0, 1.0])).to_vec(), [2.0, 3.0]);
    /// ```
    fn add_ | try_add_ (src: impl Operand<T, B>) = |place| place.add(src);

    /// Subtracts `src`, broadcast; the operator `-=`.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut a = Tensor::<f32, Serial>::new([3.0, 2.0]);
    /// let (lr, grad) = (0.5, Tensor::<f32, Serial>::new([2.0, 4.0]));
    /// a.sub_(lr * &grad);
    /// assert_eq!(a.to_vec(), [2.0, 0.0]);
    /// ```
    fn sub_ | try_sub_ (src: impl Operand<T, B>) = |place| place.join("sub_", src, |x, src| B::binary(Binary::Sub, x, src));

    /// Multiplies by `src`, broadcast; the operator `*=`.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::new([1.0, 2.0]);
    /// x.mul_(3.0);
    /// assert_eq!(x.to_vec(), [3.0, 6.0]);
    /// ```
    fn mul_ | try_mul_ (src: impl Operand<T, B>) = |place| place.join("mul_", src, |x, src| B::binary(Binary::Mul, x, src));
}

in_place! { Real:
    /// Divides by `src`, broadcast; the operator `/=`.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::new([1.0, 2.0]);
    /// x.div_(2.0);
    /// assert_eq!(x.to_vec(), [0.5, 1.0]);
    /// ```
    fn div_ | try_div_ (src: impl Operand<T, B>)
        = |place| place.join("div_", src, |x, src| B::binary_real(BinaryReal::Div, x, src));

    /// Fills with random numbers from the uniform distribution on `low ≤ x < high`.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor, manual_seed};
    /// manual_seed(0);
    /// let mut x = Tensor::<f32, Serial>::zeros([100]);
    /// x.uniform_(-1.0, 1.0);
    /// assert!(x.abs().le(1.0).all());
    /// ```
    fn uniform_ | try_uniform_ (low: T, high: T)
        = |place| place.draw(reserve, Distribution::Uniform { low, high });

    /// [`uniform_`](Self::uniform_) drawn from a generator of one's own.
    ///
    /// ```
    /// # use tensor_core::{Generator, Serial, Tensor};
    /// let mut x = Tensor::<f32, Serial>::zeros([100]);
    /// x.uniform_with_(&mut Generator::new(1), -1.0, 1.0);
    /// assert!(x.abs().le(1.0).all());
    /// ```
    fn uniform_with_ | try_uniform_with_ (generator: &mut Generator, low: T, high: T)
        = |place| place.draw(|words| generator.reserve(words), Distribution::Uniform { low, high });

    /// Fills with random numbers from the normal distribution of this mean and standard deviation.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// # tensor_core::manual_seed(0);
    /// let mut x = Tensor::<f64, Serial>::zeros([10_000]);
    /// x.normal_(5.0, 0.1);
    /// assert!((x.mean().item() - 5.0).abs() < 0.01);
    /// ```
    fn normal_ | try_normal_ (mean: T, std: T)
        = |place| place.draw(reserve, Distribution::Normal { mean, std });

    /// [`normal_`](Self::normal_) drawn from a generator of one's own.
    ///
    /// ```
    /// # use tensor_core::{Generator, Serial, Tensor};
    /// let mut x = Tensor::<f64, Serial>::zeros([10_000]);
    /// x.normal_with_(&mut Generator::new(1), 5.0, 0.1);
    /// assert!((x.mean().item() - 5.0).abs() < 0.01);
    /// ```
    fn normal_with_ | try_normal_with_ (generator: &mut Generator, mean: T, std: T)
        = |place| place.draw(|words| generator.reserve(words), Distribution::Normal { mean, std });
}

macro_rules! assignment {
    ($($trait:ident $method:ident $bound:ident $call:ident;)*) => { $(
        impl<T: $bound, B: Backend, R: Operand<T, B>> $trait<R> for Tensor<T, B> {
            #[track_caller]
            fn $method(&mut self, rhs: R) {
                self.$call(rhs);
            }
        }

        impl<T: $bound, B: Backend, R: Operand<T, B>> $trait<R> for SliceMut<'_, T, B> {
            #[track_caller]
            fn $method(&mut self, rhs: R) {
                self.$call(rhs);
            }
        }
    )* };
}
assignment! {
    AddAssign add_assign Num add_;
    SubAssign sub_assign Num sub_;
    MulAssign mul_assign Num mul_;
    DivAssign div_assign Real div_;
}
