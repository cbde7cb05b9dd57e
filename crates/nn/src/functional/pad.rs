//! Axes made longer or shorter at both ends.

use tensor_core::{Backend, Error, Real, Result, SliceItem, Tensor};

/// What stands beyond the ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PadMode {
    /// This number; 0 by default.
    Constant(f64),
    /// The axis mirrored at its last element, which is not repeated.
    Reflect,
    /// The last element.
    Replicate,
    /// The axis from its other end.
    Circular,
}

impl Default for PadMode {
    fn default() -> Self {
        PadMode::Constant(0.0)
    }
}

functions! {
    /// Each axis with so many elements more before and behind: the first pair is for the last axis, the second for the one
    /// before, and so on, as many as there are pairs. A negative number takes elements away.
    ///
    /// # Panics
    /// If there are more pairs than axes, more is taken away than there is, an axis is mirrored in more elements than it has
    /// besides the last, wrapped around by more than it has, or an empty one is repeated.
    ///
    /// ```
    /// use nn::functional::{PadMode, pad};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([1.0, 2.0, 3.0]);
    /// assert_eq!(pad(&x, &[(1, 1)], PadMode::default()).to_vec(), [0.0, 1.0, 2.0, 3.0, 0.0]);
    /// assert_eq!(pad(&x, &[(2, -1)], PadMode::Reflect).to_vec(), [3.0, 2.0, 1.0, 2.0]);
    /// assert_eq!(pad(&x, &[(2, 0)], PadMode::Replicate).to_vec(), [1.0, 1.0, 1.0, 2.0, 3.0]);
    /// assert_eq!(pad(&x, &[(0, 2)], PadMode::Circular).to_vec(), [1.0, 2.0, 3.0, 1.0, 2.0]);
    /// ```
    fn pad | try_pad (x: &Tensor<T, B>, padding: &[(isize, isize)], mode: PadMode) -> Tensor<T, B> {
        if padding.len() > x.rank() {
            let hint = format!("has fewer axes than the {} pairs of padding", padding.len());
            return Err(Error::shape("pad", &[x.layout().shape()], hint));
        }
        for (&(before, behind), (axis, &size)) in padding.iter().zip(x.shape().iter().enumerate().rev()) {
            let new = size as i128 + before as i128 + behind as i128;
            let kept = size as i128 + before.min(0) as i128 + behind.min(0) as i128;
            if new < 0 || kept < 0 {
                let message = format!("({before}, {behind}) takes more from axis {axis} than its {size} elements");
                return Err(Error::value("pad", message));
            }
        }
        let fill = match mode {
            PadMode::Constant(value) => T::from_f64(value),
            PadMode::Reflect | PadMode::Replicate | PadMode::Circular => return by_index(x, padding, mode),
        };
        let cut = |(before, behind): (isize, isize), size: usize| {
            SliceItem::from(before.min(0).unsigned_abs()..size - behind.min(0).unsigned_abs())
        };
        let pairs: Vec<(isize, isize)> = std::iter::repeat_n((0, 0), x.rank() - padding.len()).chain(padding.iter().rev().copied()).collect();
        let items: Vec<SliceItem> = pairs.iter().zip(x.shape()).map(|(&pair, &size)| cut(pair, size)).collect();
        let grown: Vec<(usize, usize)> = pairs.iter().map(|&(a, b)| (a.max(0) as usize, b.max(0) as usize)).collect();
        let inside = x.try_slice(items)?;
        if grown.iter().all(|&pair| pair == (0, 0)) {
            return Ok(inside.into_tensor());
        }
        inside.try_pad(&grown, fill)
    }
}

/// Each axis looked up by index: what is beyond its ends is one of its own elements.
fn by_index<T: Real, B: Backend>(x: &Tensor<T, B>, padding: &[(isize, isize)], mode: PadMode) -> Result<Tensor<T, B>> {
    let mut y = x.clone();
    for (i, &(before, behind)) in padding.iter().enumerate() {
        if (before, behind) == (0, 0) {
            continue;
        }
        let axis = x.rank() - 1 - i;
        let size = x.shape()[axis] as isize;
        let most = before.max(behind);
        let (enough, name) = match mode {
            PadMode::Reflect => (most < size, "mirror"),
            PadMode::Circular => {
                (before.max(0) <= size + behind.min(0) && behind.max(0) <= size + before.min(0), "wrap")
            }
            _ => (size > 0, "repeat"),
        };
        if !enough && most > 0 {
            let message = format!("cannot {name} axis {axis} of {size} elements by ({before}, {behind})");
            return Err(Error::value("pad", message));
        }
        // Where the elements that are kept begin and end, for an axis that goes round.
        let (start, end) = (-before.min(0), size + behind.min(0));
        let index = (-before..size + behind).map(|i| {
            (match mode {
                PadMode::Reflect if i < 0 => -i,
                PadMode::Reflect if i >= size => 2 * (size - 1) - i,
                PadMode::Circular => start + (i - start).rem_euclid(end - start),
                PadMode::Reflect => i,
                _ => i.clamp(0, size - 1),
            }) as i64
        });
        y = y.try_index_select(axis, &Tensor::new(index.collect::<Vec<_>>()))?;
    }
    Ok(y)
}
