//! Pooling: the largest element of each window, or the mean, and the way back from the largest.

use super::along;
use super::window::{Window, padded, places, space};
use tensor_core::{Backend, Error, Real, Result, Tensor, View};

options! {
    /// The windows of pooling by maxima, over `N` axes.
    struct MaxPool [const N: usize] [N] {
        /// How far apart windows start; by default the size of a window.
        stride: Option<[usize; N]> = None,
        /// How far windows reach beyond the axis on both sides, at most half of their size; what is there counts as −∞.
        padding: [usize; N] = [0; N],
        /// How far apart the elements of a window are.
        dilation: [usize; N] = [1; N],
        /// Whether a last window counts that begins inside but ends behind.
        ceil_mode: bool = false,
    }

    /// The windows of pooling by means, over `N` axes, and what their sums are divided by.
    struct AvgPool [const N: usize] [N] {
        /// How far apart windows start; by default the size of a window.
        stride: Option<[usize; N]> = None,
        /// How many zeros lie on both sides of each axis, at most half of the size of a window.
        padding: [usize; N] = [0; N],
        /// Whether a last window counts that begins inside but ends behind.
        ceil_mode: bool = false,
        /// Whether the zeros of the padding count as elements.
        count_include_pad: bool = true,
        /// What sums are divided by instead of the number of elements.
        divisor_override: Option<i64> = None,
    }

    /// The windows of [`lp_pool1d`] and its kind, over `N` axes.
    struct LpPool [const N: usize] [N] {
        /// How far apart windows start; by default the size of a window.
        stride: Option<[usize; N]> = None,
        /// Whether a last window counts that begins inside but ends behind.
        ceil_mode: bool = false,
    }

    /// What [`max_unpool1d`] and its kind undo, over `N` axes.
    struct MaxUnpool [const N: usize] [N] {
        /// How far apart windows started; by default the size of a window.
        stride: Option<[usize; N]> = None,
        /// How far windows reached beyond the axis.
        padding: [usize; N] = [0; N],
        /// The size of each axis, where several would give the same windows.
        output_size: Option<[usize; N]> = None,
    }
}

/// The windows along the axes of `sizes`.
fn windows<const N: usize>(
    op: &'static str,
    sizes: &[usize],
    kernel: [usize; N],
    stride: Option<[usize; N]>,
    padding: [usize; N],
    dilation: [usize; N],
    ceil: bool,
) -> Result<Vec<Window>> {
    let stride = stride.unwrap_or(kernel);
    (0..N)
        .map(|i| {
            let window = Window::new(op, sizes[i], kernel[i], stride[i], dilation[i], (padding[i], padding[i]), ceil)?;
            let reach = dilation[i] as i128 * (kernel[i] as i128 - 1) + 1;
            if padding[i] as i128 > reach / 2 {
                let message =
                    format!("padding {} must be at most half of the {reach} elements a window spans", padding[i]);
                return Err(Error::value(op, message));
            }
            Ok(window)
        })
        .collect()
}

/// The first of the largest elements (or the last NaN) among `looks`, with the number of its look.
fn first_largest<T: Real, B: Backend>(
    looks: impl Iterator<Item = Result<Tensor<T, B>>>,
) -> Result<Option<(Tensor<T, B>, Tensor<i64, B>)>> {
    let mut best = None;
    for (k, look) in looks.enumerate() {
        let look = look?;
        best = Some(match best {
            None => {
                let first = Tensor::<i64, B>::try_zeros(look.shape())?;
                (look, first)
            }
            Some((value, index)) => {
                let larger = look.try_gt(&value)?.try_or(look.try_ne(&look)?)?;
                (larger.try_where_cond(look, value)?, larger.try_where_cond(k as i64, index)?)
            }
        });
    }
    Ok(best)
}

/// How the largest element is found along one axis: the looks at a tensor that show the k-th elements of all windows, and
/// for each window the place of its element 0 and the first k that is no padding.
pub(super) struct Search<'a, T: Real, B: Backend> {
    pub(super) looks: Box<dyn Fn(&Tensor<T, B>) -> Result<Vec<Tensor<T, B>>> + 'a>,
    pub(super) starts: Vec<isize>,
    pub(super) dilation: usize,
}

