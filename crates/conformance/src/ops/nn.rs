//! Functions of neural networks.

use super::table;
use crate::args::{Any, Args, Fault, out};
use crate::case::Value;
use nn::functional::*;
use tensor_core::{Backend, Real, Tensor};

/// One size for all axes, or one for each.
fn spread<const N: usize>(name: &str, sizes: Vec<usize>) -> Result<[usize; N], Fault> {
    match sizes[..] {
        [one] => Ok([one; N]),
        _ => sizes.try_into().map_err(|sizes| Fault::Type(format!("`{name}` has not {N} sizes: {sizes:?}"))),
    }
}

fn sizes<T: Real, B: Backend, const N: usize>(a: &mut Args<'_, T, B>, name: &str) -> Result<[usize; N], Fault> {
    spread(name, a.get(name)?)
}

/// Sizes where nothing and an empty list leave them open.
fn some_sizes<T: Real, B: Backend, const N: usize>(
    a: &mut Args<'_, T, B>,
    name: &str,
) -> Result<Option<[usize; N]>, Fault> {
    let given = a.opt::<Vec<usize>>(name)?.filter(|sizes| !sizes.is_empty());
    given.map(|sizes| spread(name, sizes)).transpose()
}

fn sizes_or<T: Real, B: Backend, const N: usize>(
    a: &mut Args<'_, T, B>,
    name: &str,
    default: usize,
) -> Result<[usize; N], Fault> {
    Ok(some_sizes(a, name)?.unwrap_or([default; N]))
}

/// The sizes of adaptive pooling, where null is that of the input.
fn target_sizes<T: Real, B: Backend, const N: usize>(
    a: &mut Args<'_, T, B>,
    x: &Tensor<T, B>,
) -> Result<[usize; N], Fault> {
    let given: Vec<Option<usize>> = a.get("output_size")?;
    let given = if given.len() == 1 { vec![given[0]; N] } else { given };
    if given.len() != N {
        return Err(Fault::Type(format!("`output_size` has not {N} sizes: {given:?}")));
    }
    let size = |i: usize| given[i].map_or_else(|| x.try_size(i as isize - N as isize), Ok);
    let all = (0..N).map(size).collect::<Result<Vec<_>, _>>()?;
    spread("output_size", all)
}

/// The arguments that say in an old way what `reduction` says.
fn old_ways<T: Real, B: Backend>(a: &mut Args<'_, T, B>, name: &str) -> Result<(), Fault> {
    match a.opt::<Value>(name)? {
        None => Ok(()),
        Some(_) => Err(Fault::Unsupported(format!("the argument `{name}`"))),
    }
}

/// The last arguments of most losses.
fn reduction<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<Reduction, Fault> {
    old_ways(a, "size_average")?;
    old_ways(a, "reduce")?;
    named_reduction(a)
}

fn named_reduction<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<Reduction, Fault> {
    match a.or("reduction", String::from("mean"))?.as_str() {
        "none" => Ok(Reduction::None),
        "mean" => Ok(Reduction::Mean),
        "sum" => Ok(Reduction::Sum),
        "batchmean" => Ok(Reduction::BatchMean),
        other => Err(Fault::Type(format!("{other} is no reduction"))),
    }
}

/// Predictions and targets, broadcast by the caller as losses do not.
fn pair<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<(Tensor<T, B>, Tensor<T, B>), Fault> {
    let [x, y] = broadcast([a.real("input")?, a.real("target")?])?;
    Ok((x, y))
}

fn broadcast<T: Real, B: Backend, const N: usize>(all: [Tensor<T, B>; N]) -> Result<[Tensor<T, B>; N], Fault> {
    let views = Tensor::try_broadcast_tensors(&all.each_ref())?;
    let tensors: Vec<Tensor<T, B>> = views.into_iter().map(Into::into).collect();
    tensors.try_into().map_err(|_| Fault::Type("tensors got lost".into()))
}

