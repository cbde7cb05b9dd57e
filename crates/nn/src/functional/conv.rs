//! Convolutions and their adjoints: one copy of the windows, and a matrix product with it.

use super::fold::overlap_add;
use super::line_of;
use super::window::{Window, padded, shifted};
use tensor_core::{Backend, Error, Real, Result, Tensor};

/// What lies around the axes of space in a convolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Padding<const N: usize> {
    /// Nothing: windows lie inside.
    #[default]
    Valid,
    /// As many zeros as make the output as large as the input; where that is odd, one more behind. The stride must be 1.
    Same,
    /// So many zeros on both sides of each axis.
    Zeros([usize; N]),
}

options! {
    /// How a convolution over `N` axes of space is done.
    struct Conv [const N: usize] [N] {
        /// How far apart windows start.
        stride: [usize; N] = [1; N],
        /// What lies around the input.
        padding: Padding<N> = Padding::Valid,
        /// How far apart the elements of a window are.
        dilation: [usize; N] = [1; N],
        /// Channels are divided into so many groups that have nothing to do with each other.
        groups: usize = 1,
    }

    /// How a transposed convolution over `N` axes of space is done; the names are those of the convolution it undoes.
    struct ConvTranspose [const N: usize] [N] {
        /// How far apart windows start in the output.
        stride: [usize; N] = [1; N],
        /// How many elements are cut off on both sides of the output.
        padding: [usize; N] = [0; N],
        /// How many elements the output is longer: less than the stride or the dilation.
        output_padding: [usize; N] = [0; N],
        /// How far apart the elements of a window are.
        dilation: [usize; N] = [1; N],
        /// Channels are divided into so many groups that have nothing to do with each other.
        groups: usize = 1,
    }
}

/// Input and weights, with a batch of one where there was none.
struct Operands<T: Real, B: Backend> {
    /// `[n, channels, …]`
    x: Tensor<T, B>,
    batched: bool,
}

/// Checks what both directions have in common: ranks, groups, the channels of the input, the size of the bias.
fn operands<T: Real, B: Backend>(
    op: &'static str,
    n: usize,
    x: &Tensor<T, B>,
    weight: &Tensor<T, B>,
    bias: Option<&Tensor<T, B>>,
    groups: usize,
    transposed: bool,
) -> Result<Operands<T, B>> {
    let shapes = [x.layout().shape(), weight.layout().shape()];
    if weight.rank() != n + 2 {
        let hint = format!("the weight must have a rank of {}: two axes of channels, and {n} of space", n + 2);
        return Err(Error::shape(op, &shapes, hint));
    }
    if x.rank() != n + 1 && x.rank() != n + 2 {
        let hint = format!("the input must have a rank of {} or, with a batch, {}", n + 1, n + 2);
        return Err(Error::shape(op, &shapes, hint));
    }
    let (first, second) = (weight.shape()[0], weight.shape()[1]);
    if groups == 0 || first < groups || !first.is_multiple_of(groups) {
        return Err(Error::value(
            op,
            format!("the first axis of the weight, of size {first}, makes no {groups} groups"),
        ));
    }
    let (inputs, outputs) =
        if transposed { (first, second.saturating_mul(groups)) } else { (second.saturating_mul(groups), first) };
    if x.shape()[x.rank() - n - 1] != inputs {
        let hint = format!("the input must have {inputs} channels for this weight in {groups} groups");
        return Err(Error::shape(op, &shapes, hint));
    }
    if let Some(bias) = bias
        && bias.shape() != [outputs]
    {
        return Err(Error::shape(op, &[bias.layout().shape()], format!("the bias must have the shape [{outputs}]")));
    }
    let batched = x.rank() == n + 2;
    Ok(Operands { x: if batched { x.clone() } else { x.try_unsqueeze(0)?.into_tensor() }, batched })
}

/// The sizes as a shape that can be reshaped to.
fn shape(sizes: impl IntoIterator<Item = usize>) -> Vec<usize> {
    sizes.into_iter().collect()
}

/// The axes `order`, and those behind them as they are.
fn reorder<T: Real, B: Backend>(x: &Tensor<T, B>, order: &[isize]) -> Result<Tensor<T, B>> {
    let axes: Vec<isize> = order.iter().copied().chain(order.len() as isize..x.rank() as isize).collect();
    Ok(x.try_permute(axes)?.into_tensor())
}

