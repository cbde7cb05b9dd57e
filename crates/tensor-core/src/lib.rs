#![doc = include_str!("../README.md")]

mod array;
pub mod backend;
mod blocks;
mod cpu;
mod dims;
mod element;
mod error;
mod exec;
mod layout;
pub mod math;
pub mod memory;
pub mod ops;
mod random;
mod shared;
pub mod simd;
mod slice;
mod tensor;

pub use array::Array;
pub use backend::{Arg, Backend, BackendArg};
#[cfg(feature = "rayon")]
pub use cpu::Parallel;
pub use cpu::{Cpu, Serial};
pub use dims::{Dims, Shape};
pub use element::{DType, Element, Num, Real};
pub use error::{Error, ErrorKind, Result};
#[cfg(feature = "rayon")]
pub use exec::Rayon;
pub use exec::{Executor, Sequential};
pub use layout::{Layout, broadcast_shapes};
pub use random::{Generator, Key, manual_seed, with_generator};
pub use slice::{Ellipsis, Int, IntoSlice, NewAxis, SliceItem, step};
pub use tensor::{
    Contraction, IndexItem, Indexing, IntoAxes, IntoIndex, IntoReshape, Ints, Nested, Norm, Operand, QuantileMethod,
    SliceMut, Tensor, Unique, View, einsum, mse, try_einsum, try_mse,
};
