//! How near to the machine's limits the products come.
//!
//! ```text
//! cargo run --release -p tensor-matmul --example roofline -- [--threads N] [--dtype f32|f64] [--json] [SHAPE…]
//! ```
//!
//! Peak, this crate and `matrixmultiply` (on one thread) take turns in every row, for the clock drifts; each figure is
//! the best of several rounds. The peak is measured over as long a time as the product, for a core keeps its highest clock
//! for moments only, and neighbours are not seen in short ones. A SHAPE is the beginning of a row's name.

mod limits;

use std::hint::black_box;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tensor_matmul::{Executor, RawMut, RawRef, Scalar, Sequential, gemm_raw, info};

/// How an operand lies in memory.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    /// Row by row.
    N,
    /// Column by column: the transpose of a row-major matrix.
    T,
    /// Every second element of rows with padding.
    S,
}
use Order::*;

const SHAPES: &[(usize, usize, usize, Order, Order)] = &[
    (4, 4, 4, N, N),
    (8, 8, 8, N, N),
    (16, 16, 16, N, N),
    (32, 32, 32, N, N),
    (64, 64, 64, N, N),
    (96, 96, 96, N, N),
    (128, 128, 128, N, N),
    (256, 256, 256, N, N),
    (512, 512, 512, N, N),
    (1024, 1024, 1024, N, N),
    (2048, 2048, 2048, N, N),
    (100, 2, 1, N, N),
    (64, 784, 128, N, N),
    (64, 128, 10, N, N),
    (784, 64, 128, N, N),
    (1, 1024, 1024, N, N),
    (1024, 1024, 1, N, N),
    (8192, 64, 64, N, N),
    (256, 1024, 1024, N, N),
    (33, 17, 129, N, N),
    // Backward passes: Xᵀ·dY and dY·Wᵀ.
    (2, 100, 1, T, N),
    (784, 64, 128, T, N),
    (128, 64, 10, T, N),
    (64, 10, 128, N, T),
    (16, 16, 16, T, N),
    (16, 16, 16, N, T),
    (64, 64, 64, T, N),
    (64, 64, 64, N, T),
    (256, 256, 256, T, N),
    (256, 256, 256, N, T),
    (256, 256, 256, S, S),
    (1024, 1024, 1024, T, N),
    (1024, 1024, 1024, N, T),
    (1024, 1024, 1024, S, S),
    (1, 1024, 1024, N, T),
    (1024, 1024, 1, T, N),
    (1000, 1, 1000, N, N),
];

trait Peer: Scalar + From<f32> {
    /// `matrixmultiply` on the same pointers and strides.
    ///
    /// # Safety
    /// As for [`gemm_raw`].
    unsafe fn peer(dims: [usize; 3], a: RawRef<Self>, b: RawRef<Self>, c: RawMut<Self>);
}

macro_rules! peer {
    ($float:ident, $gemm:path) => {
        impl Peer for $float {
            unsafe fn peer([m, k, n]: [usize; 3], a: RawRef<$float>, b: RawRef<$float>, c: RawMut<$float>) {
                let (a, ra, ca) = (a.ptr, a.row_stride, a.col_stride);
                let (b, rb, cb) = (b.ptr, b.row_stride, b.col_stride);
                // SAFETY: the caller's promise is the same.
                unsafe { $gemm(m, k, n, 1.0, a, ra, ca, b, rb, cb, 0.0, c.ptr, c.row_stride, c.col_stride) }
            }
        }
    };
}
peer!(f32, matrixmultiply::sgemm);
peer!(f64, matrixmultiply::dgemm);

/// Numbers from a cache line's beginning on, as tensors have them.
struct Aligned<T> {
    memory: Vec<T>,
    start: usize,
}

impl<T: Copy> Aligned<T> {
    fn new(len: usize, value: impl Fn(usize) -> T) -> Self {
        let mut memory = vec![value(0); len + 64 / size_of::<T>()];
        let start = memory.as_ptr().align_offset(64);
        (0..len).for_each(|i| memory[start + i] = value(i));
        Aligned { memory, start }
    }

    fn as_ptr(&self) -> *const T {
        self.memory[self.start..].as_ptr()
    }

    fn as_mut_ptr(&mut self) -> *mut T {
        self.memory[self.start..].as_mut_ptr()
    }
}

struct Operand<T> {
    data: Aligned<T>,
    strides: [isize; 2],
}

impl<T: Peer> Operand<T> {
    fn new(rows: usize, cols: usize, order: Order) -> Self {
        let (strides, len) = match order {
            N => ([cols as isize, 1], rows * cols),
            T => ([1, rows as isize], rows * cols),
            S => ([2 * cols as isize + 6, 2], rows * (2 * cols + 6)),
        };
        Operand { data: Aligned::new(len, |i| T::from((i % 17) as f32 * 0.1 - 0.8)), strides }
    }

    fn raw(&self) -> RawRef<T> {
        RawRef::new(self.data.as_ptr(), self.strides[0], self.strides[1])
    }
}

/// Seconds that one call takes, over so many calls.
fn time(calls: usize, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed().as_secs_f64() / calls as f64
}

fn calls_for(slice: Duration, mut work: impl FnMut()) -> usize {
    work();
    let mut calls = 1;
    while time(calls, &mut work) * (calls as f64) < slice.as_secs_f64() {
        calls *= 2;
    }
    calls
}

/// One measurement of the FMA peak of so many cores together: all at once, for they share what drives their clocks.
fn peak_of_all(exec: &dyn Executor, threads: usize, bytes: usize, rounds: usize) -> f64 {
    let slowest = Mutex::new(f64::MAX);
    exec.run(threads, &|_| {
        let peak = limits::fma_peak(info().isa, bytes, rounds);
        let mut slowest = slowest.lock().expect("no thread panics here");
        *slowest = slowest.min(peak);
    });
    slowest.into_inner().expect("no thread panics here") * threads as f64
}

