//! The same program gives the same bits: on one thread and on several, on every instruction set, today and tomorrow.
//!
//! The hashes below are part of what the project promises. They change only with a change of the documented orders of
//! operations or of the elementary functions, which belongs in the changelog.

use gradus::autograd::{Autodiff, Gradient, Parameter, no_grad};
use gradus::tensor_core::{Backend, Generator, Real, Serial, Tensor, mse};
use sha2::{Digest, Sha256};

fn hash<T: Real, B: Backend>(parameters: &[Parameter<T, B>]) -> String {
    let mut hasher = Sha256::new();
    for x in parameters.iter().flat_map(|parameter| parameter.to_vec()) {
        // A number of either precision is one in double precision exactly.
        hasher.update(x.as_f64().to_bits().to_le_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lesson: a line through 100 points by full batches.
fn line<T: Real, B: Backend>() -> String {
    let c = T::from_f64;
    let generator = &mut Generator::new(42);
    let mut x = Tensor::<T, Autodiff<B>>::ones([100, 2]);
    x.slice_mut((.., 0)).uniform_with_(generator, c(-1.0), c(1.0));
    let y = x.matmul(Tensor::new([c(3.0), c(2.0)])) + Tensor::rand_with(generator, [100]);
    let a = Parameter::new(Tensor::new([c(-1.0), c(1.0)]));
    for _ in 0..100 {
        autograd_step(&mse(&x.matmul(&a), &y), &[&a], c(0.1));
    }
    hash(&[a])
}

/// A classifier with a hidden layer, large enough for several threads: products, broadcasting, tanh, softmax, gather.
fn classifier<T: Real, B: Backend>() -> String {
    let c = T::from_f64;
    let generator = &mut Generator::new(7);
    let x = Tensor::<T, Autodiff<B>>::randn_with(generator, [512, 96]);
    let label = Tensor::<i64, Autodiff<B>>::randint_with(generator, 0, 10, [512, 1]);
    let mut weight = |shape: [usize; 2]| Parameter::new(Tensor::randn_with(generator, shape) * c(0.1));
    let layers = [weight([96, 160]), weight([1, 160]), weight([160, 10]), weight([1, 10])];
    let [w1, b1, w2, b2] = &layers;
    for _ in 0..5 {
        let hidden = (x.matmul(w1) + b1).tanh();
        let scores = (hidden.matmul(w2) + b2).log_softmax(-1);
        autograd_step(&-scores.gather(1, &label).mean(), &[w1, b1, w2, b2], c(0.5));
    }
    hash(&layers)
}

fn autograd_step<T: Real, B: Backend>(loss: &Tensor<T, Autodiff<B>>, parameters: &[&Parameter<T, B>], lr: T) {
    loss.backward();
    for parameter in parameters {
        no_grad(|| parameter.sub_(parameter.grad().mul(lr)));
        parameter.set_grad(None);
    }
}

/// Runs on one thread, and on pools of several.
#[track_caller]
fn check(serial: impl Fn() -> String, parallel: impl Fn() -> String + Sync, promised: &str) {
    assert_eq!(serial(), promised, "on one thread");
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        assert_eq!(pool.install(&parallel), promised, "on {threads} threads");
    }
}

#[cfg(feature = "rayon")]
use gradus::tensor_core::Parallel;
#[cfg(not(feature = "rayon"))]
use gradus::tensor_core::Serial as Parallel;

#[test]
fn a_line_in_single_precision() {
    check(
        line::<f32, Serial>,
        line::<f32, Parallel>,
        "4ab332cd4b955ef9bef19acb210d42d4c0cdef978bf3205659f54e26205f8d93",
    );
}

#[test]
fn a_line_in_double_precision() {
    check(
        line::<f64, Serial>,
        line::<f64, Parallel>,
        "88463945ad9c79e1933232a389c957e4a84efc154c12549d0e3b0a0903e3a432",
    );
}

#[test]
fn a_classifier_in_single_precision() {
    check(
        classifier::<f32, Serial>,
        classifier::<f32, Parallel>,
        "d70329d862d745414a75e283f2c744d548ad72b5d9b4f933728adb2ad19432f7",
    );
}

#[test]
fn a_classifier_in_double_precision() {
    check(
        classifier::<f64, Serial>,
        classifier::<f64, Parallel>,
        "635e23e1c2ee48d09e0f6176033d6e458648e749e1913318fc8f2845a1c11d12",
    );
}
