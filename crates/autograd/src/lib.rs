#![doc = include_str!("../README.md")]

mod backend;
mod engine;
mod function;
pub mod functional;
mod gradcheck;
mod gradient;
mod graph;
mod mode;
mod parameter;
mod record;
mod rules;
#[cfg(feature = "proptest")]
pub mod strategies;

pub use backend::{Autodiff, Var};
pub use function::{Backward, custom};
pub use gradcheck::{
    GradcheckError, GradcheckOptions, GradcheckReport, Outputs, Place, WrongGradient, gradcheck, gradgradcheck,
    try_gradcheck, try_gradgradcheck,
};
pub use gradient::{BackwardOptions, GradMut, Gradient, grad, try_grad};
pub use graph::live_nodes;
pub use mode::{NoGrad, enable_grad, is_grad_enabled, no_grad};
pub use parameter::Parameter;
