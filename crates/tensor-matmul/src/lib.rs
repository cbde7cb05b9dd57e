//! Matrix products on strided slices.
//!
//! Look into [`Executor`] for who runs the work.

mod exec;

#[cfg(feature = "rayon")]
pub use exec::Rayon;
pub use exec::{Executor, Sequential};
