//! Every place of execution agrees with the specification, and with the others to the bit.
//!
//! For each verb and each noun, on random shapes, layouts and values: `Serial` computes what `Reference` defines, or fails where
//! it does; each instruction set, `Parallel` in pools of several sizes, and operands that are given up, shared or
//! scalar change no bit of it. [`check`] says so once for all; [`arrays`] makes the arrays.

mod along;
mod arrays;
mod check;
mod elementwise;
mod fused;
mod indexing;
mod large;
mod layout;
mod linalg;
mod product;
mod random;
mod step;
