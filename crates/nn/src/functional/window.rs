//! Windows that slide along axes: where they stand, and the elements they see.

use tensor_core::{Backend, Error, Real, Result, SliceItem, Tensor, View};

/// The windows along one axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The size of the axis.
    pub(super) size: usize,
    /// How many elements a window has.
    pub(super) kernel: usize,
    /// How far apart windows start.
    pub(super) stride: usize,
    /// How far apart the elements of a window are.
    pub(super) dilation: usize,
    /// How far in front of the axis the first window starts.
    pub(super) before: usize,
    /// How far behind the axis the last window ends.
    pub(super) after: usize,
    /// How many windows there are.
    pub(super) count: usize,
}

impl Window {
    /// The windows along an axis of `size` with padding on both sides; with `ceil` also one that begins inside but ends
    /// behind the padding.
    pub(super) fn new(
        op: &'static str,
        size: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
        (before, behind): (usize, usize),
        ceil: bool,
    ) -> Result<Self> {
        for (name, value) in [("kernel", kernel), ("stride", stride), ("dilation", dilation)] {
            if value == 0 {
                return Err(Error::value(op, format!("the {name} is 0; it must be at least 1")));
            }
        }
        // None of this overflows.
        let wide = |n: usize| n as i128;
        let room = wide(size) + wide(before) + wide(behind) - wide(dilation) * (wide(kernel) - 1) - 1;
        let last = if ceil { room + wide(stride) - 1 } else { room }.div_euclid(wide(stride));
        // The last window must not begin behind the axis.
        let last = if ceil && last * wide(stride) >= wide(size) + wide(before) { last - 1 } else { last };
        if last < 0 {
            let message = format!(
                "a window of {kernel} elements, {dilation} apart, does not fit an axis of {size} elements, padded by \
                 {before} in front and {behind} behind"
            );
            return Err(Error::value(op, message));
        }
        let end = last * wide(stride) + wide(dilation) * (wide(kernel) - 1) + 1;
        let after = (end - wide(size) - wide(before)).max(0) as usize;
        Ok(Window { size, kernel, stride, dilation, before, after, count: last as usize + 1 })
    }

    /// The windows without the elements that are padding in each of them.
    pub(super) fn trimmed(self) -> Self {
        let Window { size, stride, dilation, before, count, .. } = self;
        let kernel = self.kernel.min((size + before).div_ceil(dilation)).max(1);
        let end = (count - 1) * stride + dilation * (kernel - 1) + 1;
        Window { kernel, after: end.saturating_sub(size + before), ..self }
    }

    /// The `k`-th element of every window, in the padded axis.
    pub(super) fn elements(&self, k: usize) -> SliceItem {
        let start = k * self.dilation;
        tensor_core::step(start..start + (self.count - 1) * self.stride + 1, self.stride as isize)
    }

    /// Where each window begins, which may be in front of the axis.
    pub(super) fn starts(&self) -> impl Iterator<Item = isize> {
        let (stride, before) = (self.stride, self.before as isize);
        (0..self.count).map(move |i| (i * stride) as isize - before)
    }
}

/// `x` with `value` around the axes from `first` on, as far as the windows reach.
pub(super) fn padded<T: Real, B: Backend>(
    x: &Tensor<T, B>,
    first: usize,
    windows: &[Window],
    value: T,
) -> Result<Tensor<T, B>> {
    if windows.iter().all(|w| w.before == 0 && w.after == 0) {
        return Ok(x.clone());
    }
    let mut padding = vec![(0, 0); x.rank()];
    padding[first..].iter_mut().zip(windows).for_each(|(p, w)| *p = (w.before, w.after));
    x.try_pad(&padding, value)
}

/// For each place in a window, in row-major order, the slice of a padded tensor that holds that element of every
/// window: windows slide along the axes from `first` on.
pub(super) fn places(first: usize, windows: &[Window]) -> Vec<Vec<SliceItem>> {
    let mut places = vec![vec![SliceItem::from(..); first]];
    for window in windows {
        let one_more = |place: &Vec<SliceItem>, k| place.iter().copied().chain([window.elements(k)]).collect();
        places = places.iter().flat_map(|p| (0..window.kernel).map(move |k| one_more(p, k))).collect();
    }
    places
}

/// The looks that [`places`] describes.
pub(super) fn shifted<T: Real, B: Backend>(
    x: &Tensor<T, B>,
    first: usize,
    windows: &[Window],
) -> Result<Vec<View<T, B>>> {
    places(first, windows).into_iter().map(|place| x.try_slice(place)).collect()
}

/// The first of `n` axes of space, in front of which there may be an axis of channels, and one of the batch.
pub(super) fn space<T: Real, B: Backend>(op: &'static str, x: &Tensor<T, B>, n: usize) -> Result<usize> {
    let first = x.rank().wrapping_sub(n);
    if first != 1 && first != 2 {
        let hint = format!("must have a rank of {} or, with a batch, {}", n + 1, n + 2);
        return Err(Error::shape(op, &[x.layout().shape()], hint));
    }
    if x.shape()[first - 1..].contains(&0) {
        return Err(Error::shape(op, &[x.layout().shape()], "only the batch may be empty"));
    }
    Ok(first)
}
