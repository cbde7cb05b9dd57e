//! Functions that networks are made of, `torch.nn.functional` by another name: over plain tensors, on any backend, and
//! differentiable to any order where the backend records.
//!
//! * [convolutions](conv1d) and [their adjoints](conv_transpose1d), [`unfold`] and [`fold`]: `conv.rs`, `fold.rs`
//! * [pooling](max_pool1d), [to a given size](adaptive_avg_pool1d), and [back](max_unpool1d): `pool.rs`, `adaptive.rs`
//! * [normalisation](batch_norm): `norm.rs`
//! * [losses](crate::functional::cross_entropy): `loss/`; [distances](cosine_similarity): `distance.rs`
//! * [`linear`], [`bilinear`], [`embedding`], [`scaled_dot_product_attention`]: `linear.rs`, `embedding.rs`, `attention.rs`
//! * [`interpolate`], [`pad`], [`pixel_shuffle`], [`dropout`]: `resize.rs`, `pad.rs`, `shuffle.rs`, `dropout.rs`
//!
//! Functions of each element, such as `gelu`, `softmax` and `one_hot` are methods of [`Tensor`].
//!
//! # Options
//!
//! What can be left out is a plain structure with a default, the last argument; a call names what it wants otherwise:
//!
//! ```
//! use nn::functional::{Conv, Padding, conv2d};
//! use tensor_core::{Serial, Tensor};
//! let (image, weight) = (Tensor::<f32, Serial>::ones([1, 3, 8, 8]), Tensor::ones([4, 3, 3, 3]));
//! assert_eq!(conv2d(&image, &weight, None, Conv::default()).shape(), [1, 4, 6, 6]);
//!
//! let halved = Conv { stride: [2, 2], padding: Padding::Zeros([1, 1]), ..Conv::default() };
//! assert_eq!(conv2d(&image, &weight, None, halved).shape(), [1, 4, 4, 4]);
//! ```
//!
//! # Shapes
//!
//! Images are `[batch, channels, height, width]`, and accordingly with one or three axes of space. Convolutions and pooling
//! also take one without the axis of the batch. Losses do not broadcast: a column against a vector is an error.
//!
//! # Errors
//!
//! Each function comes in a pair: `name` panics at the caller's line where `try_name` returns an error.

/// Makes the two forms of a function: `name` panics at the caller's line with the error's message, `try_name` returns it.
/// The body is that of `try_name`; `T` and `B` are the element type and the backend, and a lifetime may stand in brackets.
macro_rules! functions {
    ($($(#[$doc:meta])* fn $name:ident | $try:ident $([$life:lifetime])? ($($arg:ident: $ty:ty),* $(,)?) -> $out:ty $body:block)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name<$($life,)? T: tensor_core::Real, B: tensor_core::Backend>($($arg: $ty),*) -> $out {
            match $try($($arg),*) {
                Ok(value) => value,
                Err(error) => error.panic(),
            }
        }

        #[doc = concat!("[`", stringify!($name), "`], with the error returned instead of a panic.")]
        ///
        /// # Errors
        #[doc = concat!("Where `", stringify!($name), "` panics.")]
        pub fn $try<$($life,)? T: tensor_core::Real, B: tensor_core::Backend>($($arg: $ty),*) -> tensor_core::Result<$out> $body
    )* };
}
pub(crate) use functions;

/// Makes a structure of options: each line a field, its type and its default. The brackets hold the generic parameters as
/// they are declared and as they are used.
macro_rules! options {
    ($($(#[$doc:meta])* struct $name:ident [$($declared:tt)*] [$($used:tt)*] {
        $($(#[$field_doc:meta])* $field:ident: $ty:ty = $default:expr),* $(,)?
    })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<$($declared)*> { $($(#[$field_doc])* pub $field: $ty),* }

        impl<$($declared)*> Default for $name<$($used)*> {
            fn default() -> Self {
                $name { $($field: $default),* }
            }
        }
    )* };
}

mod adaptive;
mod attention;
mod conv;
mod distance;
mod dropout;
mod embedding;
mod fold;
mod linear;
mod loss;
mod norm;
mod pad;
mod pool;
mod resize;
mod shuffle;
mod window;

pub use adaptive::*;
pub use attention::*;
pub use conv::*;
pub use distance::*;
pub use dropout::*;
pub use embedding::*;
pub use fold::*;
pub use linear::*;
pub use loss::*;
pub use norm::*;
pub use pad::*;
pub use pool::*;
pub use resize::*;
pub use shuffle::*;

use tensor_core::{Backend, Real, Tensor};

/// `values`, one for each place along `axis` of a tensor of `rank` axes, shaped to broadcast against it.
fn along<T: Real, B: Backend>(values: &[f64], axis: usize, rank: usize) -> Tensor<T, B> {
    let values: Vec<T> = values.iter().map(|&v| T::from_f64(v)).collect();
    let mut shape = vec![1; rank];
    shape[axis] = values.len();
    Tensor::from_vec(values, shape)
}

/// What a vector is reshaped to, to lie along `axis` of a tensor of `rank` axes.
fn line_of(axis: usize, rank: usize) -> Vec<isize> {
    (0..rank).map(|a| if a == axis { -1 } else { 1 }).collect()
}
