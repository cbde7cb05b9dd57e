//! Matrix products by this project and its peers in Rust.
//!
//! ```text
//! cargo run --release --bin matmul -- [--threads N] [--dtype f32|f64] [--json] [SHAPE…]
//! ```
//!
//! GFLOP/s, row-major operands unless the row says AtB (A is stored as its transpose) or ABt. `matmul.py` prints the same
//! rows for torch and numpy; MKL alone takes part in this process too where `PEERS_MKL` names its library.

use peers::{Aligned, Entry, Table, mkl, race};
use std::hint::black_box;
use std::time::Duration;

const SHAPES: &[(usize, usize, usize, &str)] = &[
    (4, 4, 4, ""),
    (8, 8, 8, ""),
    (16, 16, 16, ""),
    (32, 32, 32, ""),
    (64, 64, 64, ""),
    (96, 96, 96, ""),
    (128, 128, 128, ""),
    (256, 256, 256, ""),
    (512, 512, 512, ""),
    (1024, 1024, 1024, ""),
    (2048, 2048, 2048, ""),
    (100, 2, 1, ""),
    (64, 784, 128, ""),
    (64, 128, 10, ""),
    (784, 64, 128, ""),
    (1, 1024, 1024, ""),
    (1024, 1024, 1, ""),
    (8192, 64, 64, ""),
    (256, 1024, 1024, ""),
    (33, 17, 129, ""),
    (2, 100, 1, "AtB"),
    (784, 64, 128, "AtB"),
    (64, 10, 128, "ABt"),
    (1024, 1024, 1024, "AtB"),
    (1024, 1024, 1024, "ABt"),
];

struct Options {
    threads: usize,
    json: bool,
    wanted: Vec<String>,
}

macro_rules! contest {
    ($name:ident, $float:ident, $peer:path, $mkl:path) => {
        fn $name(options: &Options) {
            let threads = options.threads;
            let mut table = Table::new(options.json, concat!("GFLOP/s ", stringify!($float)));
            for &(m, k, n, how) in SHAPES {
                let label = format!("{m}x{k}x{n} {how}").trim_end().to_string();
                if !options.wanted.is_empty() && !options.wanted.iter().any(|w| label.starts_with(w.as_str())) {
                    continue;
                }
                let a = Aligned::<$float>::new(m * k, |i| (i % 17) as $float * 0.1 - 0.8);
                let b = Aligned::<$float>::new(k * n, |i| (i % 13) as $float * 0.1 - 0.6);
                let (ra, ca) = if how == "AtB" { (1, m as isize) } else { (k as isize, 1) };
                let (rb, cb) = if how == "ABt" { (1, k as isize) } else { (n as isize, 1) };
                let outputs: [Aligned<$float>; 7] = std::array::from_fn(|_| Aligned::new(m * n, |_| 0.0));
                let [mut c0, mut c1, mut c2, mut c3, mut c4, mut c5, mut c6] = outputs;
                let (pa, pb) = (a.as_ptr(), b.as_ptr());
                let (p0, p1, p2, p6) = (c0.as_mut_ptr(), c1.as_mut_ptr(), c2.as_mut_ptr(), c6.as_mut_ptr());
                let nn = n as isize;
                let par = if threads > 1 { gemm::Parallelism::Rayon(threads) } else { gemm::Parallelism::None };
                let faer_par = if threads > 1 { faer::Par::rayon(threads) } else { faer::Par::Seq };
                let fa = match how {
                    "AtB" => faer::MatRef::from_column_major_slice(&a, m, k),
                    _ => faer::MatRef::from_row_major_slice(&a, m, k),
                };
                let fb = match how {
                    "ABt" => faer::MatRef::from_column_major_slice(&b, k, n),
                    _ => faer::MatRef::from_row_major_slice(&b, k, n),
                };
                use ndarray::ShapeBuilder;
                let strides = |row: isize, col: isize| (row as usize, col as usize);
                let na = ndarray::ArrayView2::from_shape((m, k).strides(strides(ra, ca)), &a).unwrap();
                let nb = ndarray::ArrayView2::from_shape((k, n).strides(strides(rb, cb)), &b).unwrap();
                let mut nc = ndarray::ArrayViewMut2::from_shape((m, n), &mut c4).unwrap();
                // nalgebra multiplies fast where columns lie side by side: it is given the operands so.
                let ga = nalgebra::DMatrix::from_fn(m, k, |i, p| a[i * ra as usize + p * ca as usize]);
                let gb = nalgebra::DMatrix::from_fn(k, n, |p, j| b[p * rb as usize + j * cb as usize]);
                let mut gc = nalgebra::DMatrixViewMut::from_slice(&mut c5, m, n);
                let exec: &dyn tensor_matmul::Executor =
                    if threads > 1 { &tensor_matmul::Rayon } else { &tensor_matmul::Sequential };
                let mut entries = vec![
                    // SAFETY: the operands were made for these sizes and strides.
                    Entry::new("tensor-matmul", || unsafe {
                        let (a, b) = (tensor_matmul::RawRef::new(pa, ra, ca), tensor_matmul::RawRef::new(pb, rb, cb));
                        let c = tensor_matmul::RawMut::new(p0, nn, 1);
                        tensor_matmul::gemm_raw(black_box([m, k, n]), 1.0, a, b, 0.0, c, exec);
                    }),
                    // SAFETY: as above.
                    Entry::new("matrixmultiply", || unsafe {
                        $peer(black_box(m), k, n, 1.0, pa, ra, ca, pb, rb, cb, 0.0, p1, nn, 1);
                    }),
                    // SAFETY: as above.
                    Entry::new("gemm", || unsafe {
                        gemm::gemm(
                            black_box(m),
                            n,
                            k,
                            p2,
                            1,
                            nn,
                            false,
                            pa,
                            ca,
                            ra,
                            pb,
                            cb,
                            rb,
                            0.0,
                            1.0,
                            false,
                            false,
                            false,
                            par,
                        );
                    }),
                    Entry::new("faer", || {
                        let c = faer::MatMut::from_row_major_slice_mut(&mut c3, m, n);
                        faer::linalg::matmul::matmul(c, faer::Accum::Replace, black_box(fa), fb, 1.0, faer_par);
                    }),
                    Entry::new("ndarray", || ndarray::linalg::general_mat_mul(1.0, black_box(&na), &nb, 0.0, &mut nc)),
                    Entry::new("nalgebra", || gc.gemm(1.0, black_box(&ga), &gb, 0.0)),
                ];
                // (MKL's own threads go on spinning for a while, in the others' time: it runs alone, or in `matmul.py`.)
                if let Some(gemm) = $mkl().filter(|_| threads == 1) {
                    let side = |how: &str, letters| if how == letters { mkl::TRANSPOSED } else { mkl::PLAIN };
                    let (ta, tb) = (side(how, "AtB"), side(how, "ABt"));
                    let [mi, ki, ni, la, lb] =
                        [m, k, n, if how == "AtB" { m } else { k }, if how == "ABt" { k } else { n }];
                    let [mi, ki, ni, la, lb] = [mi, ki, ni, la, lb].map(|size| size as i32);
                    // SAFETY: as above; the leading sizes are those of the rows as they lie in memory.
                    entries.push(Entry::new("MKL", move || unsafe {
                        gemm(mkl::ROW_MAJOR, ta, tb, black_box(mi), ni, ki, 1.0, pa, la, pb, lb, 0.0, p6, ni);
                    }));
                }
                let seconds = race(&mut entries, Duration::from_millis(900));
                let flops = 2.0 * (m * k * n) as f64;
                let names: Vec<_> = entries.iter().map(|entry| entry.name).collect();
                drop(entries);
                agree(&label, &c0, [&c1, &c2, &c3, &c4]);
                let figures: Vec<f64> = seconds.iter().map(|s| flops / s / 1e9).collect();
                table.row(&label, &names, &figures);
            }
        }
    };
}

