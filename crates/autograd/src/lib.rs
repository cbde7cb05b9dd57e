#![doc = include_str!("../README.md")]

mod anomaly;
mod backend;
mod checkpoint;
#[doc = include_str!("../CONVENTIONS.md")]
pub mod conventions {}
mod dot;
mod engine;
mod explain;
mod function;
pub mod functional;
mod gradcheck;
mod gradient;
mod graph;
mod mode;
mod observe;
mod parameter;
mod precision;
mod profile;
mod record;
mod rules;
#[cfg(feature = "proptest")]
pub mod strategies;

pub use anomaly::detect_anomaly;
pub use backend::{Autodiff, Var};
pub use checkpoint::checkpoint;
pub use dot::dot;
pub use explain::{Explanation, Path, explain};
pub use function::{Backward, custom};
pub use gradcheck::{
    GradcheckError, GradcheckOptions, GradcheckReport, Outputs, Place, WrongGradient, gradcheck, gradgradcheck,
    try_gradcheck, try_gradgradcheck,
};
pub use gradient::{BackwardOptions, GradMut, Gradient, HookHandle, grad, try_grad};
pub use graph::live_nodes;
pub use mode::{NoGrad, enable_grad, is_grad_enabled, no_grad};
pub use observe::{Cut, Row};
pub use parameter::{Parameter, accumulate};
pub use profile::{Profile, profile};
