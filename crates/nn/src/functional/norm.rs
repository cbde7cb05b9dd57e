//! Normalisation: over the batch, over axes at the end, over groups of channels, over neighbouring channels.

use super::line_of;
use tensor_core::{Backend, Error, Real, Result, SliceItem, Tensor};

options! {
    /// How [`batch_norm`] is done.
    struct BatchNorm ['a, T: Real, B: Backend] ['a, T, B] {
        /// What each normalised channel is multiplied by.
        weight: Option<&'a Tensor<T, B>> = None,
        /// What is then added to each channel.
        bias: Option<&'a Tensor<T, B>> = None,
        /// Whether mean and variance are those of the batch, and the running ones follow them.
        training: bool = false,
        /// How much of the batch goes into the running statistics: `(1 − momentum) · running + momentum · batch`.
        momentum: f64 = 0.1,
        /// What is added to the variance.
        eps: f64 = 1e-5,
    }

    /// How [`instance_norm`] is done.
    struct InstanceNorm ['a, T: Real, B: Backend] ['a, T, B] {
        /// What each normalised channel is multiplied by.
        weight: Option<&'a Tensor<T, B>> = None,
        /// What is then added to each channel.
        bias: Option<&'a Tensor<T, B>> = None,
        /// Whether mean and variance are those of each channel of each element of the batch, and the running ones follow
        /// them.
        use_input_stats: bool = true,
        /// How much of the batch goes into the running statistics: `(1 − momentum) · running + momentum · batch`.
        momentum: f64 = 0.1,
        /// What is added to the variance.
        eps: f64 = 1e-5,
    }

    /// How [`layer_norm`] and [`group_norm`] are done.
    struct Norm ['a, T: Real, B: Backend] ['a, T, B] {
        /// What the normalised values are multiplied by.
        weight: Option<&'a Tensor<T, B>> = None,
        /// What is then added.
        bias: Option<&'a Tensor<T, B>> = None,
        /// What is added to the variance.
        eps: f64 = 1e-5,
    }

    /// How [`rms_norm`] is done.
    struct RmsNorm ['a, T: Real, B: Backend] ['a, T, B] {
        /// What the normalised values are multiplied by.
        weight: Option<&'a Tensor<T, B>> = None,
        /// What is added to the mean of the squares; by default the distance from 1 to the next number of the type.
        eps: Option<f64> = None,
    }

    /// How [`local_response_norm`] is done.
    struct LocalResponseNorm [] [] {
        /// α
        alpha: f64 = 1e-4,
        /// β
        beta: f64 = 0.75,
        /// k
        k: f64 = 1.0,
    }
}

/// Mean and variance, biased, along `axes`, which stay.
fn moments<T: Real, B: Backend>(x: &Tensor<T, B>, axes: &[isize]) -> Result<(Tensor<T, B>, Tensor<T, B>)> {
    let mean = x.try_mean_keepdim(axes)?;
    let var = x.try_sub(&mean)?.square().try_mean_keepdim(axes)?;
    Ok((mean, var))
}

/// (x − mean) / √(var + eps), times the weight, plus the bias.
fn normalised<T: Real, B: Backend>(
    x: &Tensor<T, B>,
    (mean, var): (&Tensor<T, B>, &Tensor<T, B>),
    eps: f64,
    weight: Option<Tensor<T, B>>,
    bias: Option<Tensor<T, B>>,
) -> Result<Tensor<T, B>> {
    let mut scale = (var + T::from_f64(eps)).rsqrt();
    if let Some(weight) = weight {
        scale = scale.try_mul(weight)?;
    }
    let y = x.try_sub(mean)?.try_mul(scale)?;
    match bias {
        Some(bias) => y.try_add(bias),
        None => Ok(y),
    }
}

/// A value for each of `channels` channels, as the second of `rank` axes.
fn per_channel<T: Real, B: Backend>(
    op: &'static str,
    name: &str,
    values: Option<&Tensor<T, B>>,
    channels: usize,
    rank: usize,
) -> Result<Option<Tensor<T, B>>> {
    let Some(values) = values else { return Ok(None) };
    if values.shape() != [channels] {
        let hint = format!("the {name} must have one value for each of the {channels} channels");
        return Err(Error::shape(op, &[values.layout().shape()], hint));
    }
    Ok(Some(values.try_reshape(line_of(1, rank))?.into_tensor()))
}

/// Moves a running statistic towards `new`, of the same number of elements.
fn follow<T: Real, B: Backend>(running: &mut Tensor<T, B>, new: &Tensor<T, B>, momentum: f64) -> Result<()> {
    let new = new.detach().try_reshape(running.shape())? * T::from_f64(momentum);
    let moved = (running.detach() * T::from_f64(1.0 - momentum)).try_add(new)?;
    running.try_copy_(moved).map(|_| ())
}

