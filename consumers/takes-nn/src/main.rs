//! Someone who needs a layer and a loss.

use autograd::{Autodiff, Gradient};
use nn::{Linear, Module, cross_entropy};
use tensor_core::{Generator, Serial, Tensor};

fn main() {
    let layer = Linear::<f32, Serial>::new_with(&mut Generator::new(1), 3, 2);
    let x = Tensor::<f32, Autodiff<Serial>>::ones([4, 3]);
    cross_entropy(&layer.forward(&x), &Tensor::new([0, 1, 1, 0])).backward();
    assert!(layer.parameters().iter().all(|parameter| parameter.get_grad().is_some()));
}
