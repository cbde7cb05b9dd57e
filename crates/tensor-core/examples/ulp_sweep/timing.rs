//! Nanoseconds an element.

use std::time::Instant;

use crate::paths::{Paths, available, binary_double, binary_single, unary_double, unary_single};

const N: usize = 1000;

/// The shortest of many rounds, divided by the number of elements.
fn nanoseconds(mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..60 {
        let start = Instant::now();
        for _ in 0..20 {
            run();
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    best / (20 * N) as f64 * 1e9
}

/// Arguments for which the functions do their usual work.
fn arguments<T>(from_f64: impl Fn(f64) -> T) -> Vec<T> {
    (0..N).map(|i| from_f64(0.05 + 0.9 * i as f64 / N as f64)).collect()
}

fn rows<F: Copy>(table: &[Paths<F>], precision: &str, wanted: &impl Fn(&str) -> bool, time: impl Fn(F) -> f64) {
    for paths in table.iter().filter(|p| wanted(p.name)) {
        let columns: Vec<String> =
            available(paths).iter().skip(1).map(|&(name, f)| format!("{name} {:.3}", time(f))).collect();
        println!("{:12} {precision} {}", paths.name, columns.join("  "));
    }
}

/// Times the wanted functions, in nanoseconds an element.
pub(crate) fn run(wanted: impl Fn(&str) -> bool) {
    let (single, double) = (arguments(|v| v as f32), arguments(|v| v));
    rows(&unary_single(), "f32", &wanted, |f| {
        let mut out = vec![0.0; N];
        nanoseconds(|| f(std::hint::black_box(&single), std::hint::black_box(&mut out)))
    });
    rows(&binary_single(), "f32", &wanted, |f| {
        let mut out = vec![0.0; N];
        nanoseconds(|| f(std::hint::black_box(&single), &single, std::hint::black_box(&mut out)))
    });
    rows(&unary_double(), "f64", &wanted, |f| {
        let mut out = vec![0.0; N];
        nanoseconds(|| f(std::hint::black_box(&double), std::hint::black_box(&mut out)))
    });
    rows(&binary_double(), "f64", &wanted, |f| {
        let mut out = vec![0.0; N];
        nanoseconds(|| f(std::hint::black_box(&double), &double, std::hint::black_box(&mut out)))
    });
}
