//! Pooling to a given size: the axis is cut into that many windows, as even as can be.

use super::along;
use super::pool::{Search, largest};
use super::window::space;
use tensor_core::{Backend, Real, Result, Tensor};

/// Where each of `count` windows along an axis of `size` begins and ends: from ⌊i · size / count⌋ to ⌈(i + 1) · size / count⌉.
fn bounds(size: usize, count: usize) -> Vec<(usize, usize)> {
    (0..count).map(|i| (i * size / count, ((i + 1) * size).div_ceil(count))).collect()
}

fn widest(bounds: &[(usize, usize)]) -> usize {
    bounds.iter().map(|&(start, end)| end - start).max().unwrap_or(0)
}

fn adaptive_max_pool<T: Real, B: Backend, const N: usize>(
    op: &'static str,
    x: &Tensor<T, B>,
    size: [usize; N],
) -> Result<(Tensor<T, B>, Tensor<i64, B>)> {
    let first = space(op, x, N)?;
    if size.contains(&0) {
        let shape: Vec<usize> = x.shape()[..first].iter().copied().chain(size).collect();
        return Ok((Tensor::try_zeros(&shape[..])?, Tensor::try_zeros(&shape[..])?));
    }
    let search = |i: usize| {
        let bounds = bounds(x.shape()[first + i], size[i]);
        let starts = bounds.iter().map(|&(start, _)| start as isize).collect();
        let looks = move |x: &Tensor<T, B>| {
            // A shorter window repeats its last element, which so is not the first of the largest.
            let element = |k: usize| bounds.iter().map(|&(start, end)| (start + k).min(end - 1) as i64).collect();
            let look = |k: usize| x.try_index_select(first + i, &Tensor::try_from_vec(element(k), [bounds.len()])?);
            (0..widest(&bounds)).map(look).collect()
        };
        Search { looks: Box::new(looks), starts, dilation: 1 }
    };
    largest(x, first, &(0..N).map(search).collect::<Vec<_>>())
}

pub(super) fn adaptive_avg_pool<T: Real, B: Backend>(
    op: &'static str,
    x: &Tensor<T, B>,
    size: &[usize],
) -> Result<Tensor<T, B>> {
    let first = space(op, x, size.len())?;
    let mut y = x.clone();
    for (i, &count) in size.iter().enumerate() {
        let axis = first + i;
        let old = y.shape()[axis];
        if old == count {
            continue;
        }
        if count > 0 && old.is_multiple_of(count) {
            let mut shape = y.shape().to_vec();
            shape[axis] = count;
            shape.insert(axis + 1, old / count);
            y = y.try_reshape(shape)?.try_mean_axes(axis + 1)?;
            continue;
        }
        // A shorter window ends with a zero from behind the axis.
        let bounds = bounds(old, count);
        let widest = widest(&bounds);
        let element =
            |(start, end): (usize, usize)| (start..start + widest).map(move |i| if i < end { i } else { old } as i64);
        let index = Tensor::try_from_vec(bounds.iter().flat_map(|&b| element(b)).collect(), [count, widest])?;
        let mut padding = vec![(0, 0); y.rank()];
        padding[axis] = (0, 1);
        let sums = y.try_pad(&padding, T::zero())?.try_index_select(axis, &index)?.try_sum_axes(axis + 1)?;
        let counts: Vec<f64> = bounds.iter().map(|&(start, end)| (end - start) as f64).collect();
        y = sums.try_div(along(&counts, axis, x.rank()))?;
    }
    Ok(y)
}

/// Each line: the functions over `N` axes.
macro_rules! adaptive {
    ($($n:literal: $axes:literal, $max:ident $try_max:ident $max_with:ident $try_max_with:ident $avg:ident $try_avg:ident;)*) => { functions! { $(
        #[doc = concat!("The largest elements of as many windows as give an output of `size` over ", $axes, ".")]
        ///
        /// Window i of n along an axis of m elements goes from ⌊i · m / n⌋ to ⌈(i + 1) · m / n⌉. Of equal elements the first
        /// takes the gradient.
        ///
        /// # Panics
        /// If the rank is another, or an axis but that of the batch is empty.
        ///
        /// ```
        #[doc = concat!("use nn::functional::", stringify!($max), ";")]
        /// use tensor_core::{Serial, Tensor};
        #[doc = concat!("let x = Tensor::<f32, Serial>::ones([5; ", $n, " + 1]);")]
        #[doc = concat!("assert_eq!(", stringify!($max), "(&x, [3; ", $n, "]).size(-1), 3);")]
        /// ```
        fn $max | $try_max (x: &Tensor<T, B>, size: [usize; $n]) -> Tensor<T, B> {
            Ok(adaptive_max_pool(stringify!($max), x, size)?.0)
        }

        #[doc = concat!("[`", stringify!($max), "`], and where each of the largest elements stands among those of its channel, in row-major order.")]
        ///
        /// # Panics
        #[doc = concat!("As [`", stringify!($max), "`].")]
        fn $max_with | $try_max_with (x: &Tensor<T, B>, size: [usize; $n]) -> (Tensor<T, B>, Tensor<i64, B>) {
            adaptive_max_pool(stringify!($max), x, size)
        }

        #[doc = concat!("The means of as many windows as give an output of `size` over ", $axes, ".")]
        ///
        /// Window i of n along an axis of m elements goes from ⌊i · m / n⌋ to ⌈(i + 1) · m / n⌉.
        ///
        /// # Panics
        /// If the rank is another, or an axis but that of the batch is empty.
        ///
        /// ```
        #[doc = concat!("use nn::functional::", stringify!($avg), ";")]
        /// use tensor_core::{Serial, Tensor};
        #[doc = concat!("let x = Tensor::<f32, Serial>::ones([5; ", $n, " + 1]);")]
        #[doc = concat!("assert_eq!(", stringify!($avg), "(&x, [1; ", $n, "]).to_vec(), [1.0; 5]);")]
        /// ```
        fn $avg | $try_avg (x: &Tensor<T, B>, size: [usize; $n]) -> Tensor<T, B> {
            adaptive_avg_pool(stringify!($avg), x, &size)
        }
    )* } };
}
adaptive! {
    1: "one axis", adaptive_max_pool1d try_adaptive_max_pool1d adaptive_max_pool1d_with_indices
        try_adaptive_max_pool1d_with_indices adaptive_avg_pool1d try_adaptive_avg_pool1d;
    2: "two axes", adaptive_max_pool2d try_adaptive_max_pool2d adaptive_max_pool2d_with_indices
        try_adaptive_max_pool2d_with_indices adaptive_avg_pool2d try_adaptive_avg_pool2d;
    3: "three axes", adaptive_max_pool3d try_adaptive_max_pool3d adaptive_max_pool3d_with_indices
        try_adaptive_max_pool3d_with_indices adaptive_avg_pool3d try_adaptive_avg_pool3d;
}