/// Σ (x − mean)² / (n − 1) from the biased variance of n elements.
fn unbiased<T: Real, B: Backend>(var: &Tensor<T, B>, n: usize) -> Tensor<T, B> {
    var * T::from_f64(n as f64 / (n as f64 - 1.0))
}

/// The axes behind the first `lead`.
fn axes_from(lead: usize, rank: usize) -> Vec<isize> {
    (lead as isize..rank as isize).collect()
}

/// Checks that the last axes are `shape`, and the weight and bias have that shape too; returns these axes.
fn last_axes<T: Real, B: Backend>(
    op: &'static str,
    x: &Tensor<T, B>,
    shape: &[usize],
    affine: &[(&str, Option<&Tensor<T, B>>)],
) -> Result<Vec<isize>> {
    if shape.is_empty() {
        return Err(Error::value(op, "the shape to normalise over must have at least one axis"));
    }
    if !x.shape().ends_with(shape) {
        let hint = "the last axes of the tensor (left) must be the shape to normalise over (right)";
        return Err(Error::shape(op, &[x.layout().shape(), &shape.into()], hint));
    }
    for (name, values) in affine {
        if let Some(values) = values
            && values.shape() != shape
        {
            let hint = format!("the {name} (left) must have the shape to normalise over (right)");
            return Err(Error::shape(op, &[values.layout().shape(), &shape.into()], hint));
        }
    }
    Ok(axes_from(x.rank() - shape.len(), x.rank()))
}

