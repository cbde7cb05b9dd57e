#![doc = include_str!("../README.md")]

/// Reverse-mode differentiation: the tape, `backward`, `grad`, `Parameter`.
pub use autograd;
/// Losses, layers, initialisers.
pub use nn;
/// Update rules and optimisers.
pub use optim;
/// Tensors, backends and kernels.
pub use tensor_core;
/// What tensors take of memory, and a limit to it.
pub use tensor_core::memory;
pub use tensor_core::{Error, Result};
/// Files: `.npy`, CSV.
pub use tensor_io as io;

/// The backend that the names of this crate compute on: all threads of rayon's pool, for work that is large enough.
#[cfg(feature = "rayon")]
pub type DefaultBackend = tensor_core::Parallel;
/// The backend that the names of this crate compute on: one thread.
#[cfg(not(feature = "rayon"))]
pub type DefaultBackend = tensor_core::Serial;

/// Makes the short names for one precision.
macro_rules! names {
    ($t:ident) => {
        use std::primitive::$t as Real;

        pub use autograd::{
            Backward, BackwardOptions, GradcheckOptions, Gradient, NoGrad, accumulate, checkpoint, custom,
            detect_anomaly, dot, enable_grad, explain, functional, grad, gradcheck, gradgradcheck, is_grad_enabled,
            no_grad, profile, try_grad,
        };
        pub use nn::{Module, binary_cross_entropy_with_logits, cross_entropy, huber, init, l1, nll};
        pub use optim::{Lbfgs, LevenbergMarquardt, NewtonCg};
        pub use tensor_core::{
            Ellipsis, Generator, NewAxis, Norm, Shape, einsum, manual_seed, mse, step, try_einsum, try_mse,
        };

        use crate::DefaultBackend;
        use autograd::Autodiff;
        use tensor_core::Nested;

        /// A tensor that records what is done to it as soon as a gradient is asked for.
        pub type Tensor = tensor_core::Tensor<Real, Autodiff<DefaultBackend>>;
        /// A tensor of indices.
        pub type IndexTensor = tensor_core::Tensor<i64, Autodiff<DefaultBackend>>;
        /// A tensor of truth values.
        pub type BoolTensor = tensor_core::Tensor<bool, Autodiff<DefaultBackend>>;
        /// A look into a tensor, such as `slice` returns.
        pub type View = tensor_core::View<Real, Autodiff<DefaultBackend>>;
        /// What a model learns: a shared handle with a name, a value and a gradient.
        pub type Parameter = autograd::Parameter<Real, DefaultBackend>;
        /// Stochastic gradient descent with momentum, over parameters.
        pub type Sgd = optim::Sgd<Real, DefaultBackend>;
        /// Adam, over parameters.
        pub type Adam = optim::Adam<Real, DefaultBackend>;
        /// Adam with decoupled weight decay, over parameters.
        pub type AdamW = optim::AdamW<Real, DefaultBackend>;
        /// The layer y = x Wᵀ + b.
        pub type Linear = nn::Linear<Real, DefaultBackend>;

        /// A tensor of the numbers in `data`: a number, or nested arrays, slices or `Vec`s of numbers.
        ///
        /// # Panics
        /// If `data` is ragged.
        ///
        /// ```
        #[doc = concat!("use gradus::", stringify!($t), "::*;")]
        /// assert_eq!(tensor([[1.0, 2.0], [3.0, 4.0]]).shape(), [2, 2]);
        /// ```
        #[track_caller]
        pub fn tensor(data: impl Nested<Real>) -> Tensor {
            Tensor::new(data)
        }

        /// All 0.
        #[track_caller]
        pub fn zeros(shape: impl Into<Shape>) -> Tensor {
            Tensor::zeros(shape)
        }

        /// All 1.
        #[track_caller]
        pub fn ones(shape: impl Into<Shape>) -> Tensor {
            Tensor::ones(shape)
        }

        /// `shape` times the same number.
        #[track_caller]
        pub fn full(shape: impl Into<Shape>, value: Real) -> Tensor {
            Tensor::full(shape, value)
        }

        /// The identity matrix of size `n`.
        #[track_caller]
        pub fn eye(n: usize) -> Tensor {
            Tensor::eye(n)
        }

        /// `start`, `start + step`, … up to but without `end`.
        #[track_caller]
        pub fn arange(start: Real, end: Real, step: Real) -> Tensor {
            Tensor::arange(start, end, step)
        }

        /// `count` numbers evenly spaced from `start` to `end`, both included.
        #[track_caller]
        pub fn linspace(start: Real, end: Real, count: usize) -> Tensor {
            Tensor::linspace(start, end, count)
        }

        /// Random numbers from the uniform distribution on 0 ≤ x < 1.
        #[track_caller]
        pub fn rand(shape: impl Into<Shape>) -> Tensor {
            Tensor::rand(shape)
        }

        /// Random numbers from the normal distribution of mean 0 and standard deviation 1.
        #[track_caller]
        pub fn randn(shape: impl Into<Shape>) -> Tensor {
            Tensor::randn(shape)
        }

        /// Random whole numbers, each of `low ≤ i < high` equally likely.
        ///
        /// # Panics
        /// If `high` is not above `low`.
        #[track_caller]
        pub fn randint(low: i64, high: i64, shape: impl Into<Shape>) -> IndexTensor {
            IndexTensor::randint(low, high, shape)
        }

        /// The numbers 0 … `n` − 1 in random order.
        #[track_caller]
        pub fn randperm(n: usize) -> IndexTensor {
            IndexTensor::randperm(n)
        }
    };
}

/// The names in single precision: the same as [`prelude`].
pub mod f32 {
    names!(f32);
}

/// The names in double precision: a program changes its precision by changing this one line.
pub mod f64 {
    names!(f64);
}

/// What a program starts with: `use gradus::prelude::*;`. Single precision; [`f64`](mod@f64) has the same names in double.
pub mod prelude {
    pub use crate::f32::*;
}