fn conv<T: Real, B: Backend, const N: usize>(a: &mut Args<'_, T, B>) -> Result<Conv<N>, Fault> {
    let stride = sizes_or(a, "stride", 1)?;
    let padding = match a.opt::<Value>("padding")? {
        None => Padding::Valid,
        Some(Value::Text(text)) => match text.as_str() {
            "same" => Padding::Same,
            "valid" => Padding::Valid,
            _ => return Err(Fault::Type(format!("{text} is no padding"))),
        },
        Some(Value::Int(size)) => Padding::Zeros([size_of(size)?; N]),
        Some(Value::List(list) | Value::Tuple(list)) => {
            let size = |value: &Value| match value {
                Value::Int(size) => size_of(*size),
                other => Err(Fault::Type(format!("{other:?} is no size"))),
            };
            Padding::Zeros(spread("padding", list.iter().map(size).collect::<Result<_, _>>()?)?)
        }
        Some(other) => return Err(Fault::Type(format!("{other:?} is no padding"))),
    };
    Ok(Conv { stride, padding, dilation: sizes_or(a, "dilation", 1)?, groups: a.or("groups", 1)? })
}

fn size_of(size: i64) -> Result<usize, Fault> {
    usize::try_from(size).map_err(|_| Fault::Type(format!("{size} is no size")))
}

fn conv_transpose<T: Real, B: Backend, const N: usize>(a: &mut Args<'_, T, B>) -> Result<ConvTranspose<N>, Fault> {
    Ok(ConvTranspose {
        stride: sizes_or(a, "stride", 1)?,
        padding: sizes_or(a, "padding", 0)?,
        output_padding: sizes_or(a, "output_padding", 0)?,
        groups: a.or("groups", 1)?,
        dilation: sizes_or(a, "dilation", 1)?,
    })
}

fn max_pool<T: Real, B: Backend, const N: usize>(
    a: &mut Args<'_, T, B>,
) -> Result<(Tensor<T, B>, [usize; N], MaxPool<N>), Fault> {
    let (x, kernel) = (a.real("input")?, sizes(a, "kernel_size")?);
    let options = MaxPool {
        stride: some_sizes(a, "stride")?,
        padding: sizes_or(a, "padding", 0)?,
        dilation: sizes_or(a, "dilation", 1)?,
        ceil_mode: a.or("ceil_mode", false)?,
    };
    Ok((x, kernel, options))
}

/// The largest elements, with their places if the call asks for them.
fn with_places<T: Real, B: Backend>(
    a: &mut Args<'_, T, B>,
    (y, place): (Tensor<T, B>, Tensor<i64, B>),
) -> Result<Vec<Any<T, B>>, Fault> {
    Ok(if a.or("return_indices", false)? { vec![Any::real(y), place.into()] } else { out(y) })
}

fn avg_pool<T: Real, B: Backend, const N: usize>(
    a: &mut Args<'_, T, B>,
) -> Result<(Tensor<T, B>, [usize; N], AvgPool<N>), Fault> {
    let (x, kernel) = (a.real("input")?, sizes(a, "kernel_size")?);
    let options = AvgPool {
        stride: some_sizes(a, "stride")?,
        padding: sizes_or(a, "padding", 0)?,
        ceil_mode: a.or("ceil_mode", false)?,
        count_include_pad: a.or("count_include_pad", true)?,
        divisor_override: a.opt("divisor_override")?,
    };
    Ok((x, kernel, options))
}

fn lp_pool<T: Real, B: Backend, const N: usize>(
    a: &mut Args<'_, T, B>,
) -> Result<(Tensor<T, B>, f64, [usize; N], LpPool<N>), Fault> {
    let (x, p, kernel) = (a.real("input")?, a.get("norm_type")?, sizes(a, "kernel_size")?);
    Ok((x, p, kernel, LpPool { stride: some_sizes(a, "stride")?, ceil_mode: a.or("ceil_mode", false)? }))
}

