//! The graph: how gradients are collected, what a backward pass frees and keeps, threads, modes.

use autograd::{
    Autodiff, Backward, BackwardOptions, Gradient, NoGrad, custom, enable_grad, grad, is_grad_enabled, no_grad,
    try_grad,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use tensor_core::{Generator, Serial, Tensor, mse};

type T = Tensor<f64, Autodiff<Serial>>;

const RETAIN: BackwardOptions = BackwardOptions { retain_graph: true, create_graph: false };
const CREATE: BackwardOptions = BackwardOptions { retain_graph: false, create_graph: true };

#[test]
fn gradients_accumulate_until_they_are_zeroed_or_set_to_none() {
    let a = T::new([1.0, 2.0]).with_grad();
    assert!(a.get_grad().is_none());
    a.square().sum().backward();
    a.square().sum().backward();
    assert_eq!(a.grad().to_vec(), [4.0, 8.0]);
    a.zero_grad();
    assert_eq!(a.grad().to_vec(), [0.0, 0.0]);
    a.square().sum().backward();
    assert_eq!(a.grad().to_vec(), [2.0, 4.0]);
    a.set_grad(None);
    assert!(a.get_grad().is_none());
    a.zero_grad();
    assert!(a.get_grad().is_none(), "there is nothing to zero");
    a.sum().backward();
    assert_eq!(a.grad().to_vec(), [1.0, 1.0]);
}

#[test]
fn the_bits_of_a_gradient_do_not_tell_whether_its_place_was_empty_or_zeroed() {
    let bits = |a: &T| a.grad().to_vec().iter().map(|g| g.to_bits()).collect::<Vec<_>>();
    let weights = T::new([-0.0, 0.0, -1.0]);
    let a = T::new([1.0, 2.0, 3.0]).with_grad();
    (&a * &weights).sum().backward();
    let empty = bits(&a);
    a.zero_grad();
    (&a * &weights).sum().backward();
    assert_eq!(bits(&a), empty);
    assert_eq!(empty[0], 0.0f64.to_bits());
}

#[test]
fn a_second_backward_pass_is_an_error_that_says_so_and_changes_no_gradient() {
    let (a, b) = (T::new([1.0, 2.0]).with_grad(), T::new([3.0, 4.0]).with_grad());
    let shared = a.exp();
    let loss = (&shared * &b).sum();
    loss.backward();
    let (da, db) = (a.grad().to_vec(), b.grad().to_vec());
    let error = loss.try_backward().unwrap_err().to_string();
    assert!(error.contains("freed") && error.contains("retain_graph"), "{error}");
    // Also one that finds the freed part only on the way, behind a part that is new.
    let error = (&b * 2.0 + shared.square()).sum().try_backward().unwrap_err().to_string();
    assert!(error.contains("exp"), "{error}");
    assert_eq!((a.grad().to_vec(), b.grad().to_vec()), (da, db));
}

#[test]
fn a_graph_that_is_retained_can_be_gone_through_again() {
    let a = T::new([1.0, 2.0]).with_grad();
    let loss = a.exp().square().sum();
    loss.backward_with(None, RETAIN).unwrap();
    let once = a.grad().to_vec();
    loss.backward_with(None, RETAIN).unwrap();
    loss.backward();
    assert_eq!(a.grad().to_vec(), once.iter().map(|g| 3.0 * g).collect::<Vec<_>>());
    assert!(loss.try_backward().is_err());
}

#[test]
fn backward_says_what_it_cannot_start_from() {
    let a = T::new([1.0, 2.0]).with_grad();
    let error = |x: &T| x.try_backward().unwrap_err().to_string();
    assert!(error(&a.exp()).contains("sum"), "more than one element");
    assert!(error(&T::new(1.0)).contains("requires a gradient"));
    assert!(error(&no_grad(|| a.sum())).contains("no_grad"));
    let shapes = a.exp().backward_with(Some(&T::ones([3])), RETAIN).unwrap_err().to_string();
    assert!(shapes.contains("shape"), "{shapes}");
    assert!(a.get_grad().is_none());
    // A leaf that is a single number has the gradient 1 with respect to itself.
    let a = T::new(3.0).with_grad();
    a.backward();
    assert_eq!(a.grad().item(), 1.0);
}

#[test]
fn grad_leaves_what_leaves_have_collected_alone_and_tells_unused_inputs() {
    let (a, b) = (T::new([1.0, 2.0]).with_grad(), T::new([5.0]).with_grad());
    let h = a.square();
    let y = h.sum();
    let found = try_grad(&[(&y, None)], &[&a, &b, &h, &a, &y], RETAIN).unwrap();
    let found: Vec<Option<Vec<f64>>> = found.into_iter().map(|g| g.map(|g| g.to_vec())).collect();
    assert_eq!(found, [Some(vec![2.0, 4.0]), None, Some(vec![1.0, 1.0]), Some(vec![2.0, 4.0]), Some(vec![1.0])]);
    assert!(a.get_grad().is_none());
    assert!(try_grad(&[(&y, None)], &[&T::new(1.0)], RETAIN).is_err(), "a constant has no gradient");
    assert!(try_grad(&[(&y, None)], &[], RETAIN).unwrap().is_empty());
    // Several outputs: the gradient of their weighted sum.
    let v = T::new([10.0, 100.0]);
    let sum = try_grad(&[(&y, None), (&h, Some(&v))], &[&a], RETAIN).unwrap();
    assert_eq!(sum[0].as_ref().unwrap().to_vec(), [22.0, 404.0]);
}

#[test]
fn the_gradient_of_a_value_in_between_frees_nothing_behind_it() {
    let a = T::new([1.0, 2.0]).with_grad();
    let h = a.exp();
    let g = grad(&h.square().sum(), &[&h], BackwardOptions::default()).remove(0);
    h.backward_with(Some(&g), BackwardOptions::default()).unwrap();
    let expected: Vec<f64> = a.to_vec().iter().map(|a| 2.0 * a.exp() * a.exp()).collect();
    assert!(a.grad().to_vec().iter().zip(expected).all(|(g, e)| (g - e).abs() < 1e-12));
}

#[test]
fn gradients_have_gradients_of_any_order() {
    let x = T::new(1.5).with_grad();
    // sin⁗ = sin.
    let fourth = (0..4).fold(x.sin(), |y, _| grad(&y, &[&x], CREATE).remove(0));
    assert!((fourth.item() - 1.5f64.sin()).abs() < 1e-15);
    // Backward with create_graph leaves a gradient that can be differentiated.
    x.powi(3).backward_with(None, CREATE).unwrap();
    let slope = x.grad().into_tensor();
    x.set_grad(None);
    slope.backward();
    assert_eq!(x.grad().item(), 9.0);
}

#[test]
fn no_grad_nests_and_belongs_to_its_thread_and_ends_with_a_panic() {
    let a = T::new(1.0).with_grad();
    assert!(is_grad_enabled());
    no_grad(|| {
        no_grad(|| assert!(!is_grad_enabled()));
        assert!(!is_grad_enabled(), "the outer one still holds");
        enable_grad(|| assert!((&a * 2.0).requires_grad()));
        assert!(!(&a * 2.0).requires_grad());
        thread::scope(|scope| scope.spawn(|| assert!((&a * 2.0).requires_grad())).join().unwrap());
    });
    assert!(is_grad_enabled());
    let panicked = std::panic::catch_unwind(|| no_grad(|| panic!("inside")));
    assert!(panicked.is_err() && is_grad_enabled());
    let (outer, inner) = (NoGrad::new(), NoGrad::new());
    drop(inner);
    assert!(!is_grad_enabled());
    drop(outer);
    assert!(is_grad_enabled());
}

#[test]
fn a_backward_pass_records_only_if_told_to() {
    let a = T::new([1.0, 2.0]).with_grad();
    no_grad(|| assert!(!is_grad_enabled()));
    a.square().sum().backward();
    assert!(!a.grad().requires_grad());
    assert!(is_grad_enabled());
    let plain = grad(&a.powi(3).sum(), &[&a], RETAIN).remove(0);
    let recorded = grad(&a.powi(3).sum(), &[&a], CREATE).remove(0);
    assert!(!plain.requires_grad() && recorded.requires_grad());
}

#[test]
fn tracked_tensors_cross_threads() {
    let a = T::new([1.0, 2.0, 3.0]).with_grad();
    let h = thread::scope(|scope| scope.spawn(|| a.square()).join().unwrap());
    let loss = thread::spawn(move || (h * 2.0).sum()).join().unwrap();
    thread::spawn(move || loss.backward()).join().unwrap();
    assert_eq!(a.grad().to_vec(), [4.0, 8.0, 12.0]);
}

#[test]
fn many_threads_may_add_to_one_gradient_at_once() {
    let a = T::new([1.0, 2.0]).with_grad();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..200).for_each(|_| (&a * 2.0).sum().backward()));
        }
    });
    assert_eq!(a.grad().to_vec(), [3200.0, 3200.0]);
}

