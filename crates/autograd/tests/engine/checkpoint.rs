//! Checkpoints: the same values and gradients, computed again instead of kept.

use autograd::functional::grad;
use autograd::{
    Autodiff, BackwardOptions, Gradient, Parameter, checkpoint, detect_anomaly, dot, explain, no_grad, profile,
};
use proptest::prelude::*;
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

/// A program on a stack of tensors: each byte takes two of them, which is how diamonds come about, and puts one on top.
fn program(bytes: &[u8], stack: &mut Vec<T>) {
    for &byte in bytes {
        let depth = |k: u8| stack[stack.len() - 1 - k as usize % stack.len()].clone();
        let (a, b) = (depth(byte >> 2), depth(byte >> 5));
        stack.push(match byte & 3 {
            0 => (a * 0.7 + b).tanh(),
            1 => (a * b).sin() + T::rand([3]),
            2 => (a * 0.5).exp() / (b.square() + 1.0),
            _ => a.sum() * 0.1 - (b.cumsum(0) * a).tanh(),
        });
    }
}

/// [`program`] in parts, each of which is given two tensors and captures one; every other part is itself in parts.
fn in_parts(parts: &[Vec<u8>], inside: bool, checkpointed: bool, stack: &mut Vec<T>) {
    for (i, part) in parts.iter().enumerate() {
        let top = stack.len() - 1;
        let (given, captured) = ((stack[top].clone(), stack[top / 2].clone()), stack[top / 3].clone());
        let (part, within) = (part.clone(), inside && i % 2 == 1);
        let segment = move |(a, b): &(T, T)| {
            let mut stack = vec![captured.clone(), a.clone(), b.clone()];
            match within {
                true => {
                    in_parts(&part.chunks(3).map(<[u8]>::to_vec).collect::<Vec<_>>(), false, checkpointed, &mut stack)
                }
                false => program(&part, &mut stack),
            }
            stack.pop().unwrap()
        };
        stack.push(if checkpointed { checkpoint(segment, &given) } else { segment(&given) });
    }
}

proptest! {
    #[test]
    fn gradients_of_paths_beside_each_other_have_the_same_bits_as_without(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 1..7)
    ) {
        let run = |checkpointed: bool| {
            manual_seed(3);
            let leaves = [T::new([0.3, -0.4, 0.9]).with_grad(), T::new([1.1, 0.2, -0.6]).with_grad()];
            let mut stack = leaves.to_vec();
            in_parts(&parts, true, checkpointed, &mut stack);
            let loss = stack.iter().fold((&leaves[0] * &leaves[1]).sum(), |sum, x| sum + x.square().sum());
            let create = BackwardOptions { create_graph: true, ..Default::default() };
            let retain = BackwardOptions { retain_graph: true, ..Default::default() };
            let slopes = autograd::grad(&loss, &[&leaves[0], &leaves[1]], create);
            let bend = autograd::grad(&slopes[0].square().sum(), &[&leaves[1]], retain).remove(0);
            loss.backward();
            [bits(&loss), bits(&slopes[0]), bits(&slopes[1]), bits(&bend), bits(&leaves[0].grad()), bits(&leaves[1].grad())]
        };
        prop_assert_eq!(run(true), run(false));
    }
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

#[test]
fn a_function_that_changes_in_between_is_found_out() {
    let calls = Arc::new(AtomicUsize::new(0));
    let x = T::new([1.0, 2.0]).with_grad();
    let y = checkpoint(move |x: &T| if calls.fetch_add(1, Relaxed) == 0 { x.exp() } else { x.exp().sin() }, &x);
    let error = y.sum().try_backward().unwrap_err().to_string();
    assert!(error.contains("checkpoint") && error.contains("the same"), "{error}");
    assert!(x.get_grad().is_none());
}

#[test]
fn a_function_without_operations_needs_no_checkpoint() {
    let (x, other) = (T::new([1.0, 2.0]).with_grad(), T::new([3.0]).with_grad());
    assert!(checkpoint(|x: &T| x.clone(), &x).is_leaf());
    let captured = other.clone();
    (checkpoint(move |_: &T| captured.clone(), &x) + checkpoint(|x: &T| x.clone(), &x)).sum().backward();
    assert_eq!((x.grad().to_vec(), other.grad().to_vec()), (vec![1.0, 1.0], vec![2.0]));
    assert!(!checkpoint(|_: &T| T::new(5.0), &x).requires_grad());
}

#[test]
fn what_looks_at_operations_sees_into_it() {
    let (a, b, unused) =
        (Parameter::named("a", T::new(4.0)), Parameter::named("b", T::new(2.0)), T::new(1.0).with_grad());
    let (inner, other) = (a.share(), b.share());
    let loss = || {
        let (inner, other) = (inner.share(), other.share());
        checkpoint(move |(x, _): &(T, T)| x * &inner + (&other * 3.0).detach(), &(T::new(5.0), unused.clone()))
    };
    let found = explain(&[&a, &b], loss).to_string();
    assert!(found.contains("a: a gradient arrives") && found.contains("b: no gradient: cut at `detach`"), "{found}");
    assert!(!dot(&loss(), &[("unused", &unused)]).contains("unused"), "an operand that nothing came of");
    // The second time counts too.
    let x = T::new([1.0, 2.0]).with_grad();
    let (_, rows) = profile(|| checkpoint(|x: &T| x.exp(), &x).sum().backward());
    let row = rows.0.iter().find(|(name, _)| *name == "exp").unwrap().1;
    assert_eq!((row.forward, row.backward), (2, 1));
    let x = T::new([0.0]).with_grad();
    let error = detect_anomaly(|| checkpoint(|x: &T| x.sqrt(), &x).sum().try_backward()).unwrap_err().to_string();
    assert!(error.contains("sqrt: the gradient") && error.contains("engine/checkpoint.rs"), "{error}");
}

#[test]
fn a_pass_for_some_targets_goes_through_it_too() {
    let (x, w) = (T::new([0.5, 0.25]).with_grad(), T::new([2.0, 3.0]).with_grad());
    let run = |checkpointed: bool| {
        let segment = |(x, w): &(T, T)| (x * w).sin() * x;
        let step = |x: &T| {
            let given = (x.clone(), w.clone());
            if checkpointed { checkpoint(segment, &given) } else { segment(&given) }
        };
        let middle = step(&x);
        let y = step(&step(&middle)).sum();
        let retain = BackwardOptions { retain_graph: true, ..Default::default() };
        let each = [&x, &w, &middle].map(|target| bits(&autograd::grad(&y, &[target], retain)[0]));
        let all: Vec<_> = autograd::grad(&y, &[&x, &w, &middle], retain).iter().map(bits).collect();
        assert_eq!(each[..], all[..]);
        each
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn a_chain_of_many_is_walked_and_dropped_without_recursion() {
    let x = T::new(1.0).with_grad();
    let y = (0..100_000).fold(x.clone(), |y, _| checkpoint(|y: &T| y * 1.0, &y));
    y.backward();
    assert_eq!(x.grad().item(), 1.0);
    drop((0..100_000).fold(x, |y, _| checkpoint(|y: &T| y * 1.0, &y)));
}