fn convolution<T: Real, B: Backend, const N: usize>(
    op: &'static str,
    x: &Tensor<T, B>,
    weight: &Tensor<T, B>,
    bias: Option<&Tensor<T, B>>,
    options: Conv<N>,
) -> Result<Tensor<T, B>> {
    let Conv { stride, padding, dilation, groups } = options;
    let Operands { x, batched } = operands(op, N, x, weight, bias, groups, false)?;
    if padding == Padding::Same && stride != [1; N] {
        return Err(Error::value(op, "padding to the same size needs a stride of 1"));
    }
    let windows: Vec<Window> = (0..N)
        .map(|i| {
            let kernel = weight.shape()[2 + i];
            let padding = match padding {
                Padding::Valid => (0, 0),
                Padding::Same => {
                    let total = dilation[i].saturating_mul(kernel.saturating_sub(1));
                    (total / 2, total - total / 2)
                }
                Padding::Zeros(sizes) => (sizes[i], sizes[i]),
            };
            Window::new(op, x.shape()[2 + i], kernel, stride[i], dilation[i], padding, false)
        })
        .collect::<Result<_>>()?;
    let (batch, channels, outputs) = (x.shape()[0], x.shape()[1], weight.shape()[0]);
    let (inside, rows) = (channels / groups, outputs / groups);
    let counts = windows.iter().map(|w| w.count);
    let kernel: usize = windows.iter().map(|w| w.kernel).product();
    let columns = batch * counts.clone().product::<usize>();

    // [groups, kernel · inside, batch · windows]: the k-th elements of all windows, one k behind the other.
    let grouped = shape([groups, 1, inside, batch].into_iter().chain(counts.clone()));
    let x = reorder(&padded(&x, 2, &windows, T::zero())?, &[1, 0])?;
    let parts = shifted(&x, 2, &windows)?;
    let parts = parts.iter().map(|part| part.try_reshape(&grouped[..])).collect::<Result<Vec<_>>>()?;
    let parts: Vec<&Tensor<T, B>> = parts.iter().map(|part| &**part).collect();
    let seen = match parts[..] {
        [one] => one.clone(),
        _ => Tensor::try_concat(&parts, 1)?,
    };
    let seen = seen.try_reshape([groups, kernel * inside, columns])?;
    // [groups, rows, kernel · inside]
    let weight = weight.try_reshape([groups, rows, inside, kernel])?;
    let weight = weight.try_permute([0, 1, 3, 2])?.try_reshape([groups, rows, kernel * inside])?;

    let y = weight.try_matmul(&seen)?.try_reshape([outputs, columns])?.into_tensor();
    let y = match bias {
        Some(bias) => y.try_add(bias.try_unsqueeze(1)?)?,
        None => y,
    };
    let y = y.try_reshape(shape([outputs, batch].into_iter().chain(counts)))?;
    let y = reorder(&y, &[1, 0])?;
    Ok(if batched { y } else { y.try_squeeze(0)?.into_tensor() })
}

fn transposed_convolution<T: Real, B: Backend, const N: usize>(
    op: &'static str,
    x: &Tensor<T, B>,
    weight: &Tensor<T, B>,
    bias: Option<&Tensor<T, B>>,
    options: ConvTranspose<N>,
) -> Result<Tensor<T, B>> {
    let ConvTranspose { stride, padding, output_padding, dilation, groups } = options;
    let Operands { x, batched } = operands(op, N, x, weight, bias, groups, true)?;
    let windows: Vec<Window> = (0..N)
        .map(|i| {
            transposed_window(
                op,
                x.shape()[2 + i],
                weight.shape()[2 + i],
                stride[i],
                dilation[i],
                padding[i],
                output_padding[i],
            )
        })
        .collect::<Result<_>>()?;
    let (batch, inputs, rows) = (x.shape()[0], x.shape()[1], weight.shape()[1]);
    let (inside, outputs) = (inputs / groups, rows * groups);
    let counts = windows.iter().map(|w| w.count);
    let kernel: usize = windows.iter().map(|w| w.kernel).product();
    let columns = batch * counts.clone().product::<usize>();

    // What each element of the input adds to each place of its window: [groups, kernel · rows, batch · windows].
    let x = reorder(&x, &[1, 0])?;
    let x = x.try_reshape([groups, inside, columns])?;
    let weight = weight.try_reshape([groups, inside, rows, kernel])?;
    let weight = weight.try_permute([0, 3, 2, 1])?.try_reshape([groups, kernel * rows, inside])?;
    let sent = weight.try_matmul(&x)?;
    let sent = sent.try_reshape(shape([groups, kernel, rows, batch].into_iter().chain(counts.clone())))?;
    let part =
        |k: usize| sent.try_slice((.., k))?.try_reshape(shape([outputs, batch].into_iter().chain(counts.clone())));
    let y = overlap_add(&[outputs, batch], &windows, part)?;
    let y = match bias {
        Some(bias) => y.try_add(bias.try_reshape(line_of(0, N + 2))?)?,
        None => y,
    };
    let y = reorder(&y, &[1, 0])?;
    Ok(if batched { y } else { y.try_squeeze(0)?.into_tensor() })
}

