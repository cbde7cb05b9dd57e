#![doc = include_str!("../README.md")]

pub mod functional;
pub mod init;
mod linear;
mod loss;
mod module;

pub use linear::Linear;
pub use loss::{
    binary_cross_entropy_with_logits, cross_entropy, huber, l1, nll, try_binary_cross_entropy_with_logits,
    try_cross_entropy, try_huber, try_l1, try_nll,
};
pub use module::{Module, join};
pub use tensor_core::{mse, try_mse};
