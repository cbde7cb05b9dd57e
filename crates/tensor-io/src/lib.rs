//! Data in and out: NumPy's `.npy` files in [`npy`], tables of numbers in [`csv`](mod@csv), and the one [`Error`] of both.
//!
//! Every function that reads takes bytes somebody else wrote, so nothing here trusts them: sizes are multiplied with
//! overflow checks, nothing is allocated on a header's word alone, and no input panics.

#[cfg(feature = "csv")]
pub mod csv;
mod error;
pub mod npy;

pub use error::Error;

// The README's example is tested with the rest.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
