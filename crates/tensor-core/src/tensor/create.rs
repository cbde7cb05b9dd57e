//! Making tensors: from numbers, filled, counted, random.

use super::{Nested, Tensor, fallible, sure};
use crate::ops::Distribution;
use crate::random::{reserve, words};
use crate::{Array, Backend, Element, Error, Generator, Key, Num, Real, Result, Shape};

impl<T: Element, B: Backend> Tensor<T, B> {
    fallible! {
        /// A tensor of the numbers in `data`: a number, or nested arrays, slices or `Vec`s of numbers.
        ///
        /// # Panics
        /// If `data` is ragged.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::new(3.0).shape(), []);
        /// assert_eq!(Tensor::<f32, Serial>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).shape(), [2, 3]);
        /// let ragged = Tensor::<f32, Serial>::try_new(vec![vec![1.0, 2.0], vec![3.0]]);
        /// assert!(ragged.unwrap_err().to_string().contains("ragged"));
        /// ```
        fn new | try_new (data: impl Nested<T>) -> Self {
            let mut shape = Shape::new();
            data.shape(&mut shape);
            let mut elements = Vec::with_capacity(shape.numel());
            data.flatten(&shape, &mut elements)?;
            Self::try_from_slice(&elements, shape)
        }

        /// A tensor of `shape` with the elements of `data` in row-major order.
        ///
        /// # Panics
        /// If `shape` does not have as many elements as `data`.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<i32, Serial>::from_slice(&[1, 2, 3, 4, 5, 6], [2, 3]);
        /// assert_eq!(x.slice((1, 0)).item(), 4);
        /// ```
        fn from_slice | try_from_slice (data: &[T], shape: impl Into<Shape>) -> Self {
            Array::from_slice(data, shape).map(Self::from)
        }

        /// A tensor of `shape` with the elements of `data` in row-major order.
        ///
        /// # Panics
        /// If `shape` does not have as many elements as `data`.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f64, Serial>::from_vec(vec![0.0; 6], [2, 3]);
        /// assert_eq!(x.numel(), 6);
        /// ```
        fn from_vec | try_from_vec (data: Vec<T>, shape: impl Into<Shape>) -> Self {
            Self::try_from_slice(&data, shape)
        }

        /// `shape` times the same element.
        ///
        /// # Panics
        /// If `shape` has more elements than memory can address.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::full([2], 7.0).to_vec(), [7.0, 7.0]);
        /// ```
        fn full | try_full (shape: impl Into<Shape>, value: T) -> Self {
            B::fill(&shape.into(), value).map(Tensor)
        }
    }

    /// The same element, in the shape of this tensor.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::ones([2, 2]);
    /// assert_eq!(x.full_like(7.0).to_vec(), [7.0; 4]);
    /// ```
    #[track_caller]
    pub fn full_like(&self, value: T) -> Self {
        Self::full(self.shape(), value)
    }
}

impl<T: Num, B: Backend> Tensor<T, B> {
    fallible! {
        /// All 0.
        ///
        /// # Panics
        /// If `shape` has more elements than memory can address.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::zeros([2, 2]).to_vec(), [0.0; 4]);
        /// ```
        fn zeros | try_zeros (shape: impl Into<Shape>) -> Self {
            Self::try_full(shape, T::zero())
        }

        /// All 1.
        ///
        /// # Panics
        /// If `shape` has more elements than memory can address.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// let x = Tensor::<f32, Serial>::ones([100, 2]);
        /// assert_eq!(x.sum().item(), 200.0);
        /// ```
        fn ones | try_ones (shape: impl Into<Shape>) -> Self {
            Self::try_full(shape, T::one())
        }

        /// The identity matrix of size `n`: 1 on the diagonal, 0 elsewhere.
        ///
        /// # Panics
        /// If the matrix has more elements than memory can address.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::eye(2).to_vec(), [1.0, 0.0, 0.0, 1.0]);
        /// ```
        fn eye | try_eye (n: usize) -> Self {
            let zeros = Self::try_zeros([n, n])?;
            let diagonal = crate::ops::View::Diagonal { offset: 0, first: 0, second: 1 };
            B::view_assign(crate::Arg::Own(&mut zeros.into_prim()), &diagonal, crate::Arg::Scalar(T::one())).map(Tensor)
        }

        /// `start`, `start + step`, … up to but without `end`: ⌈(end − start) / step⌉ numbers.
        ///
        /// # Panics
        /// If `step` is 0, or a bound is not finite, or there are too many numbers.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<i64, Serial>::arange(0, 5, 2).to_vec(), [0, 2, 4]);
        /// assert_eq!(Tensor::<f32, Serial>::arange(1.0, 0.0, -0.25).to_vec(), [1.0, 0.75, 0.5, 0.25]);
        /// ```
        fn arange | try_arange (start: T, end: T, step: T) -> Self {
            let number = |x: T| x.to_f64().filter(|x| x.is_finite());
            let (Some(first), Some(last), Some(by)) = (number(start), number(end), number(step)) else {
                return Err(Error::value("arange", format!("{start}, {end} and {step} must be finite")));
            };
            if by == 0.0 {
                return Err(Error::value("arange", "a step of 0 never arrives"));
            }
            let count = ((last - first) / by).ceil().max(0.0);
            if count >= isize::MAX as f64 {
                return Err(Error::value("arange", format!("{count:e} numbers are more than memory can address")));
            }
            // Each from its place, so that rounding does not add up; a whole number is exact in double precision or
            // wraps as integers do.
            let mut place = T::zero();
            let elements: Vec<T> = (0..count as usize)
                .map(|i| match T::from(first + by * i as f64) {
                    Some(x) if T::DTYPE != crate::DType::I64 => x,
                    _ => {
                        let x = start + place;
                        place = place + step;
                        x
                    }
                })
                .collect();
            Self::try_from_slice(&elements, [elements.len()])
        }
    }

