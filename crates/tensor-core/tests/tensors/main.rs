//! Tensors without gradients. One program for all of them: each one compiles what is generic anew.

mod elementwise;
mod indexing;
mod layout;
mod linalg;
mod ndarray;
mod reductions;
