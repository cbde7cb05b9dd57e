//! Windows of an image as columns of a matrix, and such columns added up to an image again.

use super::window::{Window, padded, places, shifted};
use tensor_core::{Backend, Error, Real, Result, SliceItem, Tensor, View};

options! {
    /// The windows of [`unfold`] and [`fold`].
    struct Fold [] [] {
        /// How far apart the elements of a window are.
        dilation: [usize; 2] = [1; 2],
        /// How many zeros lie on both sides of each axis.
        padding: [usize; 2] = [0; 2],
        /// How far apart windows start.
        stride: [usize; 2] = [1; 2],
    }
}

/// Adds up what windows hold: the `k`-th elements of all windows are `part(k)`, of shape `[lead…, counts…]`. What lies in the
/// padding is dropped: the result is `[lead…, sizes…]`.
pub(super) fn overlap_add<T: Real, B: Backend>(
    lead: &[usize],
    windows: &[Window],
    part: impl Fn(usize) -> Result<View<T, B>>,
) -> Result<Tensor<T, B>> {
    let sizes = windows.iter().map(|w| w.before + w.size + w.after);
    let whole: Vec<usize> = lead.iter().copied().chain(sizes).collect();
    let mut sum = Tensor::<T, B>::try_zeros(whole)?;
    for (k, place) in places(lead.len(), windows).into_iter().enumerate() {
        sum.slice_mut(place).try_add_(part(k)?)?;
    }
    if windows.iter().all(|w| w.before == 0 && w.after == 0) {
        return Ok(sum);
    }
    let inside = windows.iter().map(|w| SliceItem::from(w.before..w.before + w.size));
    let items: Vec<SliceItem> = lead.iter().map(|_| (..).into()).chain(inside).collect();
    Ok(sum.try_slice(items)?.into_tensor())
}

fn windows(op: &'static str, sizes: &[usize], kernel: [usize; 2], options: Fold) -> Result<Vec<Window>> {
    let Fold { dilation, padding, stride } = options;
    (0..2)
        .map(|i| Window::new(op, sizes[i], kernel[i], stride[i], dilation[i], (padding[i], padding[i]), false))
        .collect()
}

functions! {
    /// The windows of an image as columns, `im2col`: `[batch, channels, height, width]` or without the batch →
    /// `[batch, channels · kernel elements, windows]`.
    ///
    /// The method [`Tensor::unfold`] gives windows along one axis without copying.
    ///
    /// # Panics
    /// If the image has another rank, a window is larger than the padded image, or a stride or dilation is 0.
    ///
    /// ```
    /// use nn::functional::{Fold, unfold};
    /// use tensor_core::{Serial, Tensor};
    /// let image = Tensor::<f32, Serial>::new([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]);
    /// let windows = unfold(&image, [2, 2], Fold::default());
    /// assert_eq!(windows.shape(), [4, 2]);
    /// assert_eq!(windows.t().to_vec(), [1.0, 2.0, 4.0, 5.0, 2.0, 3.0, 5.0, 6.0]);
    /// ```
    fn unfold | try_unfold (x: &Tensor<T, B>, kernel: [usize; 2], options: Fold) -> Tensor<T, B> {
        let first = super::window::space("unfold", x, 2)?;
        let windows = windows("unfold", &x.shape()[first..], kernel, options)?;
        let parts = shifted(&padded(x, first, &windows, T::zero())?, first, &windows)?;
        let parts: Vec<&Tensor<T, B>> = parts.iter().map(|part| &**part).collect();
        // [batch, channels, kernel, height, width]
        let seen = Tensor::try_stack(&parts, first)?;
        let mut shape = x.shape()[..first].to_vec();
        shape[first - 1] *= parts.len();
        shape.push(windows.iter().map(|w| w.count).product());
        Ok(seen.try_reshape(shape)?.into_tensor())
    }

    /// The adjoint of [`unfold`], `col2im`: adds each column to its window of an image of `size`.
    /// `[batch, channels · kernel elements, windows]` or without the batch → `[batch, channels, height, width]`.
    ///
    /// # Panics
    /// If the numbers of rows or columns are not those of the windows, a window is larger than the padded image, or a
    /// stride or dilation is 0.
    ///
    /// ```
    /// use nn::functional::{Fold, fold};
    /// use tensor_core::{Serial, Tensor};
    /// let count = fold(&Tensor::<f32, Serial>::ones([4, 2]), [2, 3], [2, 2], Fold::default());
    /// assert_eq!(count.to_vec(), [1.0, 2.0, 1.0, 1.0, 2.0, 1.0]);
    /// ```
    fn fold | try_fold (x: &Tensor<T, B>, size: [usize; 2], kernel: [usize; 2], options: Fold) -> Tensor<T, B> {
        let refuse = |hint: String| Err(Error::shape("fold", &[x.layout().shape()], hint));
        let windows = windows("fold", &size, kernel, options)?;
        let (counts, elements): (Vec<usize>, usize) = (windows.iter().map(|w| w.count).collect(), kernel[0] * kernel[1]);
        let (lead, rows, columns) = match *x.shape() {
            [rows, columns] => (vec![], rows, columns),
            [batch, rows, columns] => (vec![batch], rows, columns),
            _ => return refuse("must be a matrix or, with a batch, have a rank of 3".into()),
        };
        if columns != counts[0] * counts[1] {
            return refuse(format!("must have {} × {} columns, one for each window", counts[0], counts[1]));
        }
        if rows == 0 || !rows.is_multiple_of(elements) {
            return refuse(format!("the rows must be a multiple of the {elements} elements of a window"));
        }
        let lead: Vec<usize> = lead.into_iter().chain([rows / elements]).collect();
        let x = x.try_reshape(lead.iter().copied().chain(kernel).chain(counts).collect::<Vec<_>>())?;
        let axis = lead.len();
        overlap_add(&lead, &windows, |k| {
            let place = [k / windows[1].kernel, k % windows[1].kernel].map(SliceItem::from);
            x.try_slice(std::iter::repeat_n(SliceItem::from(..), axis).chain(place).collect::<Vec<_>>())
        })
    }
}
