//! Images of another size.

use super::adaptive::adaptive_avg_pool;
use super::along;
use tensor_core::{Backend, Error, Real, Result, Tensor};

/// What [`interpolate`] makes of each axis of space: one number for all, or one for each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resize<'a> {
    /// These sizes.
    To(&'a [usize]),
    /// The size times this, rounded down.
    By(&'a [f64]),
}

/// How values between elements are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interpolation {
    /// The element at ⌊i · old / new⌋.
    #[default]
    Nearest,
    /// The element whose centre is nearest.
    NearestExact,
    /// Between two neighbours along each axis: linear, bilinear or trilinear.
    Linear,
    /// By cubic convolution of four neighbours along each axis, with a = −3/4
    /// ([Keys 1981](https://doi.org/10.1109/TASSP.1981.1163711)).
    Cubic,
    /// The mean of the elements that an output covers, as [`adaptive_avg_pool2d`](super::adaptive_avg_pool2d) has them.
    Area,
}

options! {
    /// How [`interpolate`] is done.
    struct Interpolate [] [] {
        /// How values between elements are found.
        mode: Interpolation = Interpolation::Nearest,
        /// Whether the centres of the first and last elements of old and new axis coincide, and not their outer edges. Linear
        /// and cubic only.
        align_corners: bool = false,
        /// Whether what [`Resize::By`] says serves for the new size alone, and distances are those of old and new size.
        recompute_scale_factor: bool = false,
    }
}

/// The elements of an axis that make up each element of the new one: for each neighbour its index, and its weight unless
/// that is 1.
type Neighbours = Vec<(Vec<i64>, Option<Vec<f64>>)>;

/// The neighbours along an axis of `old` elements of `new` elements, the new ones `step` old ones apart.
fn neighbours(mode: Interpolation, align_corners: bool, old: usize, new: usize, step: f64) -> Neighbours {
    let last = old as i64 - 1;
    let new = || (0..new).map(|i| i as f64);
    let at = |i: f64| if align_corners { i * step } else { (i + 0.5) * step - 0.5 };
    // Rounded to single precision first, so that 2.999999999999 is 3.
    let floor = |x: f64| (x as f32).floor() as i64;
    match mode {
        Interpolation::Nearest => vec![(new().map(|i| floor(i * step).min(last)).collect(), None)],
        Interpolation::NearestExact => vec![(new().map(|i| floor((i + 0.5) * step).min(last)).collect(), None)],
        Interpolation::Linear => {
            let at = |i: f64| at(i).max(0.0);
            let first = |i: f64| (at(i) as i64).min(last);
            let part = |i: f64| (at(i) - first(i) as f64).clamp(0.0, 1.0);
            vec![
                (new().map(first).collect(), Some(new().map(|i| 1.0 - part(i)).collect())),
                (new().map(|i| (first(i) + 1).min(last)).collect(), Some(new().map(part).collect())),
            ]
        }
        Interpolation::Cubic => (-1..=2)
            .map(|k| {
                let index = |i: f64| (at(i).floor() as i64 + k).clamp(0, last);
                let weight = |i: f64| cubic((at(i) - at(i).floor() - k as f64).abs());
                (new().map(index).collect(), Some(new().map(weight).collect()))
            })
            .collect(),
        Interpolation::Area => unreachable!("means over areas are pooling"),
    }
}

/// The weight of a neighbour at a distance from 0 to 2.
fn cubic(x: f64) -> f64 {
    const A: f64 = -0.75;
    if x <= 1.0 { ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0 } else { ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A }
}

/// `axis` made up of its neighbours.
fn resampled<T: Real, B: Backend>(x: &Tensor<T, B>, axis: usize, neighbours: Neighbours) -> Result<Tensor<T, B>> {
    let mut sum: Option<Tensor<T, B>> = None;
    for (index, weights) in neighbours {
        let mut look = x.try_index_select(axis, &Tensor::new(index))?;
        if let Some(weights) = weights {
            look = look.try_mul(along(&weights, axis, x.rank()))?;
        }
        sum = Some(match sum {
            Some(sum) => sum.try_add(look)?,
            None => look,
        });
    }
    Ok(sum.expect("there is a neighbour"))
}

functions! {
    /// An image of another size, `[batch, channels, …]` with one to three axes of space.
    ///
    /// # Panics
    /// If the rank is another, there are not as many sizes or factors as axes of space, an old or new axis would be empty, or
    /// `align_corners` stands with a mode that is neither linear nor cubic.
    ///
    /// ```
    /// use nn::functional::{Interpolate, Interpolation, Resize, interpolate};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([[[1.0, 3.0]]]);
    /// assert_eq!(interpolate(&x, Resize::To(&[4]), Interpolate::default()).to_vec(), [1.0, 1.0, 3.0, 3.0]);
    ///
    /// let linear = Interpolate { mode: Interpolation::Linear, ..Interpolate::default() };
    /// assert_eq!(interpolate(&x, Resize::By(&[2.0]), linear).to_vec(), [1.0, 1.5, 2.5, 3.0]);
    /// ```
    fn interpolate | try_interpolate (x: &Tensor<T, B>, size: Resize<'_>, options: Interpolate) -> Tensor<T, B> {
        const OP: &str = "interpolate";
        let Interpolate { mode, align_corners, recompute_scale_factor } = options;
        if !(3..=5).contains(&x.rank()) || x.shape()[2..].contains(&0) {
            let hint = "must be [batch, channels, …] with one to three axes of space, not empty";
            return Err(Error::shape(OP, &[x.layout().shape()], hint));
        }
        if align_corners && !matches!(mode, Interpolation::Linear | Interpolation::Cubic) {
            return Err(Error::value(OP, "align_corners has a meaning for linear and cubic interpolation only"));
        }
        let old = &x.shape()[2..];
        let given = match size {
            Resize::To(sizes) => sizes.len(),
            Resize::By(factors) => factors.len(),
        };
        if given != 1 && given != old.len() {
            return Err(Error::value(OP, format!("{given} sizes or factors are given for {} axes of space", old.len())));
        }
        let of_axis = |i: usize| if given == 1 { 0 } else { i };
        let new: Vec<usize> = old.iter().enumerate().map(|(i, &old)| match size {
            Resize::To(sizes) => sizes[of_axis(i)],
            Resize::By(factors) => (old as f64 * factors[of_axis(i)]) as usize,
        }).collect();
        if new.contains(&0) {
            return Err(Error::value(OP, format!("the new size {new:?} has no elements")));
        }
        if mode == Interpolation::Area {
            return adaptive_avg_pool(OP, x, &new);
        }
        let mut y = x.clone();
        for (i, (&old, &new)) in old.iter().zip(&new).enumerate() {
            let ratio = old as f64 / new as f64;
            let step = match size {
                _ if align_corners => if new > 1 { (old as f64 - 1.0) / (new as f64 - 1.0) } else { 0.0 },
                Resize::By(factors) if !recompute_scale_factor => 1.0 / factors[of_axis(i)],
                _ => ratio,
            };
            if old != new || step != 1.0 {
                y = resampled(&y, 2 + i, neighbours(mode, align_corners, old, new, step))?;
            }
        }
        Ok(y)
    }
}
