//! Derivatives of functions: against each other, against finite differences, nested.

use autograd::functional::*;
use autograd::{Autodiff, Gradient, Parameter, explain, no_grad, profile, tree};
use proptest::prelude::*;
use tensor_core::{Generator, Serial, Tensor};

type T = Tensor<f64, Autodiff<Serial>>;

fn random(seed: u64, shape: &[usize]) -> T {
    T::rand_with(&mut Generator::new(seed), shape) + 0.5
}

fn close(a: &T, b: &T) {
    assert_eq!(a.shape(), b.shape());
    assert!(a.to_vec().iter().zip(b.to_vec()).all(|(a, b)| (a - b).abs() < 1e-10 * (1.0 + b.abs())), "{a} {b}");
}

/// Something of every kind: products, functions, reductions, views.
fn model((w, b): &(T, T)) -> T {
    let h = (random(1, &[4, 3]).matmul(w) + b).tanh();
    h.exp().sum_axes(0) * h.slice((1, ..)) + h.t().matmul(&h).diagonal(0, 0, 1)
}

fn place() -> (T, T) {
    (random(2, &[3, 5]), random(3, &[5]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn forward_products_are_the_transpose_of_backward_products(seed: u64) {
        let x = place();
        let v = (random(seed, &[3, 5]), random(!seed, &[5]));
        let u = random(seed ^ 9, &[5]);
        let (_, forward) = jvp(model, &x, &v);
        let (_, pullback) = vjp(model, &x);
        let back = pullback.apply(&u);
        let left = (&u * forward).sum().item();
        let right = (&back.0 * &v.0).sum().item() + (&back.1 * &v.1).sum().item();
        prop_assert!((left - right).abs() < 1e-10 * left.abs().max(1.0));
    }

    #[test]
    fn forward_products_are_directional_derivatives(seed: u64) {
        let x = random(seed, &[6]);
        let v = random(!seed, &[6]);
        let f = |x: &T| x.sin() * x.sum() + x.square().cumsum(0);
        let (_, forward) = jvp(f, &x, &v);
        let h = 1e-5;
        let difference = (f(&(&x + h * &v)) - f(&(&x - h * &v))) / (2.0 * h);
        prop_assert!((forward - difference).abs().max().item() < 1e-8);
    }

    #[test]
    fn mixed_second_derivatives_do_not_depend_on_the_order(a in 0.1..2.0f64, b in 0.1..2.0f64) {
        let f = |a: &T, b: &T| (a * b).sin() * b.exp() + a.pow(b);
        let (a, b) = (T::new(a), T::new(b));
        let by_ab = grad(|b: &T| grad(|a: &T| f(a, b), &a), &b).item();
        let by_ba = grad(|a: &T| grad(|b: &T| f(a, b), &b), &a).item();
        prop_assert!((by_ab - by_ba).abs() < 1e-10 * by_ab.abs().max(1.0));
    }
}

#[test]
fn the_jacobian_is_the_same_by_rows_and_by_columns() {
    // 2 values of 12 numbers go by rows, 40 of 12 by columns.
    for values in [2, 40] {
        let a = random(7, &[values, 12]);
        let x = random(8, &[3, 4]);
        let f = |x: &T| a.matmul(x.square().flatten());
        let j = jacobian(f, &x);
        assert_eq!(j.shape(), [values, 3, 4]);
        close(&j, &(&a * 2.0 * x.flatten()).reshape([values as isize, 3, 4]).into_tensor());
    }
    let both = jacobian(model, &place());
    assert_eq!((both.0.shape(), both.1.shape()), (&[5, 3, 5][..], &[5, 5][..]));
    let of_nothing = jacobian(|x: &T| x.exp(), &T::zeros([0]));
    assert_eq!(of_nothing.shape(), [0, 0]);
}

#[test]
fn hessians_agree_with_their_products_and_are_symmetric() {
    let f = |x: &(T, T)| model(x).square().sum();
    let x = place();
    let blocks = hessian_blocks(f, &x);
    let v = (random(5, &[3, 5]), random(6, &[5]));
    let product = hvp(f, &x, &v);
    let by_blocks = blocks[1][0].reshape([5, 15]).matmul(v.0.flatten()) + blocks[1][1].matmul(&v.1);
    close(&product.1, &by_blocks);
    close(&blocks[0][1].reshape([15, 5]).into_tensor(), &blocks[1][0].reshape([5, 15]).t().into_tensor());
    let at = second_order(f, &x);
    close(&at.hvp(&v).0, &product.0);
    close(&at.gradient.1, &grad(f, &x).1);
    close(&at.value, &f(&x));
}

#[test]
fn the_gauss_newton_product_of_a_sum_of_squares_is_twice_that_of_the_jacobian() {
    let x = random(1, &[3]);
    let v = random(2, &[3]);
    let a = random(3, &[7, 3]);
    let residuals = |x: &T| a.matmul(x).sin();
    let j = jacobian(residuals, &x);
    close(&gnvp(residuals, |r: &T| r.square().sum(), &x, &v), &(j.t().matmul(j.matmul(&v)) * 2.0));
}

#[test]
fn derivatives_nest_without_confusing_their_variables() {
    // d/dx (x · d/dy (x + y)) = 1: the inner variable is not the outer one.
    let d = grad(|x: &T| x * grad(|y: &T| x + y, &T::new(1.0)), &T::new(1.0));
    assert_eq!(d.item(), 1.0);
    // d/dx (x · d/dy (x·y)) = 2x, also with the same number for both.
    let d = grad(|x: &T| x * grad(|y: &T| x * y, x), &T::new(3.0));
    assert_eq!(d.item(), 6.0);
    // The same by forward products.
    let one = T::new(1.0);
    let (_, d) = jvp(|x: &T| x * jvp(|y: &T| x * y, x, &one).1, &T::new(3.0), &one);
    assert_eq!(d.item(), 6.0);
    // Five times over.
    let power = |x: &T| x.powi(6);
    let fifth = grad(|x: &T| grad(|x: &T| grad(|x: &T| grad(|x: &T| grad(power, x), x), x), x), &T::new(2.0));
    assert_eq!(fifth.item(), 720.0 * 2.0);
    // Forward over reverse is reverse over reverse.
    let f = |x: &T| x.exp().prod();
    let (x, v) = (random(1, &[4]), random(2, &[4]));
    close(&jvp(|x: &T| grad(f, x), &x, &v).1, &hvp(f, &x, &v));
}

#[test]
fn third_derivatives_of_compositions_are_exact() {
    // d³/dx³ of sin(eˣ), by Faà di Bruno's formula.
    let x = 0.7f64;
    let f = |x: &T| x.exp().sin();
    let third = grad(|x: &T| grad(|x: &T| grad(f, x), x), &T::new(x)).item();
    let u = x.exp();
    let want = -u.powi(3) * u.cos() - 3.0 * u * u * u.sin() + u * u.cos();
    assert!((third - want).abs() < 1e-10 * want.abs());
}

#[test]
fn what_was_captured_keeps_its_gradient() {
    let a = Parameter::new(T::new(3.0));
    let x = T::new(2.0);
    // A gradient penalty: the loss contains a gradient.
    let slope = grad(|x: &T| x.square() * &a, &x);
    assert!(slope.requires_grad());
    (slope.square()).backward();
    assert_eq!(a.grad().item(), 2.0 * 12.0 * 4.0);
    // Nothing captured: a constant.
    assert!(!grad(|x: &T| x.square(), &x).requires_grad());
    assert!(!no_grad(|| grad(|x: &T| x.square() * &a, &x)).requires_grad());
}

/// The gradient of a linear model in its input is its weights, so that a penalty on it is ridge regression.
#[test]
fn a_gradient_penalty_in_a_training_loop_learns_what_the_normal_equations_say() {
    let (x, y, strength) = (random(5, &[20, 3]), random(6, &[20]), 0.1);
    let w = Parameter::new(T::zeros([3]));
    for _ in 0..2000 {
        let predict = |x: &T| x.matmul(&w);
        let slope = grad(|x: &T| predict(x).sum(), &x);
        let penalty = slope.square().sum_axes(1).mean();
        ((predict(&x) - &y).square().mean() + penalty * strength).backward();
        no_grad(|| w.sub_(0.2 * w.grad()));
        w.zero_grad();
    }
    let normal = x.t().matmul(&x) / 20.0 + T::eye(3) * strength;
    close(&w.detach(), &normal.solve(&(x.t().matmul(&y) / 20.0)));
}

#[test]
fn functions_without_a_gradient_have_one_of_zeros() {
    assert_eq!(grad(|_: &T| T::new(1.0), &T::ones([2])).to_vec(), [0.0, 0.0]);
    let (y, dy) = jvp(|x: &T| x.gt(0.0).cast::<f64>(), &T::ones([2]), &T::ones([2]));
    assert_eq!((y.to_vec(), dy.to_vec()), (vec![1.0; 2], vec![0.0; 2]));
    assert_eq!(hessian(|x: &T| x.sum(), &T::ones([2])).to_vec(), [0.0; 4]);
}

#[test]
fn mistakes_are_explained() {
    let x = T::ones([2]);
    assert!(try_grad(|x: &T| x.square(), &x).unwrap_err().to_string().contains("single number"));
    assert!(try_jvp(|x: &T| x.square(), &x, &T::ones([3])).unwrap_err().to_string().contains("shape of its variable"));
    assert!(try_hvp(|x: &T| x.sum(), &x, &(T::ones([2]), T::ones([2]))).is_err());
}

struct Line {
    slope: T,
    ends: [T; 2],
}
tree!(Line { slope, ends }: f64, Serial);

#[test]
fn structs_slices_and_vectors_are_variables() {
    let line = Line { slope: T::new(2.0), ends: [T::new(1.0), T::new(5.0)] };
    let g = grad(|l: &Line| &l.slope * &l.ends[0] * &l.ends[1], &line);
    assert_eq!((g.slope.item(), g.ends[0].item(), g.ends[1].item()), (5.0, 10.0, 2.0));
    let several = vec![T::new(2.0), T::new(3.0)];
    assert_eq!(grad(|x: &Vec<T>| &x[0] * &x[1], &several)[0].item(), 3.0);
    assert_eq!(grad(|x: &Vec<T>| &x[0] * &x[1], &several[..])[1].item(), 2.0);
}

#[test]
fn ten_thousand_parameters_take_ten_times_as_many_steps_as_a_thousand() {
    // Each of them is used twice.
    let of_many = |x: &Vec<T>| x.iter().fold(T::new(0.0), |sum, x| sum + x.sin() * x);
    let visits = |n: usize| {
        let x: Vec<T> = (0..n).map(|i| T::new(i as f64 * 1e-3)).collect();
        let slope = |i: usize| x[i].item().sin() + x[i].item() * x[i].item().cos();
        let last = n - 1;
        let count = |f: &dyn Fn()| profile(f).1.0.iter().map(|(_, row)| row.backward).sum::<usize>();
        [
            count(&|| assert_eq!(grad(of_many, &x)[last].item(), slope(last))),
            count(&|| assert_eq!(vjp(of_many, &x).1.apply(&T::new(2.0))[last].item(), 2.0 * slope(last))),
            count(&|| assert_eq!(jacobian(of_many, &x)[last].item(), slope(last))),
            count(&|| {
                let (_, along) = jvp(of_many, &x, &x);
                let want: f64 = (0..n).map(|i| x[i].item() * slope(i)).sum();
                assert!((along.item() - want).abs() < 1e-9 * want.abs());
            }),
            count(&|| {
                let product = hvp(of_many, &x, &x)[last].item();
                let x = x[last].item();
                assert!((product - x * (2.0 * x.cos() - x * x.sin())).abs() < 1e-12);
            }),
        ]
    };
    let (thousand, ten) = (visits(1000), visits(10_000));
    assert_eq!(thousand[..3], [3000; 3], "each operation once: sine, product and sum");
    for (thousand, ten) in thousand.iter().zip(&ten) {
        assert!(ten.abs_diff(10 * thousand) < 20, "{thousand} {ten}");
    }
}

#[test]
fn ten_thousand_parameters_learn_and_are_explained() {
    let parameters: Vec<_> = (0..10_000).map(|i| Parameter::new(T::new(i as f64 * 1e-3))).collect();
    let loss = || parameters.iter().fold(T::new(0.0), |sum, p| sum + (p * p).sin());
    let ((), rows) = profile(|| loss().backward());
    assert_eq!(rows.0.iter().map(|(_, row)| row.backward).sum::<usize>(), 30_000);
    assert!(parameters.iter().all(|p| {
        let x = p.value().item();
        (p.grad().item() - 2.0 * x * (x * x).cos()).abs() < 1e-12
    }));
    assert!(explain(&parameters.iter().collect::<Vec<_>>(), loss).is_whole());
}
