//! The line search: how far to go along a direction.
//!
//! Nocedal & Wright, *Numerical Optimization*, 2006, algorithms 3.5 (lengths grow until a stretch is bracketed) and 3.6 (the
//! stretch shrinks by cubic interpolation).

/// Function and slope at a length along a direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) length: f64,
    pub(super) value: f64,
    pub(super) slope: f64,
}

/// What a length must bring: the strong conditions of Wolfe,
/// φ(α) ≤ φ(0) + c₁ α φ'(0) and |φ'(α)| ≤ c₂ |φ'(0)|.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wolfe {
    pub(super) c1: f64,
    pub(super) c2: f64,
    /// How far rounding errors may move a value.
    pub(super) noise: f64,
}

impl Wolfe {
    /// Whether the value falls enough. Where rounding hides that, the slope says it (Hager & Zhang 2005, section 2): the
    /// parabola with both slopes would.
    fn falls(&self, start: At, at: At) -> bool {
        at.value <= start.value + self.c1 * at.length * start.slope
            || at.value <= start.value + self.noise && at.slope <= (2.0 * self.c1 - 1.0) * start.slope
    }

    fn flat(&self, start: At, at: At) -> bool {
        at.slope.abs() <= -self.c2 * start.slope
    }

    /// A length that brings enough, `first` if it does; `look` computes the function there. None if 40 looks find none.
    pub(super) fn search(&self, start: At, first: f64, mut look: impl FnMut(f64) -> At) -> Option<At> {
        let mut looks = 0;
        let (mut before, mut length) = (start, first);
        // `low` brings the most so far; somewhere between it and `high` is a length that brings enough.
        let (mut low, mut high) = loop {
            if looks == 40 {
                return None;
            }
            looks += 1;
            let at = look(length);
            if !(at.value.is_finite() && at.slope.is_finite()) {
                // Beyond where the function is defined: bisect from there.
                break (before, At { value: f64::INFINITY, slope: f64::NAN, ..at });
            }
            if !self.falls(start, at) || before.length > 0.0 && at.value >= before.value + self.noise {
                break (before, at);
            }
            if self.flat(start, at) {
                return Some(at);
            }
            if at.slope >= 0.0 {
                break (at, before);
            }
            // Where the slopes point to, but not far beyond what is known.
            let span = at.length - before.length;
            let secant = at.length + span * at.slope / (before.slope - at.slope);
            length = if secant.is_nan() || secant < at.length { 10.0 * at.length } else { secant };
            length = length.clamp(at.length + span, at.length + 9.0 * span);
            before = at;
        };
        while looks < 40 {
            looks += 1;
            let at = look(between(low, high));
            if !(at.value.is_finite() && at.slope.is_finite()) {
                high = At { value: f64::INFINITY, slope: f64::NAN, ..at };
            } else if !self.falls(start, at) || at.value > low.value + self.noise {
                high = at;
            } else {
                if self.flat(start, at) {
                    return Some(at);
                }
                if at.slope * (high.length - low.length) >= 0.0 {
                    high = low;
                }
                low = at;
            }
            if (high.length - low.length).abs() <= f64::EPSILON * high.length.abs().max(low.length) {
                break;
            }
        }
        // Not flat enough, but lower.
        (low.length > 0.0 && low.value < start.value).then_some(low)
    }
}

/// Where the cubic through both values and slopes is least, kept a tenth away from the ends.
fn between(a: At, b: At) -> f64 {
    let span = b.length - a.length;
    let chord = a.slope + b.slope - 3.0 * (b.value - a.value) / span;
    let root = (chord * chord - a.slope * b.slope).sqrt().copysign(span);
    let at = b.length - span * (b.slope + root - chord) / (b.slope - a.slope + 2.0 * root);
    let (low, high) = (a.length.min(b.length), a.length.max(b.length));
    let room = 0.1 * (high - low);
    if at.is_finite() { at.clamp(low + room, high - room) } else { (low + high) / 2.0 }
}
