//! How time grows with size, drawn beside what the machine could do: one picture each for products, functions of each
//! element, training steps by batch, graphs by depth, and updates by the number of parameters.
//!
//! ```text
//! RAYON_NUM_THREADS=1 taskset -c 1 cargo run --release -p cost -- DIR
//! ```
//!
//! Writes `cost-*.png` into DIR and prints the machine's limits, found in the same run, as a line of JSON.

mod figure;
#[path = "../../../../crates/tensor-matmul/examples/roofline/limits.rs"]
#[allow(dead_code, reason = "memory is measured by writing, too")]
mod limits;
#[allow(dead_code, reason = "the axes and the canvas of the examples")]
#[path = "../../../../examples/support"]
mod support {
    pub(crate) mod axes;
    pub(crate) mod canvas;
}
#[path = "../../../workloads/mod.rs"]
mod workloads;

use figure::{Curve, figure};
use gradus::prelude::*;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;
use workloads::{Mlp, plain};

/// Seconds that one call takes: the best of several rounds.
fn time(mut work: impl FnMut()) -> f64 {
    let mut seconds = |calls: usize| {
        let start = Instant::now();
        (0..calls).for_each(|_| work());
        start.elapsed().as_secs_f64()
    };
    let mut calls = 1;
    while seconds(calls) < 1e-3 {
        calls *= 2;
    }
    let (mut best, mut spent, mut rounds) = (f64::MAX, 0.0, 0);
    while rounds < 3 || spent < 0.1 {
        let round = seconds(calls);
        best = best.min(round / calls as f64);
        spent += round;
        rounds += 1;
    }
    best
}

/// Sizes from `low` to `high`, each `factor` times the one before.
fn sizes(low: usize, high: usize, factor: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(low), move |n| Some(n * factor)).take_while(move |&n| n <= high)
}

/// What the machine can do at most.
struct Limits {
    /// Floating-point operations a second.
    flops: f64,
    /// Bytes a second, to and from memory.
    bytes: f64,
}

impl Limits {
    fn new() -> Self {
        const ROUNDS: usize = 20_000;
        let peak = |_| limits::fma_peak(tensor_matmul::info().isa, 4, ROUNDS);
        let flops = (0..50).map(peak).fold(0.0, f64::max) * 1e9;
        let from = vec![1u64; 16 << 20];
        let mut to = vec![0; 16 << 20];
        let copy = time(|| black_box(&mut to).copy_from_slice(black_box(&from)));
        Limits { flops, bytes: 2.0 * size_of_val(&from[..]) as f64 / copy }
    }
}

fn products(limits: &Limits) -> [Curve; 2] {
    let measured = sizes(4, 2048, 2).map(|n| {
        let (a, b) = (plain([n, n]), plain([n, n]));
        (n as f64, time(|| drop(black_box(a.matmul(&b)))))
    });
    [
        Curve::measured("n × n times n × n", measured),
        Curve::limit("FMA peak", sizes(4, 2048, 2).map(|n| (n as f64, 2.0 * (n as f64).powi(3) / limits.flops))),
    ]
}

fn functions(limits: &Limits) -> [Curve; 4] {
    let all = || sizes(1, 1 << 24, 4);
    let of = |work: fn(&Plain, &Plain) -> Plain| {
        all().map(move |n| {
            let (x, y) = (plain([n]), plain([n]));
            (n as f64, time(|| drop(black_box(work(&x, &y)))))
        })
    };
    [
        Curve::measured("x + y", of(|x, y| x + y)),
        Curve::measured("exp x", of(|x, _| x.exp())),
        Curve::measured("tanh x", of(|x, _| x.tanh())),
        Curve::limit("12 bytes an element, from memory", all().map(|n| (n as f64, 12.0 * n as f64 / limits.bytes))),
    ]
}

type Plain = gradus::tensor_core::Tensor<f32, gradus::DefaultBackend>;