functions! {
    /// Each channel, the second axis, with a mean of 0 and a variance of 1 over all other axes; times the weight, plus the
    /// bias ([Ioffe & Szegedy 2015](https://arxiv.org/abs/1502.03167)).
    ///
    /// `running` are the mean and the (unbiased) variance of the batches so far, `[channels]` each: in training they are
    /// moved in place, otherwise they are what is normalised with.
    ///
    /// # Panics
    /// If there are fewer than two axes, a channel has one element only in training, there are no running statistics to
    /// normalise with, or a shape does not fit.
    ///
    /// ```
    /// use nn::functional::{BatchNorm, batch_norm};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([[1.0, 10.0], [3.0, 30.0]]);
    /// let (mut mean, mut var) = (Tensor::zeros([2]), Tensor::ones([2]));
    /// let training = BatchNorm { training: true, eps: 0.0, ..BatchNorm::default() };
    /// let y = batch_norm(&x, Some((&mut mean, &mut var)), training);
    /// assert!((y - Tensor::new([[-1.0, -1.0], [1.0, 1.0]])).abs().lt(1e-15).all());
    /// assert!((mean - Tensor::new([0.2, 2.0])).abs().lt(1e-15).all());
    /// ```
    fn batch_norm | try_batch_norm (
        x: &Tensor<T, B>, running: Option<(&mut Tensor<T, B>, &mut Tensor<T, B>)>, options: BatchNorm<'_, T, B>,
    ) -> Tensor<T, B> {
        const OP: &str = "batch_norm";
        let BatchNorm { weight, bias, training, momentum, eps } = options;
        let rank = x.rank();
        if rank < 2 {
            if x.numel() == 0 && rank == 1 {
                return Ok(x.clone());
            }
            return Err(Error::shape(OP, &[x.layout().shape()], "must have at least two axes: [batch, channels, …]"));
        }
        let channels = x.shape()[1];
        let (weight, bias) = (per_channel(OP, "weight", weight, channels, rank)?, per_channel(OP, "bias", bias, channels, rank)?);
        if let Some((mean, var)) = &running {
            per_channel(OP, "running mean", Some(&**mean), channels, rank)?;
            per_channel(OP, "running variance", Some(&**var), channels, rank)?;
        }
        if !training {
            let Some((mean, var)) = running else {
                return Err(Error::value(OP, "needs running statistics, or `training`"));
            };
            let (mean, var) = (mean.try_reshape(line_of(1, rank))?, var.try_reshape(line_of(1, rank))?);
            return normalised(x, (&mean, &var), eps, weight, bias);
        }
        let axes: Vec<isize> = (0..rank as isize).filter(|&axis| axis != 1).collect();
        let n = axes.iter().map(|&axis| x.shape()[axis as usize]).product();
        if n == 1 {
            let hint = "a channel of one element has no variance to normalise with in training";
            return Err(Error::shape(OP, &[x.layout().shape()], hint));
        }
        let (mean, var) = moments(x, &axes)?;
        if let Some((running_mean, running_var)) = running && n > 0 {
            follow(running_mean, &mean, momentum)?;
            follow(running_var, &unbiased(&var, n), momentum)?;
        }
        normalised(x, (&mean, &var), eps, weight, bias)
    }

    /// Each channel of each element of the batch with a mean of 0 and a variance of 1 over the axes of space; times the
    /// weight, plus the bias ([Ulyanov et al. 2016](https://arxiv.org/abs/1607.08022)).
    ///
    /// `running` are the mean and the (unbiased) variance so far, `[channels]` each: where the statistics are those of the
    /// input they are moved in place, otherwise they are what is normalised with.
    ///
    /// # Panics
    /// If there are fewer than three axes, a channel has one element only, there are no running statistics to normalise
    /// with, or a shape does not fit.
    ///
    /// ```
    /// use nn::functional::{InstanceNorm, instance_norm};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([[[1.0, 3.0], [10.0, 30.0]]]);
    /// let y = instance_norm(&x, None, InstanceNorm { eps: 0.0, ..InstanceNorm::default() });
    /// assert!((y - Tensor::new([[[-1.0, 1.0], [-1.0, 1.0]]])).abs().lt(1e-15).all());
    /// ```
    fn instance_norm | try_instance_norm (
        x: &Tensor<T, B>, running: Option<(&mut Tensor<T, B>, &mut Tensor<T, B>)>, options: InstanceNorm<'_, T, B>,
    ) -> Tensor<T, B> {
        const OP: &str = "instance_norm";
        let InstanceNorm { weight, bias, use_input_stats, momentum, eps } = options;
        let rank = x.rank();
        if rank < 3 {
            let hint = "must have at least three axes: [batch, channels, …]";
            return Err(Error::shape(OP, &[x.layout().shape()], hint));
        }
        if !use_input_stats {
            return try_batch_norm(x, running, BatchNorm { weight, bias, training: false, momentum, eps });
        }
        let channels = x.shape()[1];
        let (weight, bias) = (per_channel(OP, "weight", weight, channels, rank)?, per_channel(OP, "bias", bias, channels, rank)?);
        let axes = axes_from(2, rank);
        let n: usize = x.shape()[2..].iter().product();
        if n == 1 {
            let hint = "a channel of one element has no variance to normalise with";
            return Err(Error::shape(OP, &[x.layout().shape()], hint));
        }
        let (mean, var) = moments(x, &axes)?;
        if let Some((running_mean, running_var)) = running {
            per_channel(OP, "running mean", Some(&*running_mean), channels, rank)?;
            per_channel(OP, "running variance", Some(&*running_var), channels, rank)?;
            if x.numel() > 0 {
                follow(running_mean, &mean.try_mean_axes(0)?, momentum)?;
                follow(running_var, &unbiased(&var, n).try_mean_axes(0)?, momentum)?;
            }
        }
        normalised(x, (&mean, &var), eps, weight, bias)
    }

    /// The last axes, of shape `shape`, with a mean of 0 and a variance of 1; times the weight, plus the bias, both of that
    /// shape ([Ba et al. 2016](https://arxiv.org/abs/1607.06450)).
    ///
    /// # Panics
    /// If the last axes do not have that shape, or weight or bias do not.
    ///
    /// ```
    /// use nn::functional::{Norm, layer_norm};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([[1.0, 3.0], [10.0, 30.0]]);
    /// let y = layer_norm(&x, &[2], Norm { eps: 0.0, ..Norm::default() });
    /// assert!((y - Tensor::new([[-1.0, 1.0], [-1.0, 1.0]])).abs().lt(1e-15).all());
    /// ```
    fn layer_norm | try_layer_norm (x: &Tensor<T, B>, shape: &[usize], options: Norm<'_, T, B>) -> Tensor<T, B> {
        let Norm { weight, bias, eps } = options;
        let axes = last_axes("layer_norm", x, shape, &[("weight", weight), ("bias", bias)])?;
        let (mean, var) = moments(x, &axes)?;
        let y = normalised(x, (&mean, &var), eps, None, None)?;
        let y = match weight {
            Some(weight) => y.try_mul(weight)?,
            None => y,
        };
        match bias {
            Some(bias) => y.try_add(bias),
            None => Ok(y),
        }
    }

    /// The last axes, of shape `shape`, divided by their root mean square, √(mean of x² + eps); times the weight, of that
    /// shape ([Zhang & Sennrich 2019](https://arxiv.org/abs/1910.07467)).
    ///
    /// # Panics
    /// If the last axes do not have that shape, or the weight does not.
    ///
    /// ```
    /// use nn::functional::{RmsNorm, rms_norm};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([[1.0, 1.0], [-3.0, 3.0]]);
    /// let y = rms_norm(&x, &[2], RmsNorm { eps: Some(0.0), ..RmsNorm::default() });
    /// assert!((y - Tensor::new([[1.0, 1.0], [-1.0, 1.0]])).abs().lt(1e-15).all());
    /// ```
    fn rms_norm | try_rms_norm (x: &Tensor<T, B>, shape: &[usize], options: RmsNorm<'_, T, B>) -> Tensor<T, B> {
        let RmsNorm { weight, eps } = options;
        let axes = last_axes("rms_norm", x, shape, &[("weight", weight)])?;
        let eps = eps.map_or(T::epsilon(), T::from_f64);
        let y = x.try_mul((x.square().try_mean_keepdim(axes)? + eps).rsqrt())?;
        match weight {
            Some(weight) => y.try_mul(weight),
            None => Ok(y),
        }
    }

    /// The channels, the second axis, in `groups`, each group of each element of the batch with a mean of 0 and a variance of
    /// 1; each channel times the weight, plus the bias ([Wu & He 2018](https://arxiv.org/abs/1803.08494)).
    ///
    /// # Panics
    /// If there are fewer than two axes, an axis but that of the batch is empty, the channels cannot be divided into so many
    /// groups, or weight or bias are not `[channels]`.
    ///
    /// ```
    /// use nn::functional::{Norm, group_norm};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::new([[1.0, 3.0, 10.0, 30.0]]);
    /// let y = group_norm(&x, 2, Norm { eps: 0.0, ..Norm::default() });
    /// assert!((y - Tensor::new([[-1.0, 1.0, -1.0, 1.0]])).abs().lt(1e-15).all());
    /// ```
    fn group_norm | try_group_norm (x: &Tensor<T, B>, groups: usize, options: Norm<'_, T, B>) -> Tensor<T, B> {
        const OP: &str = "group_norm";
        let Norm { weight, bias, eps } = options;
        let refuse = |hint: String| Err(Error::shape(OP, &[x.layout().shape()], hint));
        let &[batch, channels, ref rest @ ..] = x.shape() else {
            return refuse("must have at least two axes: [batch, channels, …]".into());
        };
        if groups == 0 || !channels.is_multiple_of(groups) {
            return refuse(format!("the {channels} channels cannot be divided into {groups} groups"));
        }
        if channels == 0 || rest.contains(&0) {
            return refuse("only the batch may be empty".into());
        }
        let (weight, bias) = (per_channel(OP, "weight", weight, channels, x.rank())?, per_channel(OP, "bias", bias, channels, x.rank())?);
        let grouped = x.try_reshape([batch, groups, channels / groups * rest.iter().product::<usize>()])?;
        let (mean, var) = moments(&grouped, &[2])?;
        let y = normalised(&grouped, (&mean, &var), eps, None, None)?.try_reshape(x.shape())?.into_tensor();
        let y = match weight {
            Some(weight) => y.try_mul(weight)?,
            None => y,
        };
        match bias {
            Some(bias) => y.try_add(bias),
            None => Ok(y),
        }
    }

    /// Each element divided by `(k + α / size · Σ x²)^β`, the sum over the `size` channels around its own (§3.3 of
    /// [Krizhevsky et al. 2012](https://doi.org/10.1145/3065386)).
    ///
    /// # Panics
    /// If there are fewer than three axes, or `size` is 0.
    ///
    /// ```
    /// use nn::functional::{LocalResponseNorm, local_response_norm};
    /// use tensor_core::{Serial, Tensor};
    /// let x = Tensor::<f64, Serial>::ones([1, 3, 1]);
    /// let y = local_response_norm(&x, 2, LocalResponseNorm { alpha: 2.0, beta: 1.0, k: 0.0 });
    /// assert_eq!(y.to_vec(), [1.0, 0.5, 0.5]);
    /// ```
    fn local_response_norm | try_local_response_norm (
        x: &Tensor<T, B>, size: usize, options: LocalResponseNorm,
    ) -> Tensor<T, B> {
        const OP: &str = "local_response_norm";
        let LocalResponseNorm { alpha, beta, k } = options;
        if x.rank() < 3 {
            return Err(Error::shape(OP, &[x.layout().shape()], "must have at least three axes: [batch, channels, …]"));
        }
        if size == 0 {
            return Err(Error::value(OP, "the size is 0; it must be at least 1"));
        }
        let channels = x.shape()[1];
        let mut padding = vec![(0, 0); x.rank()];
        padding[1] = (size / 2, (size - 1) / 2);
        let squares = x.square().try_pad(&padding, T::zero())?;
        let mut sum: Option<Tensor<T, B>> = None;
        for start in 0..size {
            let look = squares.try_slice([SliceItem::from(..), (start..start + channels).into()])?;
            sum = Some(match sum {
                Some(sum) => sum.try_add(look)?,
                None => look.into_tensor(),
            });
        }
        let sum = sum.expect("the size is at least 1");
        let scale = sum * T::from_f64(alpha / size as f64) + T::from_f64(k);
        x.try_div(scale.try_pow(T::from_f64(beta))?)
    }
}
