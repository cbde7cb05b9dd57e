//! The work that is timed, counted and compared: each piece as a user would write it.

#![allow(dead_code, reason = "each program takes what it needs")]

use gradus::optim::{Optimizer, rule::Rule};
use gradus::prelude::*;
use gradus::{DefaultBackend, tensor_core};

/// The lesson: a line through a hundred points.
pub(crate) struct Lesson {
    x: Tensor,
    y: Tensor,
    a: Parameter,
}

impl Lesson {
    pub(crate) fn new() -> Self {
        manual_seed(42);
        let mut x = ones([100, 2]);
        x.slice_mut((.., 0)).uniform_(-1.0, 1.0);
        let y = x.matmul(tensor([3.0, 2.0])) + rand([100]);
        Lesson { x, y, a: Parameter::new(tensor([-1.0, 1.0])) }
    }

    /// A step by all points.
    pub(crate) fn full_batch(&self) {
        self.step(mse(&self.x.matmul(&self.a), &self.y));
    }

    /// A step by 64 points, drawn in the step.
    pub(crate) fn mini_batch(&self) {
        let rand_idx = randint(0, 100, [64]);
        self.step(mse(&self.x.select(&rand_idx).matmul(&self.a), self.y.select(&rand_idx)));
    }

    fn step(&self, loss: Tensor) {
        let lr = 0.1;
        loss.backward();
        no_grad(|| self.a.sub_(lr * self.a.grad()));
        self.a.zero_grad();
    }
}

/// 1000 operations on one element, `z = z * w + w` over and over.
pub(crate) fn chain(w: &Tensor) -> Tensor {
    let mut z = w.clone();
    for _ in 0..500 {
        z = &z * w + w;
    }
    z
}

/// 1000 operations on one element with a parameter, recorded and run backward.
pub(crate) fn recorded_chain(w: &Parameter) {
    let mut z = w.value().into_tensor();
    for _ in 0..500 {
        z = &z * w + w;
    }
    z.sum().backward();
    w.set_grad(None);
}

/// A classifier of layers with relu between them, and a batch to train it by.
pub(crate) struct Mlp {
    pub(crate) layers: Vec<Linear>,
    pub(crate) x: Tensor,
    pub(crate) classes: IndexTensor,
}

impl Mlp {
    /// The sizes of all layers, the first being that of the input; and how many examples the batch has.
    pub(crate) fn new(sizes: &[usize], batch: usize) -> Self {
        manual_seed(42);
        let layers = sizes.windows(2).map(|pair| Linear::new(pair[0], pair[1])).collect();
        let outputs = sizes.last().map_or(1, |&last| last as i64);
        Mlp { layers, x: rand([batch, sizes[0]]), classes: randint(0, outputs, [batch]) }
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.layers.iter().flat_map(Module::parameters).collect()
    }

    pub(crate) fn forward(&self) -> Tensor {
        let (last, hidden) = self.layers.split_last().expect("at least one layer");
        let features = hidden.iter().fold(self.x.clone(), |x, layer| layer.forward(&x).relu());
        last.forward(&features)
    }

    pub(crate) fn step<R: Rule>(&self, optimizer: &mut Optimizer<R, f32, DefaultBackend>) {
        optimizer.zero_grad();
        cross_entropy(&self.forward(), &self.classes).backward();
        optimizer.step();
    }
}

/// Random numbers that record nothing, for functions timed by themselves.
pub(crate) fn plain(shape: impl Into<Shape>) -> tensor_core::Tensor<f32, DefaultBackend> {
    tensor_core::Tensor::rand(shape)
}
