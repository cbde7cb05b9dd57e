//! When a result counts as right.

use crate::case::{Data, Stored};

/// |got − want| ≤ absolute + relative·|want|; NaN equals NaN, infinities are equal by sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tolerance {
    pub(crate) absolute: f64,
    pub(crate) relative: f64,
}

/// What is allowed for outputs, first and second derivatives.
pub(crate) struct Tolerances {
    pub(crate) outputs: Tolerance,
    pub(crate) gradients: Tolerance,
    pub(crate) second: Tolerance,
}

pub(crate) const DOUBLE: Tolerances = Tolerances {
    outputs: Tolerance { absolute: 1e-12, relative: 1e-10 },
    gradients: Tolerance { absolute: 1e-10, relative: 1e-8 },
    second: Tolerance { absolute: 1e-8, relative: 1e-6 },
};

pub(crate) const SINGLE: Tolerances = Tolerances {
    outputs: Tolerance { absolute: 1e-5, relative: 1e-4 },
    gradients: Tolerance { absolute: 1e-3, relative: 1e-3 },
    second: Tolerance { absolute: f64::INFINITY, relative: 0.0 },
};

/// Compares a result with what is wanted, and says what differs most.
pub(crate) fn same(shape: &[usize], got: &Data, want: &Stored, tolerance: Tolerance) -> Result<(), String> {
    if shape != want.shape {
        return Err(format!("the shape is {shape:?}, not {:?}", want.shape));
    }
    close(&numbers(got), &numbers(&want.data), tolerance)
}

pub(crate) fn numbers(data: &Data) -> Vec<f64> {
    match data {
        Data::Real(x) => x.clone(),
        Data::Int(x) => x.iter().map(|&x| x as f64).collect(),
        Data::Bool(x) => x.iter().map(|&x| f64::from(x)).collect(),
    }
}

pub(crate) fn close(got: &[f64], want: &[f64], Tolerance { absolute, relative }: Tolerance) -> Result<(), String> {
    let mut worst: Option<(f64, String)> = None;
    for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
        let right = got == want
            || got.is_nan() && want.is_nan()
            || got.is_finite() && want.is_finite() && (got - want).abs() <= absolute + relative * want.abs();
        let error = if got.is_finite() && want.is_finite() { (got - want).abs() } else { f64::INFINITY };
        if !right && worst.as_ref().is_none_or(|(most, _)| error > *most) {
            worst = Some((error, format!("element {i} is {got:e}, not {want:e}")));
        }
    }
    worst.map_or(Ok(()), |(_, message)| Err(message))
}
