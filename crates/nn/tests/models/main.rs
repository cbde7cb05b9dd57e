//! Layers, losses, and models that are trained. One program for all of them: each one compiles what is generic anew.

mod layers;
mod losses;
mod training;
