//! A small network learns what no line can separate, on every backend, with the same bits.

use autograd::{Autodiff, Gradient, Parameter};
use nn::{Linear, Module, binary_cross_entropy_with_logits, cross_entropy};
use optim::{Adam, Sgd};
use tensor_core::{Backend, Generator, Real, Serial, Tensor};

type X<T, B> = Tensor<T, Autodiff<B>>;

struct Mlp<T: Real, B: Backend> {
    hidden: Linear<T, B>,
    output: Linear<T, B>,
}

impl<T: Real, B: Backend> Mlp<T, B> {
    fn new(seed: u64, inputs: usize, hidden: usize, outputs: usize) -> Self {
        let generator = &mut Generator::new(seed);
        let mut layer = |inputs, outputs| Linear::new_with(generator, inputs, outputs);
        Mlp { hidden: layer(inputs, hidden), output: layer(hidden, outputs) }
    }

    fn forward(&self, x: &X<T, B>) -> X<T, B> {
        self.output.forward(&self.hidden.forward(x).tanh())
    }
}

impl<T: Real, B: Backend> Module for Mlp<T, B> {
    type Parameter = Parameter<T, B>;

    fn named_parameters(&self) -> Vec<(String, Parameter<T, B>)> {
        nn::join(&[("hidden", &self.hidden), ("output", &self.output)])
    }
}

/// The loss after training, and all weights.
type Trained<T> = (T, Vec<Vec<T>>);

fn weights<T: Real, B: Backend>(model: &Mlp<T, B>) -> Vec<Vec<T>> {
    model.parameters().iter().map(|parameter| parameter.to_vec()).collect()
}

fn xor<T: Real, B: Backend>() -> Trained<T> {
    let n = T::from_f64;
    let x = X::<T, B>::new([[n(0.0), n(0.0)], [n(0.0), n(1.0)], [n(1.0), n(0.0)], [n(1.0), n(1.0)]]);
    let y = X::new([[n(0.0)], [n(1.0)], [n(1.0)], [n(0.0)]]);
    let model = Mlp::new(3, 2, 8, 1);
    let loss = || binary_cross_entropy_with_logits(&model.forward(&x), &y);
    let mut optimiser = Sgd::new(model.parameters(), 0.5).momentum(0.9);
    for _ in 0..300 {
        optimiser.zero_grad();
        loss().backward();
        optimiser.step();
    }
    (loss().item(), weights(&model))
}

/// Two half circles that reach into each other, 200 points each, with a little noise.
fn moons<T: Real, B: Backend>() -> (X<T, B>, Tensor<i64, Autodiff<B>>) {
    let n = T::from_f64;
    let angle = X::<T, B>::linspace(n(0.0), n(std::f64::consts::PI), 200);
    let upper = Tensor::stack(&[&angle.cos(), &angle.sin()], 1);
    let lower = Tensor::stack(&[&(angle.cos() * n(-1.0) + n(1.0)), &(angle.sin() * n(-1.0) + n(0.5))], 1);
    let points = Tensor::concat(&[&upper, &lower], 0);
    let noise = X::randn_with(&mut Generator::new(5), [400, 2]) * n(0.1);
    (points + noise, Tensor::from_vec([vec![0; 200], vec![1; 200]].concat(), [400]))
}

/// In mini-batches of 50.
fn two_moons<T: Real, B: Backend>() -> Trained<T> {
    let (x, classes) = moons::<T, B>();
    let model = Mlp::new(4, 2, 16, 2);
    let mut optimiser = Adam::new(model.parameters(), 0.02);
    let generator = &mut Generator::new(6);
    for _ in 0..60 {
        let order = Tensor::randperm_with(generator, 400);
        for batch in 0..8 {
            let rows = order.slice(50 * batch..50 * (batch + 1));
            optimiser.zero_grad();
            cross_entropy(&model.forward(&x.select(&rows)), &classes.select(&rows)).backward();
            optimiser.step();
        }
    }
    (cross_entropy(&model.forward(&x), &classes).item(), weights(&model))
}

#[test]
fn exclusive_or_is_learned() {
    assert!(xor::<f32, Serial>().0 < 1e-2);
    assert!(xor::<f64, Serial>().0 < 1e-2);
}

#[test]
fn two_moons_are_told_apart() {
    assert!(two_moons::<f32, Serial>().0 < 0.05);
    assert!(two_moons::<f64, Serial>().0 < 0.05);
}

#[cfg(feature = "rayon")]
#[test]
fn the_trained_weights_are_the_same_bits_on_parallel() {
    use tensor_core::Parallel;
    assert_eq!(xor::<f32, Serial>(), xor::<f32, Parallel>());
    assert_eq!(xor::<f64, Serial>(), xor::<f64, Parallel>());
    assert_eq!(two_moons::<f32, Serial>(), two_moons::<f32, Parallel>());
    assert_eq!(two_moons::<f64, Serial>(), two_moons::<f64, Parallel>());
}
