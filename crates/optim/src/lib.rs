#![doc = include_str!("../README.md")]

#[cfg(feature = "autograd")]
mod flat;
#[cfg(feature = "autograd")]
mod least_squares;
#[cfg(feature = "autograd")]
mod minimize;
#[cfg(feature = "autograd")]
mod optimizer;
pub mod rule;
#[cfg(feature = "autograd")]
mod stop;

#[cfg(feature = "autograd")]
pub use {
    least_squares::{Fit, LevenbergMarquardt, Scaling},
    minimize::{Lbfgs, Minimum, NewtonCg, Progress},
    optimizer::{Adam, AdamW, Optimizer, Sgd},
    stop::Stop,
};
