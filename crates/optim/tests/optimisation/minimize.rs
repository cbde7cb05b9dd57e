//! L-BFGS and Newton's method: what holds of every descent.
#![cfg(feature = "autograd")]

use std::ops::ControlFlow;

use autograd::{Autodiff, functional::grad};
use optim::{Lbfgs, Minimum, NewtonCg, Stop};
use tensor_core::{Generator, Serial, Tensor};

type T = Tensor<f64, Autodiff<Serial>>;

/// Σ 100 (x₂ᵢ − x₂ᵢ₋₁²)² + (1 − x₂ᵢ₋₁)².
fn rosenbrock(x: &T) -> T {
    let (odd, even) = (x.slice(tensor_core::step(.., 2)), x.slice(tensor_core::step(1.., 2)));
    100.0 * (even - odd.square()).square().sum() + (1.0 - odd).square().sum()
}

/// Both methods, as far as rounding lets them.
fn both(f: impl Fn(&T) -> T, start: &T) -> [Minimum<T>; 2] {
    [
        Lbfgs { gtol: 0.0, ..Lbfgs::default() }.minimize(&f, start),
        NewtonCg { gtol: 0.0, ..NewtonCg::default() }.minimize(&f, start),
    ]
}

#[test]
fn both_find_the_bottom_of_rosenbrocks_valley() {
    for n in [2, 50] {
        let start = T::from_vec([-1.2, 1.0].repeat(n / 2), [n]);
        for end in both(rosenbrock, &start) {
            assert!((&end.parameters - 1.0).abs().max().item() < 1e-7, "{:?}: {}", end.stop, end.value);
            assert!(end.stop.converged() && end.iterations < 200, "{} steps", end.iterations);
        }
    }
}

#[test]
fn both_solve_the_normal_equations_of_a_convex_parabola() {
    let mut generator = Generator::new(3);
    for n in [1, 2, 10, 40] {
        let a = T::randn_with(&mut generator, [n + 5, n]);
        let y = T::randn_with(&mut generator, [n + 5]);
        let start = T::randn_with(&mut generator, [n]) * 10.0;
        for end in both(|x| (a.matmul(x) - &y).square().sum(), &start) {
            let slopes = a.t().matmul(a.matmul(&end.parameters) - &y).abs().max().item();
            assert!(slopes < 1e-6, "{n}: {slopes} after {}: {}", end.iterations, end.stop);
        }
    }
}

#[test]
fn what_is_returned_belongs_together_and_lies_no_higher_than_the_start() {
    let f = |(x, y): &(T, T)| (x.square() + y.square()).sqrt().sum() + (x * y).cos().sum() + x.exp().mean();
    let start = (T::new([1.0, -2.0]), T::new([[0.5], [3.0]]));
    let ends = [
        Lbfgs { max_iterations: 7, ..Lbfgs::default() }.minimize(f, &start),
        NewtonCg { max_iterations: 7, ..NewtonCg::default() }.minimize(f, &start),
    ];
    for end in ends {
        assert_eq!(end.value, f(&end.parameters).item());
        let (x, y) = grad(f, &end.parameters);
        assert_eq!((x.to_vec(), y.to_vec()), (end.gradient.0.to_vec(), end.gradient.1.to_vec()));
        assert!(end.value < f(&start).item() && end.iterations <= 7);
    }
}