fn max_unpool<T: Real, B: Backend, const N: usize>(
    a: &mut Args<'_, T, B>,
) -> Result<(Tensor<T, B>, Tensor<i64, B>, [usize; N], MaxUnpool<N>), Fault> {
    let (x, index, kernel) = (a.real("input")?, a.get("indices")?, sizes(a, "kernel_size")?);
    let (stride, padding) = (some_sizes(a, "stride")?, sizes_or(a, "padding", 0)?);
    let size: Option<Vec<usize>> = a.opt("output_size")?;
    // The size may be that of the whole output.
    let output_size = size.map(|s| spread("output_size", s[s.len().saturating_sub(N)..].to_vec())).transpose()?;
    Ok((x, index, kernel, MaxUnpool { stride, padding, output_size }))
}

fn fold_options<T: Real, B: Backend>(a: &mut Args<'_, T, B>) -> Result<Fold, Fault> {
    let (dilation, padding) = (sizes_or(a, "dilation", 1)?, sizes_or(a, "padding", 0)?);
    Ok(Fold { dilation, padding, stride: sizes_or(a, "stride", 1)? })
}

fn dropout_arguments<T: Real, B: Backend>(a: &mut Args<'_, T, B>, p: f64) -> Result<(Tensor<T, B>, f64, bool), Fault> {
    Ok((a.real("input")?, a.or("p", p)?, a.or("training", true)?))
}