fn batches(limits: &Limits) -> [Curve; 3] {
    const SIZES: [usize; 3] = [784, 128, 10];
    let all = || sizes(1, 1024, 2);
    let step = |adam: bool| {
        all().map(move |batch| {
            let model = Mlp::new(&SIZES, batch);
            let seconds = if adam {
                let mut adam = Adam::new(model.parameters(), 0.001);
                time(|| model.step(&mut adam))
            } else {
                let mut sgd = Sgd::new(model.parameters(), 0.01);
                time(|| model.step(&mut sgd))
            };
            (batch as f64, seconds)
        })
    };
    // Forward and for the weights in both layers, for the input in the second alone.
    let operations = |batch: usize| (2 * batch * (2 * SIZES[0] * SIZES[1] + 3 * SIZES[1] * SIZES[2])) as f64;
    [
        Curve::measured("a step with SGD", step(false)),
        Curve::measured("a step with Adam", step(true)),
        Curve::limit("FMA peak", all().map(|batch| (batch as f64, operations(batch) / limits.flops))),
    ]
}

fn depths(limits: &Limits) -> [Curve; 3] {
    const WIDTH: usize = 128;
    const BATCH: usize = 64;
    let w = Parameter::new(tensor([1.0001]));
    let chain = sizes(1, 1 << 16, 4).map(|depth| {
        let seconds = time(|| {
            let mut z = w.value().into_tensor();
            for _ in 0..depth {
                z = &z * &w;
            }
            z.sum().backward();
            w.set_grad(None);
        });
        (depth as f64, seconds)
    });
    let layers = || sizes(1, 256, 4);
    let network = layers().map(|depth| {
        let model = Mlp::new(&vec![WIDTH; depth + 1], BATCH);
        let mut sgd = Sgd::new(model.parameters(), 0.001);
        (depth as f64, time(|| model.step(&mut sgd)))
    });
    // The first layer has no use for the gradient of its input.
    let operations = |depth: usize| (2 * BATCH * WIDTH * WIDTH * (3 * depth - 1)) as f64;
    [
        Curve::measured("products of one element", chain),
        Curve::measured("layers 128-128, batch of 64", network),
        Curve::limit("FMA peak for the layers", layers().map(|depth| (depth as f64, operations(depth) / limits.flops))),
    ]
}

fn updates(limits: &Limits) -> [Curve; 4] {
    let all = || sizes(1 << 4, 1 << 24, 4);
    let step = |adam: bool| {
        all().map(move |n| {
            let parameter = Parameter::new(rand([n]));
            parameter.set_grad(Some(rand([n])));
            let seconds = if adam {
                let mut adam = Adam::new([&parameter], 0.001);
                time(|| adam.step())
            } else {
                let mut sgd = Sgd::new([&parameter], 0.001);
                time(|| sgd.step())
            };
            (n as f64, seconds)
        })
    };
    let memory = |bytes: f64| all().map(move |n| (n as f64, bytes * n as f64 / limits.bytes));
    [
        Curve::measured("SGD", step(false)),
        Curve::measured("Adam", step(true)),
        Curve::limit("SGD: 12 bytes a parameter, from memory", memory(12.0)),
        Curve::limit("Adam: 28 bytes", memory(28.0)),
    ]
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder for the pictures"));
    let limits = Limits::new();
    println!("{{\"fma\":{:.1},\"copy\":{:.1}}}", limits.flops / 1e9, limits.bytes / 1e9);
    let draw = |name: &str, title: &str, x: &str, curves: &[Curve]| {
        let path = folder.join(format!("cost-{name}.png"));
        figure(&path, title, x, curves).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    };
    draw("matmul", "Matrix products", "n", &products(&limits));
    draw("elementwise", "Functions of each element", "elements", &functions(&limits));
    draw("batch", "Training steps of an MLP 784-128-10", "examples in the batch", &batches(&limits));
    draw("depth", "Forward and backward through deep graphs", "depth", &depths(&limits));
    draw("parameters", "Updates", "parameters", &updates(&limits));
}
