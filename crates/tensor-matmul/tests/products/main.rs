//! Products of all shapes and layouts, by every instruction set of this machine, on 1, 2, 3 and 8 threads.

mod algebra;
mod contract;
mod problem;
