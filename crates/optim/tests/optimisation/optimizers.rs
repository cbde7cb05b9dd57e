//! The optimisers over parameters, on every backend and in both precisions.
#![cfg(feature = "autograd")]

use autograd::{Autodiff, Gradient, Parameter, is_grad_enabled};
use optim::rule::{self, Rule};
use optim::{Adam, AdamW, Optimizer, Sgd};
use tensor_core::{Backend, Generator, Real, Serial, Tensor, mse};

type Recorded<T, B> = Tensor<T, Autodiff<B>>;

/// Points around the plane y = 3 x₀ − 2 x₁ + 0.5, without noise.
fn data<T: Real, B: Backend>() -> (Recorded<T, B>, Recorded<T, B>) {
    let number = T::from_f64;
    let mut x = Recorded::<T, B>::ones([100, 3]);
    x.slice_mut((.., 0..2)).uniform_with_(&mut Generator::new(1), number(-1.0), number(1.0));
    let y = x.matmul(Tensor::new([number(3.0), number(-2.0), number(0.5)]));
    (x, y)
}

/// The coefficients after some steps of full batches.
fn fit<R: Rule, T: Real, B: Backend>(
    optimiser: impl Fn(&Parameter<T, B>) -> Optimizer<R, T, B>,
    steps: usize,
) -> Vec<T> {
    let (x, y) = data();
    let a = Parameter::new(Tensor::zeros([3]));
    let mut optimiser = optimiser(&a);
    for _ in 0..steps {
        optimiser.zero_grad();
        mse(&x.matmul(&a), &y).backward();
        optimiser.step();
    }
    a.to_vec()
}

/// Each optimiser finds the plane; what they find, for comparing.
fn fits<T: Real, B: Backend>() -> Vec<Vec<T>> {
    let found = vec![
        fit::<_, T, B>(|a| Sgd::new([a], 0.3), 400),
        fit::<_, T, B>(|a| Sgd::new([a], 0.1).momentum(0.9), 400),
        fit::<_, T, B>(|a| Sgd::new([a], 0.1).momentum(0.9).nesterov(true), 400),
        fit::<_, T, B>(|a| Adam::new([a], 0.1), 600),
        fit::<_, T, B>(|a| AdamW::new([a], 0.1).weight_decay(0.0).amsgrad(true), 600),
    ];
    for a in &found {
        for (got, want) in a.iter().zip([3.0, -2.0, 0.5]) {
            assert!((got.as_f64() - want).abs() < 1e-3, "{a:?}");
        }
    }
    found
}

#[test]
fn each_finds_a_plane() {
    fits::<f32, Serial>();
    fits::<f64, Serial>();
}

#[cfg(feature = "rayon")]
#[test]
fn each_finds_the_same_bits_on_parallel() {
    use tensor_core::Parallel;
    assert_eq!(fits::<f32, Serial>(), fits::<f32, Parallel>());
    assert_eq!(fits::<f64, Serial>(), fits::<f64, Parallel>());
}

#[test]
fn parameters_stay_where_they_are() {
    let (x, y) = data::<f32, Serial>();
    let a = Parameter::new(Tensor::zeros([3]));
    let b = Parameter::new(Tensor::zeros([]));
    let mut adam = Adam::new([&a, &b], 1e-3);
    let mut sgd = Sgd::new([&a, &b], 1e-3).momentum(0.9).weight_decay(0.1);
    let addresses = || [&a, &b].map(|p| p.value().array().address());
    let before = addresses();
    for _ in 0..100 {
        adam.zero_grad();
        // The graph is not dropped before the steps: `backward` has let go of the values in it.
        let loss = mse(&(x.matmul(&a) + &b), &y);
        loss.backward();
        adam.step();
        sgd.step();
        assert_eq!(addresses(), before);
    }
}

#[test]
fn a_parameter_without_a_gradient_stays() {
    let moved = Parameter::new(Recorded::<f64, Serial>::new([1.0]));
    let unreached = Parameter::new(Tensor::new([2.0]));
    let frozen = Parameter::new(Tensor::new([3.0]));
    frozen.set_requires_grad(false);
    let mut optimiser = Sgd::new([&moved, &unreached, &frozen], 0.25).weight_decay(0.1);
    optimiser.zero_grad();
    (&moved + &frozen).sum().backward();
    optimiser.step();
    assert_eq!((moved.to_vec(), unreached.to_vec(), frozen.to_vec()), (vec![0.725], vec![2.0], vec![3.0]));
}

