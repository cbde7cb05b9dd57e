//! What a check found out, in words.

use std::fmt;

/// Where a derivative was taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// With respect to one element.
    Element {
        /// Which of the inputs.
        input: usize,
        /// The place of the element in it.
        index: Vec<usize>,
    },
    /// Along a random direction through all inputs.
    Direction(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Element { input, index } => write!(f, "input {input} at {index:?}"),
            Place::Direction(number) => write!(f, "direction {number}"),
        }
    }
}

/// What a successful check has seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GradcheckReport {
    /// How many elements or directions agreed.
    pub checked: usize,
    /// Where `f` has no derivative, and nothing could be checked.
    pub kinks: Vec<Place>,
    /// Inputs that no path leads to, and on which `f` was found not to depend.
    pub unreached: Vec<usize>,
    /// Whether random directions were checked instead of every element.
    pub directional: bool,
    /// The largest difference between backward pass and finite differences.
    pub largest_error: f64,
}

/// A place where the backward pass and the finite differences disagree.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongGradient {
    /// The place.
    pub place: Place,
    /// By the backward pass.
    pub analytic: f64,
    /// By finite differences.
    pub numeric: f64,
    /// How far both may be apart.
    pub allowed: f64,
    /// Whether the backward pass did not reach this input at all.
    pub unreached: bool,
}

impl fmt::Display for WrongGradient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WrongGradient { place, analytic, numeric, allowed, unreached } = self;
        let off = (analytic - numeric).abs();
        write!(
            f,
            "{place}: backward {analytic:.9e}, differences {numeric:.9e}, off by {off:.1e} (allowed {allowed:.1e})"
        )?;
        if *unreached { write!(f, "; no path leads to this input: its gradient was cut off") } else { Ok(()) }
    }
}

/// Why a check failed.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum GradcheckError {
    /// The gradient is wrong.
    Wrong {
        /// Where.
        gradients: Vec<WrongGradient>,
        /// Of how many places.
        of: usize,
    },
    /// Too much was skipped for the check to mean anything.
    Kinks {
        /// Where the function has no derivative.
        kinks: Vec<Place>,
        /// Of how many places.
        of: usize,
    },
    /// The function is infinite or NaN at the inputs or a step beside them.
    NotFinite(Place),
    /// The function answers with other shapes a step beside the inputs.
    Shape(Place),
    /// The forward product along a direction is not the backward one: the gradient is right, but not its own gradient by
    /// the cotangent.
    Forward {
        /// v·(J·u).
        forward: f64,
        /// (vᵀJ)·u.
        backward: f64,
        /// How far both may be apart.
        allowed: f64,
    },
    /// The backward pass failed.
    Backward(String),
}

/// How many places are listed.
const LISTED: usize = 8;

impl fmt::Display for GradcheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list(f: &mut fmt::Formatter<'_>, lines: &[impl fmt::Display]) -> fmt::Result {
            lines.iter().take(LISTED).try_for_each(|line| write!(f, "\n  {line}"))?;
            if lines.len() > LISTED { write!(f, "\n  and {} more", lines.len() - LISTED) } else { Ok(()) }
        }
        match self {
            GradcheckError::Wrong { gradients, of } => {
                write!(f, "gradcheck: the gradient is wrong in {} of {of} places", gradients.len())?;
                list(f, gradients)
            }
            GradcheckError::Kinks { kinks, of } => {
                write!(
                    f,
                    "gradcheck: the function has no derivative in {} of {of} places, too many for the check to mean \
                     anything; choose inputs away from kinks, or raise `max_kinks`",
                    kinks.len()
                )?;
                list(f, kinks)
            }
            GradcheckError::NotFinite(place) => write!(
                f,
                "gradcheck: the function is infinite or NaN at the inputs or a step beside {place}; choose inputs inside its domain, or a \
                 smaller `step`"
            ),
            GradcheckError::Shape(place) => {
                write!(f, "gradcheck: the function answers with other shapes a step beside {place}")
            }
            GradcheckError::Forward { forward, backward, allowed } => write!(
                f,
                "gradcheck: the forward product {forward:.9e} is not the backward one, {backward:.9e} (allowed {allowed:.1e}): \
                 a rule cannot be differentiated by its own gradient; set `forward` to false if it need not be"
            ),
            GradcheckError::Backward(error) => write!(f, "gradcheck: {error}"),
        }
    }
}

impl fmt::Debug for GradcheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for GradcheckError {}
