//! Tensors for the CPU.
mod math;
