//! Representative steps, each a given number of times, for counting instructions: see `scripts/instructions.sh`.
//!
//! ```text
//! cargo bench --bench instructions -- STEP COUNT
//! ```
//!
//! Without arguments it prints the names of the steps and how often each is worth counting.

mod workloads;

use gradus::prelude::*;
use std::hint::black_box;
use workloads::{Lesson, Mlp, chain, plain, recorded_chain};

/// A name, how often to count it, and how to prepare it.
type Step = (&'static str, usize, fn() -> Box<dyn FnMut()>);

const STEPS: &[Step] = &[
    ("one-element-1000", 20, || {
        let w = tensor([1.0001]);
        Box::new(move || drop(black_box(chain(&w))))
    }),
    ("one-element-1000-backward", 10, || {
        let w = Parameter::new(tensor([1.0001]));
        Box::new(move || recorded_chain(&w))
    }),
    ("lesson-full-batch", 500, || {
        let lesson = Lesson::new();
        Box::new(move || lesson.full_batch())
    }),
    ("lesson-mini-batch", 500, || {
        let lesson = Lesson::new();
        Box::new(move || lesson.mini_batch())
    }),
    ("mlp-sgd", 5, || {
        let model = Mlp::new(&[784, 128, 10], 64);
        let mut sgd = Sgd::new(model.parameters(), 0.01);
        Box::new(move || model.step(&mut sgd))
    }),
    ("mlp-adam", 5, || {
        let model = Mlp::new(&[784, 128, 10], 64);
        let mut adam = Adam::new(model.parameters(), 0.001);
        Box::new(move || model.step(&mut adam))
    }),
    ("add-exp-sum-1000", 500, || {
        let (x, y) = (plain([1000]), plain([1000]));
        Box::new(move || drop(black_box((&x + &y).exp().sum())))
    }),
    ("softmax-1000", 500, || {
        let x = plain([1, 1000]);
        Box::new(move || drop(black_box(x.softmax(1))))
    }),
];

fn main() {
    // Cargo adds an argument of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [name, count] = &arguments[..] else {
        STEPS.iter().for_each(|(name, count, _)| println!("{name} {count}"));
        return;
    };
    let (.., prepare) = STEPS.iter().find(|step| step.0 == name).expect("the name of a step");
    let count: usize = count.parse().expect("how often");
    let mut step = prepare();
    (0..count).for_each(|_| step());
}