/// The largest element of each window along the axes from `first` on, and where it stands among the elements of those axes
/// in row-major order. The gradient goes to the first of the largest.
pub(super) fn largest<T: Real, B: Backend>(
    x: &Tensor<T, B>,
    first: usize,
    searches: &[Search<'_, T, B>],
) -> Result<(Tensor<T, B>, Tensor<i64, B>)> {
    // One axis after the other, the last one first: so the first of equal elements is the first in row-major order.
    let mut value = x.detach();
    let mut place: Option<Tensor<i64, B>> = None;
    let mut step = 1i64;
    for (i, search) in searches.iter().enumerate().rev() {
        let axis = first + i;
        let Some((_, k)) = first_largest((search.looks)(&value)?.into_iter().map(Ok))? else {
            return Err(Error::value("max_pool", "a window without elements has no largest"));
        };
        // Of nothing but −∞ the first may be one of the padding: then it is the first element behind that.
        let mut line = vec![1; x.rank()];
        line[axis] = search.starts.len();
        let d = search.dilation as isize;
        let least: Vec<i64> =
            search.starts.iter().map(|&s| ((-s).max(0) as usize).div_ceil(search.dilation) as i64).collect();
        let starts: Vec<i64> = search.starts.iter().map(|&s| s as i64).collect();
        let k = k.try_maximum(Tensor::try_from_vec(least, &line[..])?)?;
        let at = (k * d as i64).try_add(Tensor::try_from_vec(starts, &line[..])?)?;
        if i > 0 {
            value = value.try_gather(axis, &at)?;
        }
        let here = &at * step;
        place = Some(match place {
            Some(behind) => behind.try_gather(axis, &at)?.try_add(here)?,
            None => here,
        });
        step *= x.shape()[axis] as i64;
    }
    let place = place.expect("pooling has an axis");
    let lead: usize = x.shape()[..first].iter().product();
    let flat = [lead, x.shape()[first..].iter().product()];
    let index = place.try_reshape([lead, place.shape()[first..].iter().product()])?;
    let y = x.try_reshape(flat)?.try_gather(1, &index)?.try_reshape(place.shape())?.into_tensor();
    Ok((y, place))
}

fn max_pool<T: Real, B: Backend, const N: usize>(
    op: &'static str,
    x: &Tensor<T, B>,
    kernel: [usize; N],
    options: MaxPool<N>,
) -> Result<(Tensor<T, B>, Tensor<i64, B>)> {
    let MaxPool { stride, padding, dilation, ceil_mode } = options;
    let first = space(op, x, N)?;
    let windows = windows(op, &x.shape()[first..], kernel, stride, padding, dilation, ceil_mode)?;
    let windows: Vec<Window> = windows.into_iter().map(Window::trimmed).collect();
    let search = |i: usize| {
        let window = &windows[i..i + 1];
        let looks = move |x: &Tensor<T, B>| {
            let x = padded(x, first + i, window, T::neg_infinity())?;
            let looks = places(first + i, window).into_iter();
            looks.map(|place| x.try_slice(place).map(View::into_tensor)).collect()
        };
        Search { looks: Box::new(looks), starts: window[0].starts().collect(), dilation: window[0].dilation }
    };
    largest(x, first, &(0..N).map(search).collect::<Vec<_>>())
}

/// The sums of windows along one axis.
fn sums<T: Real, B: Backend>(x: &Tensor<T, B>, axis: usize, window: Window) -> Result<Tensor<T, B>> {
    let window = window.trimmed();
    let x = padded(x, axis, &[window], T::zero())?;
    let mut sum: Option<Tensor<T, B>> = None;
    for place in places(axis, &[window]) {
        let look = x.try_slice(place)?;
        sum = Some(match sum {
            Some(sum) => sum.try_add(look)?,
            None => look.into_tensor(),
        });
    }
    Ok(sum.expect("a window has an element"))
}

fn avg_pool<T: Real, B: Backend, const N: usize>(
    op: &'static str,
    x: &Tensor<T, B>,
    kernel: [usize; N],
    options: AvgPool<N>,
) -> Result<Tensor<T, B>> {
    let AvgPool { stride, padding, ceil_mode, count_include_pad, divisor_override } = options;
    let first = space(op, x, N)?;
    if divisor_override == Some(0) {
        return Err(Error::value(op, "divisor_override must not be 0"));
    }
    let windows = windows(op, &x.shape()[first..], kernel, stride, padding, [1; N], ceil_mode)?;
    let mut y = x.clone();
    for (i, window) in windows.iter().enumerate().rev() {
        y = sums(&y, first + i, *window)?;
    }
    if let Some(divisor) = divisor_override {
        return Ok(y / T::from_f64(divisor as f64));
    }
    let mut divisor = 1.0;
    for (i, window) in windows.iter().enumerate() {
        let size = window.size as isize;
        let (low, high) = if count_include_pad { (isize::MIN, size + window.before as isize) } else { (0, size) };
        let count = |start: isize| start.saturating_add_unsigned(window.kernel).min(high) - start.max(low);
        let counts: Vec<f64> = window.starts().map(|start| count(start).max(1) as f64).collect();
        if counts.iter().all(|&n| n == counts[0]) {
            divisor *= counts[0];
        } else {
            y = y.try_div(along(&counts, first + i, x.rank()))?;
        }
    }
    Ok(if divisor == 1.0 { y } else { y / T::from_f64(divisor) })
}

fn lp_pool<T: Real, B: Backend, const N: usize>(
    op: &'static str,
    x: &Tensor<T, B>,
    p: f64,
    kernel: [usize; N],
    options: LpPool<N>,
) -> Result<Tensor<T, B>> {
    let LpPool { stride, ceil_mode } = options;
    let means = avg_pool(op, &x.try_pow(T::from_f64(p))?, kernel, AvgPool { stride, ceil_mode, ..AvgPool::default() })?;
    let elements: usize = kernel.iter().product();
    (means * T::from_f64(elements as f64)).try_pow(T::from_f64(1.0 / p))
}

fn max_unpool<T: Real, B: Backend, const N: usize>(
    op: &'static str,
    x: &Tensor<T, B>,
    index: &Tensor<i64, B>,
    kernel: [usize; N],
    options: MaxUnpool<N>,
) -> Result<Tensor<T, B>> {
    let MaxUnpool { stride, padding, output_size } = options;
    let first = space(op, x, N)?;
    if index.shape() != x.shape() {
        let hint = "there must be an index for each element";
        return Err(Error::shape(op, &[x.layout().shape(), index.layout().shape()], hint));
    }
    let stride = stride.unwrap_or(kernel);
    let default: Option<Vec<usize>> = (0..N)
        .map(|i| {
            ((x.shape()[first + i] - 1).checked_mul(stride[i])?.checked_add(kernel[i])?).checked_sub(2 * padding[i])
        })
        .collect();
    let Some(sizes) = output_size.map(|sizes| sizes.to_vec()).or(default) else {
        return Err(Error::value(op, "the output would have no elements along an axis"));
    };
    let count: usize = sizes.iter().product();
    if let Some(&wrong) = index.to_vec().iter().find(|&&i| !(0..count as i64).contains(&i)) {
        return Err(Error::index(op, wrong, first, count));
    }
    let lead: usize = x.shape()[..first].iter().product();
    let (x2, index) = (x.try_reshape([lead as isize, -1])?, index.try_reshape([lead as isize, -1])?);
    let y = Tensor::<T, B>::try_zeros([lead, count])?.try_scatter(1, &index, &x2)?;
    let shape: Vec<usize> = x.shape()[..first].iter().copied().chain(sizes).collect();
    Ok(y.try_reshape(shape)?.into_tensor())
}

/// Each line: the functions over `N` axes.
macro_rules! pooling {
    ($($n:literal: $axes:literal, $max:ident $try_max:ident $max_with:ident $try_max_with:ident $avg:ident $try_avg:ident
        $lp:ident $try_lp:ident $unpool:ident $try_unpool:ident;)*) => { functions! { $(
        #[doc = concat!("The largest element of each window over ", $axes, ", NaN if one is NaN. Of equal elements the first takes the gradient.")]
        ///
        /// Each axis of size n becomes one of `(n + 2 · padding − dilation · (kernel − 1) − 1) / stride + 1`.
        ///
        /// # Panics
        /// If the rank is another, an axis but that of the batch is empty, a kernel, stride or dilation is 0, the padding is
        /// more than half of a window, or no window fits.
        ///
        /// ```
        #[doc = concat!("use nn::functional::{MaxPool, ", stringify!($max), "};")]
        /// use tensor_core::{Serial, Tensor};
        #[doc = concat!("let x = Tensor::<f32, Serial>::arange(0.0, 4.0, 1.0).reshape([1, 4].into_iter().chain([1; ", $n, " - 1]).collect::<Vec<i64>>()).into_tensor();")]
        #[doc = concat!("let mut kernel = [1; ", $n, "];")]
        /// kernel[0] = 2;
        #[doc = concat!("assert_eq!(", stringify!($max), "(&x, kernel, MaxPool::default()).to_vec(), [1.0, 3.0]);")]
        /// ```
        fn $max | $try_max (x: &Tensor<T, B>, kernel: [usize; $n], options: MaxPool<$n>) -> Tensor<T, B> {
            Ok(max_pool(stringify!($max), x, kernel, options)?.0)
        }

        #[doc = concat!("[`", stringify!($max), "`], and where each of the largest elements stands among those of its channel, in row-major order.")]
        ///
        /// # Panics
        #[doc = concat!("As [`", stringify!($max), "`].")]
        fn $max_with | $try_max_with (x: &Tensor<T, B>, kernel: [usize; $n], options: MaxPool<$n>) -> (Tensor<T, B>, Tensor<i64, B>) {
            max_pool(stringify!($max), x, kernel, options)
        }

        #[doc = concat!("The mean of each window over ", $axes, ".")]
        ///
        /// Each axis of size n becomes one of `(n + 2 · padding − kernel) / stride + 1`.
        ///
        /// # Panics
        /// If the rank is another, an axis but that of the batch is empty, a kernel, stride or divisor is 0, the padding is
        /// more than half of a window, or no window fits.
        ///
        /// ```
        #[doc = concat!("use nn::functional::{AvgPool, ", stringify!($avg), "};")]
        /// use tensor_core::{Serial, Tensor};
        #[doc = concat!("let x = Tensor::<f32, Serial>::ones([2; ", $n, " + 2]);")]
        #[doc = concat!("assert_eq!(", stringify!($avg), "(&x, [2; ", $n, "], AvgPool::default()).to_vec(), [1.0; 4]);")]
        /// ```
        fn $avg | $try_avg (x: &Tensor<T, B>, kernel: [usize; $n], options: AvgPool<$n>) -> Tensor<T, B> {
            avg_pool(stringify!($avg), x, kernel, options)
        }

        #[doc = concat!("The p-norm of each window over ", $axes, ": (Σ xᵖ)^(1/p).")]
        ///
        /// # Panics
        #[doc = concat!("As [`", stringify!($avg), "`].")]
        fn $lp | $try_lp (x: &Tensor<T, B>, p: f64, kernel: [usize; $n], options: LpPool<$n>) -> Tensor<T, B> {
            lp_pool(stringify!($lp), x, p, kernel, options)
        }

        #[doc = concat!("Each element at the place that [`", stringify!($max_with), "`] says it came from, and 0 elsewhere.")]
        ///
        /// # Panics
        /// If the shapes of `x` and `index` differ, or an index lies outside the output.
        fn $unpool | $try_unpool (
            x: &Tensor<T, B>, index: &Tensor<i64, B>, kernel: [usize; $n], options: MaxUnpool<$n>,
        ) -> Tensor<T, B> {
            max_unpool(stringify!($unpool), x, index, kernel, options)
        }
    )* } };
}
pooling! {
    1: "one axis", max_pool1d try_max_pool1d max_pool1d_with_indices try_max_pool1d_with_indices avg_pool1d try_avg_pool1d
        lp_pool1d try_lp_pool1d max_unpool1d try_max_unpool1d;
    2: "two axes", max_pool2d try_max_pool2d max_pool2d_with_indices try_max_pool2d_with_indices avg_pool2d try_avg_pool2d
        lp_pool2d try_lp_pool2d max_unpool2d try_max_unpool2d;
    3: "three axes", max_pool3d try_max_pool3d max_pool3d_with_indices try_max_pool3d_with_indices avg_pool3d try_avg_pool3d
        lp_pool3d try_lp_pool3d max_unpool3d try_max_unpool3d;
}