struct Options {
    threads: usize,
    json: bool,
    wanted: Vec<String>,
}

fn rows<T: Peer>(options: &Options) {
    let dtype = std::any::type_name::<T>();
    #[cfg(feature = "rayon")]
    let exec: &dyn Executor = if options.threads > 1 { &tensor_matmul::Rayon } else { &Sequential };
    #[cfg(not(feature = "rayon"))]
    let exec: &dyn Executor = &Sequential;
    if !options.json {
        println!("tensor-matmul: {}; {dtype}, {} thread(s)", info(), options.threads);
        println!(
            "{:>20} {:>10} {:>10} {:>8} {:>7} {:>18}",
            "m×k×n", "µs", "GFLOP/s", "limit", "share", "× matrixmultiply"
        );
    }
    for &(m, k, n, a_order, b_order) in SHAPES {
        let mut name = format!("{m}x{k}x{n}");
        match (a_order, b_order) {
            (N, N) => {}
            (T, _) => name += " AtB",
            (_, T) => name += " ABt",
            _ => name += " strided",
        }
        if !options.wanted.is_empty() && !options.wanted.iter().any(|w| name.starts_with(w.as_str())) {
            continue;
        }
        let (a, b) = (Operand::<T>::new(m, k, a_order), Operand::<T>::new(k, n, b_order));
        let mut c = Aligned::new(m * n, |_| T::zero());
        let c = RawMut::new(c.as_mut_ptr(), n as isize, 1);
        // SAFETY: the operands were made for these sizes.
        let mut ours = || unsafe {
            gemm_raw(black_box([m, k, n]), T::one(), a.raw(), b.raw(), T::zero(), c, exec);
        };
        // SAFETY: as above.
        let mut theirs = || unsafe { T::peer(black_box([m, k, n]), a.raw(), b.raw(), c) };
        let bytes = (m * k + k * n + m * n) * size_of::<T>();
        let memory = vec![1u64; bytes.div_ceil(8)];
        let slice = Duration::from_micros(100);
        let (our_calls, their_calls) = (calls_for(slice, &mut ours), calls_for(slice, &mut theirs));
        let turn = time(our_calls, &mut ours) * our_calls as f64;
        let rounds = limits::rounds_for(info().isa, size_of::<T>(), turn);
        let (mut our_time, mut their_time, mut peak, mut bandwidth) = (f64::MAX, f64::MAX, 0.0, 0.0);
        let start = Instant::now();
        for round in 0.. {
            if round >= 7 && start.elapsed() > Duration::from_millis(700) {
                break;
            }
            // Once before each turn, for the caches are as the one before left them.
            ours();
            our_time = time(our_calls, &mut ours).min(our_time);
            theirs();
            their_time = time(their_calls, &mut theirs).min(their_time);
            peak = peak_of_all(exec, options.threads, size_of::<T>(), rounds).max(peak);
            bandwidth = limits::read_bandwidth(&memory).max(bandwidth);
        }
        let flops = 2.0 * (m * k * n) as f64;
        let scale = options.threads as f64;
        let (fma, reading) = (flops / (peak * 1e9), bytes as f64 / (bandwidth * scale * 1e9));
        let (limit, least) = if fma >= reading { ("FMA", fma) } else { ("memory", reading) };
        let (gflops, share, ratio) = (flops / our_time / 1e9, least / our_time, their_time / our_time);
        if options.json {
            println!(
                "{{\"shape\":\"{name}\",\"dtype\":\"{dtype}\",\"threads\":{},\"us\":{:.4},\"gflops\":{gflops:.2},\
                 \"peak_gflops\":{peak:.1},\"read_gb_per_s\":{bandwidth:.1},\"limit\":\"{limit}\",\"share\":{share:.3},\
                 \"ratio_to_matrixmultiply\":{ratio:.3}}}",
                options.threads,
                our_time * 1e6
            );
        } else {
            println!(
                "{name:>20} {:>10.3} {gflops:>10.1} {limit:>8} {:>6.0}% {ratio:>18.2}",
                our_time * 1e6,
                share * 100.0
            );
        }
    }
}

const HELP: &str = "\
How near to the machine's limits the matrix products come.

Usage: cargo run --release -p tensor-matmul --example roofline -- [options] [SHAPE...]

  SHAPE          only rows whose names begin so, such as 512 or 64x784
  --threads N    how many threads (default 1)
  --dtype T      f32 (default) or f64
  --json         a line of JSON a row
  --help         this text
";

/// Says in one line what is wrong with the command, and ends with code 2.
fn refuse(message: &str) -> ! {
    eprintln!("roofline: {message} (--help tells more)");
    std::process::exit(2)
}

fn main() {
    let mut options = Options { threads: 1, json: false, wanted: Vec::new() };
    let mut double = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => return print!("{HELP}"),
            "--threads" => match arguments.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0) {
                Some(threads) => options.threads = threads,
                None => refuse("--threads takes a number of threads"),
            },
            "--dtype" => match arguments.next().as_deref() {
                Some("f32") => double = false,
                Some("f64") => double = true,
                _ => refuse("--dtype takes f32 or f64"),
            },
            "--json" => options.json = true,
            other if other.starts_with('-') => refuse(&format!("there is no option {other}")),
            _ => options.wanted.push(argument),
        }
    }
    let run = || if double { rows::<f64>(&options) } else { rows::<f32>(&options) };
    #[cfg(feature = "rayon")]
    {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build().expect("a thread pool");
        pool.install(run);
    }
    #[cfg(not(feature = "rayon"))]
    run();
}