#[test]
fn the_value_never_rises_and_a_watcher_can_end_it() {
    let start = T::from_vec([-1.2, 1.0].repeat(5), [10]);
    let mut values = Vec::new();
    let mut watch = |value: f64| {
        values.push(value);
        if values.len() == 9 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let end = Lbfgs::default().minimize_watched(rosenbrock, &start, |at| watch(at.value));
    assert_eq!((end.stop, end.iterations), (Stop::Watcher, 8));
    assert!(values.windows(2).all(|pair| pair[1] < pair[0]), "{values:?}");

    let mut steps = 0;
    let mut last = f64::INFINITY;
    let end = NewtonCg::default().minimize_watched(rosenbrock, &start, |at| {
        assert!(at.iteration == steps && at.value < last);
        (steps, last) = (steps + 1, at.value);
        ControlFlow::Continue(())
    });
    assert_eq!(end.iterations + 1, steps);
}

#[test]
fn newton_needs_one_step_for_a_parabola_and_leaves_a_saddle() {
    let weights = T::new([1.0, 10.0, 100.0]);
    let method = NewtonCg { initial_radius: 1e6, gtol: 1e-9, ..NewtonCg::default() };
    let end = method.minimize(|x: &T| (&weights * (x - 1.0).square()).sum(), &T::new([9.0, 9.0, 9.0]));
    assert!(end.iterations <= 3 && end.products <= 9, "{} steps, {} products", end.iterations, end.products);

    // Along the first axis it is a minimum, along the second a maximum, beyond which there are minima at ±1.
    let saddle = |x: &T| x.slice(0).square() + x.slice(1).powi(4) - 2.0 * x.slice(1).square();
    let end = NewtonCg::default().minimize(saddle, &T::new([1.0, 1e-6]));
    assert!((end.value + 1.0).abs() < 1e-12, "{}", end.value);
}

#[test]
fn neither_steps_to_where_the_function_is_not_defined() {
    // The minimum of x − ln x is at 1; the first steps would lead below 0, where there is no logarithm.
    let f = |x: &T| (x - x.ln()).sum();
    for start in [30.0, 1e-3] {
        for end in both(f, &T::new([start])) {
            assert!((end.parameters.item() - 1.0).abs() < 1e-7, "{} from {start}", end.parameters.item());
        }
    }
}

#[test]
fn a_minimum_to_begin_with_is_left_alone() {
    for end in both(|x| x.square().sum(), &T::new([0.0, 0.0])) {
        assert_eq!((end.stop, end.evaluations, end.iterations, end.value), (Stop::Gradient, 1, 0, 0.0));
    }
}

#[test]
fn single_precision_arrives_as_far_as_its_digits_reach() {
    type S = Tensor<f32, Autodiff<Serial>>;
    let f = |x: &S| (x - 3.0).square().sum() + 0.1 * x.powi(4).sum();
    let start = S::new([0.0, 10.0]);
    let ends = [
        Lbfgs { gtol: 0.0, ..Lbfgs::default() }.minimize(f, &start),
        NewtonCg { gtol: 0.0, ..NewtonCg::default() }.minimize(f, &start),
    ];
    for end in ends {
        let slope = grad(f, &end.parameters).abs().max().item();
        assert!(slope < 1e-4 && end.stop.converged() && end.evaluations < 200, "{slope}, {}", end.evaluations);
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_name() {
    let start = T::new([1.0, 2.0]);
    let sum = |x: &T| x.square().sum();
    let message = |error: tensor_core::Error| error.to_string();
    let of = |method: Lbfgs| message(method.try_minimize(sum, &start).unwrap_err());
    assert!(of(Lbfgs { memory: 0, ..Lbfgs::default() }).contains("memory is 0"));
    assert!(of(Lbfgs { c1: 0.9, c2: 0.5, ..Lbfgs::default() }).contains("c1 is 0.9"));
    assert!(of(Lbfgs { gtol: f64::NAN, ..Lbfgs::default() }).contains("gtol is NaN"));
    let of = |method: NewtonCg| message(method.try_minimize(sum, &start).unwrap_err());
    assert!(of(NewtonCg { initial_radius: 0.0, ..NewtonCg::default() }).contains("initial_radius is 0"));
    assert!(of(NewtonCg { max_radius: 0.5, ..NewtonCg::default() }).contains("max_radius 0.5"));

    let several = |x: &T| x.square();
    assert!(message(Lbfgs::default().try_minimize(several, &start).unwrap_err()).contains("single number"));
    assert!(message(NewtonCg::default().try_minimize(several, &start).unwrap_err()).contains("single number"));
    let undefined = |x: &T| (-x).ln().sum();
    assert!(message(Lbfgs::default().try_minimize(undefined, &start).unwrap_err()).contains("at the start is NaN"));
    assert!(message(NewtonCg::default().try_minimize(undefined, &start).unwrap_err()).contains("at the start is NaN"));
}
