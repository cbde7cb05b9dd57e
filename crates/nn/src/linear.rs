//! The layer y = x Wᵀ + b.

use crate::{Module, init};
use autograd::{Autodiff, Parameter};
use tensor_core::{Backend, Generator, Real, Result, Tensor};

/// The layer y = x Wᵀ + b: `[…, in] → […, out]`.
///
/// ```
/// use autograd::Parameter;
/// use nn::Linear;
/// use tensor_core::{Serial, Tensor};
///
/// let layer = Linear::<f32, Serial> {
///     weight: Parameter::new(Tensor::new([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
///     bias: Some(Parameter::new(Tensor::new([0.5, 0.0, -0.5]))),
/// };
/// assert_eq!(layer.forward(&Tensor::new([10.0, 1.0])).to_vec(), [12.5, 34.0, 55.5]);
/// assert_eq!(layer.forward(&Tensor::ones([7, 4, 2])).shape(), [7, 4, 3]);
/// ```
#[derive(Debug)]
pub struct Linear<T: Real, B: Backend> {
    /// W, of shape `[out, in]`.
    pub weight: Parameter<T, B>,
    /// b, of shape `[out]`; without it the layer is y = x Wᵀ.
    pub bias: Option<Parameter<T, B>>,
}

impl<T: Real, B: Backend> Linear<T, B> {
    /// A layer with weights and biases drawn from the default generator, uniformly within ±1/√in: PyTorch's way to begin.
    ///
    /// # Panics
    /// If in · out is more than memory can address.
    #[track_caller]
    pub fn new(inputs: usize, outputs: usize) -> Self {
        let bound = bound(inputs);
        let draw = |shape: &[usize]| init::uniform(-bound, bound, shape);
        Self::named(draw(&[outputs, inputs]), draw(&[outputs]))
    }

    /// [`new`](Self::new) drawn from a generator of one's own.
    #[track_caller]
    pub fn new_with(generator: &mut Generator, inputs: usize, outputs: usize) -> Self {
        let bound = bound(inputs);
        let mut draw = |shape: &[usize]| init::uniform_with(generator, -bound, bound, shape);
        Self::named(draw(&[outputs, inputs]), draw(&[outputs]))
    }

    fn named(weight: Tensor<T, Autodiff<B>>, bias: Tensor<T, Autodiff<B>>) -> Self {
        Linear { weight: Parameter::named("weight", weight), bias: Some(Parameter::named("bias", bias)) }
    }

    /// The layer without its bias.
    pub fn without_bias(self) -> Self {
        Linear { bias: None, ..self }
    }

    /// x Wᵀ + b: `[…, in] → […, out]`.
    ///
    /// # Panics
    /// If the last axis of `x` does not have the size in.
    #[track_caller]
    pub fn forward(&self, x: &Tensor<T, Autodiff<B>>) -> Tensor<T, Autodiff<B>> {
        match self.try_forward(x) {
            Ok(y) => y,
            Err(error) => error.panic(),
        }
    }

    /// [`forward`](Self::forward), with the error returned instead of a panic.
    ///
    /// # Errors
    /// Where `forward` panics.
    pub fn try_forward(&self, x: &Tensor<T, Autodiff<B>>) -> Result<Tensor<T, Autodiff<B>>> {
        let mut y = x.try_matmul(self.weight.value().t())?;
        if let Some(bias) = &self.bias {
            y.try_add_(bias)?;
        }
        Ok(y)
    }
}

/// 1/√in; of a layer without inputs the biases are 0.
fn bound(inputs: usize) -> f64 {
    if inputs == 0 { 0.0 } else { 1.0 / (inputs as f64).sqrt() }
}

impl<T: Real, B: Backend> Module for Linear<T, B> {
    type Parameter = Parameter<T, B>;

    fn named_parameters(&self) -> Vec<(String, Parameter<T, B>)> {
        let bias = self.bias.as_ref().map(|bias| ("bias".into(), bias.share()));
        std::iter::once(("weight".into(), self.weight.share())).chain(bias).collect()
    }
}
