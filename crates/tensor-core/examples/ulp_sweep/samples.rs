//! Double precision, measured on samples with their exact results.

use crate::error::samples;
use crate::paths::{available, binary_double, unary_double};

/// Measures the wanted functions and prints a row for each.
pub(crate) fn run(text: &str, wanted: impl Fn(&str) -> bool) {
    println!("| function | max ulp | at | mean ulp | samples | max absolute error below 1 |");
    println!("|---|---|---|---|---|---|");
    let measure = |name: &str, evaluate: &dyn Fn(&[f64]) -> f64| {
        let (mut worst, mut at, mut sum, mut count, mut worst_absolute) = (0.0f64, Vec::new(), 0.0, 0u64, 0.0f64);
        for (arguments, known) in samples(text, name) {
            let (absolute, error) = known.error(evaluate(&arguments));
            sum += error;
            count += 1;
            if known.exact.abs() < 1.0 {
                worst_absolute = worst_absolute.max(absolute);
            }
            if error > worst {
                (worst, at) = (error, arguments);
            }
        }
        println!("| {name} | {worst:.4} | {at:?} | {:.4} | {count} | {worst_absolute:.1e} |", sum / count as f64);
    };
    for paths in unary_double().iter().filter(|p| wanted(p.name)) {
        let (_, f) = *available(paths).last().expect("the portable path exists everywhere");
        measure(paths.name, &|x| {
            let mut out = [0.0];
            f(x, &mut out);
            out[0]
        });
    }
    for paths in binary_double().iter().filter(|p| wanted(p.name)) {
        let (_, f) = *available(paths).last().expect("the portable path exists everywhere");
        measure(paths.name, &|x| {
            let mut out = [0.0];
            f(&x[..1], &x[1..], &mut out);
            out[0]
        });
    }
}
