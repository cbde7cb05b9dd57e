//! Checkpoints: the same values and gradients, computed again instead of kept.

use autograd::functional::grad;
use autograd::{Autodiff, BackwardOptions, Gradient, Parameter, checkpoint, dot, no_grad};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tensor_core::{Serial, Tensor, manual_seed};

type T = Tensor<f64, Autodiff<Serial>>;

fn bits(x: &T) -> Vec<u64> {
    x.to_vec().iter().map(|x| x.to_bits()).collect()
}

/// A step with a seeded draw, of a state and a parameter.
fn step((x, w): &(T, T)) -> T {
    (x.matmul(w) + T::rand(x.shape()) * 0.1).tanh()
}

fn start() -> (T, T) {
    (T::new([[0.1, 0.2], [0.3, 0.4]]).with_grad(), T::new([[0.5, -0.3], [0.2, 0.8]]).with_grad())
}

#[test]
fn values_and_gradients_have_the_same_bits_as_without() {
    let run = |checkpointed: bool| {
        manual_seed(5);
        let (x, w) = start();
        let mut state = x.clone();
        let three = |(x, w): &(T, T)| (0..3).fold(x.clone(), |x, _| step(&(x, w.clone())));
        for _ in 0..4 {
            state = if checkpointed { checkpoint(three, &(state, w.clone())) } else { three(&(state, w.clone())) };
        }
        state.sum().backward();
        [bits(&state), bits(&x.grad()), bits(&w.grad())]
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn it_keeps_one_node_and_calls_the_function_once_more() {
    let calls = Arc::new(AtomicUsize::new(0));
    let (x, counted) = (T::new(2.0).with_grad(), calls.clone());
    let y = checkpoint(
        move |x: &T| {
            counted.fetch_add(1, Relaxed);
            x.exp().sin().exp().sin()
        },
        &x,
    );
    assert_eq!(dot(&y, &[]).matches("shape=box").count(), 1);
    y.backward();
    assert_eq!(calls.load(Relaxed), 2);
    let want = grad(|x: &T| x.exp().sin().exp().sin(), &T::new(2.0));
    assert_eq!(bits(&x.grad()), bits(&want));
}

#[test]
fn what_the_function_captured_receives_its_gradient() {
    let w = Arc::new(Parameter::new(T::new(3.0)));
    let x = T::new(2.0).with_grad();
    let inner = w.share();
    checkpoint(move |x: &T| x.square() * &inner, &x).backward();
    assert_eq!((x.grad().item(), w.grad().item()), (12.0, 4.0));

    // Also a tensor in the middle of a graph, which is used besides.
    let a = T::new(3.0).with_grad();
    let middle = a.square();
    let captured = middle.clone();
    let y = checkpoint(move |x: &T| x * &captured, &T::new(2.0).with_grad());
    (y + &middle * 10.0).backward();
    assert_eq!(a.grad().item(), 2.0 * 6.0 + 10.0 * 6.0);

    // And one that is also handed in.
    let b = T::new(3.0).with_grad();
    let again = b.clone();
    checkpoint(move |x: &T| x * &again, &b).backward();
    assert_eq!(b.grad().item(), 6.0);
}

#[test]
fn it_can_be_differentiated_again() {
    let f = |x: &T| checkpoint(|x: &T| x.powi(4), x);
    assert_eq!(grad(|x: &T| grad(f, x), &T::new(2.0)).item(), 48.0);
    let x = T::new(2.0).with_grad();
    let y = f(&x);
    y.backward_with(None, BackwardOptions { retain_graph: true, ..Default::default() }).unwrap();
    y.backward();
    assert_eq!(x.grad().item(), 64.0);
    // A chain, where one input is made from the other.
    let both = |x: &T| {
        let twice = x * 2.0;
        checkpoint(|(x, twice): &(T, T)| x.square() * twice, &(x.clone(), twice))
    };
    assert_eq!(grad(|x: &T| grad(both, x), &T::new(3.0)).item(), 36.0);
}

#[test]
fn without_gradients_it_is_the_function() {
    assert!(!checkpoint(|x: &T| x.exp(), &T::new(1.0)).requires_grad());
    let x = T::new(1.0).with_grad();
    assert!(!no_grad(|| checkpoint(|x: &T| x.exp(), &x)).requires_grad());
}
