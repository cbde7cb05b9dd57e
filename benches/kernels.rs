//! Matrix products, elementwise functions and reductions, on one thread.
//!
//! `cargo bench --bench kernels`

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gradus::tensor_core::{Generator, Serial, Tensor};
use std::hint::black_box;

type T = Tensor<f32, Serial>;

fn matmul(c: &mut Criterion) {
    let mut group = c.benchmark_group("matmul");
    let squares = [8, 64, 256, 512, 1024].map(|n| [n; 3]);
    for [m, k, n] in squares.into_iter().chain([[100, 2, 1], [64, 784, 128], [1, 1024, 1024]]) {
        let generator = &mut Generator::new(0);
        let (a, b) = (T::rand_with(generator, [m, k]), T::rand_with(generator, [k, n]));
        group.throughput(Throughput::Elements(2 * (m * k * n) as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{m}x{k}x{n}")), |bench| {
            bench.iter(|| black_box(&a).matmul(&b))
        });
    }
}

fn elementwise(c: &mut Criterion) {
    for n in [1_000, 1_000_000, 16_000_000] {
        let generator = &mut Generator::new(0);
        let (x, y) = (T::rand_with(generator, [n]), T::rand_with(generator, [n]));
        let mut group = c.benchmark_group(format!("{n} elements"));
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function("add", |b| b.iter(|| black_box(&x) + &y));
        group.bench_function("exp", |b| b.iter(|| black_box(&x).exp()));
        group.bench_function("tanh", |b| b.iter(|| black_box(&x).tanh()));
        group.bench_function("sum", |b| b.iter(|| black_box(&x).sum()));
        group.bench_function("softmax of rows of 1000", |b| {
            let rows = x.reshape([n / 1000, 1000]);
            b.iter(|| black_box(&rows).softmax(1))
        });
    }
}

criterion_group!(benches, matmul, elementwise);
criterion_main!(benches);