    /// All 0, in the shape of this tensor.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::ones([2]).zeros_like().to_vec(), [0.0, 0.0]);
    /// ```
    #[track_caller]
    pub fn zeros_like(&self) -> Self {
        Self::zeros(self.shape())
    }

    /// All 1, in the shape of this tensor.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor};
    /// assert_eq!(Tensor::<f32, Serial>::zeros([2]).ones_like().to_vec(), [1.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn ones_like(&self) -> Self {
        Self::ones(self.shape())
    }
}

/// Draws with words of the stream that `reserve` sets aside.
fn draw<T: Element, B: Backend>(
    reserve: impl FnOnce(u64) -> Key,
    shape: impl Into<Shape>,
    distribution: Distribution<T>,
) -> Result<Tensor<T, B>> {
    let shape = shape.into();
    let key = reserve(words::<T>(shape.numel()));
    B::random(&shape, distribution, key).map(Tensor)
}

macro_rules! random {
    ($($(#[$doc:meta])* $name:ident $with:ident $($like:ident)? ($($arg:ident: $ty:ty),*) $distribution:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name($($arg: $ty,)* shape: impl Into<Shape>) -> Self {
            sure(draw(reserve, shape, $distribution))
        }

        #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), ") drawn from a generator of one's own.")]
        #[track_caller]
        pub fn $with(generator: &mut Generator, $($arg: $ty,)* shape: impl Into<Shape>) -> Self {
            sure(draw(|words| generator.reserve(words), shape, $distribution))
        }

        $(
            #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), ") in the shape of this tensor.")]
            #[track_caller]
            pub fn $like(&self) -> Self {
                Self::$name(self.shape())
            }
        )?
    )* };
}

impl<T: Real, B: Backend> Tensor<T, B> {
    random! {
        /// Random numbers from the uniform distribution on 0 ≤ x < 1.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor, manual_seed};
        /// manual_seed(0);
        /// let x = Tensor::<f32, Serial>::rand([1000]);
        /// assert!(x.ge(0.0).and(&x.lt(1.0)).all());
        /// assert!((x.mean().item() - 0.5).abs() < 0.05);
        /// ```
        rand rand_with rand_like () Distribution::Uniform { low: T::zero(), high: T::one() };

        /// Random numbers from the normal distribution of mean 0 and standard deviation 1.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor, manual_seed};
        /// manual_seed(0);
        /// let x = Tensor::<f32, Serial>::randn([1000]);
        /// assert!(x.mean().item().abs() < 0.1);
        /// ```
        randn randn_with randn_like () Distribution::Normal { mean: T::zero(), std: T::one() };
    }

    fallible! {
        /// `count` numbers evenly spaced from `start` to `end`, both included.
        ///
        /// # Panics
        /// If there are more than memory can address.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor};
        /// assert_eq!(Tensor::<f32, Serial>::linspace(0.0, 1.0, 5).to_vec(), [0.0, 0.25, 0.5, 0.75, 1.0]);
        /// ```
        fn linspace | try_linspace (start: T, end: T, count: usize) -> Self {
            crate::Layout::contiguous(Shape::from(count))?;
            let step = (end - start) / T::from_f64(count.saturating_sub(1).max(1) as f64);
            // The second half is counted from the end, so that the last number is `end` itself.
            let at = |i: usize| match i {
                i if i < count.div_ceil(2) => start + step * T::from_f64(i as f64),
                i => end - step * T::from_f64((count - 1 - i) as f64),
            };
            let elements: Vec<T> = (0..count).map(at).collect();
            Self::try_from_slice(&elements, [count])
        }
    }
}

impl<B: Backend> Tensor<i64, B> {
    random! {
        /// Random whole numbers, each of `low ≤ i < high` equally likely.
        ///
        /// # Panics
        /// If `high` is not above `low`.
        ///
        /// ```
        /// # use tensor_core::{Serial, Tensor, manual_seed};
        /// manual_seed(0);
        /// let index = Tensor::<i64, Serial>::randint(0, 100, [64]);
        /// assert!(index.to_vec().iter().all(|i| (0..100).contains(i)));
        /// ```
        randint randint_with (low: i64, high: i64) Distribution::Uniform { low, high };
    }

    /// The numbers 0 … `n` − 1 in random order.
    ///
    /// ```
    /// # use tensor_core::{Serial, Tensor, manual_seed};
    /// manual_seed(0);
    /// let mut order = Tensor::<i64, Serial>::randperm(5).to_vec();
    /// order.sort();
    /// assert_eq!(order, [0, 1, 2, 3, 4]);
    /// ```
    #[track_caller]
    pub fn randperm(n: usize) -> Self {
        sure(draw(reserve, [n], Distribution::Permutation))
    }

    /// [`randperm`](Self::randperm) drawn from a generator of one's own.
    ///
    /// ```
    /// # use tensor_core::{Generator, Serial, Tensor};
    /// let order = Tensor::<i64, Serial>::randperm_with(&mut Generator::new(1), 5);
    /// assert_eq!(order.sum().item(), 10);
    /// ```
    #[track_caller]
    pub fn randperm_with(generator: &mut Generator, n: usize) -> Self {
        sure(draw(|words| generator.reserve(words), [n], Distribution::Permutation))
    }
}

/// A number becomes a tensor of rank 0.
impl<T: Element, B: Backend> From<T> for Tensor<T, B> {
    fn from(value: T) -> Self {
        Self::full([], value)
    }
}
