//! Where weights begin: random, at a scale that neither fades out nor blows up from layer to layer.
//!
//! A weight of shape `[out, in, …]` sums over its fan-in, in times the sizes after it, and its gradient over its
//! fan-out, out times the same. With independent elements of variance gain² / fan the scale is kept, where the gain makes
//! up for what the function after the layer takes away:
//!
//! | | variance | source |
//! |---|---|---|
//! | [`xavier_uniform`], [`xavier_normal`] | 2 gain² / (fan-in + fan-out) | [Glorot and Bengio 2010](https://proceedings.mlr.press/v9/glorot10a.html) |
//! | [`kaiming_uniform`], [`kaiming_normal`] | gain² / fan-in, or fan-out | [He et al. 2015](https://arxiv.org/abs/1502.01852) |
//!
//! A uniform distribution on ±b has the variance b² / 3. Each function draws from the default generator, and has a twin
//! `…_with` that draws from one of the caller's.
//!
//! ```
//! use nn::init::{self, Fan};
//! use tensor_core::{Generator, Serial, Tensor};
//!
//! let generator = &mut Generator::new(7);
//! let weight: Tensor<f32, Serial> = init::kaiming_normal_with(generator, Fan::In, init::RELU, [100, 50]);
//! assert!((weight.std(0).item() - 0.2).abs() < 0.01);
//! ```

use tensor_core::{Backend, Error, Generator, Real, Result, Shape, Tensor};

/// The gain of a layer with nothing, or a sigmoid, after it: 1.
pub const LINEAR: f64 = 1.0;
/// The gain of a layer with a tanh after it: 5/3.
pub const TANH: f64 = 5.0 / 3.0;
/// The gain of a layer with a ReLU after it: √2, for the half that is cut off.
pub const RELU: f64 = std::f64::consts::SQRT_2;

/// The gain of a layer with a leaky ReLU after it, whose negative side has this slope: √(2 / (1 + slope²)).
pub fn leaky_relu(slope: f64) -> f64 {
    (2.0 / (1.0 + slope * slope)).sqrt()
}

/// Which sums are to keep their scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// The layer's outputs, each a sum over the fan-in.
    In,
    /// The gradients of its inputs, each a sum over the fan-out.
    Out,
}

/// Fan-in and fan-out of a weight of shape `[out, in, …]`.
///
/// # Panics
/// If there are fewer than two axes.
///
/// ```
/// // Eight 3×3 filters over the colours of an image.
/// assert_eq!(nn::init::fans([8, 3, 3, 3]), (27, 72));
/// ```
#[track_caller]
pub fn fans(shape: impl Into<Shape>) -> (usize, usize) {
    match try_fans(shape) {
        Ok(fans) => fans,
        Err(error) => error.panic(),
    }
}

/// [`fans`], with the error returned instead of a panic.
///
/// # Errors
/// If there are fewer than two axes.
pub fn try_fans(shape: impl Into<Shape>) -> Result<(usize, usize)> {
    let shape = shape.into();
    match shape[..] {
        [outputs, inputs, ref field @ ..] => {
            let field = field.iter().fold(1, |product: usize, &size| product.saturating_mul(size));
            Ok((inputs.saturating_mul(field), outputs.saturating_mul(field)))
        }
        _ => Err(Error::shape("fans", &[&shape], "a weight has at least two axes, [out, in, …]")),
    }
}

/// The standard deviation after Glorot and Bengio. A weight without elements has any.
#[track_caller]
fn xavier(gain: f64, shape: &Shape) -> f64 {
    let (fan_in, fan_out) = fans(shape);
    gain * (2.0 / (fan_in as f64 + fan_out as f64).max(1.0)).sqrt()
}

/// The standard deviation after He and others. A weight without elements has any.
#[track_caller]
fn kaiming(fan: Fan, gain: f64, shape: &Shape) -> f64 {
    let (fan_in, fan_out) = fans(shape);
    let fan = match fan {
        Fan::In => fan_in,
        Fan::Out => fan_out,
    };
    gain / (fan.max(1) as f64).sqrt()
}

/// Half the width of the uniform distribution with this standard deviation.
fn half_width(std: f64) -> f64 {
    3f64.sqrt() * std
}

/// Each line: the function and its twin, its options, and how it fills a tensor, in both ways of drawing.
macro_rules! initialisers {
    ($($(#[$doc:meta])* $name:ident $with:ident ($($arg:ident: $ty:ty),*) |$shape:ident| $fill:ident $fill_with:ident ($a:expr, $b:expr);)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name<T: Real, B: Backend>($($arg: $ty,)* shape: impl Into<Shape>) -> Tensor<T, B> {
            let $shape = &shape.into();
            let mut weight = Tensor::zeros($shape);
            weight.$fill(T::from_f64($a), T::from_f64($b));
            weight
        }

        #[doc = concat!("[`", stringify!($name), "`] drawn from a generator of one's own.")]
        #[track_caller]
        pub fn $with<T: Real, B: Backend>(
            generator: &mut Generator,
            $($arg: $ty,)*
            shape: impl Into<Shape>,
        ) -> Tensor<T, B> {
            let $shape = &shape.into();
            let mut weight = Tensor::zeros($shape);
            weight.$fill_with(generator, T::from_f64($a), T::from_f64($b));
            weight
        }
    )* };
}

initialisers! {
    /// Uniform on `low ≤ x < high`.
    ///
    /// # Panics
    /// If `low` is above `high`, or a bound is not finite.
    uniform uniform_with (low: f64, high: f64) |shape| uniform_ uniform_with_ (low, high);

    /// Normal, of this mean and standard deviation.
    ///
    /// # Panics
    /// If `std` is negative, or an option is not finite.
    normal normal_with (mean: f64, std: f64) |shape| normal_ normal_with_ (mean, std);

    /// Uniform on ±gain · √(6 / (fan-in + fan-out)).
    ///
    /// # Panics
    /// If there are fewer than two axes, or the gain is negative or not finite.
    xavier_uniform xavier_uniform_with (gain: f64)
        |shape| uniform_ uniform_with_ (-half_width(xavier(gain, shape)), half_width(xavier(gain, shape)));

    /// Normal, of mean 0 and standard deviation gain · √(2 / (fan-in + fan-out)).
    ///
    /// # Panics
    /// If there are fewer than two axes, or the gain is negative or not finite.
    xavier_normal xavier_normal_with (gain: f64) |shape| normal_ normal_with_ (0.0, xavier(gain, shape));

    /// Uniform on ±gain · √(3 / fan).
    ///
    /// # Panics
    /// If there are fewer than two axes, or the gain is negative or not finite.
    kaiming_uniform kaiming_uniform_with (fan: Fan, gain: f64)
        |shape| uniform_ uniform_with_ (-half_width(kaiming(fan, gain, shape)), half_width(kaiming(fan, gain, shape)));

    /// Normal, of mean 0 and standard deviation gain / √fan.
    ///
    /// # Panics
    /// If there are fewer than two axes, or the gain is negative or not finite.
    kaiming_normal kaiming_normal_with (fan: Fan, gain: f64) |shape| normal_ normal_with_ (0.0, kaiming(fan, gain, shape));
}
