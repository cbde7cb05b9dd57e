//! `nn::functional` against definitions by plain loops, special values, empty tensors, and what it refuses.

mod conv;
mod lookup;
mod losses;
mod norm;
mod pool;
mod resize;

use autograd::Autodiff;
use tensor_core::{Generator, Serial, Shape};

/// A tensor without gradients, and one with.
type X = tensor_core::Tensor<f64, Serial>;
type G = tensor_core::Tensor<f64, Autodiff<Serial>>;

fn random(seed: u64, shape: impl Into<Shape>) -> X {
    X::randn_with(&mut Generator::new(seed), shape)
}

/// All indices of a shape, in row-major order.
fn indices(shape: &[usize]) -> Vec<Vec<usize>> {
    shape.iter().fold(vec![vec![]], |lead, &size| {
        lead.iter().flat_map(|l| (0..size).map(move |i| l.iter().copied().chain([i]).collect())).collect()
    })
}

/// The element at an index, 0 outside of the tensor.
fn at(x: &X, index: &[isize]) -> f64 {
    let mut place = 0;
    for (&i, &size) in index.iter().zip(x.shape()) {
        if i < 0 || i >= size as isize {
            return 0.0;
        }
        place = place * size + i as usize;
    }
    x.to_vec()[place]
}

#[track_caller]
fn close(x: &X, y: &X) {
    assert_eq!(x.shape(), y.shape());
    for (a, b) in x.to_vec().into_iter().zip(y.to_vec()) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()) || a.is_nan() && b.is_nan(), "{a} is not {b}\n{x}\n{y}");
    }
}