#[test]
fn gradients_are_cleared_to_none_or_to_zero() {
    let a = Parameter::new(Recorded::<f64, Serial>::new([1.0, 2.0]));
    let optimiser = Sgd::new([&a], 0.1);
    a.value().square().sum().backward();
    a.value().square().sum().backward();
    assert_eq!(a.grad().to_vec(), [4.0, 8.0]);
    optimiser.zero_grad_in_place();
    assert_eq!(a.grad().to_vec(), [0.0, 0.0]);
    optimiser.zero_grad();
    assert!(a.get_grad().is_none());
    optimiser.zero_grad_in_place();
    assert!(a.get_grad().is_none());
}

#[test]
fn momentum_goes_on_without_a_gradient_of_its_own() {
    let a = Parameter::new(Recorded::<f64, Serial>::new([1.0]));
    let mut optimiser = Sgd::new([&a], 1.0).momentum(0.5);
    a.value().sum().backward();
    optimiser.step();
    optimiser.zero_grad_in_place();
    optimiser.step();
    assert_eq!(a.to_vec(), [-0.5]);
}

#[test]
fn a_parameter_named_twice_is_moved_once() {
    let a = Parameter::new(Recorded::<f64, Serial>::new([1.0]));
    let mut optimiser = Sgd::new([a.share(), a.share()], 0.5);
    a.value().sum().backward();
    optimiser.step();
    assert_eq!(a.to_vec(), [0.5]);
}

#[test]
fn a_step_is_not_recorded() {
    let a = Parameter::new(Recorded::<f64, Serial>::new([1.0]));
    let mut optimiser = Adam::new([&a], 0.5);
    a.value().sum().backward();
    optimiser.step();
    assert!(is_grad_enabled() && a.requires_grad() && a.value().is_leaf());
}

#[test]
fn the_learning_rate_can_be_changed() {
    let a = Parameter::new(Recorded::<f64, Serial>::new([1.0]));
    let mut optimiser = Sgd::new([&a], 0.5);
    a.value().sum().backward();
    optimiser.step();
    optimiser.set_lr(0.25);
    optimiser.step();
    assert_eq!((optimiser.lr(), a.to_vec()), (0.25, vec![0.25]));
    assert!(optimiser.try_set_lr(-1.0).unwrap_err().to_string().contains("lr is -1"));
    assert_eq!(optimiser.lr(), 0.25);
}

#[test]
#[should_panic = "Sgd: lr is -0.1; it must be a number ≥ 0"]
fn a_negative_learning_rate_is_refused_at_once() {
    let _ = Sgd::new([Parameter::new(Recorded::<f64, Serial>::new([1.0]))], -0.1);
}

#[test]
fn the_order_of_options_does_not_matter() {
    let a = Parameter::new(Recorded::<f64, Serial>::new([1.0]));
    let one = Sgd::new([&a], 0.1).nesterov(true).momentum(0.9);
    assert_eq!(one.rule(), Sgd::new([&a], 0.1).momentum(0.9).nesterov(true).rule());
    let mut without = Sgd::new([&a], 0.1).nesterov(true);
    a.value().sum().backward();
    assert!(without.try_step().unwrap_err().to_string().contains("Nesterov"));
    assert_eq!(a.to_vec(), [1.0]);
}

#[test]
fn optimisers_cross_threads() {
    fn crosses<S: Send>() {}
    crosses::<Sgd<f32, Serial>>();
    crosses::<AdamW<f64, Serial>>();
}

#[test]
fn gradients_flow_through_a_step_that_is_recorded() {
    let x = Tensor::<f64, Autodiff<Serial>>::new([1.0, -3.0]).with_grad();
    let rule = rule::Sgd { lr: 0.25, momentum: 0.25, ..Default::default() };
    let (mut y, mut state) = (&x * 1.0, Default::default());
    for _ in 0..2 {
        let gradient = 2.0 * &y;
        rule.update(&mut y, &gradient, &mut state);
    }
    // b = 2 x, y = x / 2; then b = x / 2 + x, y = x / 2 − 3/8 x.
    y.sum().backward();
    assert_eq!((y.to_vec(), x.grad().to_vec()), (vec![0.125, -0.375], vec![0.125; 2]));
}
