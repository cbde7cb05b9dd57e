//! The lesson's update step, full batch and mini-batch, and the cost of one operation on one element.
//!
//! `cargo bench --bench lesson`

mod workloads;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gradus::prelude::*;
use std::hint::black_box;
use workloads::{Lesson, chain, recorded_chain};

fn lesson(c: &mut Criterion) {
    let lesson = Lesson::new();
    let mut group = c.benchmark_group("lesson");
    group.throughput(Throughput::Elements(100));
    group.bench_function("full batch", |b| b.iter(|| lesson.full_batch()));
    group.throughput(Throughput::Elements(64));
    group.bench_function("mini-batch of 64", |b| b.iter(|| lesson.mini_batch()));
}

fn one_element(c: &mut Criterion) {
    let mut group = c.benchmark_group("1000 one-element operations");
    group.throughput(Throughput::Elements(1000));
    let w = Parameter::new(tensor([1.0001]));
    group.bench_function("with gradient", |b| b.iter(|| recorded_chain(&w)));
    let w = w.detach();
    group.bench_function("without gradient", |b| b.iter(|| chain(black_box(&w))));
}

criterion_group!(benches, lesson, one_element);
criterion_main!(benches);
