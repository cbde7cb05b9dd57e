//! Optimisers, and what fits curves and minimises functions. One program for all of them: each one compiles what is generic anew.

mod least_squares;
mod minimize;
mod optimizers;
mod pytorch;
mod rules;
