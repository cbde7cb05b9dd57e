//! Why a method ended.

use std::fmt;

/// Why a method ended where it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// The gradient is as small as `gtol` asks for.
    Gradient,
    /// The value no longer falls by more than `ftol` of it.
    Reduction,
    /// The steps are as short as `xtol` asks for, or as the numbers can be told apart.
    Step,
    /// What could still be gained is hidden by rounding errors.
    Precision,
    /// `max_evaluations` or `max_iterations` is used up: this is no minimum yet.
    Limit,
    /// Whoever was watching has seen enough.
    Watcher,
}

impl Stop {
    /// Whether it ended by itself, where there is nothing more to gain.
    pub fn converged(self) -> bool {
        !matches!(self, Stop::Limit | Stop::Watcher)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stop::Gradient => "the gradient vanishes",
            Stop::Reduction => "the value no longer falls",
            Stop::Step => "the steps have become too short to matter",
            Stop::Precision => "rounding hides any further progress",
            Stop::Limit => "it was not given more evaluations",
            Stop::Watcher => "it was told to",
        })
    }
}
