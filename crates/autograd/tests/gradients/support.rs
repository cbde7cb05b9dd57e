//! What the tests share.

use autograd::{Autodiff, GradcheckOptions, Outputs, try_gradcheck, try_gradgradcheck};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tensor_core::{Backend, Shape};

/// A tensor whose gradient is checked.
pub(crate) type Tensor<B> = tensor_core::Tensor<f64, Autodiff<B>>;
/// An index.
pub(crate) type Index<B> = tensor_core::Tensor<i64, Autodiff<B>>;

/// Runs `test` on values of `strategy`, the same in every run.
pub(crate) fn for_all<V: std::fmt::Debug>(cases: u32, strategy: impl Strategy<Value = V> + 'static, test: impl Fn(V)) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    // Boxed, since the types of strategies are large and each would have a runner compiled for it.
    let run = runner.run(&strategy.boxed(), |value| {
        test(value);
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{error}"));
}

/// The first and second derivatives of `f` at `inputs` are right.
#[track_caller]
pub(crate) fn both_orders<B: Backend, O: Outputs<f64, B>>(
    name: &str,
    f: impl Fn(&[Tensor<B>]) -> O,
    inputs: &[&Tensor<B>],
) {
    let options = GradcheckOptions { exhaustive: 200, directions: 2, ..Default::default() };
    try_gradcheck(&f, inputs, options).unwrap_or_else(|error| panic!("{name}: {error}"));
    try_gradgradcheck(&f, inputs, options).unwrap_or_else(|error| panic!("{name}, second order: {error}"));
}

/// Shapes with at least one axis, and one of their axes.
pub(crate) fn shape_and_axis(max_rank: usize) -> impl Strategy<Value = (Shape, usize)> + Clone {
    autograd::strategies::shapes(max_rank)
        .prop_filter("needs an axis", |shape| !shape.is_empty())
        .prop_flat_map(|shape| (Just(shape.clone()), 0..shape.len()))
}

/// The ordinary range of values: of both signs, away from halves and wholes, where common functions have kinks.
pub(crate) fn ordinary() -> impl Strategy<Value = f64> + Clone {
    autograd::strategies::away_from_multiples(0.5, -2.0, 2.0)
}

/// Values of either sign, but not near 0.
pub(crate) fn not_small() -> impl Strategy<Value = f64> + Clone {
    autograd::strategies::away_from_multiples(3.0, -3.0, 3.0)
}
