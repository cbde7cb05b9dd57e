//! The lesson's update step, full batch and mini-batch, and the cost of one operation on one element.
//!
//! `cargo bench --bench lesson`

use criterion::{Criterion, criterion_group, criterion_main};
use gradus::prelude::*;
use std::hint::black_box;

fn lesson(c: &mut Criterion) {
    manual_seed(42);
    let n = 100;
    let mut x = ones([n, 2]);
    x.slice_mut((.., 0)).uniform_(-1.0, 1.0);
    let y = x.matmul(tensor([3.0, 2.0])) + rand([n]);
    let a = Parameter::new(tensor([-1.0, 1.0]));
    let lr = 0.1;

    c.bench_function("lesson/full batch", |b| {
        b.iter(|| {
            let loss = mse(&x.matmul(&a), &y);
            loss.backward();
            no_grad(|| a.sub_(lr * a.grad()));
            a.zero_grad();
        })
    });
    c.bench_function("lesson/mini-batch of 64", |b| {
        b.iter(|| {
            let rand_idx = randint(0, n as i64, [64]);
            let loss = mse(&x.select(&rand_idx).matmul(&a), y.select(&rand_idx));
            loss.backward();
            no_grad(|| a.sub_(lr * a.grad()));
            a.zero_grad();
        })
    });
}

/// `z = z * w + w` on one element, 500 times: 1000 operations an iteration.
fn one_element(c: &mut Criterion) {
    let w = Parameter::new(tensor([1.0001]));
    c.bench_function("1000 one-element operations, with gradient", |b| {
        b.iter(|| {
            let mut z = w.value().into_tensor();
            for _ in 0..500 {
                z = &z * &w + &w;
            }
            z.sum().backward();
            w.set_grad(None);
        })
    });
    let w = w.detach();
    c.bench_function("1000 one-element operations, without gradient", |b| {
        b.iter(|| {
            let mut z = w.clone();
            for _ in 0..500 {
                z = &z * &w + &w;
            }
            black_box(z)
        })
    });
}

criterion_group!(benches, lesson, one_element);
criterion_main!(benches);
