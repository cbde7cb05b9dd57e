//! Dropout: elements set to 0 at random in training, the others scaled up so that the mean stays.

use tensor_core::{Backend, Error, Generator, Real, Result, Tensor};

/// `x` with elements set to 0 with probability `p`, the others divided by 1 − p; what is drawn has `shape` and broadcasts.
pub(super) fn dropped<T: Real, B: Backend>(
    op: &'static str,
    x: &Tensor<T, B>,
    p: f64,
    shape: &[usize],
    generator: Option<&mut Generator>,
) -> Result<Tensor<T, B>> {
    let Some(kept) = kept::<T, B>(op, p, shape, generator)? else { return Ok(x.clone()) };
    // Dropping everything must not divide by 0.
    let scale = if p == 1.0 { 0.0 } else { 1.0 / (1.0 - p) };
    x.try_mul(kept.cast::<T>() * T::from_f64(scale))
}

/// Which elements of `shape` are kept when each is dropped with probability `p`: all, if there is no mask.
fn kept<T: Real, B: Backend>(
    op: &'static str,
    p: f64,
    shape: &[usize],
    generator: Option<&mut Generator>,
) -> Result<Option<Tensor<bool, B>>> {
    if !(0.0..=1.0).contains(&p) {
        return Err(Error::value(op, format!("{p} is no probability; it must be from 0 to 1")));
    }
    if p == 0.0 {
        return Ok(None);
    }
    let drawn = match generator {
        Some(generator) => Tensor::<T, B>::rand_with(generator, shape),
        None => Tensor::<T, B>::rand(shape),
    };
    drawn.try_ge(T::from_f64(p)).map(Some)
}

/// The first two axes, batch and channels, with the others at size 1: one draw for each channel.
fn channels<T: Real, B: Backend>(op: &'static str, x: &Tensor<T, B>) -> Result<Vec<usize>> {
    if x.rank() < 2 {
        return Err(Error::shape(op, &[x.layout().shape()], "must have at least two axes: [batch, channels, …]"));
    }
    Ok(x.shape().iter().enumerate().map(|(axis, &size)| if axis < 2 { size } else { 1 }).collect())
}

fn alpha<T: Real, B: Backend>(
    op: &'static str,
    x: &Tensor<T, B>,
    p: f64,
    generator: Option<&mut Generator>,
) -> Result<Tensor<T, B>> {
    // What SELU tends to for x → −∞.
    const LOW: f64 = -1.758_099_340_847_376_6;
    let Some(kept) = kept::<T, B>(op, p, x.shape(), generator)? else { return Ok(x.clone()) };
    let scale = if p == 1.0 { 0.0 } else { 1.0 / ((1.0 - p) * (1.0 + p * LOW * LOW)).sqrt() };
    let shift = -scale * p * LOW;
    Ok(kept.try_where_cond(x, T::from_f64(LOW))? * T::from_f64(scale) + T::from_f64(shift))
}

/// Each line: the function, with the default generator and with one of the caller's; what it draws and makes of it.
macro_rules! dropouts {
    ($($(#[$doc:meta])* $name:ident $try:ident $with:ident $try_with:ident |$op:ident, $x:ident, $p:ident, $generator:ident| $body:expr;)*) => {
        functions! { $(
            $(#[$doc])*
            fn $name | $try (x: &Tensor<T, B>, p: f64, training: bool) -> Tensor<T, B> {
                let ($op, $x, $p, $generator) = (stringify!($name), x, if training || !(0.0..=1.0).contains(&p) { p } else { 0.0 }, None::<&mut Generator>);
                $body
            }

            #[doc = concat!("[`", stringify!($name), "`] drawn from a generator of one's own.")]
            ///
            /// # Panics
            #[doc = concat!("As [`", stringify!($name), "`].")]
            fn $with | $try_with (generator: &mut Generator, x: &Tensor<T, B>, p: f64, training: bool) -> Tensor<T, B> {
                let ($op, $x, $p, $generator) = (stringify!($name), x, if training || !(0.0..=1.0).contains(&p) { p } else { 0.0 }, Some(generator));
                $body
            }
        )* }
    };
}
dropouts! {
    /// In training each element is set to 0 with probability `p`, and the others are divided by 1 − p; otherwise `x` itself
    /// ([Srivastava et al. 2014](https://jmlr.org/papers/v15/srivastava14a.html)).
    ///
    /// # Panics
    /// If `p` is not from 0 to 1.
    ///
    /// ```
    /// use nn::functional::{dropout, dropout_with};
    /// use tensor_core::{Generator, Serial, Tensor};
    /// let x = Tensor::<f32, Serial>::ones([1000]);
    /// let y = dropout_with(&mut Generator::new(1), &x, 0.5, true);
    /// assert!(y.to_vec().iter().all(|&y| y == 0.0 || y == 2.0));
    /// assert!((y.mean().item() - 1.0).abs() < 0.1);
    /// assert_eq!(dropout(&x, 0.5, false).to_vec(), x.to_vec());
    /// ```
    dropout try_dropout dropout_with try_dropout_with |op, x, p, generator| dropped(op, x, p, x.shape(), generator);

    /// [`dropout`] of whole channels, `[batch, channels, …]`.
    ///
    /// # Panics
    /// If `p` is not from 0 to 1, or there are fewer than two axes.
    feature_dropout try_feature_dropout feature_dropout_with try_feature_dropout_with
        |op, x, p, generator| dropped(op, x, p, &channels(op, x)?, generator);

    /// Dropout that keeps mean 0 and variance 1: elements are set to the limit of SELU for −∞ and all are scaled and shifted
    /// ([Klambauer et al. 2017](https://arxiv.org/abs/1706.02515)).
    ///
    /// # Panics
    /// If `p` is not from 0 to 1.
    alpha_dropout try_alpha_dropout alpha_dropout_with try_alpha_dropout_with |op, x, p, generator| alpha(op, x, p, generator);
}