/// The windows in the output of a transposed convolution, one for each of `count` elements of the input.
fn transposed_window(
    op: &'static str,
    count: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    padding: usize,
    output_padding: usize,
) -> Result<Window> {
    for (name, value) in [("kernel", kernel), ("stride", stride), ("dilation", dilation), ("input", count)] {
        if value == 0 {
            return Err(Error::value(op, format!("the {name} is 0; it must be at least 1")));
        }
    }
    if output_padding >= stride.max(dilation) {
        let message =
            format!("output_padding {output_padding} must be less than the stride {stride} or the dilation {dilation}");
        return Err(Error::value(op, message));
    }
    // None of this overflows.
    let wide = |n: usize| n as i128;
    let full = (wide(count) - 1) * wide(stride) + wide(dilation) * (wide(kernel) - 1) + 1;
    let size = full - 2 * wide(padding) + wide(output_padding);
    let (Ok(full), Ok(size @ 1..)) = (usize::try_from(full), usize::try_from(size)) else {
        return Err(Error::value(op, format!("the output would have {size} elements along an axis")));
    };
    let after = full.saturating_sub(size + padding);
    Ok(Window { size, kernel, stride, dilation, before: padding, after, count })
}

functions! {
    /// The convolution over one axis of space, which strictly is a correlation:
    /// `out[n, o, i] = bias[o] + Σ weight[o, c, k] · x[n, c, i · stride + k · dilation − padding]` over c and k.
    ///
    /// `x` is `[batch, channels, length]` or without the batch, `weight` is `[outputs, channels / groups, kernel]`.
    ///
    /// # Panics
    /// If the shapes do not fit, a window is longer than the padded axis, or a stride, dilation or `groups` is 0.
    ///
    /// ```
    /// use nn::functional::{Conv, conv1d};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([[1.0, 4.0, 9.0, 16.0]]);
    /// let difference = Tensor::new([[[-1.0, 1.0]]]);
    /// assert_eq!(conv1d(&x, &difference, None, Conv::default()).to_vec(), [3.0, 5.0, 7.0]);
    /// ```
    fn conv1d | try_conv1d (
        x: &Tensor<T, B>, weight: &Tensor<T, B>, bias: Option<&Tensor<T, B>>, options: Conv<1>,
    ) -> Tensor<T, B> {
        convolution("conv1d", x, weight, bias, options)
    }

    /// The convolution over two axes of space, of an image; see [`conv1d`]. `x` is `[batch, channels, height, width]` or
    /// without the batch, `weight` is `[outputs, channels / groups, kernel height, kernel width]`.
    ///
    /// # Panics
    /// As [`conv1d`].
    ///
    /// ```
    /// use nn::functional::{Conv, Padding, conv2d};
    /// use tensor_core::{Serial, Tensor};
    /// let image = Tensor::<f32, Serial>::ones([1, 1, 3, 3]);
    /// let neighbours = conv2d(&image, &Tensor::ones([1, 1, 3, 3]), None, Conv { padding: Padding::Same, ..Conv::default() });
    /// assert_eq!(neighbours.to_vec(), [4.0, 6.0, 4.0, 6.0, 9.0, 6.0, 4.0, 6.0, 4.0]);
    /// ```
    fn conv2d | try_conv2d (
        x: &Tensor<T, B>, weight: &Tensor<T, B>, bias: Option<&Tensor<T, B>>, options: Conv<2>,
    ) -> Tensor<T, B> {
        convolution("conv2d", x, weight, bias, options)
    }

    /// The convolution over three axes of space; see [`conv1d`].
    ///
    /// # Panics
    /// As [`conv1d`].
    ///
    /// ```
    /// use nn::functional::{Conv, conv3d};
    /// use tensor_core::{Serial, Tensor};
    /// let (x, weight) = (Tensor::<f32, Serial>::ones([1, 2, 4, 4, 4]), Tensor::ones([3, 2, 2, 2, 2]));
    /// assert_eq!(conv3d(&x, &weight, None, Conv::default()).shape(), [1, 3, 3, 3, 3]);
    /// ```
    fn conv3d | try_conv3d (
        x: &Tensor<T, B>, weight: &Tensor<T, B>, bias: Option<&Tensor<T, B>>, options: Conv<3>,
    ) -> Tensor<T, B> {
        convolution("conv3d", x, weight, bias, options)
    }

    /// The transposed convolution over one axis of space, the adjoint of [`conv1d`] with the same weight: each element of
    /// the input adds the weight, times itself, to its window of the output.
    ///
    /// `x` is `[batch, channels, length]` or without the batch, `weight` is `[channels, outputs / groups, kernel]`. The
    /// output has `(length − 1) · stride − 2 · padding + dilation · (kernel − 1) + output_padding + 1` elements.
    ///
    /// # Panics
    /// If the shapes do not fit, the output would be empty, `output_padding` is too large, or a stride, dilation or
    /// `groups` is 0.
    ///
    /// ```
    /// use nn::functional::{ConvTranspose, conv_transpose1d};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::new([[1.0, 10.0]]);
    /// let y = conv_transpose1d(&x, &Tensor::new([[[1.0, 2.0, 3.0]]]), None, ConvTranspose { stride: [2], ..ConvTranspose::default() });
    /// assert_eq!(y.to_vec(), [1.0, 2.0, 13.0, 20.0, 30.0]);
    /// ```
    fn conv_transpose1d | try_conv_transpose1d (
        x: &Tensor<T, B>, weight: &Tensor<T, B>, bias: Option<&Tensor<T, B>>, options: ConvTranspose<1>,
    ) -> Tensor<T, B> {
        transposed_convolution("conv_transpose1d", x, weight, bias, options)
    }

    /// The transposed convolution over two axes of space; see [`conv_transpose1d`].
    ///
    /// # Panics
    /// As [`conv_transpose1d`].
    ///
    /// ```
    /// use nn::functional::{ConvTranspose, conv_transpose2d};
    /// use tensor_core::{Serial, Tensor};
    /// let (x, weight) = (Tensor::<f32, Serial>::ones([1, 3, 4, 4]), Tensor::ones([3, 2, 3, 3]));
    /// let options = ConvTranspose { stride: [2, 2], ..ConvTranspose::default() };
    /// assert_eq!(conv_transpose2d(&x, &weight, None, options).shape(), [1, 2, 9, 9]);
    /// ```
    fn conv_transpose2d | try_conv_transpose2d (
        x: &Tensor<T, B>, weight: &Tensor<T, B>, bias: Option<&Tensor<T, B>>, options: ConvTranspose<2>,
    ) -> Tensor<T, B> {
        transposed_convolution("conv_transpose2d", x, weight, bias, options)
    }

    /// The transposed convolution over three axes of space; see [`conv_transpose1d`].
    ///
    /// # Panics
    /// As [`conv_transpose1d`].
    ///
    /// ```
    /// use nn::functional::{ConvTranspose, conv_transpose3d};
    /// use tensor_core::{Serial, Tensor};
    /// let (x, weight) = (Tensor::<f32, Serial>::ones([1, 3, 2, 2, 2]), Tensor::ones([3, 2, 2, 2, 2]));
    /// assert_eq!(conv_transpose3d(&x, &weight, None, ConvTranspose::default()).shape(), [1, 2, 3, 3, 3]);
    /// ```
    fn conv_transpose3d | try_conv_transpose3d (
        x: &Tensor<T, B>, weight: &Tensor<T, B>, bias: Option<&Tensor<T, B>>, options: ConvTranspose<3>,
    ) -> Tensor<T, B> {
        transposed_convolution("conv_transpose3d", x, weight, bias, options)
    }
}
