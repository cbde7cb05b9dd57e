//! Files of tensors. One program for all of them: each one compiles what is generic anew.

mod csv;
mod npy;
mod tensors;
