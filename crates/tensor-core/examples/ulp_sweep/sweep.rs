//! The sweep over single precision.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{in_ulp_single, is_mismatch};
use crate::paths::{available, binary_single, unary_single};
use crate::reference::{self, Reference};

/// What is known of a function's errors.
#[derive(Clone, Copy, Default)]
struct Errors {
    worst: f64,
    at: (f32, f32),
    sum: f64,
    count: u64,
    /// NaN for a number, infinity for a small one or a wrong sign, or the other way round.
    mismatches: u64,
    mismatch_at: (f32, f32),
}

impl Errors {
    fn merge(mut self, other: Errors) -> Errors {
        if other.worst > self.worst {
            (self.worst, self.at) = (other.worst, other.at);
        }
        if other.mismatches > 0 {
            self.mismatch_at = other.mismatch_at;
        }
        self.sum += other.sum;
        self.count += other.count;
        self.mismatches += other.mismatches;
        self
    }

    /// Takes in a block of results.
    fn add(&mut self, x: &[f32], y: &[f32], got: &[f32], exact: &[f64]) {
        // In lanes, so that it becomes vector instructions.
        let (mut worst, mut sum, mut mismatches) = ([0.0f64; LANES], [0.0f64; LANES], [0u64; LANES]);
        for (got, exact) in got.chunks_exact(LANES).zip(exact.chunks_exact(LANES)) {
            for i in 0..LANES {
                let error = in_ulp_single(got[i], exact[i]);
                worst[i] = if error > worst[i] { error } else { worst[i] };
                sum[i] += error;
                mismatches[i] += u64::from(is_mismatch(got[i], exact[i]));
            }
        }
        let worst = worst.into_iter().fold(0.0, f64::max);
        let mismatches: u64 = mismatches.iter().sum();
        self.sum += sum.iter().sum::<f64>();
        self.count += x.len() as u64;
        self.mismatches += mismatches;
        let at = |condition: &dyn Fn(f32, f64) -> bool| {
            let i = (0..x.len()).position(|i| condition(got[i], exact[i])).unwrap_or(0);
            (x[i], y[i])
        };
        if mismatches > 0 {
            self.mismatch_at = at(&is_mismatch);
        }
        if worst > self.worst {
            (self.worst, self.at) = (worst, at(&|g, e| in_ulp_single(g, e) == worst));
        }
    }
}

const BLOCK: usize = 4096;
/// Divides [`BLOCK`].
const LANES: usize = 16;

/// Measures `evaluate` on `total` arguments, or pairs of them.
fn sweep(
    total: u64,
    arguments: impl Fn(u64) -> (f32, f32) + Sync,
    evaluate: impl Fn(&[f32], &[f32], &mut [f32]) + Sync,
    reference: &Reference,
) -> Errors {
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let widen = |from: &[f32], to: &mut [f64]| to.iter_mut().zip(from).for_each(|(to, &from)| *to = f64::from(from));
    std::thread::scope(|scope| {
        let worker = || {
            let mut errors = Errors::default();
            let (mut x, mut y, mut got) = (vec![0.0f32; BLOCK], vec![0.0f32; BLOCK], vec![0.0f32; BLOCK]);
            let (mut wide_x, mut wide_y, mut exact) = (vec![0.0f64; BLOCK], vec![0.0f64; BLOCK], vec![0.0f64; BLOCK]);
            loop {
                let start = next.fetch_add(BLOCK as u64, Ordering::Relaxed);
                if start >= total {
                    return errors;
                }
                for i in 0..BLOCK {
                    (x[i], y[i]) = arguments(start + i as u64);
                }
                widen(&x, &mut wide_x);
                widen(&y, &mut wide_y);
                evaluate(&x, &y, &mut got);
                reference.evaluate(&wide_x, &wide_y, &mut exact);
                errors.add(&x, &y, &got, &exact);
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().fold(Errors::default(), |all, w| all.merge(w.join().expect("a worker ends normally")))
    })
}

/// The i-th of a random sequence of pairs: of bit patterns, or of numbers between 1/8 and 32.
fn pair(i: u64) -> (f32, f32) {
    // SplitMix64's finaliser (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    let z = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let z = z ^ (z >> 31);
    let choose = |bits: u32| f32::from_bits(if i & 1 == 0 { bits } else { (bits & 0x83ff_ffff) + (124 << 23) });
    (choose(z as u32), choose((z >> 32) as u32))
}

/// Sweeps the wanted functions and prints a row for each.
pub(crate) fn run(every: u64, own: bool, wanted: impl Fn(&str) -> bool) {
    println!("| function | max ulp | at | mean ulp | special values missed |");
    println!("|---|---|---|---|---|");
    let total = (1u64 << 32).div_ceil(every);
    let reference = |name| if own { reference::own(name) } else { reference::function(name) };
    let print = |name, e: Errors, show: &dyn Fn((f32, f32)) -> String| {
        let missed =
            if e.mismatches == 0 { "0".into() } else { format!("{} (at {})", e.mismatches, show(e.mismatch_at)) };
        println!("| {name} | {:.4} | {} | {:.4} | {missed} |", e.worst, show(e.at), e.sum / e.count as f64);
    };
    for paths in unary_single().iter().filter(|p| wanted(p.name)) {
        let (_, evaluate) = *available(paths).last().expect("the portable path exists everywhere");
        // Where the last block exceeds the range it begins again.
        let argument = |i: u64| (f32::from_bits((i * every) as u32), 0.0);
        let errors = sweep(total, argument, |x, _, out| evaluate(x, out), &reference(paths.name));
        print(paths.name, errors, &|(x, _)| format!("{x:e}"));
    }
    for paths in binary_single().iter().filter(|p| wanted(p.name)) {
        let (_, evaluate) = *available(paths).last().expect("the portable path exists everywhere");
        let errors = sweep(total, pair, evaluate, &reference(paths.name));
        print(paths.name, errors, &|(x, y)| format!("({x:e}, {y:e})"));
    }
}
