//! Training steps of classifiers: forward, cross-entropy, backward, update.
//!
//! `cargo bench --bench training`, on all of rayon's threads; `RAYON_NUM_THREADS=1` for one.

mod workloads;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gradus::prelude::*;
use workloads::Mlp;

fn mlp(c: &mut Criterion, sizes: &[usize], batch: usize) {
    let mut group = c.benchmark_group(format!("MLP {sizes:?}, batch of {batch}"));
    group.throughput(Throughput::Elements(batch as u64));
    let model = Mlp::new(sizes, batch);
    let mut sgd = Sgd::new(model.parameters(), 0.01);
    group.bench_function("SGD", |b| b.iter(|| model.step(&mut sgd)));
    let mut adam = Adam::new(model.parameters(), 0.001);
    group.bench_function("Adam", |b| b.iter(|| model.step(&mut adam)));
    group.bench_function("forward alone", |b| b.iter(|| no_grad(|| model.forward())));
}

fn training(c: &mut Criterion) {
    mlp(c, &[784, 128, 10], 64);
    mlp(c, &[784, 1024, 1024, 10], 256);
}

criterion_group!(benches, training);
criterion_main!(benches);