table! { |op, a|
    "nn.functional.conv1d" => {
        let (x, w, b) = (a.real("input")?, a.real("weight")?, a.opt("bias")?);
        out(try_conv1d(&x, &w, b.as_ref(), conv(a)?)?)
    },
    "nn.functional.conv2d" => {
        let (x, w, b) = (a.real("input")?, a.real("weight")?, a.opt("bias")?);
        out(try_conv2d(&x, &w, b.as_ref(), conv(a)?)?)
    },
    "nn.functional.conv3d" => {
        let (x, w, b) = (a.real("input")?, a.real("weight")?, a.opt("bias")?);
        out(try_conv3d(&x, &w, b.as_ref(), conv(a)?)?)
    },
    "nn.functional.conv_transpose1d" => {
        let (x, w, b) = (a.real("input")?, a.real("weight")?, a.opt("bias")?);
        out(try_conv_transpose1d(&x, &w, b.as_ref(), conv_transpose(a)?)?)
    },
    "nn.functional.conv_transpose2d" => {
        let (x, w, b) = (a.real("input")?, a.real("weight")?, a.opt("bias")?);
        out(try_conv_transpose2d(&x, &w, b.as_ref(), conv_transpose(a)?)?)
    },
    "nn.functional.conv_transpose3d" => {
        let (x, w, b) = (a.real("input")?, a.real("weight")?, a.opt("bias")?);
        out(try_conv_transpose3d(&x, &w, b.as_ref(), conv_transpose(a)?)?)
    },
    "nn.functional.unfold" => {
        let (x, kernel) = (a.real("input")?, sizes(a, "kernel_size")?);
        out(try_unfold(&x, kernel, fold_options(a)?)?)
    },
    "nn.functional.fold" => {
        let (x, size, kernel) = (a.real("input")?, sizes(a, "output_size")?, sizes(a, "kernel_size")?);
        out(try_fold(&x, size, kernel, fold_options(a)?)?)
    },

    "nn.functional.max_pool1d" => {
        let (x, kernel, options) = max_pool(a)?;
        with_places(a, try_max_pool1d_with_indices(&x, kernel, options)?)?
    },
    "nn.functional.max_pool2d" => {
        let (x, kernel, options) = max_pool(a)?;
        with_places(a, try_max_pool2d_with_indices(&x, kernel, options)?)?
    },
    "nn.functional.max_pool3d" => {
        let (x, kernel, options) = max_pool(a)?;
        with_places(a, try_max_pool3d_with_indices(&x, kernel, options)?)?
    },
    "nn.functional.avg_pool1d" => {
        let (x, kernel, options) = avg_pool(a)?;
        out(try_avg_pool1d(&x, kernel, options)?)
    },
    "nn.functional.avg_pool2d" => {
        let (x, kernel, options) = avg_pool(a)?;
        out(try_avg_pool2d(&x, kernel, options)?)
    },
    "nn.functional.avg_pool3d" => {
        let (x, kernel, options) = avg_pool(a)?;
        out(try_avg_pool3d(&x, kernel, options)?)
    },
    "nn.functional.adaptive_avg_pool1d" => {
        let x = a.real("input")?;
        let size = target_sizes(a, &x)?;
        out(try_adaptive_avg_pool1d(&x, size)?)
    },
    "nn.functional.adaptive_avg_pool2d" => {
        let x = a.real("input")?;
        let size = target_sizes(a, &x)?;
        out(try_adaptive_avg_pool2d(&x, size)?)
    },
    "nn.functional.adaptive_avg_pool3d" => {
        let x = a.real("input")?;
        let size = target_sizes(a, &x)?;
        out(try_adaptive_avg_pool3d(&x, size)?)
    },
    "nn.functional.adaptive_max_pool1d" => {
        let x = a.real("input")?;
        let size = target_sizes(a, &x)?;
        with_places(a, try_adaptive_max_pool1d_with_indices(&x, size)?)?
    },
    "nn.functional.adaptive_max_pool2d" => {
        let x = a.real("input")?;
        let size = target_sizes(a, &x)?;
        with_places(a, try_adaptive_max_pool2d_with_indices(&x, size)?)?
    },
    "nn.functional.adaptive_max_pool3d" => {
        let x = a.real("input")?;
        let size = target_sizes(a, &x)?;
        with_places(a, try_adaptive_max_pool3d_with_indices(&x, size)?)?
    },
    "nn.functional.lp_pool1d" => {
        let (x, p, kernel, options) = lp_pool(a)?;
        out(try_lp_pool1d(&x, p, kernel, options)?)
    },
    "nn.functional.lp_pool2d" => {
        let (x, p, kernel, options) = lp_pool(a)?;
        out(try_lp_pool2d(&x, p, kernel, options)?)
    },
    "nn.functional.lp_pool3d" => {
        let (x, p, kernel, options) = lp_pool(a)?;
        out(try_lp_pool3d(&x, p, kernel, options)?)
    },
    "nn.functional.max_unpool1d" => {
        let (x, index, kernel, options) = max_unpool(a)?;
        out(try_max_unpool1d(&x, &index, kernel, options)?)
    },
    "nn.functional.max_unpool2d" => {
        let (x, index, kernel, options) = max_unpool(a)?;
        out(try_max_unpool2d(&x, &index, kernel, options)?)
    },
    "nn.functional.max_unpool3d" => {
        let (x, index, kernel, options) = max_unpool(a)?;
        out(try_max_unpool3d(&x, &index, kernel, options)?)
    },

    "nn.functional.batch_norm" => {
        let (x, mut mean, mut var) = (a.real("input")?, a.written("running_mean")?, a.written("running_var")?);
        let (weight, bias) = (a.opt("weight")?, a.opt("bias")?);
        let options = BatchNorm {
            weight: weight.as_ref(),
            bias: bias.as_ref(),
            training: a.or("training", false)?,
            momentum: a.or("momentum", 0.1)?,
            eps: a.or("eps", 1e-5)?,
        };
        let running = mean.as_mut().zip(var.as_mut()).map(|((_, mean), (_, var))| (mean, var));
        let y = try_batch_norm(&x, running, options)?;
        mean.into_iter().chain(var).for_each(|(k, value)| a.mutate(k, value));
        out(y)
    },
    "nn.functional.instance_norm" => {
        let (x, mut mean, mut var) = (a.real("input")?, a.written("running_mean")?, a.written("running_var")?);
        let (weight, bias) = (a.opt("weight")?, a.opt("bias")?);
        let options = InstanceNorm {
            weight: weight.as_ref(),
            bias: bias.as_ref(),
            use_input_stats: a.or("use_input_stats", true)?,
            momentum: a.or("momentum", 0.1)?,
            eps: a.or("eps", 1e-5)?,
        };
        let running = mean.as_mut().zip(var.as_mut()).map(|((_, mean), (_, var))| (mean, var));
        let y = try_instance_norm(&x, running, options)?;
        mean.into_iter().chain(var).for_each(|(k, value)| a.mutate(k, value));
        out(y)
    },
    "nn.functional.layer_norm" => {
        let (x, shape, weight, bias) = (a.real("input")?, a.get::<Vec<usize>>("normalized_shape")?, a.opt("weight")?, a.opt("bias")?);
        out(try_layer_norm(&x, &shape, Norm { weight: weight.as_ref(), bias: bias.as_ref(), eps: a.or("eps", 1e-5)? })?)
    },
    "nn.functional.rms_norm" => {
        let (x, shape, weight) = (a.real("input")?, a.get::<Vec<usize>>("normalized_shape")?, a.opt("weight")?);
        out(try_rms_norm(&x, &shape, RmsNorm { weight: weight.as_ref(), eps: a.opt("eps")? })?)
    },
    "nn.functional.group_norm" => {
        let (x, groups, weight, bias) = (a.real("input")?, a.get("num_groups")?, a.opt("weight")?, a.opt("bias")?);
        out(try_group_norm(&x, groups, Norm { weight: weight.as_ref(), bias: bias.as_ref(), eps: a.or("eps", 1e-5)? })?)
    },
    "nn.functional.local_response_norm" => {
        let (x, size) = (a.real("input")?, a.get("size")?);
        let options = LocalResponseNorm { alpha: a.or("alpha", 1e-4)?, beta: a.or("beta", 0.75)?, k: a.or("k", 1.0)? };
        out(try_local_response_norm(&x, size, options)?)
    },
    "nn.functional.normalize" => {
        let x = a.real("input")?;
        out(try_normalize(&x, Normalize { p: a.or("p", 2.0)?, dim: a.or("dim", 1)?, eps: a.or("eps", 1e-12)? })?)
    },
    "nn.functional.cosine_similarity" => {
        let (x, y) = (a.real("x1")?, a.real("x2")?);
        out(try_cosine_similarity(&x, &y, CosineSimilarity { dim: a.or("dim", 1)?, eps: a.or("eps", 1e-8)? })?)
    },
    "nn.functional.pairwise_distance" => {
        let (x, y) = (a.real("x1")?, a.real("x2")?);
        let options = PairwiseDistance { p: a.or("p", 2.0)?, eps: a.or("eps", 1e-6)?, keepdim: a.or("keepdim", false)? };
        out(try_pairwise_distance(&x, &y, options)?)
    },

    "nn.functional.linear" => {
        let (x, w, b) = (a.real("input")?, a.real("weight")?, a.opt("bias")?);
        out(try_linear(&x, &w, b.as_ref())?)
    },
    "nn.functional.bilinear" => {
        let (x, y, w, b) = (a.real("input1")?, a.real("input2")?, a.real("weight")?, a.opt("bias")?);
        out(try_bilinear(&x, &y, &w, b.as_ref())?)
    },
    "nn.functional.embedding" => {
        let (mut weight, index) = (a.real("weight")?, a.get::<Tensor<i64, B>>("input")?);
        let padding = a.opt("padding_idx")?;
        let (max_norm, p) = (a.opt("max_norm")?, a.or("norm_type", 2.0)?);
        if let Some(max_norm) = max_norm {
            autograd::no_grad(|| try_embedding_renorm_(&mut weight, &index, max_norm, p))?;
        }
        out(try_embedding(&weight, &index, padding)?)
    },
    "nn.functional.scaled_dot_product_attention" => {
        let (query, key, value) = (a.real("query")?, a.real("key")?, a.real("value")?);
        let mask: Option<Any<T, B>> = a.opt("attn_mask")?;
        let mask = match &mask {
            None => None,
            Some(Any::Real(added)) => Some(Mask::Added(added)),
            Some(Any::Bool(allowed)) => Some(Mask::Allowed(allowed)),
            Some(_) => return Err(Fault::Type("`attn_mask` is no mask".into())),
        };
        let options = Attention {
            mask,
            dropout: unrandom(a.or("dropout_p", 0.0)?)?,
            is_causal: a.or("is_causal", false)?,
            scale: a.opt("scale")?,
            enable_gqa: a.or("enable_gqa", false)?,
        };
        out(try_scaled_dot_product_attention(&query, &key, &value, options)?)
    },
    "nn.functional.dropout" => {
        let (x, p, training) = dropout_arguments(a, 0.5)?;
        out(try_dropout(&x, p, training)?)
    },
    "nn.functional.dropout2d" | "nn.functional.dropout3d" => {
        let (x, p, training) = dropout_arguments(a, 0.5)?;
        out(try_feature_dropout(&x, p, training)?)
    },
    "nn.functional.alpha_dropout" => {
        let (x, p, training) = dropout_arguments(a, 0.5)?;
        out(try_alpha_dropout(&x, p, training)?)
    },

    "nn.functional.interpolate" => {
        let x = a.real("input")?;
        let (size, factor) = (a.opt::<Vec<usize>>("size")?, a.opt::<Vec<f64>>("scale_factor")?);
        let size = match (&size, &factor) {
            (Some(size), None) => Resize::To(size),
            (None, Some(factor)) => Resize::By(factor),
            _ => return Err(Fault::Type("needs either a size or a factor".into())),
        };
        let (mode, rank) = match a.or("mode", String::from("nearest"))?.as_str() {
            "nearest" => (Interpolation::Nearest, None),
            "nearest-exact" => (Interpolation::NearestExact, None),
            "area" => (Interpolation::Area, None),
            "linear" => (Interpolation::Linear, Some(3)),
            "bilinear" => (Interpolation::Linear, Some(4)),
            "trilinear" => (Interpolation::Linear, Some(5)),
            "bicubic" => (Interpolation::Cubic, Some(4)),
            other => return Err(Fault::Type(format!("{other} is no interpolation"))),
        };
        if rank.is_some_and(|rank| rank != x.rank()) {
            return Err(Fault::Type(format!("the mode does not go with rank {}", x.rank())));
        }
        let (corners, recompute) = (a.opt("align_corners")?, a.or("recompute_scale_factor", false)?);
        let options = Interpolate { mode, align_corners: corners.unwrap_or(false), recompute_scale_factor: recompute };
        out(try_interpolate(&x, size, options)?)
    },
    "nn.functional.pixel_shuffle" => {
        let (x, factor) = (a.real("input")?, a.get("upscale_factor")?);
        out(try_pixel_shuffle(&x, factor)?)
    },
    "nn.functional.pixel_unshuffle" => {
        let (x, factor) = (a.real("input")?, a.get("downscale_factor")?);
        out(try_pixel_unshuffle(&x, factor)?)
    },
    "nn.functional.channel_shuffle" => {
        let (x, groups) = (a.real("input")?, a.get("groups")?);
        out(try_channel_shuffle(&x, groups)?)
    },
    "nn.functional.pad" => {
        let (x, padding) = (a.real("input")?, a.get::<Vec<isize>>("pad")?);
        let (mode, value) = (a.or("mode", String::from("constant"))?, a.or("value", 0.0)?);
        let mode = match mode.as_str() {
            "constant" => PadMode::Constant(value),
            "reflect" => PadMode::Reflect,
            "replicate" => PadMode::Replicate,
            "circular" => PadMode::Circular,
            other => return Err(Fault::Type(format!("{other} is no way to pad"))),
        };
        if padding.len() % 2 != 0 {
            return Err(Fault::Type(format!("{padding:?} are no pairs")));
        }
        let padding: Vec<(isize, isize)> = padding.chunks(2).map(|pair| (pair[0], pair[1])).collect();
        out(try_pad(&x, &padding, mode)?)
    },

    "nn.functional.l1_loss" => {
        let (x, y) = pair(a)?;
        out(try_l1_loss(&x, &y, reduction(a)?)?)
    },
    "nn.functional.mse_loss" => {
        let (x, y) = pair(a)?;
        out(try_mse_loss(&x, &y, reduction(a)?)?)
    },
    "nn.functional.smooth_l1_loss" => {
        let (x, y) = pair(a)?;
        let reduction = reduction(a)?;
        out(try_smooth_l1_loss(&x, &y, SmoothL1 { beta: a.or("beta", 1.0)?, reduction })?)
    },
    "nn.functional.huber_loss" => {
        let (x, y) = pair(a)?;
        let reduction = named_reduction(a)?;
        out(try_huber_loss(&x, &y, Huber { delta: a.or("delta", 1.0)?, reduction })?)
    },
    "nn.functional.kl_div" => {
        let (x, y) = pair(a)?;
        let reduction = reduction(a)?;
        out(try_kl_div(&x, &y, KlDiv { log_target: a.or("log_target", false)?, reduction })?)
    },
    "nn.functional.poisson_nll_loss" => {
        let (x, y) = pair(a)?;
        let (log_input, full) = (a.or("log_input", true)?, a.or("full", false)?);
        old_ways(a, "size_average")?;
        let eps = a.or("eps", 1e-8)?;
        old_ways(a, "reduce")?;
        out(try_poisson_nll_loss(&x, &y, PoissonNll { log_input, full, eps, reduction: named_reduction(a)? })?)
    },
    "nn.functional.gaussian_nll_loss" => {
        let (x, y, variance) = (a.real("input")?, a.real("target")?, a.real("var")?);
        let options = GaussianNll { full: a.or("full", false)?, eps: a.or("eps", 1e-6)?, reduction: named_reduction(a)? };
        out(try_gaussian_nll_loss(&x, y.try_expand(x.shape())?, &variance, options)?)
    },
    "nn.functional.binary_cross_entropy" => {
        let (x, y, weight) = (a.real("input")?, a.real("target")?, a.opt("weight")?);
        let options = BinaryCrossEntropy { weight: weight.as_ref(), reduction: reduction(a)? };
        out(try_binary_cross_entropy(&x, &y, options)?)
    },
    "nn.functional.binary_cross_entropy_with_logits" => {
        let (x, y, weight) = (a.real("input")?, a.real("target")?, a.opt("weight")?);
        let reduction = reduction(a)?;
        let pos_weight = a.opt("pos_weight")?;
        let options = BinaryCrossEntropyWithLogits { weight: weight.as_ref(), pos_weight: pos_weight.as_ref(), reduction };
        out(try_binary_cross_entropy_with_logits(&x, &y, options)?)
    },
    "nn.functional.soft_margin_loss" => {
        let (x, y) = pair(a)?;
        out(try_soft_margin_loss(&x, &y, reduction(a)?)?)
    },
    "nn.functional.multilabel_soft_margin_loss" => {
        let (x, y, weight) = (a.real("input")?, a.real("target")?, a.opt("weight")?);
        let options = MultilabelSoftMargin { weight: weight.as_ref(), reduction: reduction(a)? };
        out(try_multilabel_soft_margin_loss(&x, &y, options)?)
    },
    "nn.functional.hinge_embedding_loss" => {
        let (x, y) = pair(a)?;
        let margin = a.or("margin", 1.0)?;
        out(try_hinge_embedding_loss(&x, &y, HingeEmbedding { margin, reduction: reduction(a)? })?)
    },
    "nn.functional.margin_ranking_loss" => {
        let [x1, x2, y] = broadcast([a.real("input1")?, a.real("input2")?, a.real("target")?])?;
        let margin = a.or("margin", 0.0)?;
        out(try_margin_ranking_loss(&x1, &x2, &y, MarginRanking { margin, reduction: reduction(a)? })?)
    },
    "nn.functional.cosine_embedding_loss" => {
        let (x1, x2, y, margin) = (a.real("input1")?, a.real("input2")?, a.real("target")?, a.or("margin", 0.0)?);
        out(try_cosine_embedding_loss(&x1, &x2, &y, CosineEmbedding { margin, reduction: reduction(a)? })?)
    },
    "nn.functional.triplet_margin_loss" => {
        let (x, positive, negative) = (a.real("anchor")?, a.real("positive")?, a.real("negative")?);
        let (margin, p, eps) = (a.or("margin", 1.0)?, a.or("p", 2.0)?, a.or("eps", 1e-6)?);
        let swap = a.or("swap", false)?;
        let options = TripletMargin { margin, p, eps, swap, reduction: reduction(a)? };
        out(try_triplet_margin_loss(&x, &positive, &negative, options)?)
    },
    "nn.functional.triplet_margin_with_distance_loss" => {
        let (x, positive, negative) = (a.real("anchor")?, a.real("positive")?, a.real("negative")?);
        old_ways(a, "distance_function")?;
        let distance = |x: &Tensor<T, B>, y: &Tensor<T, B>| pairwise_distance(x, y, PairwiseDistance::default());
        let options = TripletMarginWithDistance {
            margin: a.or("margin", 1.0)?,
            swap: a.or("swap", false)?,
            reduction: named_reduction(a)?,
        };
        out(try_triplet_margin_with_distance_loss(&x, &positive, &negative, distance, options)?)
    },
    "nn.functional.cross_entropy" => {
        let (x, y, weight) = (a.real("input")?, a.get::<Any<T, B>>("target")?, a.opt("weight")?);
        old_ways(a, "size_average")?;
        let ignore_index = a.or("ignore_index", -100)?;
        old_ways(a, "reduce")?;
        let reduction = named_reduction(a)?;
        let label_smoothing = a.or("label_smoothing", 0.0)?;
        let target = match &y {
            Any::Int(classes) => Target::Classes(classes),
            Any::Real(probabilities) => Target::Probabilities(probabilities),
            _ => return Err(Fault::Type("`target` is neither classes nor probabilities".into())),
        };
        out(try_cross_entropy(&x, target, CrossEntropy { weight: weight.as_ref(), ignore_index, label_smoothing, reduction })?)
    },
    "nn.functional.nll_loss" => {
        let (x, y, weight) = (a.real("input")?, a.get("target")?, a.opt("weight")?);
        old_ways(a, "size_average")?;
        let ignore_index = a.or("ignore_index", -100)?;
        old_ways(a, "reduce")?;
        out(try_nll_loss(&x, &y, Nll { weight: weight.as_ref(), ignore_index, reduction: named_reduction(a)? })?)
    },
    "nn.functional.ctc_loss" => {
        let (x, labels) = (a.real("log_probs")?, a.get("targets")?);
        let (steps, counts) = (lengths(a, "input_lengths")?, lengths(a, "target_lengths")?);
        let (blank, reduction) = (a.or("blank", 0)?, named_reduction(a)?);
        let options = Ctc { blank, zero_infinity: a.or("zero_infinity", false)?, reduction };
        out(try_ctc_loss(&x, &labels, &steps, &counts, options)?)
    },
    "nn.functional.multi_margin_loss" => {
        let (x, y) = (a.real("input")?, a.get("target")?);
        let (p, margin, weight) = (a.or::<i64>("p", 1)? as i32, a.or("margin", 1.0)?, a.opt("weight")?);
        let options = MultiMargin { p, margin, weight: weight.as_ref(), reduction: reduction(a)? };
        out(try_multi_margin_loss(&x, &y, options)?)
    },
    "nn.functional.multilabel_margin_loss" => {
        let (x, y) = (a.real("input")?, a.get("target")?);
        out(try_multilabel_margin_loss(&x, &y, reduction(a)?)?)
    },
}

/// Lengths in a list or a tensor.
fn lengths<T: Real, B: Backend>(a: &mut Args<'_, T, B>, name: &str) -> Result<Vec<usize>, Fault> {
    match a.get::<Value>(name)? {
        tensor @ Value::Tensor(_) => {
            let lengths = a.as_value::<Tensor<i64, B>>(&tensor)?.to_vec();
            lengths.into_iter().map(size_of).collect()
        }
        list => a.as_value(&list),
    }
}

/// The probability of dropout, where it is 0: what another library's generator drew cannot be compared.
fn unrandom(p: f64) -> Result<f64, Fault> {
    if p == 0.0 { Ok(p) } else { Err(Fault::Unsupported("recorded random numbers".into())) }
}
