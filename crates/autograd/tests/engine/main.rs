//! Gradients as a user asks for them. One program for all of them: each one compiles what is generic anew.

mod checkpoint;
mod functional;
mod gradcheck;
mod graph;
mod inplace;
mod inspect;
mod lesson;
mod parameter;
mod send_sync;
