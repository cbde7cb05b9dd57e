#![doc = include_str!("../README.md")]

#[cfg(feature = "autograd")]
mod optimizer;
pub mod rule;

#[cfg(feature = "autograd")]
pub use optimizer::{Adam, AdamW, Optimizer, Sgd};