/// The identity; counts how often backward comes by.
struct Visit(Arc<AtomicUsize>);

impl Backward<f64, Serial> for Visit {
    fn name(&self) -> &'static str {
        "visit"
    }
    fn backward(&self, gradient: T) -> Vec<Option<T>> {
        self.0.fetch_add(1, Relaxed);
        vec![Some(gradient)]
    }
}

#[test]
fn twenty_diamonds_built_by_twenty_threads_are_gone_through_once_each() {
    let visits = Arc::new(AtomicUsize::new(0));
    let x = T::new(1.0).with_grad();
    let mut y = x.clone();
    for _ in 0..20 {
        let visits = visits.clone();
        let diamond = move || {
            let side = || custom(&[&y], || y.clone(), Visit(visits.clone()));
            side() + side()
        };
        y = thread::spawn(diamond).join().unwrap();
    }
    y.backward();
    // There are a million ways from the top to the bottom.
    assert_eq!(x.grad().item(), f64::from(1 << 20));
    assert_eq!(visits.load(Relaxed), 40);
}

#[test]
fn diamonds_beside_each_other_are_gone_through_once_each() {
    let visits = Arc::new(AtomicUsize::new(0));
    let x = T::new(1.0).with_grad();
    let diamond = || {
        let h = custom(&[&x], || x.exp(), Visit(visits.clone()));
        &h * 2.0 + h.square()
    };
    let diamonds: Vec<T> = thread::scope(|scope| {
        let threads: Vec<_> = (0..20).map(|_| scope.spawn(diamond)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    diamonds.iter().fold(T::new(0.0), |sum, diamond| sum + diamond).backward();
    assert_eq!(visits.load(Relaxed), 20);
    // d/dh (2h + h²) = 2 + 2h, and the rule of `Visit` is the identity.
    assert_eq!(x.grad().item(), (0..20).fold(0.0, |sum, _| sum + (2.0 + 2.0 * 1f64.exp())));
}

#[test]
fn the_gradient_of_a_graph_built_by_several_threads_is_the_same_bits_whoever_built_what() {
    let x = T::randn_with(&mut Generator::new(1), [16]).with_grad();
    let part = |i: usize| {
        let w = T::randn_with(&mut Generator::new(i as u64), [16]);
        // Parts of different length.
        (0..i % 5).fold((&x * &w).tanh(), |y, _| (y * &w).sin())
    };
    let bits = |threads: usize, deal: &dyn Fn(usize) -> usize| {
        let mut parts: Vec<(usize, T)> = thread::scope(|scope| {
            let mine = |thread: usize| (0..24).filter(move |&i| deal(i) % threads == thread).collect::<Vec<_>>();
            let threads: Vec<_> = (0..threads)
                .map(|thread| {
                    let mine = mine(thread);
                    scope.spawn(move || mine.into_iter().rev().map(|i| (i, part(i))).collect::<Vec<_>>())
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        parts.sort_by_key(|(i, _)| *i);
        x.set_grad(None);
        parts.iter().fold(T::zeros([16]), |sum, (_, part)| sum + part).square().sum().backward();
        x.grad().to_vec().iter().map(|g| g.to_bits()).collect::<Vec<_>>()
    };
    let one = bits(1, &|_| 0);
    for (threads, stride) in [(2, 1), (3, 1), (3, 5), (8, 1), (8, 3), (24, 1)] {
        assert_eq!(bits(threads, &|i| i * stride), one, "{threads} threads");
    }
}

#[test]
fn slices_of_one_tensor_all_send_their_gradient() {
    let x = T::arange(0.0, 60.0, 1.0).reshape([20, 3]).into_tensor().with_grad();
    let parts: Vec<T> = (0..20).map(|i| x.slice(i) * f64::from(i) + x.slice((19 - i, step_back())) * 100.0).collect();
    Tensor::stack(&parts.iter().collect::<Vec<_>>(), 0).sum().backward();
    let expected: Vec<f64> = (0..60).map(|i| f64::from(i / 3) + 100.0).collect();
    assert_eq!(x.grad().to_vec(), expected);
}

fn step_back() -> tensor_core::SliceItem {
    tensor_core::step(.., -1)
}

#[test]
fn a_parameter_keeps_its_place_in_memory_over_a_hundred_updates() {
    let x = T::randn_with(&mut Generator::new(1), [50, 3]);
    let target = x.matmul(&T::new([1.0, -2.0, 3.0]));
    let mut a = T::zeros([3]).with_grad();
    let address = a.array().address();
    let mut losses = Vec::new();
    for _ in 0..100 {
        let loss = mse(&x.matmul(&a), &target);
        loss.backward();
        no_grad(|| a.sub_(0.1 * a.grad()));
        a.zero_grad();
        assert_eq!(a.array().address(), address);
        // Loss and record live on, but what was saved for the backward pass does not.
        losses.push(loss);
    }
    assert!(losses[99].item() < 1e-6 * losses[0].item());
}

#[test]
fn a_rule_of_ones_own_must_answer_for_every_operand_in_its_shape() {
    struct Answer(Vec<Option<T>>);
    impl Backward<f64, Serial> for Answer {
        fn name(&self) -> &'static str {
            "answer"
        }
        fn backward(&self, _: T) -> Vec<Option<T>> {
            self.0.clone()
        }
    }
    let x = T::ones([2, 3]).with_grad();
    let error = |answer: Vec<Option<T>>| {
        custom(&[&x, &x, &x], || x.clone(), Answer(answer)).sum().try_backward().unwrap_err().to_string()
    };
    let right = || Some(T::ones([2, 3]));
    assert!(error(vec![right()]).contains("answer"), "too few");
    assert!(error(vec![right(), right(), right(), right()]).contains("answer"), "too many");
    assert!(error(vec![right(), Some(T::ones([3])), right()]).contains("answer"), "another shape");
    assert!(x.get_grad().is_none());
    custom(&[&x, &x, &x], || x.clone(), Answer(vec![right(), None, right()])).sum().backward();
    assert_eq!(x.grad().to_vec(), [2.0; 6]);
}

#[test]
fn the_gradient_of_a_matrix_lies_in_memory_as_it_does_itself_when_it_was_transposed_for_a_product() {
    let (x, w) = (T::ones([5, 3]), T::ones([4, 3]).with_grad());
    x.matmul(w.t()).sum().backward();
    w.t().matmul(T::ones([4, 2])).sum().backward();
    assert!(w.grad().layout().is_contiguous());
    assert_eq!(w.grad().to_vec(), [7.0; 12]);
}

#[test]
fn threads_may_go_through_one_graph_at_once_and_each_gradient_is_whole() {
    let a = T::new([1.0, 2.0]).with_grad();
    let shared = a.square();
    let losses: Vec<T> = (1..=8).map(|k| (&shared * f64::from(k)).sum()).collect();
    let through = |options: BackwardOptions| {
        let backward = |loss: &T| loss.backward_with(None, options).is_ok();
        thread::scope(|scope| {
            let threads: Vec<_> = losses.iter().map(|loss| scope.spawn(move || backward(loss))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<bool>>()
        })
    };
    assert_eq!(through(RETAIN), [true; 8]);
    assert_eq!(a.grad().to_vec(), [36.0 * 2.0, 36.0 * 4.0]);
    // Where the first to come frees what they share, the others fail, and add nothing.
    a.set_grad(None);
    let arrived = through(BackwardOptions::default());
    let sum: f64 = (1..=8).zip(&arrived).filter(|(_, arrived)| **arrived).map(|(k, _)| f64::from(k)).sum();
    assert_eq!(arrived.iter().filter(|arrived| **arrived).count(), 1);
    assert_eq!(a.grad().to_vec(), [sum * 2.0, sum * 4.0]);
}