contest!(single, f32, matrixmultiply::sgemm, mkl::sgemm);
contest!(double, f64, matrixmultiply::dgemm, mkl::dgemm);

/// All must have done the same work.
fn agree<T: Copy + Into<f64>>(label: &str, ours: &[T], theirs: [&[T]; 4]) {
    for c in theirs {
        let close = ours.iter().zip(c).all(|(&x, &y)| {
            let (x, y): (f64, f64) = (x.into(), y.into());
            (x - y).abs() <= 1e-3 * (1.0 + x.abs())
        });
        assert!(close, "{label}: the contestants do not agree");
    }
}

fn main() {
    let mut options = Options { threads: 1, json: false, wanted: Vec::new() };
    let mut dtype = "f32".to_string();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--threads" => options.threads = arguments.next().and_then(|n| n.parse().ok()).expect("--threads N"),
            "--dtype" => dtype = arguments.next().expect("--dtype f32 or f64"),
            "--json" => options.json = true,
            _ => options.wanted.push(argument),
        }
    }
    // matrixmultiply reads its number of threads from the environment, once; MKL likewise.
    let set = std::env::var("MATMUL_NUM_THREADS").ok();
    if set.as_deref() != Some(&options.threads.to_string()) {
        let program = std::env::current_exe().expect("the path of this program");
        let status = std::process::Command::new(program)
            .args(std::env::args().skip(1))
            .env("MATMUL_NUM_THREADS", options.threads.to_string())
            .env("MKL_THREADING_LAYER", "SEQUENTIAL")
            .status();
        std::process::exit(status.expect("this program, started again").code().unwrap_or(1));
    }
    rayon::ThreadPoolBuilder::new().num_threads(options.threads).build_global().expect("the thread pool");
    match dtype.as_str() {
        "f32" => single(&options),
        "f64" => double(&options),
        _ => panic!("--dtype f32 or f64"),
    }
}
